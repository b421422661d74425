"""Whole pipelines: what a tagged note holds, given mentions, and pipelines that can't be built."""

import pickle
from importlib.metadata import entry_points

import pytest
import spacy
from spacy.language import Language

from clinnote.errors import RecordError, UsageError
from clinnote.model.mention import text_sha256
from clinnote.model.note import Note
from clinnote.ontology.vocabularies.vocabulary import Entry, build_vocabulary
from clinnote.pipeline.build import build_pipeline
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import Home

REPORT = (
    "INDICATION: Cough.\n"
    "FINDINGS: The heart is normal. No pleural effusion or pneumothorax. 8 mm nodule in the left upper lobe.\n"
    "IMPRESSION: Unchanged cardiomegaly."
)
STAGES = {f"clinnote_{stage}" for stage in ("sentences", "sections", "concepts", "context", "sites", "measurements")}


@pytest.fixture(scope="module")
def home(root):
    return Home(root)


@pytest.fixture(scope="module")
def tagger(home):
    return load_tagger("radiology", None, home)


@pytest.fixture(scope="module")
def tagged(tagger):
    return tagger(Note("r1", REPORT, study_id="s1", metadata={"site": "north"}))


def named(note, words):
    (mention,) = [m for m in note.mentions if m.text == words]
    return mention


def test_a_report_is_tagged(tagged):
    effusion, nodule = named(tagged, "pleural effusion"), named(tagged, "nodule")
    assert (effusion.polarity, effusion.section) == ("negated", "findings")
    assert (nodule.polarity, nodule.laterality) == ("affirmed", "left")
    assert [(m.value, m.unit) for m in nodule.measurements] == [(8, "mm")]
    assert named(tagged, "cardiomegaly").change == "stable"


def test_the_keys_of_the_note_are_kept(tagged):
    assert (tagged.note_id, tagged.study_id, tagged.metadata) == ("r1", "s1", {"site": "north"})
    assert tagged.text == REPORT
    assert tagged.text_sha256 == text_sha256(REPORT)


def test_every_span_quotes_the_text(tagged):
    for m in tagged.mentions:
        assert REPORT[m.start : m.end] == m.text
        assert m.sentence[0] <= m.start < m.end <= m.sentence[1]
        assert all(REPORT[s.start : s.end] == s.text for s in m.sites)


def test_mentions_stand_in_the_order_of_the_text(tagged):
    assert list(tagged.mentions) == sorted(tagged.mentions, key=lambda m: m.start)


def test_ids_are_the_same_in_every_run_and_differ_within_one(tagger, tagged):
    again = tagger(Note("other", REPORT))
    assert [m.id for m in again.mentions] == [m.id for m in tagged.mentions]
    assert len({m.id for m in tagged.mentions}) == len(tagged.mentions)


def test_the_run_names_versions_and_no_machine(tagged):
    assert tagged.run.pipeline.startswith("radiology@")
    assert len(tagged.run.vocabulary) == 16
    assert "/" not in repr(tagged.run)


def test_a_string_is_a_note_named_by_its_hash(tagger):
    assert tagger("No effusion.").note_id == text_sha256("No effusion.")[:16]


def test_pipe_is_lazy_and_keeps_the_order(tagger):
    def notes():
        yield "No effusion."
        yield Note("two", "Effusion.")
        raise RuntimeError("asked for more than needed")

    stream = tagger.pipe(notes())
    assert [next(stream).mentions[0].polarity, next(stream).note_id] == ["negated", "two"]


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", " ", "\x00", "\ud800", "\U0001fac1", "no", ".", ":", "(("])
def test_odd_texts_have_no_mentions(text, tagger):
    assert tagger(text).mentions == ()


def test_the_other_line_ends_and_an_emoji_move_no_offset(tagger):
    text = "\U0001fac1 FINDINGS:\r\nNo pneumothorax.\r\n"
    (mention,) = tagger(text).mentions
    assert (text[mention.start : mention.end], mention.polarity) == ("pneumothorax", "negated")


GIVEN = "No edema of the left lung. Fever."


def given(*spans):
    return Note(
        "g", GIVEN, metadata={"mentions": [dict(zip(("start", "end", "label"), s, strict=True)) for s in spans]}
    )


def test_given_mentions_come_back_in_their_order_with_everything_filled_in(tagger):
    note = tagger(given((27, 32, "symptom"), (3, 8, "finding"), (3, 8, "second")), given=True)
    assert [(m.text, m.label, m.polarity) for m in note.mentions] == [
        ("Fever", "symptom", "affirmed"),
        ("edema", "finding", "negated"),
        ("edema", "second", "negated"),
    ]
    assert note.mentions[1].laterality == "left"
    assert "mentions" not in note.metadata


def test_what_a_given_mention_carries_beside_its_span_is_kept(tagger):
    item = {"start": 3, "end": 8, "label": "finding", "reader": "A", "codes": [{"system": "s", "code": "1"}]}
    (mention,) = tagger(Note("g", GIVEN, metadata={"mentions": [item]}), given=True).mentions
    assert mention.metadata == {"reader": "A"}
    assert [code.code for code in mention.codes] == ["1"]


def test_no_given_mentions_give_none(tagger):
    assert tagger(given(), given=True).mentions == ()


@pytest.mark.parametrize(
    "mentions",
    [
        [{"start": 5, "end": 3, "label": "x"}],
        [{"start": 0, "end": 99, "label": "x"}],
        [{"start": "0", "end": 2, "label": "x"}],
        [{"start": 0, "end": 2, "label": 7}],
        ["edema"],
        "edema",
        7,
    ],
)
def test_a_given_mention_that_marks_nothing_names_the_note(mentions, tagger):
    with pytest.raises(RecordError, match=r"note g: .*mentions") as error:
        tagger(Note("g", GIVEN, metadata={"mentions": mentions}), given=True)
    assert error.value.reason == "bad_mention"
    assert "edema" not in str(error.value)


def test_given_needs_mentions(tagger):
    with pytest.raises(RecordError) as error:
        tagger(Note("g", GIVEN), given=True)
    assert error.value.reason == "no_mentions"


def test_a_compiled_vocabulary_takes_the_place_of_the_starter_one(home, tmp_path):
    path = tmp_path / "own.vocab"
    build_vocabulary([Entry("device", ("gizmo",))], path)
    note = load_tagger("general", path, home)("No gizmo and no pneumothorax.")
    assert [(m.text, m.label, m.polarity) for m in note.mentions] == [("gizmo", "device", "negated")]


def test_with_a_foreign_component_the_doc_is_used_and_the_result_is_the_same(home, tagger, tagged):
    nlp = build_pipeline("radiology", home)
    nlp.add_pipe("sentencizer", first=True)
    assert Tagger(nlp, tagger.rules)(REPORT).mentions == tagged.mentions


def test_components_work_in_any_spacy_pipeline():
    nlp = spacy.blank("en")
    nlp.add_pipe("clinnote_concepts")
    doc = nlp("There is a pneumothorax.")
    assert [(span.text, span.label_) for span in doc.spans["clinnote"]] == [("pneumothorax", "finding")]
    assert [concept.label for concept in doc._.clinnote_concepts] == ["finding"]


def test_entry_points_name_every_factory():
    points = {
        point.name: point for point in entry_points(group="spacy_factories") if point.name.startswith("clinnote_")
    }
    assert set(points) == STAGES | {"clinnote_medspacy_targets", "clinnote_medspacy_records"}
    assert all(callable(point.load()) for point in points.values())
    assert all(Language.get_factory_meta(name).assigns for name in points)


def cfg(tmp_path, text):
    path = tmp_path / "own.cfg"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[nlp]\nlang="en"\npipeline=["c"]\n[components]\n[components.c]\nfactory="clinnote_context"', "needs"),
        ('[nlp]\nlang="en"\npipeline=["c"]\n[components]\n[components.c]\nfactory="clinnote_sentences"\nx=1', "x"),
        ('[nlp]\nlang="en"\npipeline=["c"]\n[components]\n[components.c]\nfactory="no_such_factory"', "no_such"),
        ("[nlp", "own.cfg"),
        ("", "own.cfg"),
    ],
)
def test_a_pipeline_that_can_not_work_is_refused(text, complaint, tmp_path, home):
    with pytest.raises(UsageError, match=complaint):
        build_pipeline(cfg(tmp_path, text), home)


def test_an_unknown_pipeline_lists_the_shipped_ones(home):
    with pytest.raises(UsageError, match="general, medspacy, radiology"):
        load_tagger("cardiology", None, home)


def test_a_tagger_can_be_sent_to_another_process(tagger, tagged):
    assert pickle.loads(pickle.dumps(tagger))(REPORT).mentions == tagged.mentions


def test_a_tagger_of_ones_own_pipeline_says_that_it_can_not_be_sent(tagger):
    with pytest.raises(TypeError, match="build this one there"):
        pickle.dumps(Tagger(tagger.nlp, tagger.rules))


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Opacity in the right lower and middle lobes.", "right"),
        ("Opacity in the left lower and middle lobes.", "left"),
        ("Opacity in the left upper and lower lobes.", "left"),
        ("Opacity in the right lower lobe and lingula.", "bilateral"),
    ],
)
def test_a_side_reaches_the_lobes_that_share_their_noun(tagger, text, side):
    assert named(tagger(text), "Opacity").laterality == side
