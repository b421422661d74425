"""Time expressions of a text, normalised to ISO 8601 against the note's date and the dates in its own words.

Dates of admission, discharge and operation that a note states ("Admission date: 3/4/2020") are anchors for "two days
before admission" or "POD 2". Without its anchor an expression keeps words and granularity and has no dates.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from clinnote.model.mention import When
from clinnote.ontology.times import TimeTable
from clinnote.ontology.words import Words
from clinnote.pipeline.times import values
from clinnote.pipeline.times.search import Match, find_matches
from clinnote.pipeline.times.slots import Value
from clinnote.pipeline.times.values import Interval, Partial, Quantity

_ANCHOR: Final = re.compile(
    r"(?:(?P<admission>admission date|date of admission|admit date|admitted(?: on)?)"
    r"|(?P<discharge>discharge date|date of discharge|discharged(?: on)?)"
    r"|(?P<surgery>date of (?:surgery|operation|procedure)|(?:surgery|operation|procedure) date))[ \t]*[:=-]?[ \t]*$",
    re.IGNORECASE,
)
_BEFORE_ANCHOR: Final = 28
_TIED: Final = frozenset({"date", "relative", "duration"})


class Date(NamedTuple):
    """A time expression at [start, end) of the text; ``rule`` is the row that found it."""

    start: int
    end: int
    when: When
    rule: str
    kind: str
    of_examination: bool
    """Whether it dates an examination that is named right before it."""

    @property
    def tied(self) -> bool:
        """Whether it may date a mention: an age and a phase ("postoperative") do not."""
        return self.kind in _TIED


def find_dates(
    text: str, words: Words, table: TimeTable, note_date: str | None = None, only_tied: bool = False
) -> tuple[Date, ...]:
    """The time expressions of ``text`` in order; impossible dates ("13/45/2020") are left out.

    ``words`` are the words of ``text``; ``note_date`` is ISO 8601, its first ten characters count. ``only_tied`` leaves
    out what dates no mention.
    """
    matches = find_matches(text, words, table)
    if not matches:
        return ()
    note = note_day(note_date)
    anchors: dict[str, date] = {} if note is None else {"note": note}
    for match in matches:
        _add_anchor(text, words.starts[match.first], match, anchors)
    found: list[Date] = []
    for match in matches:
        if only_tied and match.rule.kind not in _TIED:
            continue
        interval = _interval(match, anchors)
        if interval is not None:
            start, end = words.starts[match.first], words.end(match.last - 1)
            when = When(_iso(interval.start), _iso(interval.end), interval.granularity, text[start:end])
            exam = _of_examination(words, match, table)
            found.append(Date(start, end, when, match.rule.rule, match.rule.kind, exam))
    return tuple(found)


def note_day(note_date: str | None) -> date | None:
    """The day of an ISO 8601 date or time; None when it is missing, partial or none."""
    try:
        return None if note_date is None else date.fromisoformat(note_date[:10])
    except ValueError:
        return None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _add_anchor(text: str, start: int, match: Match, anchors: dict[str, date]) -> None:
    """Remember the date that the words before it call that of admission, discharge or surgery; the first counts."""
    given = match.values[0] if match.rule.gives == "date" and match.values else None
    if isinstance(given, Partial) and given.day is not None:
        name = _ANCHOR.search(text, max(0, start - _BEFORE_ANCHOR), start)
        day = values.of_partial(given)
        if name is not None and name.lastgroup is not None and day is not None and day.start is not None:
            anchors.setdefault(name.lastgroup, day.start)


def _of_examination(words: Words, match: Match, table: TimeTable) -> bool:
    """Whether one of the few words before the expression names an examination or a comparison."""
    before = words.words[max(0, match.first - 4) : match.first]
    return not table.examinations.isdisjoint(before) and "." not in before


def _interval(match: Match, anchors: Mapping[str, date]) -> Interval | None:
    """What the expression means; None when it is no date at all."""
    rule, first = match.rule, match.values[0] if match.values else None
    anchor = anchors.get(rule.anchor)
    if isinstance(first, Quantity):
        return _of_quantity(rule.gives, first, anchor)
    if isinstance(first, Partial):
        return _of_date(rule.gives, first, anchor)
    if rule.gives == "season" and len(match.values) > 1:
        later = match.values[1]
        if isinstance(first, int) and isinstance(later, Partial) and later.year is not None:
            return values.season_of(first, later.year)
    return _of_word(rule.gives, first, anchor)


def _of_quantity(gives: str, quantity: Quantity, anchor: date | None) -> Interval:
    nothing = Interval(None, None, quantity.unit)
    if anchor is None or gives in ("none", "counted"):
        return nothing
    if gives in ("back", "ahead"):
        return values.point(quantity, anchor, -1 if gives == "back" else 1)
    if gives in ("span", "span_unit", "ahead_span"):
        return values.span(quantity, anchor, 1 if gives == "ahead_span" else -1)
    if gives.startswith("unit "):
        there = values.moved(anchor, float(gives.removeprefix("unit ")), quantity.unit)
        return nothing if there is None else values.unit_around(there, quantity.unit)
    return nothing


def _of_date(gives: str, given: Partial, note: date | None) -> Interval | None:
    if gives == "decade":
        return values.decade(given.year) if given.year is not None else None
    full = given if note is None else values.completed(given, note)
    if full.year is None:
        return Interval(None, None, "month" if given.day is None else "day")
    interval = values.of_partial(full)
    if interval is None or gives != "since":
        return interval
    start = interval.start
    end = note if note is not None and start is not None and start <= note else None
    return Interval(start, end, interval.granularity)


def _of_word(gives: str, value: Value, anchor: date | None) -> Interval | None:
    number = value if isinstance(value, int | float) else None
    granularity = "season" if "season" in gives else "day"
    if gives.startswith("none"):
        return Interval(None, None, gives.removeprefix("none").strip() or None)
    if anchor is None:
        return Interval(None, None, granularity)
    if gives in ("at", "weekend") or gives.startswith("day "):
        if gives == "weekend":
            return values.weekend_before(anchor)
        return _moved_days(anchor, 0 if gives == "at" else int(gives.removeprefix("day ")))
    if gives == "span_1":
        return Interval(_moved_days(anchor, -1).start, anchor, granularity)
    if number is None:
        return Interval(None, None, granularity)
    whole = int(number)
    if gives in ("back_days", "ahead_days", "hospital_day"):
        days = {"back_days": -whole, "ahead_days": whole, "hospital_day": whole - 1}[gives]
        return _moved_days(anchor, days)
    return _of_name(gives, whole, anchor)


def _of_name(gives: str, value: int, note: date) -> Interval:
    """A season or a weekday without a year."""
    if gives == "next_weekday":
        return values.weekday_after(value, note)
    if gives in ("season", "since_season"):
        found = values.season_before(value, note)
    else:
        found = values.weekday_before(value, note)
    return Interval(found.start, note, found.granularity) if gives.startswith("since") else found


def _moved_days(anchor: date, days: int) -> Interval:
    there = values.moved(anchor, days, "day")
    return Interval(there, there, "day")
