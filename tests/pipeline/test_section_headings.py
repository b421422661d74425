"""Headings and the stretch of text each one heads."""

import pytest

from clinnote.errors import OntologyError
from clinnote.model.codes import LOINC, well_formed
from clinnote.ontology.sections import SECTION_COLUMNS, load_sections
from clinnote.ontology.tables import read_table
from clinnote.pipeline.sections import find_sections
from clinnote.settings import find_home

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
    ("**IMPRESSION:** Normal.", ["impression"]),
    ("FINDINGS The lungs are clear.\nIMPRESSION Normal.", ["findings", "impression"]),
    ("PLAN is to wait.\nLABS reviewed.", []),
    ("Cough for a week. ASSESSMENT Bronchitis. PLAN Rest.", ["assessment", "plan"]),
    ("Cough for a week.\nNo fever. PLAN Rest.", []),
    ("Plan: Rest. Medications: Aspirin. Allergies: None.", ["plan", "medications", "allergies"]),
    ("MEDICATIONS (per wife): Aspirin.", ["medications"]),
    ("ASSESSMENT & PLAN\n\nGout.", ["assessment_and_plan"]),
    ("Past Medical History\nGout\nMedications\nAspirin", ["past_medical_history", "medications"]),
    ("PAST MEDICAL HISTORY\nAsthma\nSmoking\nPregnancy", ["past_medical_history"]),
    ("There were no relevant\nfindings\nin the chest.", []),
    ("impression\nno disease", ["impression"]),
    ("CONTRAST\n80 ml", ["contrast"]),
    (
        "SUBJECTIVE:,  A man with cough.,PHYSICAL EXAMINATION:,  Normal.",
        ["history_of_present_illness", "physical_exam"],
    ),
    ("Follow-up - in two weeks", ["follow_up"]),
    ("Reason for Consultation: Chest pain.", ["reason_for_visit"]),
    ("Labs reviewed: potassium 3.2", ["laboratory"]),
    ("The time of the examination: noon.", []),
    ("Heart: Regular.", []),
    (
        "S: Cough.\nO: Lungs clear.\nA: Bronchitis.\nP: Rest.",
        ["history_of_present_illness", "physical_exam", "assessment", "plan"],
    ),
    ("T: 37.2\nP: 80\nR: 16", []),
    (
        "=== IMPRESSION ===\nNormal.\n### Plan\nRest\n__Medications__\nNone\n[Allergies]\nNone",
        ["impression", "plan", "medications", "allergies"],
    ),
    ("Admission Date: Monday    Discharge Date: Friday", ["administration", "administration"]),
    ("OBJECTIVE:,Vitals:  Normal.,Labs: Normal.", ["physical_exam", "vital_signs", "laboratory"]),
    ("- Plan\n- Medications", []),
    (
        "hpi: cough\npmh: gout\nmeds: none\na/p: rest",
        ["history_of_present_illness", "past_medical_history", "medications", "assessment_and_plan"],
    ),
    ("FINDINGS\r\n\r\nClear.\r\nIMPRESSION\r\nNormal.", ["findings", "impression"]),
]
PARTS = "REVIEW OF SYSTEMS\nCardiovascular: No pain.\n\u2022 Skin: No rash.\nPAST MEDICAL HISTORY\nCardiac: Bypass."
ROWS = list(read_table(find_home().ontologies / "sections" / "sections.tsv", SECTION_COLUMNS))


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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_examples_of_a_row(row, root):
    table = load_sections(root / "ontologies")
    for example, wanted in (("positive", True), ("negative", False)):
        found = find_sections(row[example].replace("\\n", "\n"), table)
        names = {f"part_{section.part}" if section.part else section.kind for section in found}
        assert (row["id"] in names) is wanted, example


def test_there_are_sixty_kinds_and_codes_are_well_formed(table):
    kinds = [kind for kind in table.kinds.values() if not kind.within]
    assert len(kinds) >= 60
    assert all(well_formed(LOINC, kind.loinc) for kind in kinds if kind.loinc)
    assert table.kinds["impression"].loinc == "19005-8"


def test_a_part_keeps_the_kind_and_the_defaults_of_its_section(table):
    sections = find_sections(PARTS, table)
    assert [(s.kind, s.part) for s in sections] == [
        ("review_of_systems", None),
        ("review_of_systems", "cardiovascular"),
        ("review_of_systems", "skin"),
        ("past_medical_history", None),
    ]
    assert sections[-1].temporality == "historical"


def test_a_default_may_hold_for_one_label_only(table):
    (plan,) = find_sections("PLAN: Chest CT.", table)
    assert (plan.temporality, dict(plan.by_label)) == (None, {"procedure": "future"})


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
        ("a\tA\tone\t\t\t\t\t\tx\ty\tz\na\tA\ttwo\t\t\t\t\t\tx\ty\tz", "stands twice"),
        ("a\tA\tone\t\t\tsoon\t\t\tx\ty\tz", "contract"),
        ("a\tA\tone\t\t\tprocedure=soon\t\t\tx\ty\tz", "contract"),
        ("a\tA\tone\t\t\t\tneighbour\t\tx\ty\tz", "contract"),
        ("a\tA\tone", "3 cells"),
    ],
)
def test_a_broken_row_is_named(row, complaint, tmp_path):
    folder = tmp_path / "sections"
    folder.mkdir()
    header = "\t".join(SECTION_COLUMNS)
    (folder / "sections.tsv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(OntologyError, match=rf"sections\.tsv:[23]: .*{complaint}"):
        load_sections(tmp_path)


UNHEADED = [
    ("CHEST\n\nHx: Smoker.\n\nThere is a nodule.\n\nIMPRESSION\nNodule.", "There is a nodule."),
    ("TECHNIQUE: Two views.\nThe lungs are clear.\nIMPRESSION: Normal.", "The lungs are clear."),
    ("COMPARISON: None\nThe lungs are clear.\nIMPRESSION: Normal.", "The lungs are clear."),
    ("IMPRESSION: Normal.\n\nTECHNIQUE: Two views.\n\nThe lungs are clear.", "The lungs are clear."),
    ("EXAM: Chest, two views\n\nINDICATION: Cough.\n\nThe lungs are clear.", "The lungs are clear."),
]


@pytest.mark.parametrize(("text", "body"), UNHEADED)
def test_findings_without_heading_belong_to_no_header_section(text, body, table):
    at = text.index(body)
    assert not any(section.start <= at < section.end for section in find_sections(text, table))


HEADED = [
    ("HISTORY: Cough for a week.\n\nFever since Monday.\n\nFINDINGS: Clear.", "Fever since Monday."),
    ("HISTORY: Cough for a week.\n\nFever since Monday.\n\nPLAN: Rest.", "Fever since Monday."),
    ("TECHNIQUE: Images of the right\nknee without contrast.\nIMPRESSION: Normal.", "knee without contrast."),
    ("HISTORY:\n\nCough.\nIMPRESSION: Normal.", "Cough."),
]


@pytest.mark.parametrize(("text", "body"), HEADED)
def test_header_section_goes_on_where_no_impression_follows_or_the_line_is_broken(text, body, table):
    at = text.index(body)
    assert any(section.start <= at < section.end for section in find_sections(text, table))
