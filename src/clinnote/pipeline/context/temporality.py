"""Which mention a time expression dates, and what the date says about the mention's temporality."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from typing import Final

from clinnote.pipeline.times.stage import Date

_REACH: Final = 60
"""A date further than this many characters from every mention belongs to none of them."""
_NEAR: Final = 12
"""The date of an examination belongs to the mention that it follows at most so closely: the examination itself."""
_AFTER: Final = 10
"""Handicap, in characters, of a mention that follows the date."""
_NEIGHBOURS: Final = 3
_DONE: Final = frozenset({"procedure"})
"""Labels of what happens on a day and is then over; a disorder that was found on a day may still be there."""
_PLANNED: Final = frozenset({"procedure", "lab"})


def nearest_dates(dates: Sequence[Date], spans: Sequence[tuple[int, int]]) -> list[tuple[int, Date]]:
    """(index into ``spans``, date) for each date that has a span near it, the span before it preferred.

    ``spans`` are ordered by start; only the neighbours of a date are looked at, so time stays linear. Ages and phases
    date nothing; the date right behind an examination or a comparison dates no finding of the sentence.
    """
    found: list[tuple[int, Date]] = []
    for dated in dates:
        if not dated.tied:
            continue
        after = bisect_left(spans, (dated.end,))
        best, nearest = -1, (_NEAR if dated.of_examination else _REACH) + 1
        for i in range(max(after - _NEIGHBOURS, 0), min(after + 1, len(spans))):
            start, end = spans[i]
            if end <= dated.start:
                gap = dated.start - end
            elif start >= dated.end and not dated.of_examination:
                gap = _AFTER + start - dated.end
            else:
                continue
            if gap < nearest:
                best, nearest = i, gap
        if best >= 0:
            found.append((best, dated))
    return found


def dated_temporality(label: str, dated: Date, note: date | None) -> str | None:
    """``historical`` for a procedure that was over before the note, ``future`` for one that lies behind it.

    Nothing is said of findings and disorders: what was seen or diagnosed on a past day may still be there, and imaging
    reports date their comparisons. Without the note's day nothing is said at all.
    """
    if note is None:
        return None
    if label in _DONE and dated.when.end is not None and dated.when.end < note.isoformat():
        return "historical"
    if label in _PLANNED and dated.when.start is not None and dated.when.start > note.isoformat():
        return "future"
    return None
