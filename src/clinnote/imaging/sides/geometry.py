"""Which side of the patient is this box, point, polygon or centroid on?

Sources: DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation names the directions of rows and columns), PS3.3 C.7.6.2.1.1
(the patient-based coordinate system: x grows towards the patient's left, "LPS"), and the display convention of
frontal films (the patient's left on the viewer's right), which holds for PA and AP alike.

Precision comes before recall: near the middle, across the middle, on lateral views and where the view shows no side,
the answer is "unknown", with the reason.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from clinnote.model.image_label import Geometry, ImageLabel, LabelSides
from clinnote.model.views import is_lateral

DEAD_BAND_FRACTION: Final = 0.05
"""A centre nearer to the middle than this part of the width has no side."""
DEAD_BAND_MM: Final = 10.0
"""A centroid nearer to the midline than this has no side."""

REASON_KEY: Final = "geometry_side"
"""Key of ``ImageLabel.metadata`` that says why a geometry gave no side, or what its side assumes."""
CONFIDENCE_KEY: Final = "geometry_confidence"
"""Key of ``ImageLabel.metadata``: how sure the side of a geometry is, 0 to 1."""

ORIENTED: Final = 0.95
"""The header names the directions of the image, or the coordinates are the patient's."""
SHOWN_AS_USUAL: Final = 0.85
"""A frontal view without orientation: the patient's left is on the viewer's right, unless the image was flipped."""
PERHAPS_FRONTAL: Final = 0.7
"""Neither view nor orientation is known."""
NEAR: Final = 0.1
"""Taken off where the centre is less than twice the dead band from the middle."""

_ORIENTATION: Final = re.compile(r"[APLRHF]{1,3}")
_OPPOSITE: Final = {"left": "right", "right": "left"}
_FRONTAL: Final = re.compile(r"\b(PA|AP|FRONTAL|POSTEROANTERIOR|ANTEROPOSTERIOR|AXIAL|CORONAL)\b")
_PROJECTION: Final = ("CR", "DX", "RG", "XR", "RF")


@dataclass(frozen=True, slots=True)
class GeometrySide:
    """The side of a geometry: ``value`` left, right or None; ``reason`` says why none, or what it assumes.

    ``confidence`` is that of the side, 0 to 1; None without one.
    """

    value: str | None
    basis: str | None = None
    reason: str | None = None
    confidence: float | None = None


def side_of(
    geometry: Geometry, view: str | None = None, modality: str | None = None, middle: float | None = None
) -> GeometrySide:
    """The patient's side that a geometry lies on.

    Args:
        geometry: a centroid in mm (LPS, measured from the midline), or a box, point or polygon in px or percent.
        view: DICOM View Position or free words ("PA", "left lateral").
        modality: DICOM modality, or None.
        middle: where the middle of the body is along the row (or the column, where left and right lie along it), as a
            part of the image, 0 to 1; the middle of the image where other shapes do not show it.
    """
    if geometry.unit == "mm":
        return side_of_x(geometry.x if geometry.kind in ("centroid", "point") else None)
    if not geometry.orientation and view and is_lateral(view):
        return GeometrySide(None, reason="lateral_or_oblique_view")
    axis = _axis(geometry.orientation, view, modality)
    if axis.reason and not axis.towards:
        return GeometrySide(None, reason=axis.reason)
    extent = extent_of(geometry, axis.vertical)
    size = size_of(geometry, axis.vertical)
    if extent is None or not size or size <= 0:
        return GeometrySide(None, reason="no_coordinates" if extent is None else "no_image_size")
    low, high = extent
    at = size if middle is None else 2 * middle * size
    off_centre = low + high - at  # twice the distance, without a division that would round
    if abs(low + high - size) > size:
        return GeometrySide(None, reason="outside_image")
    if 2 * low < at < 2 * high:
        return GeometrySide(None, reason="spans_midline")
    if abs(off_centre) <= 2 * DEAD_BAND_FRACTION * size:
        return GeometrySide(None, reason="near_midline")
    side = axis.towards if off_centre > 0 else _OPPOSITE[axis.towards]
    close = abs(off_centre) <= 4 * DEAD_BAND_FRACTION * size
    return GeometrySide(side, axis.basis, axis.reason, round(axis.confidence - (NEAR if close else 0.0), 2))


def side_of_x(x: float | None, midline: float = 0.0) -> GeometrySide:
    """The side of a patient coordinate x in mm (LPS: larger is further left), relative to the body's ``midline``."""
    if x is None or not math.isfinite(x):
        return GeometrySide(None, reason="no_coordinates")
    if abs(x - midline) <= DEAD_BAND_MM:
        return GeometrySide(None, reason="near_midline")
    close = abs(x - midline) <= 2 * DEAD_BAND_MM
    side = "left" if x > midline else "right"
    return GeometrySide(side, "oriented_geometry", None, round(ORIENTED - (NEAR if close else 0.0), 2))


def with_geometry_side(label: ImageLabel) -> ImageLabel:
    """The label with ``sides`` from its geometry, when it has a geometry and no sides; otherwise unchanged.

    Where the geometry has no side, ``metadata["geometry_side"]`` says why; a label that carries such a reason
    already (its reader knew more than the centroid) is left alone.
    """
    if label.geometry is None or label.sides.values or label.metadata.get(REASON_KEY):
        return label
    found = side_of(label.geometry, label.view, label.modality)
    metadata = {**label.metadata, **metadata_of(found)}
    if found.value is None:
        return replace(label, metadata=metadata)
    return replace(label, sides=LabelSides((found.value,), found.basis), metadata=metadata)


def frontal_axis(geometry: Geometry, view: str | None = None, modality: str | None = None) -> str | None:
    """The basis on which an image is an upright frontal one (feet at the bottom, left and right along the row)."""
    if geometry.unit == "mm" or (not geometry.orientation and not view):
        return None
    axis = _axis(geometry.orientation, view, modality)
    if not axis.towards or axis.vertical:
        return None
    downwards = geometry.orientation.split("\\")[1:] if geometry.orientation else ["F"]
    return axis.basis if downwards and downwards[0].strip().upper().startswith("F") else None


def metadata_of(found: GeometrySide) -> dict[str, str | float]:
    """What ``ImageLabel.metadata`` keeps of the side of a geometry: the reason and the confidence, if any."""
    kept = {REASON_KEY: found.reason, CONFIDENCE_KEY: found.confidence}
    return {key: value for key, value in kept.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Axis:
    """Along which image axis left and right lie, and which side its far end is on."""

    towards: str = ""
    vertical: bool = False
    basis: str | None = None
    reason: str | None = None
    confidence: float = ORIENTED


def _axis(orientation: str | None, view: str | None, modality: str | None) -> _Axis:
    if orientation:
        return _oriented_axis(orientation, view)
    if view and _FRONTAL.search(view.upper().replace("_", " ")):
        return _Axis("left", False, "convention_geometry", "orientation_missing", SHOWN_AS_USUAL)
    if view:
        return _Axis(reason="unknown_view")
    if modality and modality.upper() not in _PROJECTION:
        return _Axis(reason="orientation_missing")
    return _Axis("left", False, "convention_geometry", "orientation_and_view_missing", PERHAPS_FRONTAL)


def _oriented_axis(orientation: str, view: str | None) -> _Axis:
    """The first letter of each value is the main direction of the row (to the right edge) or column (downwards)."""
    parts = [part.strip().upper() for part in orientation.split("\\")]
    if not all(_ORIENTATION.fullmatch(part) for part in parts) or len(parts) > 2:
        return _Axis(reason="orientation_unreadable")
    for vertical, part in enumerate(parts):
        if part[0] in "LR":
            if view and is_lateral(view) and "DECUB" not in view.upper() and view.upper() not in ("LLD", "RLD"):
                return _Axis(reason="orientation_contradicts_view")
            return _Axis("left" if part[0] == "L" else "right", bool(vertical), "oriented_geometry")
    return _Axis(reason="lateral_orientation")


def extent_of(geometry: Geometry, vertical: bool) -> tuple[float, float] | None:
    """Smallest and largest coordinate along one image axis."""
    if geometry.points:
        values = [point[1 if vertical else 0] for point in geometry.points]
        return (min(values), max(values)) if all(map(math.isfinite, values)) else None
    start, length = (geometry.y, geometry.height) if vertical else (geometry.x, geometry.width)
    end = None if start is None else start + (length if geometry.kind == "box" and length else 0.0)
    return None if start is None or end is None or not math.isfinite(end) else (start, end)


def size_of(geometry: Geometry, vertical: bool) -> float | None:
    """Width or height of the image, in the unit of the shape."""
    if geometry.unit == "percent":
        return 100.0
    return geometry.image_height if vertical else geometry.image_width
