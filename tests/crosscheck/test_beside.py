"""A finding without a side takes that of the related finding in its sentence, and what comes of it is low."""

import pytest
from crosscheck_records import as_label

from clinnote.crosscheck.engine import Knowledge, check_study
from clinnote.model.conflict import Conflict
from clinnote.model.note import Note
from clinnote.pipeline.tagger import Tagger


def found(report: str, labels: str, tagger: Tagger, knowledge: Knowledge) -> list[Conflict]:
    note = tagger(Note("N1", report, study_id="S1"))
    marks = [as_label(words, number) for number, words in enumerate(labels.split("; "))]
    return list(check_study([note], marks, knowledge).conflicts)


@pytest.mark.parametrize(
    ("report", "labels"),
    [
        ("FINDINGS: Left-sided volume loss as evidenced by diaphragm elevation.", "Diaphragm elevation = right"),
        ("FINDINGS: Reticular opacities in the right base and foci of atelectasis.", "Atelectasis = left"),
    ],
)
def test_the_other_side_is_a_low_contradiction(report, labels, tagger, knowledge: Knowledge):
    (conflict,) = found(report, labels, tagger, knowledge)
    assert (conflict.kind, conflict.severity) == ("side_opposite", "low")
    assert "in one sentence with" in conflict.explanation
    assert knowledge.rules.traps["beside"] in conflict.could_be_false_because


@pytest.mark.parametrize(
    ("report", "labels"),
    [
        # the side of the sentence
        ("FINDINGS: Reticular opacities in the right base and foci of atelectasis.", "Atelectasis = right"),
        # another label accounts for it
        ("FINDINGS: Reticular opacities in the right base, atelectasis.", "Atelectasis = left; Atelectasis = right"),
        # the sentence names both sides
        ("FINDINGS: Opacity in the right base, the left base is clear; foci of atelectasis.", "Atelectasis = left"),
        # the neighbour is no relative
        ("FINDINGS: Fracture of the right clavicle and foci of atelectasis.", "Atelectasis = left"),
        # something of the kind lies on the label's side
        ("FINDINGS: Opacity in the right base and atelectasis. Scarring in the left base.", "Atelectasis = left"),
    ],
)  # fmt: skip
def test_no_contradiction_without_need(report, labels, tagger, knowledge: Knowledge):
    assert [conflict.kind for conflict in found(report, labels, tagger, knowledge)] == []
