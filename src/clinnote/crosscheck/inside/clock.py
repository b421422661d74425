"""Positions in the breast inside one report: the hour against the quadrant, findings against impression.

The face is read as one looks at the patient, so that it runs mirrored between the breasts: right 10 o'clock and left
2 o'clock are both upper outer (ACR BI-RADS; DICOM PS3.16 CID 6018 and 6020).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, relation, sentence
from clinnote.crosscheck.study import Study
from clinnote.model.laterality import LEFT, RIGHT, Sides

_CLOCK: Final = re.compile(
    r"(?<![\d:.])(?P<hour>1[0-2]|0?[1-9])(?::(?P<half>00|30))?"
    r"(?:\s*(?:-|\u2013|to)\s*(?P<to>1[0-2]|[1-9])(?::(?:00|30))?)?\s*o\W{0,2}\s?clock\b"
    r"|(?<=at )(?P<at>1[0-2]|0?[1-9]):(?P<minutes>00|30)(?!\s*(?:[ap]\.?m\b|hours|hrs|\d|:))",
    re.IGNORECASE,
)
_CENTRES: Final = {
    "breast_upper_outer_quadrant": 10.5,
    "breast_upper_inner_quadrant": 1.5,
    "breast_lower_inner_quadrant": 4.5,
    "breast_lower_outer_quadrant": 7.5,
}
"""The middle of each quadrant of the right breast, in hours."""
_HALF: Final = 1.5
_ALLOWED: Final = 1.0
"""Hours by which hour and quadrant may differ, and two hours of one lesion."""


def check_clock(report: Report, study: Study) -> Iterator[Claim]:
    """``quadrant_mismatch``: an hour outside the quadrant named with it, or another hour in the impression.

    Findings and impression have to place the one finding of a breast more than an hour apart. One claim per note.
    """
    if report.note.text is None:
        return
    claim = next(_in_one_sentence(report), None) or next(_between_sections(report, study), None)
    if claim is not None:
        yield claim


def _in_one_sentence(report: Report) -> Iterator[Claim]:
    for fact in report.texts:
        quadrants = [place for place in fact.places if place in _CENTRES]
        if len(quadrants) != 1 or fact.sides not in (LEFT, RIGHT):
            continue
        hours = hours_in(sentence(fact))
        named = {
            p for f in report.texts if f.mention.sentence == fact.mention.sentence for p in f.places if p in _CENTRES
        }
        sides = {f.sides for f in report.texts if f.mention.sentence == fact.mention.sentence and f.sides}
        if len(hours) != 1 or len(named) != 1 or sides != {fact.sides}:
            continue
        centre = quadrant_middle(quadrants[0], fact.sides)
        if between(hours[0], centre) > _HALF + _ALLOWED:
            line = f"{say_text(fact)} at {_say(hours[0])}: the hour lies in another quadrant of this breast"
            yield Claim("quadrant_mismatch", line, fact, None)


def _between_sections(report: Report, study: Study) -> Iterator[Claim]:
    for end in report.concluding:
        here = _position(end)
        if here is None or end.mention.label == "procedure" or not _of_breast(end):
            continue
        others = [fact for fact in report.describing if fact.sides == end.sides and _of_breast(fact)]
        placed = [(fact, there) for fact in others if (there := _position(fact)) is not None]
        kin = [fact for fact, _ in placed if relation(fact, end, study) is not None]
        if (
            not kin
            and len(placed) == len(others)
            and all(between(placed[0][1], there) <= _ALLOWED for _, there in placed)
        ):
            kin = [fact for fact, _ in placed]
        if not kin or any(between(here, there) <= _reach(end, fact) for fact, there in placed):
            continue
        line = f"{say_text(end)} at {_say(here)}; {say_text(kin[0])} at {_say(_position(kin[0]) or 0)}"
        yield Claim("quadrant_mismatch", line, end, kin[0], ("several",) if len(placed) > 1 else ())
        return


def _reach(a: TextFact, b: TextFact) -> float:
    """Hours between two positions of one lesion at most; a quadrant reaches over an hour and a half each way."""
    return _ALLOWED + sum(_HALF for fact in (a, b) if not hours_in(sentence(fact)))


def _of_breast(fact: TextFact) -> bool:
    return any(place.startswith(("breast", "nipple", "areola")) for place in fact.places | fact.implied)


def _position(fact: TextFact) -> float | None:
    """The hour of a mention of one breast: the one in its sentence, else the middle of its quadrant."""
    if fact.sides not in (LEFT, RIGHT):
        return None
    hours = hours_in(sentence(fact))
    if hours:
        return hours[0] if len(hours) == 1 else None
    quadrants = [place for place in fact.places if place in _CENTRES]
    return quadrant_middle(quadrants[0], fact.sides) if len(quadrants) == 1 else None


def hours_in(words: str) -> Sequence[float]:
    """The hours that a sentence names; a range counts as its middle, and the same hour twice as one."""
    found: list[float] = []
    for match in _CLOCK.finditer(words):
        half = (match["half"] or match["minutes"]) == "30"
        hour = int(match["hour"] or match["at"]) % 12 + (0.5 if half else 0.0)
        if match["to"]:
            hour = (hour + ((int(match["to"]) - hour) % 12) / 2) % 12
        if hour not in found:
            found.append(hour)
    return found


def quadrant_middle(quadrant: str, side: Sides) -> float:
    """The hour in the middle of a quadrant of one breast."""
    return _CENTRES[quadrant] if side == RIGHT else 12 - _CENTRES[quadrant]


def between(a: float, b: float) -> float:
    """Hours between two positions, the shorter way round."""
    apart = abs(a - b) % 12
    return min(apart, 12 - apart)


def _say(hour: float) -> str:
    whole = int(hour) or 12
    return f"{whole}:30" if hour % 1 else f"{whole} o'clock"
