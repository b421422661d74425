"""Where the middle of the body is in patient coordinates, because a patient seldom lies exactly at x = 0.

Sources within one object, best first: the middle between the left and the right of a pair, a structure that lies in
the midline (spine), the outline of the body. Without any of them x = 0 is assumed, and said to be.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from clinnote.imaging.sides.geometry import GeometrySide, side_of, side_of_x
from clinnote.imaging.sides.labels import SeenSide
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import Geometry
from clinnote.model.laterality import Side

UNPAIRED: Final = ("heart", "pericardium")
"""Organs on both sides of the midline: most of the heart lies left of it, and yet that is no left-sided finding."""
ASSUMED: Final = 0.15
"""Taken off the confidence where the midline is not seen but assumed."""
OFF_CENTRE_MM: Final = 40.0
"""How far off the middle of the table a patient may lie."""
MOSTLY: Final = 0.9
"""Part of a region that must lie on one side for the region to have that side."""


@dataclass(frozen=True, slots=True)
class Region:
    """What the midline needs to know of one region: its name, node, stated sides and mean x (mm, LPS)."""

    name: str
    node: str | None
    sides: tuple[str, ...]
    x: float


def midline_of(regions: Iterable[Region], places: Places, outline: float | None = None) -> float | None:
    """The x of the midline in mm, or None when nothing shows it. ``outline``: the middle of the body's outline."""
    pairs: dict[str, dict[str, float]] = defaultdict(dict)
    middle = []
    for region in regions:
        if len(region.sides) == 1:
            pairs[region.node or region.name][region.sides[0]] = region.x
        if region.node in places.midline:
            middle.append(region.x)
    middles = [(xs["left"] + xs["right"]) / 2 for xs in pairs.values() if {"left", "right"} <= xs.keys()]
    if middles or middle:
        return median(middles or middle)
    return outline


def side_of_region(
    x: float,
    midline: float | None,
    parts: tuple[float, float],
    nodes: tuple[str | None, str | None],
    stated: Sequence[SeenSide],
    places: Places,
) -> GeometrySide:
    """The side of a region with mean ``x``, of which these ``parts`` lie left and right of the midline.

    ``nodes`` are the structure that the region itself is (None for a lesion) and the site it lies in. An unpaired
    structure has no side of its own, wherever it lies; a region that reaches well over the midline has none either.
    An assumed midline says nothing in images of one limb, and contradicts codes and names only from far off.
    """
    if midline is None and not places.limbs.isdisjoint(nodes):
        return GeometrySide(None, reason="image_of_a_limb")
    if nodes[0] in places.single:
        return GeometrySide(None, reason="unpaired_structure")
    found = side_of_x(x, midline or 0.0)
    if found.value and parts[0 if found.value == "left" else 1] < MOSTLY:
        return GeometrySide(None, reason="spans_midline")
    if found.value and midline is None:
        other = frozenset({Side.RIGHT if found.value == "left" else Side.LEFT})
        if abs(x) <= OFF_CENTRE_MM and any(statement.sides == other for statement in stated):
            return GeometrySide(None, reason="near_assumed_midline")
        sure = None if found.confidence is None else round(found.confidence - ASSUMED, 2)
        return GeometrySide(found.value, found.basis, "midline_assumed_at_0", sure)
    return found


def side_of_picture(
    geometry: Geometry,
    view: str | None,
    modality: str | None,
    nodes: Iterable[str | None],
    places: Places,
    middle: float | None = None,
) -> GeometrySide:
    """The side of a shape on a flat image; none on images of a limb, and none of the heart or the spine.

    ``nodes``: the sites that the label and its finding name. ``middle``: see :func:`side_of`.
    """
    reason = sideless(nodes, places)
    return GeometrySide(None, reason=reason) if reason else side_of(geometry, view, modality, middle)


def sideless(nodes: Iterable[str | None], places: Places) -> str | None:
    """Why a shape at these sites shows no side: it fills the image of a limb, or is the heart or lies in the middle."""
    named = [node for node in nodes if node is not None]
    if not places.limbs.isdisjoint(named):
        return "image_of_a_limb"
    if any(node in places.midline or any(places.is_part(node, organ) for organ in UNPAIRED) for node in named):
        return "unpaired_structure"
    return None
