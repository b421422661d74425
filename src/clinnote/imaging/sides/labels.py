"""What the readers of all formats share: label ids, statements of a side, and choosing among them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.sides.geometry import GeometrySide, metadata_of
from clinnote.model.image_label import BASES, LabelSides
from clinnote.model.laterality import Side, Sides

SIDES_SEEN: Final = "sides_seen"
"""Key of ``ImageLabel.metadata``: every side that the source states, strongest basis first."""

DISPLAY_MIRRORED: Final = "display_mirrored"
"""Key of ``ImageLabel.metadata``: True when a presentation state mirrors the image left to right, "rotated" when it
turns it by a right angle."""

MASK: Final = "mask"
"""Key of ``ImageLabel.metadata``: the source image of a mask and the rows and columns that both must have."""

GEOMETRY: Final = "geometry"
"""The ``where`` of what a geometry says in ``sides_seen``."""

_ORDER: Final = (Side.LEFT, Side.RIGHT, Side.MIDLINE)


@dataclass(frozen=True, slots=True)
class SeenSide:
    """One statement of a side: the sides, what it rests on (``BASES``) and the attribute that says it."""

    sides: Sides
    basis: str
    where: str


def label_id(*parts: str | None) -> str:
    """A deterministic id: 16 hexadecimal digits of the hash of what identifies the label in its source."""
    joined = "\x1f".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def join_sides(stated: Sequence[SeenSide], found: GeometrySide | None) -> tuple[LabelSides, dict[str, Any]]:
    """The sides of the strongest basis, and the metadata that keeps all of them (and why a geometry gave none).

    Of two statements with the same basis the first wins; ``metadata["sides_seen"]`` shows that they differ.

    Args:
        stated: what codes, header and words say.
        found: the side of the geometry, or None without geometry.
    """
    metadata: dict[str, Any] = {}
    every = list(dict.fromkeys(statement for statement in stated if statement.sides))
    if found is not None:
        metadata.update(metadata_of(found))
    if found is not None and found.value and found.basis:
        every.append(SeenSide(frozenset({Side(found.value)}), found.basis, GEOMETRY))
    every.sort(key=lambda statement: BASES.index(statement.basis))
    if not every:
        return LabelSides(), metadata
    metadata[SIDES_SEEN] = [
        {"values": list(values_of(statement.sides)), "basis": statement.basis, "where": statement.where}
        for statement in every
    ]
    return LabelSides(values_of(every[0].sides), every[0].basis), metadata


def values_of(sides: Sides) -> tuple[str, ...]:
    """A set of sides as the tuple of a record: left, right, midline in this order."""
    return tuple(side.value for side in _ORDER if side in sides)
