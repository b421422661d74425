"""What the card's drawing shows: the body region, which way it is turned, and where the marks stand.

The drawing is a diagram of the claim, not an image of the patient. Text marks have only a side and, where the site
names one, a height; marks of labels with a box stand where the box stands.
"""

import csv
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.image_label import Geometry
from clinnote.reports.words import plain

_OFFSETS: Final = {"head": 0.14, "abdomen": 0.19}
_OFFSET: Final = 0.24
"""Distance of a one-sided mark from the midline, as a fraction of the drawing's width, by region and otherwise."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the unit square, x already in viewer's coordinates, y down. Boxes have a width and a height."""

    role: str
    x: float
    y: float
    width: float | None = None
    height: float | None = None


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


@functools.cache
def _rows(name: str) -> tuple[tuple[str, str], ...]:
    table = files("clinnote.reports").joinpath(name).read_text(encoding="utf-8").splitlines()
    return tuple((row[0], row[1]) for row in csv.reader(table[1:], delimiter="\t"))


def _first(name: str, words: Iterable[str]) -> str | None:
    """The value of the first row whose word stands in one of ``words`` (rows are ordered, most telling first)."""
    text = " ".join(words).lower()
    return next((value for word, value in _rows(name) if word in text), None)


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
    row = ((geometry.orientation or "") if geometry else "").replace("/", "\\").split("\\")[0].upper()
    if row.startswith("L"):
        return True, f"Drawn from Patient Orientation {_shown(geometry)}: patient's left on the viewer's right."
    if row.startswith("R"):
        return False, f"Mirrored, from Patient Orientation {_shown(geometry)}: patient's right on the viewer's right."
    if row[:1] in ("A", "P"):
        return (
            True,
            f"Patient Orientation {_shown(geometry)} shows no side; drawn by convention, as seen from the front.",
        )
    if geometry is not None and geometry.unit == "mm":
        return (
            True,
            "Position in patient coordinates (LPS, +x is the patient's left); that side is on the viewer's right.",
        )
    return True, "Drawn by convention: patient's left on the viewer's right. The source stores no orientation."


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


def _box(role: str, geometry: Geometry | None) -> Mark | None:
    """The box of a label in the unit square of its image; None when it has none or the image's size is unknown."""
    g = geometry
    if g is None or g.kind != "box" or None in (g.x, g.y, g.width, g.height):
        return None
    wide, high = (100.0, 100.0) if g.unit == "percent" else (g.image_width or 0.0, g.image_height or 0.0)
    if wide <= 0 or high <= 0:
        return None
    x, y, w, h = (float(v or 0.0) for v in (g.x, g.y, g.width, g.height))
    return Mark(role, round(x / wide, 4), round(y / high, 4), round(w / wide, 4), round(h / high, 4))


def _marks(role: str, side: TextSide | ImageSide | None, left_on_right: bool, region: str) -> list[Mark]:
    if side is None:
        return []
    box = _box(role, side.geometry) if isinstance(side, ImageSide) else None
    if box is not None:
        return [box]
    y = float(_first("heights.tsv", _site_words(side)) or 0.5)
    return [Mark(role, _side_x(value, left_on_right, region), y) for value in _sides_of(side)]


def schematic(conflict: Conflict) -> Schematic:
    """The drawing of one conflict; ``text`` marks are the report's side, ``image`` marks the other claim's."""
    geometry = conflict.image.geometry if isinstance(conflict.image, ImageSide) else None
    left_on_right, why = orientation(geometry)
    words = [*_site_words(conflict.text), *_site_words(conflict.image), _modality(conflict), *_body_parts(conflict)]
    region = _first("regions.tsv", words) or "body"
    sides = (("text", conflict.text), ("image", conflict.image))
    marks = [mark for role, side in sides for mark in _marks(role, side, left_on_right, region)]
    row = (geometry.orientation or "") if geometry else ""
    assumed = geometry is not None and geometry.unit != "mm" and row[:1].upper() not in ("L", "R")
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
