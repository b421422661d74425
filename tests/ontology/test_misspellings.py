"""Misspelt words are corrected only where nothing else can be meant."""

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.tables import read_table
from clinnote.ontology.vocabularies.misspellings import Speller, load_spelling
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.pipeline.concepts import ConceptFinder

CORRECTED = [
    ("A pneumnonia was seen.", "pneumnonia", "pneumonia"),
    ("A small pleural effusion and cardiommegaly.", "cardiommegaly", "cardiomegaly"),
    ("DIZZYNESS and headache", "DIZZYNESS", "dizziness"),
    ("Malignant melonoma in 2010.", "Malignant melonoma", "melanoma"),
    ("Started on atorvasstatin 40 mg.", "atorvasstatin", "atorvastatin"),
]
KEPT = [
    "In addition he walks every day.",
    "Her mother enjoys meditation and bowling.",
    "The clothing was wet.",
    "Microcystic change of the cyst.",
    "A loculation is seen.",
    "Bilaterl and unilatral.",
    "The ilium and the ileum.",
    "He is humorous and prostrate.",
    "An hypetension.",
    "Costal and coastal.",
    "Pneumoniae",
]


@pytest.fixture(scope="module")
def finder(root):
    vocabulary = starter_vocabulary(root / "ontologies")
    return ConceptFinder(vocabulary, (), Speller(vocabulary, load_spelling(root / "ontologies")))


@pytest.mark.parametrize(("text", "quote", "concept"), CORRECTED)
def test_a_misspelt_term_is_found_where_it_stands(text, quote, concept, finder):
    (found,) = [c for c in finder.find(text) if c.evidence]
    assert (text[found.start : found.end], found.concept) == (quote, concept)
    assert found.evidence[0].rule == "spelling"
    assert 0.8 < found.score < 1


@pytest.mark.parametrize("text", KEPT)
def test_these_words_stay_as_they_are(text, finder):
    assert [text[c.start : c.end] for c in finder.find(text) if c.evidence] == []


def test_the_evidence_is_the_word_and_its_correction(finder):
    text = "Known hemorrage."
    (evidence,) = finder.find(text)[0].evidence
    assert (text[evidence.start : evidence.end], evidence.gives) == ("hemorrage", "form=hemorrhage")


def test_no_correction_without_a_speller(finder):
    assert ConceptFinder(finder.vocabulary).find("Right lower lobe pneumnonia.")[-1].label == "body_site"


def test_no_word_of_the_lookalike_table_is_corrected_into_its_other(root, finder):
    speller = Speller(finder.vocabulary, load_spelling(root / "ontologies"))
    columns = ("id", "kind", "one", "other", "why", "source")
    for row in read_table(root / "ontologies" / "spelling" / "lookalikes.tsv", columns):
        if row["kind"] == "word":
            assert (speller.fix(row["one"]), speller.fix(row["other"])) == (None, None)


@pytest.mark.parametrize("line", ["x\tsuffix\ta\tb\t\t", "x\tword\t\tb\t\t"])
def test_a_row_that_breaks_the_contract_is_named(tmp_path, line, root):
    (tmp_path / "spelling").mkdir()
    (tmp_path / "cues").symlink_to(root / "ontologies" / "cues")
    (tmp_path / "spelling" / "english.tsv").write_text("word\nmedication\n", encoding="utf-8")
    table = "id\tkind\tone\tother\twhy\tsource\n" + line + "\n"
    (tmp_path / "spelling" / "lookalikes.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"lookalikes\.tsv:2"):
        load_spelling(tmp_path)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(OntologyError, match=r"english\.tsv is missing"):
        load_spelling(tmp_path)
