"""Compiling, opening and searching a vocabulary, and finding its forms in text."""

import gzip
import lzma

import pytest

from clinnote.errors import UsageError
from clinnote.model.codes import SNOMED, Code
from clinnote.ontology.vocabularies.forms import variants
from clinnote.ontology.vocabularies.importers.records import SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.table import LOCAL, read_terms
from clinnote.ontology.vocabularies.matcher import Matcher
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, build_vocabulary, compile_vocabulary
from clinnote.ontology.words import normal, normal_form, split_words

EFFUSION = Entry("finding", ("pleural effusion",), (Code(SNOMED, "1", "Pleural effusion"),), "pleural_effusion")
ENTRIES = [
    EFFUSION,
    Entry("finding", ("effusion",), (), "effusion"),
    Entry("disorder", ("pulmonary embolism", "PE"), (), "pe"),
    Entry("disorder", ("metastasis", "Crohn's disease", "fracture of rib", "chest X-ray opacity"), (), "mixed"),
    Entry("finding", ("mass",), (), "mass"),
    Entry("finding", ("lung nodule", "biopsy"), (), "nodule"),
    Entry("body_site", ("lung", "left lung"), (), "lung", ("lung",)),
    Entry("body_site", ("pleura", "pleural"), (), "pleura", ("pleura",)),
    Entry("body_site", ("biopsy tract",), (), "tract", ("tract",)),
    Entry("disorder", ("sjögren syndrome",), (), "sjogren"),
]
FOUND = [
    ("A pleural effusion.", ["pleural effusion"]),
    ("PLEURAL EFFUSION", ["PLEURAL EFFUSION"]),
    ("Pleural  effusions", ["Pleural  effusions"]),
    ("a pleural\n   effusion", ["pleural\n   effusion"]),
    ("pleural-effusion", ["pleural-effusion"]),
    ("The pleura and an effusion", ["pleura", "effusion"]),
    ("PE in both lungs", ["PE", "lungs"]),
    ("many PEs", ["PEs"]),
    ("pe, Pe and PES", []),
    ("metastases and masses", ["metastases", "masses"]),
    (
        "Crohn\u2019s disease, Crohns disease, crohn disease",
        ["Crohn\u2019s disease", "Crohns disease", "crohn disease"],
    ),
    ("fractures of rib", ["fractures of rib"]),
    ("chest x ray opacity", ["chest x ray opacity"]),
    ("left lung nodule", ["lung nodule"]),
    ("left lung and nodule", ["left lung"]),
    ("biopsy tract", ["biopsy tract"]),
    ("effusionlike masslike", []),
    ("SJOGREN SYNDROME", ["SJOGREN SYNDROME"]),
    ("\u0130stanbul: pleural effusion \U0001fac1 mass", ["pleural effusion", "mass"]),
    ("", []),
]


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(memoryview(compile_vocabulary(ENTRIES)))


@pytest.mark.parametrize(("text", "quotes"), FOUND)
def test_found(text, quotes, vocabulary):
    words = split_words(text)
    matches = sorted(match for kind in Matcher(vocabulary).find(text, words) for match in kind)
    assert [text[words.starts[first] : words.end(last - 1)] for first, last, _ in matches] == quotes


def test_a_file_gives_the_same_as_memory(tmp_path, vocabulary):
    path = tmp_path / "v.vocab"
    opened = build_vocabulary(ENTRIES, path)
    assert opened.version == vocabulary.version
    assert opened.lookup("Pleural Effusion") == vocabulary.lookup("pleural effusion")
    assert path.read_bytes() == compile_vocabulary(ENTRIES)


def test_the_version_follows_the_content(vocabulary):
    assert Vocabulary(memoryview(compile_vocabulary(ENTRIES[1:]))).version != vocabulary.version


def test_lookup_gives_label_codes_and_concept(vocabulary):
    (entry,) = vocabulary.lookup("pleural effusion")
    assert (entry.label, entry.codes, entry.concept) == (EFFUSION.label, EFFUSION.codes, EFFUSION.concept)
    assert vocabulary.lookup("unicorn") == []


def test_a_form_as_given_goes_before_a_generated_plural():
    entries = [Entry("finding", ("mass",), (), "one"), Entry("finding", ("masses",), (), "many")]
    found = Vocabulary(memoryview(compile_vocabulary(entries))).lookup("masses")
    assert [entry.concept for entry in found] == ["many", "one"]


def test_search_by_beginning_and_by_likeness(vocabulary):
    assert [hit.form for hit in vocabulary.search("pleural e", 1)] == ["pleural effusion"]
    assert vocabulary.search("plural efusion", 1)[0].form in ("pleural effusion", "pleural effusions")


def test_info_counts(vocabulary):
    assert vocabulary.info()["entries"] == len(ENTRIES)


@pytest.mark.parametrize("content", [b"", b"not a vocabulary", b"clinnote vocabulary 1\n" + b"\xff" * 64])
def test_a_file_that_is_no_vocabulary(content, tmp_path):
    path = tmp_path / "bad.vocab"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"bad\.vocab"):
        Vocabulary.open(path)


def test_a_file_cut_short(tmp_path):
    path = tmp_path / "cut.vocab"
    path.write_bytes(compile_vocabulary(ENTRIES)[:-200])
    with pytest.raises(UsageError, match="cut short"):
        Vocabulary.open(path)


def test_damaged_content_is_refused_before_a_walk_through_it(tmp_path):
    path = tmp_path / "bad.vocab"
    whole = compile_vocabulary(ENTRIES)
    path.write_bytes(whole.replace(b"Pleural effusion", b"Pleural effusiom"))
    assert path.read_bytes() != whole
    with pytest.raises(UsageError, match=r"bad\.vocab: the content is damaged"):
        Vocabulary.open(path).checked()
    path.write_bytes(whole.replace(b"pulmonary\n", b"pulmonar\xff\n"))
    with pytest.raises(UsageError, match=r"bad\.vocab: the content is damaged"):
        Vocabulary.open(path)


def test_an_empty_vocabulary_finds_nothing():
    empty = Vocabulary(memoryview(compile_vocabulary([])))
    assert Matcher(empty).find("a mass", split_words("a mass")) == ([], [])


def test_table_of_terms(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text(
        "term\tcode\tsystem\tlabel\tdisplay\n"
        "heart attack\t22298006\tsnomed\tdisorder\tMyocardial infarction\n"
        "MI\t22298006\tsnomed\tdisorder\n"
        "no code\n"
        "own thing\tX1\n",
        encoding="utf-8",
    )
    release = read_terms(path, Wanted())
    assert release.concepts == [
        SourceConcept(SNOMED, "22298006", "Myocardial infarction", ("heart attack", "MI"), label="disorder"),
        SourceConcept(LOCAL, "X1", "own thing", ("own thing",), label="finding"),
    ]
    assert [(reject.line, reject.reason) for reject in release.rejects] == [(4, "bad_row")]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"only one column\n"])
def test_a_table_that_can_not_be_used(content, tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"terms\.tsv"):
        read_terms(path, Wanted())


def test_starter_vocabulary_knows_findings_and_sites(root):
    starter = starter_vocabulary(root / "ontologies")
    assert {entry.label for entry in starter.lookup("pleural effusion")} == {"finding"}
    assert {entry.label for entry in starter.lookup("lung")} == {"body_site"}


@pytest.mark.parametrize(
    ("form", "others"),
    [
        ("nodule", {"nodules"}),
        ("biopsy", {"biopsies"}),
        ("mass", {"masses"}),
        ("stenosis", {"stenoses"}),
        ("ribs", {"rib"}),
        ("COPD", {"copds"}),
        ("arthritis", set()),
    ],
)
def test_regular_plurals(form, others):
    assert {key.strip() for key, _ in variants(form)} - {normal_form(form).strip()} == others


def test_lower_case_keeps_every_offset():
    text = "\u0130 \u00c9t\u00e9 \ud800 \u1e9e ABC"
    assert len(normal(text)) == len(text)


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_a_table_may_be_compressed(tmp_path, ending, pack):
    path = tmp_path / f"terms.tsv{ending}"
    path.write_bytes(pack(b"sternal wires\tW-1\n"))
    release = read_terms(path, Wanted())
    assert [concept.terms for concept in release.concepts] == [("sternal wires",)]
    assert release.rejects == []
    path.write_bytes(pack(b"sternal wires\tW-1\n")[:-9])
    with pytest.raises(UsageError, match="compression is damaged"):
        read_terms(path, Wanted())
