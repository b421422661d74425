"""Sides that a report gives without naming the finding again: the larger side of two, and "the smaller one"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.crosscheck.align import STRONG
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, concludes, relation, sentence
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT, Side

_MORE: Final = r"(?:greater|larger|bigger|worse|more|higher|>)"
_ON: Final = r"(?:greater|larger|bigger|worse|greatest|largest|worst|more (?:pronounced|prominent|severe|marked))"
_LARGER: Final = re.compile(
    rf"\b(?P<side>left|right|l|r)(?:[ -]sided?)?\s*,?\s*{_MORE}\s*(?:\w+\s+){{0,2}}?(?:than\s*)?(?:the\s+)?"
    rf"(?P<other>left|right|l|r)\b|{_ON}\s+(?:on|at|in)\s+the\s+(?P<on>left|right)\b",
    re.IGNORECASE,
)
_SIDE: Final = {"l": Side.LEFT, "left": Side.LEFT, "r": Side.RIGHT, "right": Side.RIGHT}
_CHANGED: Final = re.compile(
    r"\b(?:now|previously|prior|increas\w+|decreas\w+|chang\w+|improv\w+|wors\w+ since)\b", re.IGNORECASE
)
_POINTS: Final = re.compile(
    r"\s*(?:[-*\u2022]\s*|\d+[.)]\s+)?(?:the\s+(?:smaller|larger|largest|smallest|bigger|former|latter|first|second)(?:\s+(?:one|of\s+(?:these|them|the\s+two)))?"
    r"|one\b|it|this|this\s+(?:one|nodule|lesion|mass|opacity|fracture|finding))\s+(?:is|appears|lies|measures|projects|was\s+seen)\b",
    re.IGNORECASE,
)
"""The beginning of a sentence that speaks on of the finding of the sentence before it."""
_MOVES: Final = re.compile(
    r"\b(?:exten\w+|displac\w+|abut\w*|compress\w*|shift\w*|toward\w*|invad\w+|spread\w*|cross\w*|drain\w*|communicat\w+|contiguous"
    r"|adjacent|compar\w+|than|not|no|other|another|also|as|with|from|to\s+the)\b(?!\s+be\b)",
    re.IGNORECASE,
)


def check_larger_side(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal``: right greater than left in the findings, left greater than right in the impression.

    Medium for one finding, low for two that may look alike (effusion and a blunted angle). One claim per note.
    """
    if report.note.text is None or len(_LARGER.findall(report.text)) < 2:
        return
    sided = [(fact, side) for fact in (*report.concluding, *report.describing) if (side := _larger(fact)) is not None]
    found = [
        (fact, other, how)
        for fact, side in sided
        for other, opposed in sided
        if concludes(fact, study)
        and not concludes(other, study)
        and side != opposed
        and (how := relation(fact, other, study))
    ]
    found.sort(key=lambda item: item[2] not in STRONG)
    for fact, other, how in found[:1]:
        line = f"Larger side differs: {say_text(fact)}; {say_text(other)}"
        yield Claim(
            "side_internal",
            line,
            fact,
            other,
            () if how in STRONG else ("family",),
            "medium" if how in STRONG else "low",
        )


def _larger(fact: TextFact) -> Side | None:
    """The side that a mention's sentence calls the larger one; None where it names none, several, or a change."""
    words = sentence(fact)
    found = {
        _SIDE[(m["side"] or m["on"]).lower()]
        for m in _LARGER.finditer(words)
        if (m["side"] or "") != (m["other"] or "x")
    }
    return next(iter(found)) if len(found) == 1 and _CHANGED.search(words) is None else None


def check_pointing(report: Report, study: Study) -> Iterator[Claim]:  # noqa: ARG001 - as every check
    """``side_internal``: "two nodules in the right lung. The larger one is in the left lower lobe." One claim per note.

    The second sentence has to begin with the word that points back, name places alone, and neither compare nor say
    where a lesion extends to.
    """
    if report.note.text is not None and (claim := next(_pointing(report), None)):
        yield claim


def _pointing(report: Report) -> Iterator[Claim]:
    by_sentence: dict[tuple[int, int], list[TextFact]] = {}
    for fact in report.texts:
        by_sentence.setdefault(fact.mention.sentence, []).append(fact)
    before: Sequence[TextFact] = ()
    for (start, end), facts in by_sentence.items():
        own = [fact for fact in before if fact.sides in (LEFT, RIGHT) and fact.excluded is None and not fact.is_place]
        words = report.text[start:end]
        if own and {fact.sides for fact in before if fact.sides} == {own[0].sides} and _points(words, facts):
            place = next((place for place in facts if laterality.opposite(place.sides, own[0].sides)), None)
            if place is not None and place.mention.section == own[0].mention.section:
                line = f"{say_text(own[0])}; then: {say_text(place)}"
                yield Claim("side_internal", line, own[0], place, ("several",), "high")
        before = facts


def _points(words: str, facts: Sequence[TextFact]) -> bool:
    """Whether a sentence points back, names places alone, and neither compares nor says where a lesion extends to."""
    return all(fact.is_place for fact in facts) and bool(_POINTS.match(words)) and _MOVES.search(words) is None
