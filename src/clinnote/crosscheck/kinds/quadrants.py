"""The breast: quadrant and clock face of the report against those of the label.

The clock is read as one looks at the patient, so that it runs mirrored between the breasts: right 10 o'clock and left
2 o'clock are both in the upper outer quadrant (DICOM PS3.16 CID 6018 and 6020 name the same positions).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT, Sides

_CLOCK: Final = re.compile(
    r"\b(?P<hour>1[0-2]|0?[1-9])(?P<half>:30)?(?::00)?(?:\s*(?:-|to)\s*(?P<to>1[0-2]|[1-9]))?\s?-?o\W{0,2}\s?clock"
    r"|\b(?P<at>1[0-2]|0?[1-9]):(?P<minutes>00|30)(?!\s*(?:[ap]\.?m\b|hours|hrs|\d|:))",
    re.IGNORECASE,
)
_QUADRANTS: Final = {
    "breast_upper_outer_quadrant": (9.0, 12.0),
    "breast_upper_inner_quadrant": (12.0, 3.0),
    "breast_lower_inner_quadrant": (3.0, 6.0),
    "breast_lower_outer_quadrant": (6.0, 9.0),
}
"""Hours clockwise, in the right breast."""
_CLOCK_NODE: Final = re.compile(r"(?:breast_)?clock_(\d+)")
_ALLOWED: Final = 1.0
"""Hours by which two readings of one lesion may differ."""
_OPPOSED: Final = 3.0
"""Hours between a quadrant and the one across from it."""
_NEW_CLAUSE: Final = re.compile(r"[,;]|\b(?:and|but|with)\b", re.IGNORECASE)
_FAR: Final = 30
"""Characters that the beginning of another clause counts for."""


@dataclass(frozen=True, slots=True)
class Position:
    """A stretch of the clock face, from hour to hour clockwise; ``quadrant`` when it is not an hour that was read."""

    start: float
    end: float
    quadrant: str | None = None


def check_quadrants(study: Study) -> Iterator[Claim]:
    """``quadrant_mismatch``: one finding of one breast, positions more than an hour apart, and none that fits."""
    for label in study.marks:
        theirs = _label_position(label)
        if label.excluded is not None or theirs is None or not _in_breast(label.places or label.implied, study):
            continue
        placed = [
            (apart, pair)
            for pair in study.of_label(label)
            if pair.excluded is None
            and pair.relation != "family"
            and (apart := _apart(pair, theirs, study)) is not None
        ]
        if not placed or any(apart == 0 for apart, _ in placed):
            continue
        apart, pair = min(placed, key=lambda item: (not study.partners.paired(item[1]), item[0]))
        if not _has_label(pair, study):
            yield Claim(
                "quadrant_mismatch",
                f"{say_text(pair.text)}{_said(pair.text)}; {say_label(label)}",
                pair.text,
                label,
                doubts_of(pair, study.of_label(label)),
                "medium" if apart < _OPPOSED and _both_quadrants(pair) else None,
                pairs=(pair,),
            )


def in_breast(pair: Pair, study: Study) -> bool:
    """Whether both claims place their finding in a breast: there this module alone compares places."""
    return _in_breast(pair.text.places, study) and _in_breast(pair.label.places, study)


def _in_breast(places: Iterable[str], study: Study) -> bool:
    """Whether all places lie in a breast; an hour alone may be that of another organ."""
    found = [place for place in places if not place.startswith("clock_")]
    return bool(found) and all(study.knowledge.anatomy.is_part_of(place, "breast") for place in found)


def _has_label(pair: Pair, study: Study) -> bool:
    """Whether another label lies where the mention does."""
    for other in study.of_text(pair.text):
        if other.label is not pair.label and other.excluded is None:
            theirs = _label_position(other.label)
            if theirs is None or _apart(other, theirs, study) == 0:
                return True
    return False


def _apart(pair: Pair, theirs: Position, study: Study) -> float | None:
    """Hours between the two positions beyond what is allowed; None when they can't be compared."""
    text, label = pair.text, pair.label
    if laterality.opposite(text.sides, label.sides):
        return None
    if not _in_breast(text.places or label.places, study):
        return None
    side = text.sides if text.sides in (LEFT, RIGHT) else label.sides
    found = [_between(ours, theirs, side) for ours in _positions(text)]
    known = [apart for apart in found if apart is not None]
    return min(known) if known else None


def _between(ours: Position, theirs: Position, side: Sides) -> float | None:
    """Hours between two positions in the breast of a side, beyond what is allowed."""
    if side not in (LEFT, RIGHT) and (ours.quadrant is None) != (theirs.quadrant is None):
        return None
    if ours.quadrant and theirs.quadrant:
        return 0.0 if ours.quadrant == theirs.quadrant else max(_ALLOWED, _gap(ours, theirs))
    mirrored = side == LEFT
    return max(0.0, _gap(_seen(ours, mirrored), _seen(theirs, mirrored)) - _ALLOWED)


def _seen(position: Position, mirrored: bool) -> Position:
    """The position on the face as one sees it: quadrants are kept for the right breast."""
    if position.quadrant is None or not mirrored:
        return position
    return Position(12 - position.end, 12 - position.start, position.quadrant)


def _gap(a: Position, b: Position) -> float:
    """Hours between two stretches, the shorter way round; 0 when they meet."""
    if any(_within(hour, other) for here, other in ((a, b), (b, a)) for hour in (here.start, here.end)):
        return 0.0
    return min((a.start - b.end) % 12, (b.start - a.end) % 12)


def _within(hour: float, position: Position) -> bool:
    return (hour - position.start) % 12 <= (position.end - position.start) % 12


def _both_quadrants(pair: Pair) -> bool:
    theirs = _label_position(pair.label)
    return bool(theirs and theirs.quadrant) and any(ours.quadrant for ours in _positions(pair.text))


def _positions(text: TextFact) -> list[Position]:
    """The hours of a mention's sentence, the nearest to it first, else its quadrant: any may be meant."""
    if text.note.text is not None:
        start, end = text.mention.sentence
        sentence = text.note.text[start:end]
        hours = sorted(_CLOCK.finditer(sentence), key=lambda match: _distance(match, sentence, text, start))
        if hours:
            return [_hour(match) for match in hours]
    named = _quadrant(text.places)
    return [named] if named else []


def _distance(match: re.Match[str], sentence: str, text: TextFact, start: int) -> int:
    """How far an hour stands from the mention; another clause between them makes it far."""
    first, last = text.mention.start - start, text.mention.end - start
    between = sentence[last : match.start()] if match.start() >= last else sentence[match.end() : first]
    return len(between) + _FAR * len(_NEW_CLAUSE.findall(between))


def _label_position(label: LabelFact) -> Position | None:
    words = f"{label.label.site.text if label.label.site else ''} | {label.label.finding.text}"
    match = _CLOCK.search(words)
    return _hour(match) if match else _quadrant(label.places)


def _hour(match: re.Match[str]) -> Position:
    if match["at"]:
        hour = int(match["at"]) + (0.5 if match["minutes"] == "30" else 0.0)
        return Position(hour, hour)
    start = int(match["hour"]) + (0.5 if match["half"] else 0.0)
    return Position(start, float(match["to"]) if match["to"] else start)


def _quadrant(places: frozenset[str]) -> Position | None:
    """The hour or quadrant, if exactly one is named."""
    hours = {int(match[1]) for place in places if (match := _CLOCK_NODE.fullmatch(place))}
    if len(hours) == 1:
        hour = float(hours.pop())
        return Position(hour, hour)
    named = sorted(places & _QUADRANTS.keys())
    return Position(*_QUADRANTS[named[0]], named[0]) if len(named) == 1 and not hours else None


def _said(text: TextFact) -> str:
    """The hour, where the report gives one: it stands outside the words of the place."""
    hours = [position.start for position in _positions(text) if position.quadrant is None]
    return f" at {hours[0]:g} o'clock" if hours else ""
