"""Alerts about a whole source, grouping by study, identity, and how much a weak side may weigh."""

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import Knowledge, check_studies, check_study

RIGHT = Said("Right pleural effusion.", "pleural effusion", "pleural_effusion", "right")


def studies(flipped: int, right: int) -> tuple[list, list]:
    names = [f"S{i}" for i in range(flipped + right)]
    notes = [report(RIGHT, study=name, note=f"N{name}") for name in names]
    sides = ["left"] * flipped + ["right"] * right
    labels = [label("Effusion", side, study=name) for name, side in zip(names, sides, strict=True)]
    return notes, labels


@pytest.mark.parametrize(
    ("flipped", "right", "alerts", "singles"),
    [(8, 2, 1, 0), (5, 0, 1, 0), (4, 0, 0, 4), (7, 3, 0, 7), (0, 9, 0, 0)],
)
def test_a_source_with_inverted_sides_gives_one_alert(flipped, right, alerts, singles, knowledge: Knowledge):
    results = list(check_studies(*studies(flipped, right), knowledge))
    kinds = [conflict.kind for result in results for conflict in result.conflicts]
    assert kinds.count("systematic_flip") == alerts
    assert kinds.count("side_opposite") == singles


def test_one_report_that_repeats_its_mistake_does_not_convict_the_source(knowledge: Knowledge):
    labels = [label("Effusion", "left", number=number) for number in range(6)]
    results = list(check_studies([report(RIGHT, RIGHT, RIGHT)], labels, knowledge))
    assert {conflict.kind for result in results for conflict in result.conflicts} == {"side_opposite"}


def test_the_alert_names_the_source_and_the_studies(knowledge: Knowledge):
    *_, last = check_studies(*studies(6, 0), knowledge)
    (alert,) = last.conflicts
    assert last.study_id is None
    assert alert.severity == "critical"
    assert alert.metadata["studies"] == [f"S{i}" for i in range(6)]
    assert "labels.csv" in alert.explanation


def test_studies_are_kept_apart(knowledge: Knowledge):
    notes = [report(RIGHT, study="A", note="a"), report(RIGHT, study="B", note="b")]
    labels = [label("Effusion", "left", study="B")]
    found = {result.study_id: [c.kind for c in result.conflicts] for result in check_studies(notes, labels, knowledge)}
    assert found == {"A": [], "B": ["side_opposite"]}


def test_a_note_without_study_is_checked_against_itself(knowledge: Knowledge):
    left = Said("Left pleural effusion.", "pleural effusion", "pleural_effusion", "left", section="impression")
    notes = [report(RIGHT, left, study=None)]
    (result,) = check_studies(notes, [], knowledge)
    assert [conflict.kind for conflict in result.conflicts] == ["side_internal"]


def test_another_patient_stops_every_other_comparison(knowledge: Knowledge):
    result = check_study(
        [report(RIGHT, patient_id="P-1")], [label("Pleural Effusion", "left", patient_id="P-2")], knowledge
    )
    (conflict,) = result.conflicts
    assert (conflict.kind, conflict.severity) == ("identity", "critical")
    assert "P-1" not in conflict.explanation
    assert "P-2" not in conflict.explanation
    assert result.verdicts == ()


@pytest.mark.parametrize(
    ("note", "image"),
    [({"patient_id": "p-1 "}, {"patient_id": "P-1"}), ({}, {"patient_id": "P-2"}), ({"patient_id": "P-1"}, {})],
)
def test_the_same_or_an_unknown_patient_is_no_conflict(note, image, knowledge: Knowledge):
    result = check_study([report(RIGHT, **note)], [label("Pleural Effusion", "right", **image)], knowledge)
    assert result.conflicts == ()


@pytest.mark.parametrize(
    ("basis", "severity"),
    [
        ("code", "critical"),
        ("label_text", "critical"),
        ("oriented_geometry", "critical"),
        ("convention_geometry", "medium"),
    ],
)
def test_a_weak_side_caps_the_severity(basis, severity, knowledge: Knowledge):
    (conflict,) = check_study([report(RIGHT)], [label("Effusion", "left", basis=basis)], knowledge).conflicts
    assert conflict.severity == severity


def test_the_card_has_what_the_reviewer_needs(knowledge: Knowledge):
    said = Said(
        "Probable right pleural effusion.", "pleural effusion", "pleural_effusion", "right", certainty="probable"
    )
    (conflict,) = check_study([report(said)], [label("Effusion", "left")], knowledge).conflicts
    assert (
        conflict.explanation
        == "RIGHT pleural effusion in the findings; label 'Effusion' says LEFT (coded side; csv row 1)"
    )
    assert conflict.text.quote == said.sentence
    marked = {(said.sentence[m.start : m.end], m.role) for m in conflict.text.highlights}
    assert marked == {("right", "side"), ("pleural effusion", "finding")}
    assert "the report is not certain of the finding" in conflict.could_be_false_because
    assert conflict.metadata == {"right": 1, "blames": "unclear"}
    assert conflict.image.sides == ("left",)


def test_images_of_one_knee_and_a_report_on_the_other(knowledge: Knowledge):
    said = Said("Fracture of the left patella.", "Fracture", "fracture", "left", "patella", "patella")
    other = [label("image", "right", site="right knee", basis="header")]
    same = [label("image", "left", site="left knee", basis="header")]
    assert [c.kind for c in check_study([report(said)], other, knowledge).conflicts] == ["side_opposite"]
    assert check_study([report(said)], same, knowledge).conflicts == ()


def test_a_knee_report_on_shoulder_images(knowledge: Knowledge):
    said = [
        Said("Tear of the meniscus of the right knee.", "Tear", "tear", "right", "knee", "knee"),
        Said("Contusion of the right patella.", "Contusion", "contusion", "right", "patella", "patella"),
    ]
    shoulder, knee = label("image", site="shoulder"), label("image", site="knee")
    assert [c.kind for c in check_study([report(*said)], [shoulder], knowledge).conflicts] == ["body_part_mismatch"]
    assert check_study([report(*said)], [knee], knowledge).conflicts == ()
    assert check_study([report(said[0])], [shoulder], knowledge).conflicts == ()


@pytest.mark.parametrize(
    ("seen", "severities"),
    [
        ([("left", "code"), ("right", "oriented_geometry")], ["critical"]),
        ([("left", "code"), ("right", "convention_geometry")], ["medium"]),
        ([("left", "code"), ("left", "header")], []),
        ([("left", "code"), ("bilateral", "header")], []),
    ],
)
def test_a_label_that_contradicts_itself(seen, severities, knowledge: Knowledge):
    sides_seen = [{"values": [side], "basis": basis, "where": "somewhere"} for side, basis in seen]
    one = label("Effusion", "left", sides_seen=sides_seen)
    found = check_study([], [one], knowledge).conflicts
    assert [(c.kind, c.severity) for c in found] == [("image_internal", severity) for severity in severities]
