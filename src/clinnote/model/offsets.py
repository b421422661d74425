"""Offsets of other tools: UTF-16 code units (Java, JavaScript) to code points."""

from bisect import bisect_left
from typing import Final

_DIGITS: Final = 18
"""Digits of an offset; more are no place in any text, and far more are refused by ``int``."""


def is_offset(written: str) -> bool:
    """Whether a text is a whole number that may be an offset."""
    return written.isdecimal() and len(written) <= _DIGITS


class Utf16Offsets:
    """Turns offsets counted in UTF-16 code units of one text into code points.

    UIMA (Java) and some editors (JavaScript) count every character beyond U+FFFF twice. A text without such
    characters costs one look at its largest character.
    """

    def __init__(self, text: str) -> None:
        self._length = len(text)
        wide = [i for i, char in enumerate(text) if char > "\uffff"] if text and max(text) > "\uffff" else []
        self._after = [place + count + 2 for count, place in enumerate(wide)]
        """For every wide character, the UTF-16 offset at which it ends."""

    def point(self, unit: int) -> int | None:
        """The code point offset of a UTF-16 offset; None outside the text or in the middle of a character."""
        before = bisect_left(self._after, unit)
        if before < len(self._after) and self._after[before] == unit:
            before += 1
        elif before < len(self._after) and self._after[before] - 1 == unit:
            return None
        place = unit - before
        return place if 0 <= place <= self._length and unit >= 0 else None
