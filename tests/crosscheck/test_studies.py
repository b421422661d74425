"""Whole studies of many modalities and label sets, one a row of ``studies_clean.tsv`` and ``studies_planted.tsv``."""

import re
from pathlib import Path

import pytest

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.conflict import Conflict
from clinnote.model.image_label import BASES, ImageLabel, LabelFinding, LabelSides, LabelSite, Source
from clinnote.model.note import Note
from clinnote.ontology.tables import read_table
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import find_home

HERE = Path(__file__).parent
LOUD = ("critical", "high", "medium")
KEYS = ("size ", "reader ", "all ", "set ", "file ")
LABEL = re.compile(r"(?P<finding>[^@=(]+)(@ (?P<site>[^=(]+))?(= (?P<side>\w+) ?)?(\((?P<notes>[^)]*)\))?")
CLEAN = [tuple(row.cells.values()) for row in read_table(HERE / "studies_clean.tsv", ("study", "report", "labels"))]
PLANTED = [
    tuple(row.cells.values()) for row in read_table(HERE / "studies_planted.tsv", ("study", "kind", "report", "labels"))
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger("radiology", None, find_home())


def as_label(words: str, number: int) -> ImageLabel:
    match = LABEL.fullmatch(words)
    assert match, words
    notes = [note for note in (match["notes"] or "").split(", ") if note]
    told = {key: [note[len(key) :] for note in notes if note.startswith(key)] for key in KEYS}
    plain = [note for note in notes if not note.startswith(KEYS)]
    presence = next((note for note in plain if note in ("absent", "uncertain")), "present")
    sides = {"both": ("left", "right"), None: ()}.get(match["side"], (match["side"],))
    basis = next((note for note in plain if note in BASES), "code") if sides else None
    finding = match["finding"].strip()
    file = next(iter(told["file "]), f"{number}.dcm")
    return ImageLabel(
        f"L{number}",
        "S1",
        LabelFinding(finding),
        Source("dicom-header" if basis == "header" else "dicom-sr", file, f"1.{number}"),
        presence,
        sides=LabelSides(sides, basis),
        site=LabelSite(match["site"].strip()) if match["site"] else None,
        size_mm=tuple(float(size) for note in told["size "] for size in note.split(" x ")),
        annotator=next(iter(told["reader "]), None),
        exhaustive_for=tuple(told["all "]),
        metadata={"label_set": told["set "][0]} if told["set "] else {},
    )


def loud(report: str, labels: str, tagger: Tagger, knowledge: Knowledge) -> list[Conflict]:
    note = tagger(Note("N1", report.replace("\\n", "\n"), study_id="S1"))
    marks = [as_label(words, number) for number, words in enumerate(filter(None, labels.split("; ")))]
    return [found for found in check_study([note], marks, knowledge).conflicts if found.severity in LOUD]


@pytest.mark.parametrize(("report", "labels"), [row[1:] for row in CLEAN], ids=[row[0] for row in CLEAN])
def test_no_flag_where_nothing_contradicts(report, labels, tagger, knowledge: Knowledge):
    assert [found.explanation for found in loud(report, labels, tagger, knowledge)] == []


@pytest.mark.parametrize(("kind", "report", "labels"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_the_planted_contradiction_is_found_once(kind, report, labels, tagger, knowledge: Knowledge):
    assert [found.kind for found in loud(report, labels, tagger, knowledge)] == [kind]
