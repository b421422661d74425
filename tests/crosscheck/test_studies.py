"""Whole studies of many modalities and label sets, one a row of ``studies_clean.tsv`` and ``studies_planted.tsv``."""

from pathlib import Path

import pytest
from crosscheck_records import as_label

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.conflict import Conflict
from clinnote.model.note import Note
from clinnote.ontology.tables import read_table
from clinnote.pipeline.tagger import Tagger

HERE = Path(__file__).parent
LOUD = ("critical", "high", "medium")
CLEAN = [tuple(row.cells.values()) for row in read_table(HERE / "studies_clean.tsv", ("study", "report", "labels"))]
PLANTED = [
    tuple(row.cells.values()) for row in read_table(HERE / "studies_planted.tsv", ("study", "kind", "report", "labels"))
]


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
