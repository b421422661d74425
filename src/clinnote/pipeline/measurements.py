"""Sizes, doses and values with their UCUM units, each given to the concept that it measures.

Not taken: a size of an earlier study ("previously 5 mm"), and the distance of one thing from another ("3 cm above the
carina"), because neither is the size of what is there now.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import Measurement
from clinnote.model.spans import Span
from clinnote.pipeline.records import Concept
from clinnote.pipeline.units import UNIT_PATTERN, unit_of

_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_TIMES: Final = r"\s*(?:x|\u00d7|\*|by)\s*"
_TO: Final = r"\s*(?:-|\u2013|to)\s*"
_QUANTITY: Final = re.compile(
    rf"(?<![\w.,/-])(?P<a>{_NUMBER})"
    rf"(?:{_TO}(?P<high>{_NUMBER})|(?:\s?{UNIT_PATTERN})?{_TIMES}(?P<b>{_NUMBER})"
    rf"(?:(?:\s?{UNIT_PATTERN})?{_TIMES}(?P<c>{_NUMBER}))?)?(?:\s|-)?(?P<unit>{UNIT_PATTERN})",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"\s*+(?:(?:level|count|rate|value|reading)\s*+)?(?:(?:was|is|of|at|to|were|remained|remains|measured|[:=,~(-])\s*+)*+"
    r"(?:(?:noted|found|measured|recorded|stable|elevated|low|normal|high)\s*+)?(?:(?:to be|at|\()\s*+)?"
    r"(?:(?:about|approximately|approx\.?|around)\s*+)?[<>]?\s*+"
    rf"(?P<a>{_NUMBER})(?:\s?/\s?(?P<second>\d{{2,3}})(?!\d*/))?(?:{_TO}(?P<high>{_NUMBER})(?![\w/-]))?"
    rf"(?:\s?(?P<unit>{UNIT_PATTERN}))?(?![\d/]|\.\d|-\d|\s?(?:years?|days?|weeks?|months?|hours?)\b)",
    re.IGNORECASE,
)
_PRIOR: Final = re.compile(
    r"(?:\b(?:previous(?:ly)?|prior|formerly|compared (?:to|with)|versus|vs\.?|from|was|were|had been)"
    r"(?: (?:measur\w+|at|was|a|the|approximately|about))*|\bpriors?:?)\s*$",
    re.IGNORECASE,
)
_DISTANCE: Final = re.compile(
    r"\s*(?:above|below|from|distal|proximal|superior|inferior|cephalad|caudal|beyond|deep|away|past|lateral to"
    r"|medial to|posterior to|anterior to|into|within|short of|apart)\b",
    re.IGNORECASE,
)
_BREAK: Final = re.compile(r";|\b(?:but|while|whereas)\b", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
_PUNCTUATION: Final = re.compile(r"[^\w\s'-]")
_LINK: Final = re.compile(r"\b(?:in|at|of|is|are|was|with|and|within|measur\w+|the|on|to)\b", re.IGNORECASE)
_REACH: Final = 40
_NOUN_PHRASE: Final = 5
"""Most words between a size and the noun it modifies."""
_FARTHEST: Final = 200
"""Most characters between a quantity and its concept."""

_WANTS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "size": (frozenset({"finding", "disorder", "device", "procedure"}), frozenset({"body_site", "vital"})),
    "volume": (frozenset({"finding", "disorder", "device", "procedure"}), frozenset({"body_site", "medication"})),
    "dose": (frozenset({"medication"}),),
    "rate": (frozenset({"medication", "device", "vital"}),),
    "lab": (frozenset({"lab", "vital"}), frozenset({"finding"})),
    "vital": (frozenset({"vital", "lab"}),),
    "percent": (frozenset({"lab", "vital", "finding", "disorder"}),),
}
"""Labels that a value of each kind of unit may belong to, the first choice first."""
_VALUED: Final = frozenset({"lab", "vital"})
_PRESSURE: Final = "mm[Hg]"


class _Found(NamedTuple):
    start: int
    end: int
    kind: str
    parts: tuple[Measurement, ...]


def find_measurements(
    text: str, sentences: Sequence[Span], concepts: Sequence[Concept]
) -> tuple[tuple[Measurement, ...], ...]:
    """The measurements of each concept, parallel to ``concepts``; all within the concept's sentence.

    "3 x 2 x 1 cm" gives three records with ``dimension`` 1 to 3 and one unit, "2-3 mm" one with ``high``, a blood
    pressure two in mm[Hg]. A bare number counts only directly behind a lab value or vital sign. Linear in the text.
    """
    found: list[list[Measurement]] = [[] for _ in concepts]
    order = sorted(range(len(concepts)), key=lambda i: concepts[i].start)
    starts = [concepts[i].start for i in order]
    for sentence in sentences:
        members = order[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        if not members or not _DIGIT.search(text, sentence.start, sentence.end):
            continue
        values: list[int] = []
        for i in members:
            if concepts[i].label in _VALUED:
                value = _value_behind(text, concepts[i], sentence)
                if value is not None:
                    found[i] += value.parts
                    values.append(value.end)
        candidates = _Candidates(members, concepts)
        for quantity in _quantities(text, sentence):
            if bisect_left(values, quantity.start) != bisect_right(values, quantity.end):
                continue  # already read as a value, which ends where this quantity ends or inside it
            owner = _owner(quantity, candidates, concepts, text)
            if owner is not None:
                found[owner] += quantity.parts
    return tuple(tuple(parts) for parts in found)


class _Candidates:
    """The concepts of a sentence by label, to find the one nearest to a place without going through all."""

    def __init__(self, members: Sequence[int], concepts: Sequence[Concept]) -> None:
        self._members = members
        self._concepts = concepts
        self._lists: dict[frozenset[str], tuple[list[int], list[int]]] = {}

    def near(self, labels: frozenset[str], start: int, end: int) -> tuple[int | None, int | None]:
        """(last that begins before ``start``, first that begins at ``end`` or later) with one of the labels."""
        if labels not in self._lists:
            fitting = [i for i in self._members if self._concepts[i].label in labels]
            self._lists[labels] = fitting, [self._concepts[i].start for i in fitting]
        fitting, starts = self._lists[labels]
        before, behind = bisect_left(starts, start), bisect_left(starts, end)
        return fitting[before - 1] if before else None, fitting[behind] if behind < len(fitting) else None


def _quantities(text: str, sentence: Span) -> Iterator[_Found]:
    """Numbers with a unit that speak of the present."""
    for match in _QUANTITY.finditer(text, sentence.start, sentence.end):
        unit = unit_of(match["unit"])
        if _PRIOR.search(text, max(sentence.start, match.start() - _REACH), match.start()):
            continue
        if unit.kind == "size" and _DISTANCE.match(text, match.end(), sentence.end):
            continue
        sized = unit.kind == "size"
        parts = []
        for dimension, name in enumerate("abc", 1):
            if match[name] is None:
                break
            last = name == "c" or match["abc"[dimension]] is None
            high = _number(match["high"]) if match["high"] else None
            end = match.end() if last else match.end(name)
            place = dimension if sized else None
            parts.append(Measurement(match.start(name), end, _number(match[name]), high, unit.ucum, place))
        yield _Found(match.start(), match.end(), unit.kind, tuple(parts))


def _value_behind(text: str, concept: Concept, sentence: Span) -> _Found | None:
    """The value directly behind a lab value or vital sign."""
    match = _VALUE.match(text, concept.end, min(sentence.end, concept.end + 2 * _REACH))
    if match is None:
        return None
    unit = unit_of(match["unit"]).ucum if match["unit"] else None
    start, end = match.start("a"), match.end()
    if match["second"]:
        unit = unit or _PRESSURE
        first = Measurement(start, match.end("a"), _number(match["a"]), None, unit)
        second = Measurement(match.start("second"), end, _number(match["second"]), None, unit)
        return _Found(start, end, "vital", (first, second))
    high = _number(match["high"]) if match["high"] else None
    return _Found(start, end, "lab", (Measurement(start, end, _number(match["a"]), high, unit),))


def _owner(quantity: _Found, candidates: _Candidates, concepts: Sequence[Concept], text: str) -> int | None:
    """The concept of the sentence that the quantity measures: the one it modifies, else the nearest before it."""
    for wanted in _WANTS[quantity.kind]:
        before, behind = candidates.near(wanted, quantity.start, quantity.end)
        if behind is not None and _modifies(text[quantity.end : concepts[behind].start]):
            return behind
        if before is not None and not _broken(text, concepts[before].end, quantity.start):
            return before
        if behind is not None and not _broken(text, quantity.end, concepts[behind].start):
            return behind
    return None


def _broken(text: str, start: int, end: int) -> bool:
    """Whether another statement begins in between, or the two are too far apart to belong together."""
    return end - start > _FARTHEST or _BREAK.search(text, start, end) is not None


def _modifies(gap: str) -> bool:
    """Whether what stands between a size and a noun belongs to the same noun phrase."""
    if len(gap) > 2 * _REACH or _PUNCTUATION.search(gap) or _LINK.search(gap):
        return False
    return len(gap.split()) <= _NOUN_PHRASE


def _number(written: str) -> float:
    return float(written.replace(",", ""))
