"""Notes and labels that meet by accession number where their study ids differ: exact, of one study, of one patient."""

from pathlib import Path

import pytest
from crosscheck_records import Said, label, report

from clinnote.crosscheck.engine import check_studies
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.crosscheck.pairing import Keys, homes
from clinnote.workflow.study_store import Packed, StudyStore, pack, unpack

UID = "1.2.840.1"


def joined(notes, labels):
    """The studies that the notes end in, in order; both ways of joining must agree."""
    housed = {label.study for label in labels}
    strays = {at: note for at, note in enumerate(notes) if note.study not in housed}
    found = homes(strays, lambda: [note for note in notes if note.study in housed], lambda: iter(labels))
    return [found.get(at, note.study) for at, note in enumerate(notes)]


CASES = [
    ("the number in both", [Keys(None, "A7")], [Keys(UID, "A7")], [UID]),
    ("the number in the place of the study id", [Keys("A7")], [Keys(UID, "A7")], [UID]),
    ("a table of labels that knows the number alone", [Keys(UID, "A7")], [Keys("A7")], ["A7"]),
    ("one patient", [Keys("A7", None, "P1")], [Keys(UID, "A7", "P1")], [UID]),
    ("another patient", [Keys("A7", None, "P2")], [Keys(UID, "A7", "P1")], ["A7"]),
    ("two patients claim it", [Keys(None, "A7", "P1"), Keys(None, "A7", "P2")], [Keys(UID, "A7")], [None, None]),
    ("report and addendum", [Keys(None, "A7"), Keys(None, "A7", "P1")], [Keys(UID, "A7", "P1")], [UID, UID]),
    (
        "its own report names another patient",
        [Keys(UID, None, "P2"), Keys("A7", None, "P1")],
        [Keys(UID, "A7")],
        [UID, "A7"],
    ),
    ("two studies of one number", [Keys("A7")], [Keys(UID, "A7"), Keys("1.2.840.2", "A7")], ["A7"]),
    ("two note studies of one number", [Keys("x", "A7"), Keys("y", "A7")], [Keys(UID, "A7")], ["x", "y"]),
    ("labels of two numbers", [Keys("A7")], [Keys(UID, "A7"), Keys(UID, "A8")], ["A7"]),
    ("nearly the number", [Keys("A07"), Keys("a7"), Keys("A7 ")], [Keys(UID, "A7")], ["A07", "a7", "A7 "]),
    ("the note says another number", [Keys("A7", "A8")], [Keys(UID, "A7")], ["A7"]),
    (
        "a word for a missing number",
        [Keys(None, "UNKNOWN"), Keys(None, "000")],
        [Keys(UID, "UNKNOWN"), Keys("2", "000")],
        [None, None],
    ),
    ("notes of one study go together", [Keys("s", "A7"), Keys("s")], [Keys(UID, "A7")], [UID, UID]),
    ("labels of its own study come first", [Keys("s", "A7")], [Keys("s"), Keys(UID, "A7")], ["s"]),
    ("nothing links", [Keys(None), Keys("s")], [Keys(UID)], [None, "s"]),
]


@pytest.mark.parametrize(("notes", "labels", "homes_of_notes"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_who_meets_whom(notes, labels, homes_of_notes, tmp_path: Path):
    assert joined(notes, labels) == homes_of_notes
    with StudyStore(tmp_path / "out.jsonl", "run") as store:
        store.add_labels((keys, pack("label")) for keys in labels)
        store.add_notes("1", Packed(tuple((keys, pack(at)) for at, keys in enumerate(notes))))
        store.join()
        store.index()
        where = {unpack(note): bool(group.labels) for group in store.groups() for note in group.notes}
    housed = {label.study for label in labels}
    assert [where[at] for at in range(len(notes))] == [study in housed for study in homes_of_notes]


def test_joined_notes_are_compared(knowledge: Knowledge):
    note = report(Said("Right pleural effusion.", "pleural effusion", "pleural_effusion", "right"), study="A7")
    found = check_studies([note], [label("Effusion", "left", study=UID, accession="A7")], knowledge)
    assert [conflict.kind for result in found for conflict in result.conflicts] == ["side_opposite"]
