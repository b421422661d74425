"""Plain dates in the text, normalised to ISO 8601, and the mention each one belongs to.

Months in words, ISO dates, years after "in" or "since", and dates with slashes (month first, as in the United States,
unless the first number cannot be a month). Two-digit years are taken for 2000-2049 and 1950-1999.
"""

import calendar
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import When

_MONTHS: Final = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
_MONTH: Final = r"(?P<{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE: Final = re.compile(
    r"\b(?:(?P<iso_y>(?:19|20)\d\d)-(?P<iso_m>\d\d)(?:-(?P<iso_d>\d\d))?"
    r"|(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<us_y>\d{4}|\d\d)"
    rf"|{_MONTH.format('mdy')}[ \t]+(?P<mdy_d>\d{{1,2}})(?:st|nd|rd|th)?,?[ \t]+(?P<mdy_y>(?:19|20)\d\d)"
    rf"|(?P<dmy_d>\d{{1,2}})[ \t]+{_MONTH.format('dmy')}[ \t]+(?P<dmy_y>(?:19|20)\d\d)"
    rf"|{_MONTH.format('my')}(?:[ \t]+of)?,?[ \t]+(?P<my_y>(?:19|20)\d\d)"
    r"|(?<=\bin )(?P<in_y>(?:19|20)\d\d)|(?<=\bsince )(?P<since_y>(?:19|20)\d\d))\b",
    re.IGNORECASE | re.ASCII,
)
_REACH: Final = 60
"""A date further than this many characters from every mention belongs to none of them."""


_MAYBE: Final = re.compile(r"\d[\d/]\d\d|\d/\d/")
"""What every date holds; looked for first, because most notes have none."""
_AFTER: Final = 10
"""Handicap, in characters, of a mention that follows the date."""
_NEIGHBOURS: Final = 3


class Date(NamedTuple):
    """A date at [start, end) of the text."""

    start: int
    end: int
    when: When


def find_dates(text: str) -> tuple[Date, ...]:
    """The dates of ``text`` in order; impossible ones ("13/45/2020") are left out."""
    return tuple(_read(text)) if _MAYBE.search(text) else ()


def _read(text: str) -> Iterator[Date]:
    for match in _DATE.finditer(text):
        year, month, day = _numbers(match)
        if month is not None and not 1 <= month <= 12:
            continue
        if month is not None and day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
            continue
        yield Date(match.start(), match.end(), _when(year, month, day, match.group()))


def _numbers(match: re.Match[str]) -> tuple[int, int | None, int | None]:
    part = match.groupdict()
    if part["iso_y"]:
        return int(part["iso_y"]), int(part["iso_m"]), int(part["iso_d"]) if part["iso_d"] else None
    if part["us_y"]:
        first, second = int(part["a"]), int(part["b"])
        month, day = (first, second) if first <= 12 else (second, first)
        return _full_year(part["us_y"]), month, day
    for name in ("mdy", "dmy", "my"):
        if part[name]:
            month = _MONTHS[part[name].lower()]
            return int(part[f"{name}_y"]), month, int(part[f"{name}_d"]) if name != "my" else None
    return int(part["in_y"] or part["since_y"]), None, None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 50 else 1900)


def _when(year: int, month: int | None, day: int | None, text: str) -> When:
    if month is None:
        return When(f"{year:04}-01-01", f"{year:04}-12-31", "year", text)
    last = calendar.monthrange(year, month)[1] if year else 28
    if day is None:
        return When(f"{year:04}-{month:02}-01", f"{year:04}-{month:02}-{last:02}", "month", text)
    stamp = f"{year:04}-{month:02}-{day:02}"
    return When(stamp, stamp, "day", text)


def nearest_dates(dates: Sequence[Date], spans: Sequence[tuple[int, int]]) -> list[tuple[int, When]]:
    """(index into ``spans``, date) for each date that has a span near it, the span before it preferred.

    ``spans`` are ordered by start; only the neighbours of a date are looked at, so time stays linear.
    """
    found: list[tuple[int, When]] = []
    for date in dates:
        after = bisect_left(spans, (date.end,))
        gaps = [
            (date.start - end if end <= date.start else _AFTER + start - date.end, i)
            for i, (start, end) in enumerate(
                spans[max(after - _NEIGHBOURS, 0) : after + 1], max(after - _NEIGHBOURS, 0)
            )
            if end <= date.start or start >= date.end
        ]
        if gaps and min(gaps)[0] <= _REACH:
            found.append((min(gaps)[1], date.when))
    return found
