"""Parts of a structured report's content that are not codes: measurements, regions, who observed."""

import math
from typing import Final

from clinnote.imaging.dicom import concepts as known
from clinnote.imaging.dicom.codes import first_code
from clinnote.imaging.dicom.concepts import UCUM
from clinnote.imaging.dicom.sr_tree import Item, Tree
from clinnote.imaging.dicom.values import first_item, numbers_of, text_of
from clinnote.model.image_label import Geometry

_TO_MM: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "[in_i]": 25.4, "millimeter": 1.0, "centimeter": 10.0}
"""UCUM length units (and two that private schemes spell out) in millimetres."""
_OTHER: Final = {
    "TEXT": "TextValue",
    "UIDREF": "UID",
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
    "PNAME": "PersonName",
}
"""Value types whose value is kept as it stands, and its attribute."""
_KNOWN_TEXT: Final = frozenset((known.TRACKING_IDENTIFIER, known.TRACKING_UID))


def measured_below(item: Item) -> tuple[tuple[float, ...], list[str]]:
    """(lengths in millimetres, all measurements as "Volume = 12 mm3") below an item, in document order."""
    lengths: list[float] = []
    told: list[str] = []
    for part in item.walk():
        if part.kind != "NUM":
            continue
        measured = first_item(part.elements, "MeasuredValueSequence")
        values = numbers_of(measured, "NumericValue")
        unit = first_code(measured, "MeasurementUnitsCodeSequence")
        if len(values) != 1:
            told.append(f"{part.words} = no value")
            continue
        shown = "" if unit is None or unit.code == "1" else f" {unit.code or unit.display}"
        told.append(f"{part.words} = {values[0]:g}{shown}")
        factor = _TO_MM.get(unit.code) or _TO_MM.get((unit.display or "").lower()) if unit else None
        if part.key in known.LENGTHS and factor is not None and (unit is None or unit.system == UCUM or unit.display):
            lengths.append(round(values[0] * factor, 3))
    return tuple(lengths), told


def region_of(item: Item) -> Geometry | None:
    """The region of the item: the centroid of its 3D coordinates (mm, LPS), else its first region in pixels."""
    flat: Geometry | None = None
    for part in item.walk():
        if part.kind not in ("SCOORD", "SCOORD3D"):
            continue
        data = numbers_of(part.elements, "GraphicData")
        if part.kind == "SCOORD3D" and data and len(data) % 3 == 0:
            return _centroid(data)
        if part.kind == "SCOORD" and (flat is None or flat.kind == "point") and len(data) >= 2 and len(data) % 2 == 0:
            flat = shape_of(text_of(part.elements, "GraphicType").upper(), data)
    return flat


def shape_of(kind: str, data: tuple[float, ...]) -> Geometry:
    """A region in pixels: a point, the box around a circle (centre and a point on it), or the points as given."""
    points = tuple(zip(data[::2], data[1::2], strict=True))
    if len(points) == 1:
        return Geometry("point", x=points[0][0], y=points[0][1])
    if kind == "CIRCLE" and len(points) == 2:
        radius = math.dist(*points)
        x, y = points[0]
        return Geometry("box", x=x - radius, y=y - radius, width=2 * radius, height=2 * radius)
    return Geometry("polygon", points=points)


def _centroid(data: tuple[float, ...]) -> Geometry:
    count = len(data) // 3
    x, y, z = (round(sum(data[axis::3]) / count, 3) for axis in range(3))
    return Geometry("centroid", "mm", x=x, y=y, z=z)


def other_values(item: Item) -> list[str]:
    """Text, dates, names and identifiers directly below the item as "Comment = ...", but those read elsewhere."""
    return [
        f"{child.words} = {value}"
        for child in item.children
        if child.kind in _OTHER and child.key not in _KNOWN_TEXT
        if (value := text_of(child.elements, _OTHER[child.kind]))
    ]


def value_below(item: Item, key: known.Key, keyword: str) -> str:
    """The text value of the first item below whose concept name is ``key``; "" when there is none."""
    return next((text_of(part.elements, keyword) for part in item.walk() if part.key == key), "")


def observer_of(tree: Tree) -> str | None:
    """The first named observer of a report, person or device, else the first algorithm."""
    for part in tree.named(known.PERSON_OBSERVER, known.DEVICE_OBSERVER, known.ALGORITHM_NAME):
        name = text_of(part.elements, "PersonName") or text_of(part.elements, "TextValue")
        if name:
            return name
    return None


def modality_in(tree: Tree) -> str | None:
    """The modality that the report's image library names, or None when it names none or several."""
    found = {part.value.code for part in tree.named(known.MODALITY) if part.value}
    return found.pop() if len(found) == 1 else None
