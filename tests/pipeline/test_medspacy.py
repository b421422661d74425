"""medspaCy's components to our records. Needs the extra: pip install 'clinnote[medspacy]'."""

import importlib.util
import json
import subprocess
import sys

import pytest

from clinnote.errors import UsageError
from clinnote.model.note import Note
from clinnote.ontology.vocabularies.vocabulary import Entry, build_vocabulary
from clinnote.pipeline import medspacy_parts
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

pytestmark = pytest.mark.filterwarnings("ignore:.*W036")  # medspaCy's matchers, in every call
CANARY = "Zanzibarsson"

installed = pytest.mark.skipif(
    importlib.util.find_spec("medspacy") is None,
    reason="medspaCy is not installed (pip install 'clinnote[medspacy]')",
)


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    entries = [
        Entry("disorder", ("pneumonia",)),
        Entry("disorder", ("stroke",)),
        Entry("disorder", ("multiple sclerosis", "MS")),
        Entry("finding", ("chest pain",)),
        Entry("finding", ("fever",)),
        Entry("body_site", ("lung",), concept="lung", sites=("lung",)),
    ]
    path = tmp_path_factory.mktemp("vocabulary") / "small.vocab"
    build_vocabulary(entries, path)
    return path


@pytest.fixture(scope="module")
def tagger(root, vocabulary):
    return load_tagger("medspacy", vocabulary, Home(root))


CASES = [
    ("There is no evidence of pneumonia.", "pneumonia", "polarity", "negated"),
    ("Possible pneumonia on the right.", "pneumonia", "certainty", "possible"),
    ("History of stroke ten years ago.", "stroke", "temporality", "historical"),
    ("Return if chest pain comes back.", "chest pain", "temporality", "hypothetical"),
    ("Her mother had a stroke.", "stroke", "experiencer", "family"),
    ("Past Medical History: stroke in 2010.", "stroke", "temporality", "historical"),
]


@installed
@pytest.mark.parametrize(("text", "words", "name", "value"), CASES)
def test_what_medspacy_finds_is_in_the_record_with_its_cue(tagger, text, words, name, value):
    [mention] = [m for m in tagger(text).mentions if m.text == words]
    assert getattr(mention, name) == value
    assert f"{name}={value}" in [e.gives for e in mention.evidence]
    assert all(e.rule.startswith("medspacy.") for e in mention.evidence if e.gives.startswith(name))
    assert all(0 <= e.start < e.end <= len(text) for e in mention.evidence)


@installed
def test_a_plain_statement_has_the_defaults_and_no_evidence(tagger):
    [mention] = tagger("Fever since yesterday.").mentions
    assert (mention.polarity, mention.certainty, mention.temporality) == ("affirmed", "definite", "current")
    assert mention.evidence == ()


@installed
def test_sections_and_sentences_are_those_of_medspacy(tagger):
    text = "Past Medical History: stroke. Fever once.\nFamily History: none."
    stroke, fever = tagger(text).mentions
    assert stroke.section == fever.section == "past_medical_history"
    assert text[slice(*fever.sentence)].strip() == "Fever once."


@installed
@pytest.mark.parametrize(("text", "found"), [("She has MS.", ["MS"]), ("Ms Poe has fever.", ["fever"])])
def test_an_abbreviation_matches_in_capitals_only(tagger, text, found):
    assert [m.text for m in tagger(text).mentions] == found


@installed
@pytest.mark.parametrize("text", ["", "\n", " \n\r\n ", "\ud800 fever", "\x00", "fever\u2028fever", "\U0001fac1 fever"])
def test_odd_texts_keep_their_offsets(tagger, text):
    note = tagger(text)
    assert [m.text for m in note.mentions] == ["fever"] * text.count("fever")
    assert all(text[m.start : m.end] == m.text for m in note.mentions)


@installed
def test_given_mentions_come_back_in_their_order(tagger):
    text = "No pneumonia. Her mother had a stroke. The lung is clear."
    spans = [(text.index(word), text.index(word) + len(word)) for word in ("stroke", "pneumonia", "clear")]
    given = [{"start": start, "end": end, "label": "finding"} for start, end in spans]
    mentions = tagger(Note("1", text, metadata={"mentions": given}), given=True).mentions
    assert [(m.start, m.end) for m in mentions] == spans
    assert [(m.polarity, m.experiencer) for m in mentions] == [
        ("affirmed", "family"),
        ("negated", "patient"),
        ("affirmed", "patient"),
    ]


@installed
def test_rules_in_the_json_of_medspacy_take_the_place_of_the_vocabulary(root, vocabulary, tmp_path):
    rules = tmp_path / "targets.json"
    rules.write_text(json.dumps({"target_rules": [{"literal": "cough", "category": "SYMPTOM"}]}))
    config = (root / "configs/pipelines/medspacy.cfg").read_text()
    own = tmp_path / "own.cfg"
    own.write_text(config.replace('"clinnote_medspacy_targets"', f'"clinnote_medspacy_targets"\nrules = "{rules}"'))
    [mention] = load_tagger(str(own), vocabulary, Home(root))("No cough, no fever.").mentions
    assert (mention.text, mention.label, mention.polarity) == ("cough", "symptom", "negated")


@installed
def test_the_run_stamp_names_the_vocabulary(tagger, vocabulary):
    assert tagger.run.vocabulary != "none"
    assert tagger.run.pipeline.startswith("medspacy@")


@installed
def test_nothing_of_a_note_reaches_standard_error(run, tmp_path, vocabulary):
    (tmp_path / "n.txt").write_text(f"Mr {CANARY} has no fever. {CANARY} came twice.\n\nNo chest pain.")
    done = run("tag", "n.txt", "-o", "out.jsonl", "--pipeline", "medspacy", "--vocab", vocabulary, code=0)
    assert CANARY not in done.stderr + done.stdout
    assert "DEBUG" not in done.stderr
    assert [m["polarity"] for m in json.loads((tmp_path / "out.jsonl").read_text())["mentions"]] == ["negated"] * 2


def test_without_medspacy_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "medspacy", None)
    with pytest.raises(UsageError, match=r"pip install 'clinnote\[medspacy\]'"):
        medspacy_parts.load_medspacy()


def test_the_other_pipelines_do_not_import_medspacy():
    program = "import sys, clinnote; clinnote.load('radiology'); print([m for m in sys.modules if 'medspacy' in m])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
