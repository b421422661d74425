"""What the slots of a time pattern hold: numbers, quantities with their units, dates in words and in digits.

A reader takes the place of a word and gives the place behind what it read and the value, or None. Two-digit years are
taken for 2000-2049 and 1950-1999; digits are month first, as in the United States, unless that cannot be a month.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from clinnote.ontology.times import TimeTable
from clinnote.pipeline.times.values import Partial, Quantity

_GLUED: Final = re.compile(r"(\d{1,3})([a-z]+)")
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_FILLERS: Final = frozenset({"consecutive", "full", "whole", "more", "completed", "long"})
_HALF: Final = 0.5

Value = Quantity | Partial | float | int | None
Read = tuple[int, Value] | None


class Reader(NamedTuple):
    """What a slot is read from."""

    text: str
    words: Sequence[str]
    starts: Sequence[int]
    table: TimeTable


def _joined(reader: Reader, at: int, mark: str) -> bool:
    """Whether words ``at`` and the next have nothing but ``mark`` between them."""
    if at + 1 >= len(reader.words):
        return False
    return reader.text[reader.starts[at] + len(reader.words[at]) : reader.starts[at + 1]] == mark


def _number(reader: Reader, at: int) -> tuple[int, float | None] | None:
    """A number in digits or words, with tens ("twenty five") and decimals."""
    tokens, words = reader.words, reader.table.numbers
    word = tokens[at]
    if word.isdecimal() and len(word) <= 4:
        value, after = float(word), at + 1
        decimals = tokens[after + 1] if after + 1 < len(tokens) and tokens[after] == "." else ""
        if decimals.isdecimal() and _joined(reader, at, "") and _joined(reader, after, ""):
            return after + 2, float(f"{word}.{decimals}")
        return after, value
    if word not in words:
        return None
    known, after = words[word], at + 1
    if after < len(tokens) and known is not None:
        ones = words.get(tokens[after])
        if known >= 20 and ones is not None and 0 < ones < 10 and tokens[after] not in ("a", "an"):
            return after + 1, known + ones
        if known == 1 and tokens[after] in words and words[tokens[after]] in (None, 2.0):
            known, after = words[tokens[after]], after + 1  # "a few", "a couple"
            return after + (after < len(tokens) and tokens[after] == "of"), known
    return after + (after < len(tokens) and word == "couple" and tokens[after] == "of"), known


def _quantity(reader: Reader, at: int) -> Read:
    tokens, units = reader.words, reader.table.units
    glued = _GLUED.fullmatch(tokens[at])
    if glued is not None:
        unit = units.get(glued[2], "year" if glued[2] == "y" else None)
        if reader.text[reader.starts[at] + len(glued[1])].isupper():
            return None  # "2D", "3D"
        return None if unit is None else (at + 1, Quantity(float(glued[1]), float(glued[1]), unit))
    if tokens[at] == "half" and at + 2 < len(tokens) and tokens[at + 1] in ("a", "an") and tokens[at + 2] in units:
        return at + 3, Quantity(_HALF, _HALF, units[tokens[at + 2]])
    number = _number(reader, at)
    if number is None:
        return None
    after, low = number
    high = low
    if after + 1 < len(tokens) and (tokens[after] in ("to", "or", "-") or _joined(reader, after - 1, "-")):
        more = _number(reader, after + (tokens[after] in ("to", "or", "-")))
        if more is not None and low is not None and more[1] is not None and more[1] > low:
            after, high = more
    if tokens[after : after + 3] == ["and", "a", "half"]:
        after, low, high = after + 3, None if low is None else low + _HALF, None if high is None else high + _HALF
    if after < len(tokens) and tokens[after] in _FILLERS:
        after += 1
    if after >= len(tokens) or tokens[after] not in units:
        return None
    if len(tokens[after]) == 1 and (not tokens[at].isdecimal() or reader.text[reader.starts[after]] == "H"):
        return None  # "a d": a letter is a unit behind digits only; "5.8 H" is the flag of a high value
    return after + 1, Quantity(low, high, units[tokens[after]])


def _quantity_behind_x(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    if word == "x" and at + 1 < len(reader.words):
        return _quantity(reader, at + 1)
    if word[0] == "x" and word[1:].isdecimal() and at + 1 < len(reader.words):
        unit = reader.table.units.get(reader.words[at + 1])
        return None if unit is None else (at + 2, Quantity(float(word[1:]), float(word[1:]), unit))
    return None


def _plain_number(reader: Reader, at: int) -> Read:
    return _number(reader, at)


def _ordinal(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    digits = _ORDINAL.fullmatch(word)
    value = int(digits[1]) if digits is not None else reader.table.ordinals.get(word)
    return None if value is None else (at + 1, value)


def _unit(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    unit = reader.table.units.get(word)
    return None if unit is None or len(word) < 3 else (at + 1, Quantity(1.0, 1.0, unit))


def _year(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    return (at + 1, Partial(int(word), None, None)) if _is_year(word) else None


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isascii() and word.isdecimal() and word[:2] in ("19", "20")


def _month(reader: Reader, at: int) -> Read:
    month, start = reader.table.months.get(reader.words[at]), reader.starts[at]
    if month is None or not reader.text[start : start + 3].istitle():
        return None  # "may", "OCT"
    return at + 1, Partial(None, month, None)


def _season(reader: Reader, at: int) -> Read:
    month = reader.table.seasons.get(reader.words[at])
    return None if month is None else (at + 1, month)


def _weekday(reader: Reader, at: int) -> Read:
    day = reader.table.weekdays.get(reader.words[at])
    return None if day is None else (at + 1, day)


def _decade(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    return (
        (at + 1, Partial(int(word[:4]), None, None))
        if len(word) == 5 and word[4] == "s" and _is_year(word[:4])
        else None
    )


def _tens(reader: Reader, at: int) -> Read:
    word = reader.words[at]
    return (at + 1, int(word[:2])) if len(word) == 3 and word[2] == "s" and word[:2].isdecimal() else None


def _date(reader: Reader, at: int) -> Read:
    word, after = reader.words[at], at + 1
    if after >= len(reader.words):
        return None
    if not word[0].isdigit():
        return _date_in_words(reader, at)
    following = reader.words[after]
    if following in reader.table.months or following == "of":
        return _date_in_words(reader, at)
    if following == "/" or reader.text[reader.starts[at] + len(word)] == "-":
        return _date_in_digits(reader, at)
    return None


def _day(reader: Reader, at: int) -> int | None:
    if at >= len(reader.words):
        return None
    word = reader.words[at]
    digits = _ORDINAL.fullmatch(word)
    number = digits[1] if digits is not None else word
    return int(number) if number.isdecimal() and number.isascii() and len(number) <= 2 else None


def _skip(reader: Reader, at: int, words: tuple[str, ...]) -> int:
    while at < len(reader.words) and reader.words[at] in words:
        at += 1
    return at


def _date_in_words(reader: Reader, at: int) -> Read:
    tokens, months = reader.words, reader.table.months
    month, day, after = months.get(tokens[at]), None, at
    if month is not None:
        after = _skip(reader, at + 1, (".",))
        day = _day(reader, after)
        after = after if day is None else after + 1
    else:
        day = _day(reader, at)
        after = _skip(reader, at + 1, ("of",)) if day is not None else len(tokens)
        month = months.get(tokens[after]) if after < len(tokens) else None
        if month is None:
            return None
        after = _skip(reader, after + 1, (".",))
    year = _skip(reader, after, (",", "of"))
    if year < len(tokens) and _is_year(tokens[year]):
        return year + 1, Partial(int(tokens[year]), month, day)
    if day is None or not any(reader.text[reader.starts[i]].isupper() for i in range(at, after)):
        return None
    return after, Partial(None, month, day)


def _date_in_digits(reader: Reader, at: int) -> Read:
    tokens = reader.words[at : at + 5]
    numbers = [word for word in tokens[::2] if word.isascii() and word.isdecimal()]
    if len(tokens) >= 3 and tokens[1] == "/" and len(numbers) >= 2:
        if _is_year(tokens[2]) and len(tokens[0]) <= 2:
            return at + 3, Partial(int(tokens[2]), int(tokens[0]), None)
        if len(numbers) == 3 and tokens[3] == "/":
            return _of_digits(numbers, at + 5)
    if all(_joined(reader, i, "-") for i in (at, at + 1)) and all(w.isascii() and w.isdecimal() for w in tokens[:3]):
        return _of_digits(tokens[:3], at + 3)
    if _is_year(tokens[0]) and _joined(reader, at, "-") and len(tokens) > 1 and len(tokens[1]) == 2:
        return (at + 2, Partial(int(tokens[0]), int(tokens[1]), None)) if tokens[1].isdecimal() else None
    return None


def _of_digits(numbers: Sequence[str], after: int) -> Read:
    """Year first, or month first as in the United States unless the first number cannot be a month."""
    one, two, three = numbers
    if len(one) == 4:
        return (after, Partial(int(one), int(two), int(three))) if len(two) <= 2 and len(three) <= 2 else None
    if len(one) > 2 or len(two) > 2 or len(three) not in (2, 4):
        return None
    year = int(three) if len(three) == 4 else int(three) + (2000 if int(three) < 50 else 1900)
    month, day = (int(one), int(two)) if int(one) <= 12 else (int(two), int(one))
    return after, Partial(year, month, day)


READERS: Final[dict[str, Callable[[Reader, int], Read]]] = {
    "{q}": _quantity,
    "{xq}": _quantity_behind_x,
    "{n}": _plain_number,
    "{ord}": _ordinal,
    "{unit}": _unit,
    "{date}": _date,
    "{month}": _month,
    "{year}": _year,
    "{season}": _season,
    "{weekday}": _weekday,
    "{decade}": _decade,
    "{tens}": _tens,
}
