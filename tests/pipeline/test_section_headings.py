"""Headings and the stretch of text each one heads."""

import pytest

from clinnote.errors import OntologyError
from clinnote.pipeline.sections import find_sections, load_sections

REPORT = "INDICATION: Cough.\nFINDINGS: Lungs are clear.\n\nIMPRESSION:\nNo disease."
CASES = [
    (REPORT, ["indication", "findings", "impression"]),
    ("Past Medical History: Gout.\nFamily History: Diabetes.", ["past_medical_history", "family_history"]),
    ("1. HISTORY OF PRESENT ILLNESS: Cough.", ["history_of_present_illness"]),
    ("FINDINGS: Clear. IMPRESSION: Normal.", ["findings", "impression"]),
    ("IMPRESSION\nNo disease.", ["impression"]),
    ("ALLERGIES - none", ["allergies"]),
    ("The findings: clear lungs.", []),
    ("He has a history of cough.", []),
    ("Findings are normal.", []),
    ("", []),
    ("\n", []),
]


@pytest.fixture(scope="module")
def table(root):
    return load_sections(root / "ontologies")


@pytest.mark.parametrize(("text", "kinds"), CASES)
def test_kinds(text, kinds, table):
    assert [section.kind for section in find_sections(text, table)] == kinds


def test_headings_and_bodies_tile_the_text_from_the_first_heading_on(table):
    sections = find_sections(REPORT, table)
    assert sections[0].start == 0
    assert sections[-1].end == len(REPORT)
    assert [s.end for s in sections[:-1]] == [s.start for s in sections[1:]]
    assert [REPORT[s.start : s.body_start].strip() for s in sections] == ["INDICATION:", "FINDINGS:", "IMPRESSION:"]


def test_defaults_come_from_the_table(table):
    (section,) = find_sections("FAMILY HISTORY: Diabetes.", table)
    assert (section.temporality, section.experiencer) == (None, "family")


def test_only_the_kinds_that_are_asked_for(root):
    table = load_sections(root / "ontologies", ["impression"])
    assert [s.kind for s in find_sections(REPORT, table)] == ["impression"]


def test_an_examination_is_of_the_patient_in_a_note_and_the_study_in_a_report(root, table):
    text = "EXAMINATION: Clear."
    of_reports = load_sections(root / "ontologies", ["technique", "findings"])
    assert [s.kind for t in (table, of_reports) for s in find_sections(text, t)] == ["physical_exam", "technique"]


def test_an_unknown_kind_is_refused(root):
    with pytest.raises(OntologyError, match="horoscope"):
        load_sections(root / "ontologies", ["horoscope"])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a\tA\tone\t\t\t\tx\na\tA\ttwo\t\t\t\tx", "stands twice"),
        ("a\tA\tone\t\tsoon\t\tx", "contract"),
        ("a\tA\tone\t\t\tneighbour\tx", "contract"),
        ("a\tA\tone", "3 cells"),
    ],
)
def test_a_broken_row_is_named(row, complaint, tmp_path):
    folder = tmp_path / "sections"
    folder.mkdir()
    header = "id\tname\theadings\tloinc\ttemporality\texperiencer\tsource"
    (folder / "sections.tsv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=rf"sections\.tsv:[23]: .*{complaint}"):
        load_sections(tmp_path)
