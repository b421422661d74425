"""What the labels of one flat image say together: where its middle is, where the lungs are, and whether it is mirrored.

The middle comes from a pair of shapes (both lungs, both clavicles), else from what lies in the midline (spine,
trachea), else from the outline of the body; without any of them the middle of the frame stands for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from clinnote.imaging.sides.geometry import (
    CONFIDENCE_KEY,
    ORIENTED,
    REASON_KEY,
    SHOWN_AS_USUAL,
    extent_of,
    frontal_axis,
    metadata_of,
    size_of,
)
from clinnote.imaging.sides.labels import SIDES_SEEN
from clinnote.imaging.sides.midline import side_of_picture
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.zones import lungs_of, with_zone
from clinnote.model.image_label import Geometry, ImageLabel, LabelSides
from clinnote.model.views import is_lateral

MIRRORED: Final = "image_may_be_mirrored"
"""The reason where organs lie on the other side than they should: a flipped image, or a rare patient."""
SHAPE_SIDE: Final = "shape_side"
"""Key of ``ImageLabel.metadata``: the side on which a shape surely lies, where the label states the other one."""
WRONG_SIDE: Final = 0.1
"""An organ must lie this part of the width beyond the midline: on 216 films of large hearts none reaches it."""
FARTHEST_MIDDLE: Final = 0.2
"""A middle that lies farther than this part of the width from that of the frame is not believed."""
OUTLINES: Final = frozenset({"body", "chest"})
LEFT_ORGANS: Final = ("heart", "cardiac_apex", "left_ventricle", "aortic_arch", "stomach", "spleen")
RIGHT_ORGANS: Final = ("gallbladder", "right_atrium", "superior_vena_cava")
"""Organs whose middle lies left or right of the midline in nearly everybody."""
_FROM_GEOMETRY: Final = ("oriented_geometry", "convention_geometry")
_OPEN: Final = frozenset(
    (None, "orientation_missing", "orientation_and_view_missing", "near_midline", "spans_midline", MIRRORED)
)
"""Reasons that the other shapes of the image may overrule; any other was given by a reader who knew more."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A structure on an image: its node, the sides that its name states, and where it lies."""

    node: str | None
    sides: tuple[str, ...]
    geometry: Geometry


def middle_of(shapes: Sequence[Shape], places: Places) -> float | None:
    """Where the middle of the body is, as a part of the image's width; None when no shape shows it."""
    pairs: dict[str, dict[str, float]] = defaultdict(dict)
    inner, outer = [], []
    for shape in shapes:
        at = _centre(shape.geometry)
        if at is None or shape.node is None:
            continue
        if len(shape.sides) == 1:
            pairs[shape.node][shape.sides[0]] = at
        if shape.node in places.midline:
            inner.append(at)
        if shape.node in OUTLINES:
            outer.append(at)
    between = [(xs["left"] + xs["right"]) / 2 for xs in pairs.values() if {"left", "right"} <= xs.keys()]
    found = between or inner or outer
    middle = median(found) if found else None
    return middle if middle is None or abs(middle - 0.5) <= FARTHEST_MIDDLE else None


def mirrored(shapes: Sequence[Shape], middle: float | None = None) -> bool:
    """Whether organs of one side lie on the other: a hint that the image is flipped, never a side of its own.

    Of several such organs more must lie far on the wrong side than anywhere on the right one.
    """
    right_way = wrong_way = 0
    for shape in shapes:
        expected = 1 if shape.node in LEFT_ORGANS else -1 if shape.node in RIGHT_ORGANS else 0
        at = _centre(shape.geometry)
        towards = _left_of_patient(shape.geometry)
        if not expected or at is None or not towards:
            continue
        off = (at - (0.5 if middle is None else middle)) * towards * expected
        right_way += off > 0
        wrong_way += off < -WRONG_SIDE
    return wrong_way > right_way


def settle(labels: Sequence[ImageLabel], places: Places) -> list[ImageLabel]:
    """The labels with sides and zones from shapes, taking all shapes of one image together.

    Only what rests on geometry changes: sides that codes, headers or words state stay as they are.
    """
    if not any(map(_flat, labels)):
        return list(labels)
    images: dict[tuple[str, str], list[ImageLabel]] = defaultdict(list)
    for label in labels:
        if _flat(label):
            images[label.study_id, label.image_id or ""].append(label)
    seen = {key: _Picture.of(found, places) for key, found in images.items() if key[1]}
    none = _Picture(None, None, False)
    return [
        _settled(label, seen.get((label.study_id, label.image_id or ""), none), places) if _flat(label) else label
        for label in labels
    ]


@dataclass(frozen=True, slots=True)
class _Picture:
    middle: float | None
    lungs: tuple[float, float] | None
    mirrored: bool

    @classmethod
    def of(cls, labels: Iterable[ImageLabel], places: Places) -> "_Picture":
        shapes = [
            Shape(_node(label, places), _stated(label, places), label.geometry)
            for label in labels
            if label.geometry is not None
            and not (label.view and not label.geometry.orientation and is_lateral(label.view))
        ]
        middle = middle_of(shapes, places)
        return cls(
            middle, lungs_of(shape.geometry for shape in shapes if shape.node == "lung"), mirrored(shapes, middle)
        )


def _settled(label: ImageLabel, picture: _Picture, places: Places) -> ImageLabel:
    geometry = label.geometry
    if geometry is None:
        return label
    open_to_more = label.metadata.get(REASON_KEY) in _OPEN
    if open_to_more and (not label.sides.values or label.sides.basis in _FROM_GEOMETRY):
        found = side_of_picture(geometry, label.view, label.modality, _nodes(label, places), places, picture.middle)
        kept = {key: value for key, value in label.metadata.items() if key not in (REASON_KEY, CONFIDENCE_KEY)}
        if picture.mirrored and found.basis == "convention_geometry":
            found = replace(found, value=None, basis=None, reason=MIRRORED, confidence=None)
        elif picture.mirrored and found.value:
            found = replace(found, reason=MIRRORED, confidence=min(found.confidence or 0.0, SHOWN_AS_USUAL))
        sides = LabelSides((found.value,), found.basis) if found.value and found.basis else LabelSides()
        label = replace(label, sides=sides, metadata={**kept, **metadata_of(found)})
    elif not picture.mirrored and (side := _against(label, picture, places)):
        label = replace(label, metadata={**label.metadata, SHAPE_SIDE: side})
    return with_zone(label, picture.lungs)


def _against(label: ImageLabel, picture: _Picture, places: Places) -> str | None:
    """The side of a shape far from the middle of an image of known orientation, if the label states the other side.

    A reader that kept what its source says of sides has compared the two already.
    """
    geometry, stated = label.geometry, label.sides.values
    if geometry is None or SIDES_SEEN in label.metadata or stated not in (("left",), ("right",)):
        return None
    if label.sides.basis in _FROM_GEOMETRY:
        return None
    found = side_of_picture(geometry, label.view, label.modality, _nodes(label, places), places, picture.middle)
    sure = found.basis == "oriented_geometry" and found.confidence is not None and found.confidence >= ORIENTED
    return found.value if sure and found.value not in stated else None


def _flat(label: ImageLabel) -> bool:
    return label.geometry is not None and label.geometry.unit != "mm"


def _node(label: ImageLabel, places: Places) -> str | None:
    """The structure that a label names as such ("right lung"); None for a lesion."""
    return places.structure_of(label.finding.text, label.finding.codes)


def _nodes(label: ImageLabel, places: Places) -> tuple[str | None, str | None]:
    site = label.site
    node = None if site is None else site.site or places.node_of(site.text, site.codes)[0]
    return node, places.node_of(label.finding.text, label.finding.codes)[0]


def _stated(label: ImageLabel, places: Places) -> tuple[str, ...]:
    if label.sides.values and label.sides.basis not in _FROM_GEOMETRY:
        return label.sides.values
    return tuple(side.value for side in places.node_of(label.finding.text, label.finding.codes)[1])


def _centre(geometry: Geometry) -> float | None:
    """The middle of a shape along the row, as a part of the width."""
    extent, size = extent_of(geometry, vertical=False), size_of(geometry, vertical=False)
    return (extent[0] + extent[1]) / 2 / size if extent is not None and size and size > 0 else None


def _left_of_patient(geometry: Geometry) -> int:
    """1 where the patient's left is to the right of the image, -1 where it is to the left, 0 where neither holds."""
    if geometry.orientation is None:
        return 1
    if frontal_axis(geometry) is None:
        return 0
    return 1 if geometry.orientation.strip().upper().startswith("L") else -1
