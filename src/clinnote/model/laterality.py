"""The laterality algebra: a side is a set, and the empty set ("nobody said") conflicts with nothing.

Values follow DICOM PS3.16 CID 244/245: left, right, both (bilateral) and midline. A record writes the set as one
word (``left``, ``right``, ``bilateral``, ``midline``) or null.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """One side of the patient's body."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"


Sides = frozenset[Side]
"""A set of sides; empty means unknown."""

UNKNOWN: Final[Sides] = frozenset()
LEFT: Final[Sides] = frozenset({Side.LEFT})
RIGHT: Final[Sides] = frozenset({Side.RIGHT})
BILATERAL: Final[Sides] = frozenset({Side.LEFT, Side.RIGHT})
MIDLINE: Final[Sides] = frozenset({Side.MIDLINE})

_WORD_OF: Final[dict[Sides, str | None]] = {
    UNKNOWN: None,
    LEFT: "left",
    RIGHT: "right",
    MIDLINE: "midline",
    BILATERAL: "bilateral",
    LEFT | MIDLINE: "left",
    RIGHT | MIDLINE: "right",
    BILATERAL | MIDLINE: "bilateral",
}
_WORDS: Final = {"left": LEFT, "right": RIGHT, "bilateral": BILATERAL, "midline": MIDLINE}


def parse(word: str | None) -> Sides:
    """The set that one laterality word names; None gives the unknown side.

    Raises:
        ValueError: the word is not left, right, bilateral or midline.
    """
    if word is None:
        return UNKNOWN
    if word not in _WORDS:
        raise ValueError(f"laterality must be one of {', '.join(_WORDS)} or null, not {word!r}")
    return _WORDS[word]


def from_values(values: Iterable[str]) -> Sides:
    """The set of an image label's ``sides.values`` (``bilateral`` is accepted and means both)."""
    return frozenset(side for value in values for side in parse(value))


def word(sides: Sides) -> str | None:
    """The word for a set; a set with both sides is bilateral whatever else it holds; empty gives None."""
    return _WORD_OF[sides]


def join(a: Sides, b: Sides) -> Sides:
    """Both statements together: "left" and "right" of the same finding make it bilateral."""
    return a | b


def mirror(sides: Sides) -> Sides:
    """Left and right exchanged."""
    swap = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.MIDLINE: Side.MIDLINE}
    return frozenset(swap[side] for side in sides)


def opposite(a: Sides, b: Sides) -> bool:
    """One says left alone, the other right alone. Unknown, bilateral and midline are opposite to nothing."""
    return {a, b} == {LEFT, RIGHT}


def subset(a: Sides, b: Sides) -> bool:
    """One says both sides, the other exactly one of them."""
    return {a, b} in ({LEFT, BILATERAL}, {RIGHT, BILATERAL})


def agree(a: Sides, b: Sides) -> bool:
    """Both are known and say the same."""
    return bool(a) and a == b
