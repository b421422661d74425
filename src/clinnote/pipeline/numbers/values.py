"""The value behind the name of a lab or vital sign: number, unit, comparator, flag and reference range.

"Potassium was low at 3.2", "WBC 12.4 K/uL (H)", "BP 120/80", "Cr 1.1 -> 1.4", "Sodium  131  136-145  L". The words that
may stand between name and value, and the flags, are rows of ``ontologies/numbers/value_words.tsv``.
"""

import re
from typing import Final, NamedTuple

from clinnote.model.mention import Evidence, Measurement
from clinnote.ontology.number_tables import NumberTables, ValueWord
from clinnote.pipeline.numbers.flags import FLAGS, Reading, flagged, with_flag
from clinnote.pipeline.numbers.quantities import LONGEST, NUMBER, number_of, read_unit
from clinnote.pipeline.records import Concept

_STEP: Final = re.compile(
    rf"[\s|:=,(\[\u2013\u2014-]*+(?:(?P<number>{NUMBER}|\.[0-9]+)|(?P<word>[A-Za-z]+)|(?P<sign>[<>\u2264\u2265]=?|~|\.(?=\s)))"
)
_ABBREVIATED: Final = re.compile(r"\s*\([^()0-9][^()]{0,11}\)")
"""The short form that follows a name: "alanine aminotransferase (ALT) was 17"."""
_MOST_STEPS: Final = 9
_REACH: Final = 90
_DATE: Final = re.compile(r"/[0-9]{1,2}(?:/[0-9]{2,4})?(?=\s*(?:was|is|of|:|it was)\s*[0-9])")
_FEET: Final = re.compile(
    r"[\s:=]*(?:(?:is|was|of)\s+)?(?P<feet>[3-7])\s?(?:'|\u2019|ft\.?|feet|foot)\s?(?P<inches>[0-9]{1,2}(?:\.[0-9]+)?)?"
    r"\s?(?:\"|''|\u201d|in\b\.?|inch(?:es)?)?",
    re.IGNORECASE,
)
_INCH: Final = "[in_i]"
_PRESSURES: Final = re.compile(
    r"(?P<a>[0-9]{2,3})(?:\s?-\s?(?P<b>[0-9]{2,3}))?(?P<s>s?)\s?/\s?(?P<c>[0-9]{2,3})(?:\s?-\s?(?P<d>[0-9]{2,3}))?(?P<t>s?)"
    r"(?![\w/.])"
)
_SECOND: Final = re.compile(r"\s?(?:/|over)\s?([0-9]{1,3})(?![0-9]*[/.][0-9])")
_SECOND_OF: Final = re.compile(rf"\s?/\s?({NUMBER})(?![\w/.]*[0-9])")
_DECADE: Final = re.compile(r"'?s\b(?:\s*(?:-|\u2013|to|through)\s*(?:the\s+)?([0-9]{2,3})'?s\b)?")
_TO: Final = re.compile(
    rf"\s*(?P<by>-|\u2013|\bto\b|\bdown to\b|\bup to\b|\band\b)\s*(?P<number>{NUMBER})(?=s?(?![\w/-]))"
)
_LATER: Final = re.compile(
    rf"\s{{0,20}}(?:-{{1,2}}>|\u2192|=>|\s>\s|,?\s{{0,4}}(?:and\s+|but\s+)?(?:is\s+)?(?:now|currently|today)\s+"
    rf"(?:is\s+|at\s+)?)\s*({NUMBER})(?![\w/-]|\.[0-9])"
)
_NO_VALUE: Final = re.compile(
    r"(?:[/:][0-9]|\.[0-9]|-[0-9]|(?:st|nd|rd|th)\b|\s?-?\s?(?:years?|yrs?|y/?o|days?|weeks?|wks?|months?|hours?|hrs?|minutes?"
    r"|mins?|seconds?|times|am|pm|episodes?|occasions?|different|other|more|sets?|tests?|readings|points?)\b"
    r"(?![ \t]{0,4}[:=]?[ \t]{1,4}[0-9]))",
    re.IGNORECASE,
)
_DIFFERENCE: Final = re.compile(
    r"\s?(?:weight\s)?(?:increase|decrease|gain|loss|drop|rise|reduction|higher|lower|heavier|lighter|more|less)\b",
    re.IGNORECASE,
)
_SIGNS: Final = {"<": "<", "<=": "<=", "\u2264": "<=", ">": ">", ">=": ">=", "\u2265": ">=", "~": "~"}
_COMPARES: Final = {"less": "<", "at_most": "<=", "more": ">", "at_least": ">=", "about": "~"}
_NO_LAB_UNIT: Final = frozenset({"dose", "volume", "age", "caliber", "size", "angle"})
_DEGREES: Final = frozenset({"Cel", "[degF]"})
_PRESSURE: Final = "mm[Hg]"
_TEMPERATURE: Final = "body_temperature"
_OUT_OF: Final = frozenset({5, 10, 15, 30, 100})
"""Highest marks of the usual scores: "pain 8/10", "GCS 15/15"."""


class _Way(NamedTuple):
    """What was passed between the name and the number."""

    start: int
    end: int
    comparator: str | None
    flag: Evidence | None
    earlier: bool
    span: bool


def read_value(text: str, concept: Concept, limit: int, tables: NumberTables) -> Reading | None:
    """The value directly behind a lab or vital sign, before offset ``limit``; None when no number follows at once."""
    short = _ABBREVIATED.match(text, concept.end, limit)
    at = short.end() if short else concept.end
    if concept.label == "vital" and (feet := _FEET.match(text, at, limit)):
        inches = 12 * float(feet["feet"]) + float(feet["inches"] or 0)
        return Reading(
            feet.start("feet"), feet.end(), (Measurement(feet.start("feet"), feet.end(), inches, None, _INCH),)
        )
    way = _way(text, at, min(limit, at + _REACH), tables)
    return None if way is None else _reading(text, concept, way, limit, tables)


def _way(text: str, at: int, limit: int, tables: NumberTables) -> _Way | None:
    """Pass the words between name and number, all of which must be known."""
    comparator: str | None = None
    flag: Evidence | None = None
    earlier = span = False
    for _ in range(_MOST_STEPS):
        step = _STEP.match(text, at, limit)
        if step is None:
            return None
        at = step.end()
        if step["number"]:
            if date := _DATE.match(text, at):
                at = date.end()
                continue
            start = step.start("number")
            if at - start > LONGEST:
                return None
            return _Way(start, at, comparator, flag, earlier, span)
        if step["sign"]:
            comparator = _SIGNS.get(step["sign"], comparator)
            continue
        word, at = _word(text, step.start("word"), at, tables)
        if word is None:
            return None
        comparator = _COMPARES.get(word.role, comparator)
        if word.role in FLAGS:
            flag = Evidence(word.rule, step.start("word"), at, f"flag={word.role}")
        earlier = earlier or word.role == "earlier"
        span = span or word.role == "span"
    return None


def _word(text: str, start: int, end: int, tables: NumberTables) -> tuple[ValueWord | None, int]:
    """The row for the word text[start:end], taken together with the next word where that is a row."""
    low = text[start:end].lower()
    stop = end + 1
    while text[stop : stop + 1].isalpha():
        stop += 1
    two = tables.words.get(f"{low} {text[end + 1 : stop].lower()}")
    return (two, stop) if two is not None else (tables.words.get(low), end)


def _reading(text: str, concept: Concept, way: _Way, limit: int, tables: NumberTables) -> Reading | None:
    """The value whose number is at the end of ``way``."""
    if concept.label == "vital":
        if (second := _SECOND.match(text, way.end, limit)) is not None:
            return _two(text, concept, way, second, tables)
        if (pressures := _PRESSURES.match(text, way.start, limit)) is not None:
            return _pressures(pressures)
    elif "/" in text[concept.start : concept.end] and (second := _SECOND_OF.match(text, way.end, limit)) is not None:
        first = Measurement(way.start, way.end, number_of(text[way.start : way.end]))
        return Reading(
            way.start, second.end(), (first, Measurement(second.start(1), second.end(1), number_of(second[1])))
        )
    amount = _amount(text, concept, way, limit, tables)
    if amount is None or _NO_VALUE.match(text, amount.end) or _DIFFERENCE.match(text, amount.end):
        return None
    start, end, value, high, unit = amount.start, amount.end, amount.value, amount.high, amount.unit
    while later := _LATER.match(text, end, limit):
        start, end, value, high = later.start(1), later.end(1), number_of(later[1]), None
        read = read_unit(text, end, tables)
        unit, end = (read[0].ucum, read[1]) if read else (unit, end)
    part = Measurement(start, end, value, high, unit or _implied(concept, value), None, way.comparator)
    return flagged(text, concept, part, way.flag, limit, tables)


def _amount(text: str, concept: Concept, way: _Way, limit: int, tables: NumberTables) -> Measurement | None:
    """One amount or a range with its unit; of "from 1.1 to 1.9" the second."""
    start, end = way.start, way.end
    value, high, unit = number_of(text[start:end]), None, None
    if decade := _DECADE.match(text, end, limit):
        high = (float(decade[1]) if decade[1] else value) + 9
        end = decade.end()
    read = read_unit(text, end, tables)
    if read is not None and _is_mark(text, end, read[1], concept):
        read = None
    if read is not None and concept.label == "lab" and (read[0].kind in _NO_LAB_UNIT or read[0].ucum in _DEGREES):
        return None
    to = _TO.match(text, read[1] if read else end, limit)
    if read is not None:
        unit, end = read[0].ucum, read[1]
    elif _NO_VALUE.match(text, end) and (to is None or to["by"] not in ("-", "\u2013")):
        return None
    if high is not None or to is None:
        return None if way.earlier and high is None else Measurement(start, end, value, high, unit)
    last, stop = number_of(to["number"]), to.end()
    if text[stop : stop + 1] == "s":
        last, stop = last + 9, stop + 1
    read = read_unit(text, stop, tables)
    unit, stop = (read[0].ucum, read[1]) if read else (unit, stop)
    if way.earlier and not way.span and to["by"] != "and":
        return Measurement(to.start("number"), stop, last, None, unit)
    if value < last and (to["by"] != "and" or way.span):
        return Measurement(start, stop, value, last, unit)
    return Measurement(start, end, value, None, unit) if to["by"] == "and" else None


def _two(text: str, concept: Concept, way: _Way, second: re.Match[str], tables: NumberTables) -> Reading | None:
    """For "120/80" the parts of a pressure, for "8/10" a score; other fractions ("20/40") are no value."""
    one, other = number_of(text[way.start : way.end]), float(second[1])
    end = second.end()
    if 40 <= one <= 320 and 20 <= other <= 220 and one > other:
        read = read_unit(text, end, tables)
        end = read[1] if read and read[0].ucum == _PRESSURE else end
        upper = Measurement(way.start, way.end, one, None, _PRESSURE, None, way.comparator)
        lower = Measurement(second.start(1), end, other, None, _PRESSURE, None, way.comparator)
        found = flagged(text, concept, lower, way.flag, len(text), tables)
        flag = found.parts[0].flag
        return Reading(way.start, found.end, (with_flag(upper, flag), with_flag(lower, flag)), found.evidence)
    if other in _OUT_OF and one <= other:
        return Reading(way.start, end, (Measurement(way.start, way.end, one),))
    return None


def _pressures(match: re.Match[str]) -> Reading | None:
    """For "110-130/70-80" and "130s/80s" two ranges."""
    parts = []
    for low, high, decade in ("abs", "cdt"):
        first = float(match[low])
        last = (float(match[high]) if match[high] else first) + (9 if match[decade] else 0)
        if last < first:
            return None
        end = match.end(decade)
        parts.append(Measurement(match.start(low), end, first, last if last > first else None, _PRESSURE))
    return Reading(match.start(), match.end(), tuple(parts))


def _is_mark(text: str, at: int, end: int, concept: Concept) -> bool:
    """Whether what reads like a unit is a flag: the L of "K 3.2 L"; litres are no unit of a lab."""
    return concept.label == "lab" and text[at:end].strip() == "L"


def _implied(concept: Concept, value: float) -> str | None:
    """The unit that a temperature must have; other values are left without one when none is written."""
    if concept.concept != _TEMPERATURE:
        return None
    return "Cel" if 30 <= value <= 44 else "[degF]" if 86 <= value <= 115 else None
