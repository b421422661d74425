"""The side in the name of a label: "Lung_L", "kidney_left", "LT LUNG", "PTV_LtBreast", "Lung, R".

Conventions: AAPM TG-263 (side as ``_L`` or ``_R``, last, or first in the reverse order), TotalSegmentator names, and
the abbreviations that people type.
"""

import re
from typing import Final

from clinnote.model.laterality import BILATERAL, LEFT, MIDLINE, RIGHT, UNKNOWN, Sides

_WORDS: Final = {
    "left": LEFT,
    "lt": LEFT,
    "lft": LEFT,
    "leftside": LEFT,
    "right": RIGHT,
    "rt": RIGHT,
    "rght": RIGHT,
    "bilateral": BILATERAL,
    "bilat": BILATERAL,
    "bilaterally": BILATERAL,
    "both": BILATERAL,
    "midline": MIDLINE,
}
_HEADER_LETTERS: Final = {
    "L": LEFT,
    "LEFT": LEFT,
    "R": RIGHT,
    "RIGHT": RIGHT,
    "B": BILATERAL,
    "BOTH": BILATERAL,
    "BILATERAL": BILATERAL,
    "BL": BILATERAL,
    "MIDLINE": MIDLINE,
}
_LETTERS: Final = {"l": LEFT, "r": RIGHT}
_PLAIN: Final = {"lt": "left", "lft": "left", "l": "left", "rt": "right", "rght": "right", "r": "right"}
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\b[LR][Tt])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9]{1,2}\b)")
_SPLIT: Final = re.compile(r"[^A-Za-z0-9]+")


def tokens(text: str) -> list[str]:
    """The words of a label in lower case: split at punctuation, underscores and camel case."""
    spaced = _CAMEL.sub(" ", _SPLIT.sub(" ", text))
    return [token.lower() for token in spaced.split()]


def side_of_label(text: str) -> Sides:
    """The sides that a label's own words name. A single letter counts only as its first or last word."""
    words = tokens(text)
    sides = UNKNOWN
    for place, token in enumerate(words):
        sides |= _WORDS.get(token, UNKNOWN)
        if len(words) > 1 and (place in (0, len(words) - 1)):
            sides |= _LETTERS.get(token, UNKNOWN)
    return sides


def plain_words(text: str) -> str:
    """The label as ordinary words with the side written out: "Lung_L" gives "lung left", for a look-up by name."""
    words = tokens(text)
    last = len(words) - 1
    return " ".join(
        _PLAIN.get(token, token) if len(token) > 1 or (last and place in (0, last)) else token
        for place, token in enumerate(words)
    )


def sides_of_letter(value: str) -> Sides:
    """The sides of a header value: ``L``, ``R``, ``B``; anything else (``U``, blank) is unknown."""
    return _HEADER_LETTERS.get(value.strip().upper(), UNKNOWN)
