"""Numbers with a unit: sizes, doses, percentages, in one pass over the digits of a text.

Work is proportional to the numbers of the text. Units follow the Unified Code for Units of Measure (UCUM).
"""

import re
from typing import Final, NamedTuple

from clinnote.model.mention import Measurement
from clinnote.ontology.number_tables import NumberTables, Unit

NUMBER: Final = r"[0-9][0-9]*(?:,[0-9]{3}(?![0-9]))*(?:\.[0-9]+)?"
"""An amount as it is written: thousands by comma, decimals by point (a comma never is one)."""
LONGEST: Final = 15
"""Most characters of an amount; longer ones are identifiers."""
_NUMBER: Final = re.compile(NUMBER)
_UNIT: Final = re.compile(r"\s?-?([A-Za-z\u00b0\u00b5\u03bc%/\"]['\w\u00b0\u00b5\u03bc%/^.\u00b2\u00b3*()]*)")
_POWER: Final = re.compile(
    r"\s?[x\u00d7*]?\s?10\s?[\^*]?\s?(3|6|9|12)\s?/\s?(L|l|[u\u00b5\u03bc]L|ul|mm3|mm\u00b3)(?!\w)"
)
"""Counts of cells: "x 10^9/L"; in plain text the exponent often lost its sign."""
_NAMES_NEXT: Final = re.compile(r"[ \t]{0,4}[:=]?[ \t]{1,4}[0-9]")
_TRAILING: Final = ".)*'"
_MICRO: Final = str.maketrans("\u00b5\u03bc", "uu")
_PER_AMOUNT: Final = re.compile(r"(mg|mcg|g|units?|meq)/([0-9.]+)$", re.IGNORECASE)
_AXIS: Final = (
    r"(?:\s*\(?(?:AP|PA|TV|TR|TRV|CC|SI|ML|LR|RL|W|H|L|D|trans(?:verse)?|craniocaudal|anteroposterior|sagittal|axial"
    r"|long|wide|deep|high|tall|in (?:AP|length|width|depth|height)(?: diameter| dimension)?)\)?)?"
)
_AXES: Final = re.compile(_AXIS, re.IGNORECASE)
_NEXT: Final = re.compile(
    rf"(?:{_AXIS}\s*(?P<times>[x\u00d7*]|\bby\b)|\s*(?P<to>-|\u2013|\u2014|\bto\b)|(?P<slash>/))\s*(?P<number>{NUMBER})",
    re.IGNORECASE,
)
_CLOSING: Final = frozenset({"", ".", ",", ";", ")", "\n", ":", "]", "?", "!"})
"""Behind these a number has neither unit nor partner."""
_GROWTH: Final = re.compile(
    r"\b(?:increas|decreas|gr[eo]w|enlarg|shr[aiu]nk|chang|went|ris|rose|drop|f[ae]ll|progress|improv|trend|reduc|regress)"
    r"\w*[^.;]{0,50}\bfrom\s+$",
    re.IGNORECASE,
)
_UPTAKE: Final = re.compile(r"\bSUV\s?-?(?:max|mean|peak|bw|lbm)?(?:imum)?\s*(?:of|is|was|=|:|,)?\s*$", re.IGNORECASE)
_SLASH_UNITS: Final = frozenset({"dose", "vital"})
_MOST_AXES: Final = 4
_FOLDED: Final = 10
"""A dose "10-325 mg" whose second amount is more than this many times the first names two drugs, not a range."""


class Quantity(NamedTuple):
    """Characters [start, end) hold one amount, a range or the axes of a size."""

    start: int
    end: int
    kind: str
    parts: tuple[Measurement, ...]
    changed: bool = False
    """Of two amounts the first is the earlier one and left out: "from 40 mg to 20 mg"."""


def find_quantities(text: str, tables: NumberTables) -> list[Quantity]:
    """All numbers with a unit, by offset, none overlapping another. Linear in the text."""
    found: list[Quantity] = []
    behind = 0
    uptake = "SUV" in text or "suv" in text
    for match in _NUMBER.finditer(text):
        start = match.start()
        end = match.end()
        if start < behind or end - start > LONGEST or text[end : end + 1] in _CLOSING:
            continue
        first = _begin(text, start)
        if first < 0:
            continue
        quantity = _quantity(text, first, end, tables)
        if quantity is None and uptake:
            quantity = _suv(text, first, end)
        if quantity is not None:
            found.append(quantity)
            behind = quantity.end
    return found


def read_unit(text: str, at: int, tables: NumberTables) -> tuple[Unit, int] | None:
    """The unit that stands at ``at`` (after a blank or hyphen), and where it ends."""
    match = _UNIT.match(text, at)
    power = _POWER.match(text, at) if "10" in text[at : at + 5] else None
    if power is not None:
        volume = "L" if power[2] in "Ll" else "uL"
        return Unit(f"10*{power[1]}/{volume}", "lab"), power.end()
    if match is None:
        return None
    token = match[1]
    start = match.start(1)
    low = token.lower().translate(_MICRO) if len(token) > 1 else token
    for rest, unit in tables.longer.get(low, ()):
        end = start + len(token) + len(rest)
        if text[start + len(token) : end].lower() == rest and not text[end : end + 1].isalnum():
            return unit, end
    found = tables.units.get(low)
    if found is None:
        return _trimmed(text, start, low, tables) if low[-1] in _TRAILING or "/" in low or "x" in low else None
    end = start + len(token)
    if low == "in" and text[end : end + 1].isspace() and text[end + 1 : end + 2].isalnum():
        return None  # the preposition
    if token in tables.names and found.kind != "dose" and _NAMES_NEXT.match(text, end):
        return None  # "Na 138 K 4.1": the name of the next value
    return found, end


def _trimmed(text: str, start: int, low: str, tables: NumberTables) -> tuple[Unit, int] | None:
    """A unit with something behind it: "mm.", "cm)", "mmx3mm", "mg/5 mL"."""
    per = _PER_AMOUNT.match(low)
    if per is not None:
        below = read_unit(text, start + len(low), tables)
        unit = tables.units.get(per[1])
        return (Unit(f"{unit.ucum}/({per[2]}.{below[0].ucum})", "dose"), below[1]) if below and unit else None
    bare = low.rstrip(_TRAILING)
    if bare != low and bare:
        key = bare if len(bare) > 1 else text[start : start + 1]
        unit = tables.units.get(key)
        if unit is not None:
            return unit, start + len(bare)
    head, times, rest = low.partition("x")
    if times and rest[:1].isdigit() and head in tables.units:
        return tables.units[head], start + len(head)
    return None


def _begin(text: str, start: int) -> int:
    """Where the number begins (a leading point belongs to it), or -1 when it is part of a word, date or time."""
    if start == 0:
        return 0
    before = text[start - 1]
    if before.isspace() or before in '(<>~=[|+\u2264\u2265"':
        return start
    prior = text[start - 2] if start > 1 else " "
    if before == ".":
        return start - 1 if prior.isspace() or prior in "(<>~=" else -1
    if before in "-\u2013:,/":
        return -1 if prior.isalnum() or before == "/" else start
    return -1 if before.isalnum() or before in "_$#" else start


def _quantity(text: str, start: int, end: int, tables: NumberTables) -> Quantity | None:
    """The quantity whose first number is text[start:end], or None when no unit follows."""
    spans = [(start, end)]
    units = [read_unit(text, end, tables)]
    kind = ""
    at = units[0][1] if units[0] else end
    while len(spans) < _MOST_AXES:
        following = _NEXT.match(text, at)
        if following is None or following.end() - following.start("number") > LONGEST:
            break
        used = "times" if following["times"] else "to" if following["to"] else "slash"
        if kind and used != kind:
            break
        begin, stop = following.span("number")
        unit = read_unit(text, stop, tables)
        if unit is None and used == "times" and (axis := _AXES.match(text, stop)) and axis.end() > stop:
            unit = read_unit(text, axis.end(), tables)
        if used == "to" and (not unit or (units[0] and unit[0] != units[0][0])):
            break
        spans.append((begin, stop))
        units.append(unit)
        at = unit[1] if unit else stop
        kind = used
        if used != "times":
            break
    known = [unit for unit in units if unit]
    if not known or (kind == "times" and units[-1] is None and units[0] is None):
        return None
    last = known[-1][0]
    values = [
        (s, unit[1] if unit else e, _value(text, s, e), unit[0] if unit else last)
        for (s, e), unit in zip(spans, units, strict=True)
    ]
    if kind == "to":
        return _range(text, values)
    if kind == "slash":
        return _slash(text, values) if last.kind in _SLASH_UNITS and units[0] is None else None
    if kind == "times" and last.kind == "dose":  # "2 x 500 mg", "650 mg x 1"
        values = values[-1:] if units[0] is None else values[:1]
    parts = tuple(
        Measurement(s, e, value, None, unit.ucum, i + 1 if unit.kind == "size" else None)
        for i, (s, e, value, unit) in enumerate(values)
    )
    return Quantity(start, values[-1][1], last.kind, parts)


def _range(text: str, values: list[tuple[int, int, float, Unit]]) -> Quantity | None:
    """For "3-5 mm" a range; of "grown from 3 to 5 mm" and "from 5 to 3 mm" the second is what is there now."""
    (start, stop, low, unit), (begin, end, high, _) = values
    if low > high or _GROWTH.search(text, max(0, start - 90), start):
        return Quantity(start, end, unit.kind, (Measurement(begin, end, high, None, unit.ucum, _axis(unit)),), True)
    if unit.kind == "dose" and high > _FOLDED * low:
        parts = (Measurement(start, stop, low, None, unit.ucum), Measurement(begin, end, high, None, unit.ucum))
        return Quantity(start, end, unit.kind, parts)
    return Quantity(start, end, unit.kind, (Measurement(start, end, low, high, unit.ucum, _axis(unit)),))


def _slash(text: str, values: list[tuple[int, int, float, Unit]]) -> Quantity | None:
    (start, stop, first, unit), (begin, end, second, _) = values
    if text[end : end + 1] == "/":
        return None
    if unit.ucum.startswith("{") and second:  # half a tablet
        return Quantity(start, end, unit.kind, (Measurement(start, end, first / second, None, unit.ucum),))
    parts = (Measurement(start, stop, first, None, unit.ucum), Measurement(begin, end, second, None, unit.ucum))
    return Quantity(start, end, unit.kind, parts)


def _suv(text: str, start: int, end: int) -> Quantity | None:
    """For "SUVmax 4.2" the unit stands before the number."""
    if not _UPTAKE.search(text, max(0, start - 24), start):
        return None
    return Quantity(start, end, "uptake", (Measurement(start, end, _value(text, start, end), None, "{SUVbw}g/mL"),))


def _axis(unit: Unit) -> int | None:
    return 1 if unit.kind == "size" else None


def _value(text: str, start: int, end: int) -> float:
    return number_of(text[start:end])


def number_of(written: str) -> float:
    """The amount that a match of :data:`NUMBER` writes."""
    return float(written.replace(",", ""))
