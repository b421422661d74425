"""What time expressions mean: calendar arithmetic from an anchor. The clock is never read.

A point that is known to a week, month or year stands for the whole calendar unit that holds it; a span runs from its
first to its last day. Seasons are those of the northern half of the earth.
"""

import calendar
from datetime import date, timedelta
from typing import Final, NamedTuple

_DAYS: Final = {"minute": 0.0, "hour": 0.0, "day": 1.0, "week": 7.0}
_MONTHS: Final = {"month": 1.0, "year": 12.0, "decade": 120.0}
_FEWEST: Final = 1
_MOST: Final = 9999


class Quantity(NamedTuple):
    """``low`` to ``high`` units; None when the number is vague."""

    low: float | None
    high: float | None
    unit: str


class Partial(NamedTuple):
    """A date of which year or day may be missing."""

    year: int | None
    month: int | None
    day: int | None


class Interval(NamedTuple):
    """First and last day, either of them None when unknown."""

    start: date | None
    end: date | None
    granularity: str | None


UNKNOWN: Final = Interval(None, None, None)


def moved(start: date, number: float, unit: str) -> date | None:
    """``start`` moved by ``number`` units; None beyond the years 1 to 9999."""
    try:
        if unit in _DAYS:
            return start + timedelta(days=round(number * _DAYS[unit]))
        whole = int(number * _MONTHS[unit])
        rest = round((number * _MONTHS[unit] - whole) * 30)
        year, month = divmod(start.year * 12 + start.month - 1 + whole, 12)
        if not _FEWEST <= year <= _MOST:
            return None
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=rest)
    except OverflowError:
        return None


def unit_around(point: date, unit: str) -> Interval:
    """The calendar unit that holds ``point``."""
    if unit == "week":
        monday = point.toordinal() - point.weekday()
        return Interval(date.fromordinal(max(monday, 1)), date.fromordinal(monday + 6), unit)
    if unit == "month":
        return of_partial(Partial(point.year, point.month, None)) or UNKNOWN
    if unit == "year":
        return of_partial(Partial(point.year, None, None)) or UNKNOWN
    if unit == "decade":
        return decade(point.year)
    return Interval(point, point, unit)


def decade(year: int) -> Interval:
    """The ten years that hold ``year``."""
    first = max(year - year % 10, 1)
    return Interval(date(first, 1, 1), date(year - year % 10 + 9, 12, 31), "decade")


def of_partial(given: Partial) -> Interval | None:
    """The day, month or year of a date that has a year; None when there is no such day."""
    year, month, day = given
    if year is None or not _FEWEST <= year < _MOST or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return Interval(date(year, 1, 1), date(year, 12, 31), "year")
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return Interval(date(year, month, 1), date(year, month, last), "month")
    return Interval(date(year, month, day), date(year, month, day), "day") if 1 <= day <= last else None


def completed(given: Partial, note: date) -> Partial:
    """A date without a year in the last year in which it does not lie behind the note."""
    if given.year is not None or given.month is None:
        return given
    behind = (given.month, given.day or 1) > (note.month, note.day)
    return given._replace(year=note.year - 1 if behind else note.year)


def point(quantity: Quantity, anchor: date, direction: int) -> Interval:
    """The calendar unit that lies so far from the anchor; a range or a vague number has no point."""
    unit = "day" if quantity.unit in ("minute", "hour") else quantity.unit
    if quantity.low is None or quantity.high is None:
        return Interval(None, None, unit)
    if unit != quantity.unit:
        return Interval(None, None, quantity.unit)
    if quantity.low != quantity.high:
        far, near = moved(anchor, direction * quantity.high, unit), moved(anchor, direction * quantity.low, unit)
        if far is None or near is None:
            return Interval(None, None, unit)
        return Interval(min(far, near), max(far, near), unit)
    there = moved(anchor, direction * quantity.low, unit)
    whole = unit if float(quantity.low).is_integer() else "month" if unit == "year" else "day"
    return Interval(None, None, unit) if there is None else unit_around(there, whole)


def span(quantity: Quantity, anchor: date, direction: int) -> Interval:
    """From the anchor to the point, or from the point to the anchor."""
    if quantity.high is None or quantity.unit in ("minute", "hour"):
        return Interval(None, None, quantity.unit)
    there = moved(anchor, direction * quantity.high, quantity.unit)
    if there is None:
        return Interval(None, None, quantity.unit)
    return Interval(min(there, anchor), max(there, anchor), quantity.unit)


def season_before(first_month: int, note: date) -> Interval:
    """The last season of that name that was over by the day of the note."""
    for year in (note.year, note.year - 1, note.year - 2):
        found = season_of(first_month, year)
        if found.end is not None and found.end < note:
            return found
    return UNKNOWN


def season_of(first_month: int, year: int) -> Interval:
    """Three months from ``first_month`` of ``year``."""
    if not _FEWEST <= year < _MOST:
        return Interval(None, None, "season")
    last = moved(date(year, first_month, 1), 3, "month")
    return Interval(date(year, first_month, 1), last and last - timedelta(days=1), "season")


def weekday_before(weekday: int, note: date) -> Interval:
    """The last such day before the note."""
    day = note.toordinal() - ((note.weekday() - weekday - 1) % 7 + 1)
    return _day(day)


def weekday_after(weekday: int, note: date) -> Interval:
    """The first such day behind the note."""
    return _day(note.toordinal() + (weekday - note.weekday() - 1) % 7 + 1)


def weekend_before(note: date) -> Interval:
    """Saturday and Sunday before the note."""
    sunday = note.toordinal() - note.weekday() - 1
    return UNKNOWN if sunday < 2 else Interval(date.fromordinal(sunday - 1), date.fromordinal(sunday), "day")


def _day(ordinal: int) -> Interval:
    try:
        there = date.fromordinal(ordinal)
    except (ValueError, OverflowError):
        return Interval(None, None, "day")
    return Interval(there, there, "day")
