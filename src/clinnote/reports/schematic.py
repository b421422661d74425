"""What the card's drawing shows: the body region, which way it is turned, and where the marks stand.

The drawing is a diagram of the claim, not an image of the patient. Text marks have only a side and, where the site
names one, a height; marks of labels with a box stand where the box stands.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.image_label import Geometry
from clinnote.model.views import is_lateral
from clinnote.reports.spots import breast_spot, first, level_height
from clinnote.reports.words import plain

_OFFSETS: Final = {"head": 0.14, "abdomen": 0.19, "spine": 0.13, "neck": 0.1}
_OFFSET: Final = 0.24
"""Distance of a one-sided mark from the midline, as a fraction of the drawing's width, by region and otherwise."""
_ENDS: Final = {"L": "L patient's left", "R": "R patient's right", "A": "A front", "P": "P back"}
_OPPOSITE: Final = {"L": "R", "R": "L", "A": "P", "P": "A"}
_CONVENTION: Final = "Drawn by convention: patient's left on the viewer's right."


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the unit square, x already in viewer's coordinates, y down. Boxes have a width and a height.

    ``sided``: false where only the level is known, and the mark stands on the spine itself.
    """

    role: str
    x: float
    y: float
    width: float | None = None
    height: float | None = None
    sided: bool = True


@dataclass(frozen=True, slots=True)
class Schematic:
    """``region`` names the outline; ``left_on_right`` is true when the patient's left is on the viewer's right.

    ``assumed``: a position on an image was drawn although the image's orientation is not known.
    """

    region: str
    left_on_right: bool
    orientation: str
    marks: tuple[Mark, ...]
    assumed: bool = False


def _site_words(side: TextSide | ImageSide | None) -> list[str]:
    if side is None:
        return []
    return [plain(side.site or ""), side.finding]


def _modality(conflict: Conflict) -> str:
    modality = getattr(conflict.image, "modality", None) or conflict.metadata.get("modality") or ""
    return f"modality:{modality}"


def orientation(geometry: Geometry | None) -> tuple[bool, str]:
    """Whether the patient's left is drawn on the viewer's right, and the sentence that says why.

    Follows DICOM Patient Orientation (0020,0020): its first value is the direction of the row, left to right edge.
    """
    row = _row(geometry)
    if row == "L":
        return True, f"Drawn from Patient Orientation {_shown(geometry)}: patient's left on the viewer's right."
    if row == "R":
        return False, f"Mirrored, from Patient Orientation {_shown(geometry)}: patient's right on the viewer's right."
    if row in ("A", "P"):
        return (
            True,
            f"Patient Orientation {_shown(geometry)} shows no side; drawn by convention, as seen from the front.",
        )
    if geometry is not None and geometry.unit == "mm":
        return (
            True,
            "Position in patient coordinates (LPS, +x is the patient's left); that side is on the viewer's right.",
        )
    return True, f"{_CONVENTION} The source stores no orientation."


def edges(side: ImageSide) -> tuple[str, str]:
    """What of the patient lies at the viewer's left and right edge of the image of a label; empty where it can't be.

    With "?" where a position on the image is known, but not how the image is turned.
    """
    geometry = side.geometry
    row = _row(geometry)
    if row in _ENDS:
        return _ENDS[_OPPOSITE[row]], _ENDS[row]
    if geometry is None or geometry.unit == "mm" or is_lateral(side.view or "") or side.modality == "MG":
        return "", ""
    return "R? by convention", "L? by convention"


def _row(geometry: Geometry | None) -> str:
    """The direction of the image's rows, from its left to its right edge: L, R, A, P, H, F or nothing."""
    return ((geometry.orientation or "") if geometry else "").replace("/", "\\").split("\\")[0][:1].upper()


def _shown(geometry: Geometry | None) -> str:
    return (geometry.orientation or "") if geometry else ""


def _side_x(side: str, left_on_right: bool, region: str) -> float:
    if side == "midline":
        return 0.5
    offset = _OFFSETS.get(region, _OFFSET)
    return 0.5 + offset if (side == "left") == left_on_right else 0.5 - offset


def _sides_of(side: TextSide | ImageSide) -> tuple[str, ...]:
    if isinstance(side, ImageSide):
        return side.sides
    return {None: (), "bilateral": ("left", "right")}.get(side.laterality, (side.laterality or "",))


def _frontal(side: ImageSide, region: str) -> bool:
    """Whether the label's image is seen as its drawing is: no lateral or breast view, no slice of a trunk or limb."""
    row, _, column = ((side.geometry.orientation or "") if side.geometry else "").replace("/", "\\").partition("\\")
    across = row[:1].upper() in ("A", "P") or (column[:1].upper() in ("A", "P") and region != "head")
    return not across and side.modality != "MG" and not is_lateral(side.view or "")


def _box(role: str, side: ImageSide, region: str) -> Mark | None:
    """The box of a label in the unit square of its image; None where it has none or does not fit the drawing."""
    g = side.geometry
    if g is None or not _frontal(side, region) or g.kind != "box" or None in (g.x, g.y, g.width, g.height):
        return None
    wide, high = (100.0, 100.0) if g.unit == "percent" else (g.image_width or 0.0, g.image_height or 0.0)
    if wide <= 0 or high <= 0:
        return None
    x, y, w, h = (float(v or 0.0) for v in (g.x, g.y, g.width, g.height))
    return Mark(role, round(x / wide, 4), round(y / high, 4), round(w / wide, 4), round(h / high, 4))


def _marks(role: str, side: TextSide | ImageSide | None, left_on_right: bool, region: str) -> list[Mark]:
    if side is None:
        return []
    box = _box(role, side, region) if isinstance(side, ImageSide) else None
    if box is not None:
        return [box]
    level = level_height(side.site or "") if region == "spine" else None
    if level is not None and not _sides_of(side):
        return [Mark(role, 0.5, level, sided=False)]
    y = level or float(first("heights.tsv", _site_words(side)) or 0.5)
    return [_mark(role, value, side, left_on_right, region, y) for value in _sides_of(side)]


def _mark(role: str, value: str, side: TextSide | ImageSide, left_on_right: bool, region: str, y: float) -> Mark:
    x = _side_x(value, left_on_right, region)
    if region != "breast" or value == "midline":
        return Mark(role, x, y)
    across, y = breast_spot(plain(side.site or ""), value == "left")
    return Mark(role, round(x + (across if left_on_right else -across), 4), y)


def _region(conflict: Conflict) -> str:
    sides = (conflict.text, conflict.image)
    words = [word for side in sides for word in _site_words(side)]
    level = any(level_height(side.site or "") is not None for side in sides if side is not None)
    about = [f"kind:{plain(conflict.kind)}", "level:spine" if level else "", _modality(conflict)]
    return first("regions.tsv", [*words, *about, *_body_parts(conflict)]) or "body"


def schematic(conflict: Conflict) -> Schematic:
    """The drawing of one conflict; ``text`` marks are the report's side, ``image`` marks the other claim's."""
    geometry = conflict.image.geometry if isinstance(conflict.image, ImageSide) else None
    left_on_right, why = orientation(geometry) if isinstance(conflict.image, ImageSide) else (True, _CONVENTION)
    region = _region(conflict)
    sides = (("text", conflict.text), ("image", conflict.image))
    marks = [mark for role, side in sides for mark in _marks(role, side, left_on_right, region)]
    drawn = any(mark.width is not None for mark in marks)
    placed = isinstance(conflict.image, ImageSide) and conflict.image.basis == "convention_geometry"
    assumed = (drawn or placed) and _row(geometry) not in ("L", "R")
    return Schematic(region, left_on_right, why, tuple(marks), assumed)


@functools.cache
def outlines() -> Mapping[str, list[list[str]]]:
    """For each region its outline: (``outline``, ``inner`` or ``line``; SVG path in a square of 200).

    The patient's left is on the viewer's right.
    """
    found: dict[str, list[list[str]]] = json.loads(
        files("clinnote.reports").joinpath("outlines.json").read_text(encoding="utf-8")
    )
    return found


def _body_parts(conflict: Conflict) -> list[str]:
    facts: Mapping[str, Any] = conflict.metadata
    return [str(facts[key]) for key in ("region", "body_part", "study_description") if facts.get(key)]
