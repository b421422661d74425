"""Several notes of one study, addenda that correct, and what holds for a whole run."""

from dataclasses import replace

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import Knowledge, check_studies, check_study

RIGHT = Said("Right pleural effusion.", "pleural effusion", "pleural_effusion", "right")
LEFT = Said("Left pleural effusion.", "pleural effusion", "pleural_effusion", "left")
CORRECTION = Said(
    "Correction: the pleural effusion is on the left.",
    "pleural effusion",
    "pleural_effusion",
    "left",
    section="addendum",
)
REMARK = Said(
    "The left pleural effusion was called to the ward.",
    "pleural effusion",
    "pleural_effusion",
    "left",
    section="addendum",
)


@pytest.mark.parametrize(
    ("addendum", "side", "kinds"),
    [
        (CORRECTION, "left", []),
        (CORRECTION, "right", ["side_opposite"]),
        (REMARK, "right", ["side_opposite"]),
    ],
)
def test_an_addendum_replaces_the_side_only_if_it_says_that_it_corrects(addendum, side, kinds, knowledge: Knowledge):
    found = check_study([report(RIGHT, addendum)], [label("Effusion", side)], knowledge).conflicts
    assert [conflict.kind for conflict in found] == kinds


@pytest.mark.parametrize(
    ("old", "new", "imaged", "kinds"),
    [
        ("2020-01-03", "2024-05-06", "2024-05-06", []),
        ("2020-01-03", "2024-05-06T10:15:00", "20240506", []),
        ("2020-01-03", "2020-01-03", "2024-05-06", ["side_opposite"]),
        (None, "2024-05-06", "2024-05-06", ["side_opposite"]),
    ],
    ids=["old note", "old note, other ways to write a date", "no note of the images' day", "no date"],
)
def test_a_note_older_than_the_images_is_set_aside(old, new, imaged, kinds, knowledge: Knowledge):
    notes = [report(RIGHT, note="old", date=old), report(LEFT, note="new", date=new)]
    labels = [replace(label("Effusion", "left"), date=imaged)]
    assert [conflict.kind for conflict in check_study(notes, labels, knowledge).conflicts] == kinds


@pytest.mark.parametrize(
    ("accessions", "of_label", "kinds"),
    [
        (["000123"], "123", []),
        (["A1", "A2"], "A2", []),
        (["A1"], "A2", ["identity"]),
    ],
    ids=["leading zeros lost in a spreadsheet", "two orders in one study", "another order"],
)
def test_accession_numbers(accessions, of_label, kinds, knowledge: Knowledge):
    notes = [report(RIGHT, note=f"N{number}", accession=key) for number, key in enumerate(accessions)]
    found = check_study(notes, [label("Effusion", "right", accession=of_label)], knowledge).conflicts
    assert [conflict.kind for conflict in found] == kinds


def test_ids_are_unique_in_a_run_and_the_same_in_the_next(knowledge: Knowledge):
    impression = Said("Left pleural effusion.", "pleural effusion", "pleural_effusion", "left", section="impression")
    names = [f"S{number}" for number in range(4)]
    notes = [report(RIGHT, impression, study=name, note=f"N{name}") for name in names]
    notes += [report(RIGHT, impression, study=None, note=f"alone {number}") for number in range(3)]
    notes += [report(RIGHT, impression, study="S0", note="the same text again")]
    labels = [
        label("Effusion", side, study=name, number=n) for name in names for n, side in enumerate(("right", "left"))
    ]
    runs = [[c.id for result in check_studies(notes, labels, knowledge) for c in result.conflicts] for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0]) == len(set(runs[0])) >= 7


def test_results_come_as_studies_are_checked(knowledge: Knowledge):
    notes = [report(RIGHT, study=name, note=f"N{name}") for name in ("A", "B", "C")]
    labels = [label("Effusion", side, study=name) for name, side in (("A", "left"), ("B", "right"), ("C", "right"))]
    order = [result.study_id for result in check_studies(notes, labels, knowledge)]
    assert order == ["B", "C", "A"]
