"""Abbreviations have the reading that their section, their neighbours and the type of note speak for."""

import pytest

from clinnote.errors import OntologyError
from clinnote.model.codes import CLINNOTE, SNOMED, Code
from clinnote.ontology.senses import COLUMNS, load_senses
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary
from clinnote.pipeline.checks.senses import check_senses
from clinnote.pipeline.concepts import ConceptFinder
from clinnote.pipeline.records import Section
from clinnote.settings import Home, find_home

SENSES = load_senses(find_home().ontologies)


@pytest.fixture(scope="module")
def finder(root):
    return ConceptFinder(starter_vocabulary(root / "ontologies"), load_senses(root / "ontologies"))


def reading(finder, text, form, **more):
    """The mention of ``form`` in ``text``, or None."""
    return next((c for c in finder.find(text, **more) if text[c.start : c.end] == form), None)


def test_every_reading_holds_in_its_sentence_and_not_in_the_other(root):
    assert [(f.rule, f.example, f.message) for f in check_senses(Home(root))] == []


def test_a_reading_that_breaks_its_examples_is_named(root, tmp_path):
    (tmp_path / "ontologies" / "abbreviations").mkdir(parents=True)
    for name in ("terms", "anatomy", "sections"):
        (tmp_path / "ontologies" / name).symlink_to(root / "ontologies" / name)
    cells = ("x", "RA", "rheumatoid arthritis", "3", "", "", "", "", "On room air.", "Her RA is worse.", "clinnote")
    table = "\t".join(COLUMNS) + "\n" + "\t".join(cells) + "\n"
    (tmp_path / "ontologies" / "abbreviations" / "senses.tsv").write_text(table, encoding="utf-8")
    found = [(f.example, f.message) for f in check_senses(Home(tmp_path))]
    assert found == [("positive", "does not hold RA"), ("negative", "is read as rheumatoid arthritis")]


@pytest.mark.parametrize("sense", [sense for sense in SENSES if sense.reading], ids=lambda sense: sense.id)
def test_the_readings_are_terms_of_the_starter_vocabulary(finder, sense):
    unknown = {"rom_rupture_of_membranes", "ams_acute_mountain_sickness"}
    assert bool(finder.vocabulary.lookup(sense.reading)) == (sense.id not in unknown)


def test_both_readings_stay_as_candidates_where_nothing_tells(finder):
    found = reading(finder, "She has MS.", "MS")
    assert found.concept == "multiple_sclerosis"
    own = [(code.code, code.score) for code in found.codes if code.system == CLINNOTE]
    assert [code for code, _ in own] == ["multiple_sclerosis", "mitral_stenosis", "morphine"]
    assert [score for _, score in own] == sorted((score for _, score in own), reverse=True)
    assert found.score < 0.9


def test_a_section_tells_the_reading(finder):
    text = "RA normal"
    inside = [Section("echocardiography", 0, 0, len(text), "r")]
    assert reading(finder, text, "RA", sections=inside).concept == "right_atrium"
    assert reading(finder, text, "RA").concept == "rheumatoid_arthritis"


def test_a_note_type_tells_the_reading(finder):
    assert reading(finder, "Known PD", "PD", note_type="Nephrology consult").concept == "peritoneal_dialysis"
    assert reading(finder, "Known PD", "PD", note_type="Neurology consult").concept == "parkinson_disease"


def test_words_of_another_sentence_do_not_tell(finder):
    assert reading(finder, "MS. Mitral valve replaced.", "MS").concept == "multiple_sclerosis"


def test_small_letters_are_another_word(finder):
    assert reading(finder, "as he has no ra", "ra") is None
    assert reading(finder, "Ms Roe", "Ms") is None


def test_each_way_of_writing_has_its_own_readings(finder):
    assert reading(finder, "mets to liver and bone", "mets").concept == "metastasis"
    assert reading(finder, "METS to liver and bone", "METS").concept == "metastasis"
    assert reading(finder, "He can do 7 METs.", "METs") is None


def test_in_a_text_of_capitals_a_word_alone_says_nothing(finder):
    assert reading(finder, "HE WAS AS WELL AS BEFORE", "AS") is None


def test_a_longer_form_keeps_its_words(finder):
    assert reading(finder, "CVA tenderness on the left", "CVA tenderness").concept == "cva_tenderness"


def test_a_short_form_stays_as_the_vocabulary_has_it_when_that_lacks_the_reading():
    entry = Entry("disorder", ("pulmonary atresia", "PE"), (Code(SNOMED, "1"),))
    vocabulary = Vocabulary(memoryview(compile_vocabulary([entry])))
    (found,) = ConceptFinder(vocabulary, SENSES).find("CTA for PE, DVT")
    assert ([code.code for code in found.codes], found.evidence) == (["1"], ())


def test_the_evidence_is_the_word_that_told(finder):
    text = "Stent to the mid LAD"
    (evidence,) = reading(finder, text, "LAD").evidence
    assert text[evidence.start : evidence.end] == "mid LAD"
    assert evidence.gives == "reading=left anterior descending artery"


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"usual": "9"}, "usual"), ({"beside": "severe"}, "place of the form"), ({"form": "Ms"}, "capitals")],
)
def test_a_row_that_breaks_the_contract_is_named(tmp_path, changes, message):
    row = dict.fromkeys(COLUMNS, "") | {"id": "x", "form": "MS", "reading": "-", "usual": "0"} | changes
    folder = tmp_path / "abbreviations"
    folder.mkdir()
    (folder / "senses.tsv").write_text("\t".join(COLUMNS) + "\n" + "\t".join(row.values()) + "\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=rf"senses\.tsv:2: .*{message}"):
        load_senses(tmp_path)
