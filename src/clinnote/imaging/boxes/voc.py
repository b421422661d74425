"""Pascal VOC XML: one ``annotation`` an image, ``object`` with ``name`` and ``bndbox`` (corners in pixels, from 1).

Also read as tools write it: ``robndbox`` (roLabelImg: centre, size, angle in radians), ``polygon`` with ``x1`` ... or
``pt`` points, and ``attribute`` elements (CVAT) for side, view, study and the like.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.dicom.values import iso_date
from clinnote.imaging.item import Item
from clinnote.imaging.sides.box_geometry import box, number_in, polygon
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from, presence_in
from clinnote.imaging.xml_tree import Element, read_xml
from clinnote.model.image_label import Geometry, ImageLabel, Source

_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")
_ROTATED: Final = ("cx", "cy", "w", "h", "angle")
_STUDY: Final = ("study_id", "study_instance_uid", "studyinstanceuid", "accession")


def is_xml(head: bytes) -> bool:
    """Whether a text begins like XML."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def read_voc(item: Item, places: Places) -> Iterator[ImageLabel | Reject]:
    """One label per object; the pointer is the object's place in the file, counted from 1."""
    try:
        root = read_xml(item.stream.read())
    except RecordError as error:
        yield item.reject(error.reason, str(error))
        return
    objects = root.all("object")
    if root.name != "annotation" or not (objects or root.find("filename")):
        yield item.reject("unsupported_file", "XML, but no Pascal VOC annotation", skipped=not item.asked_for)
        return
    if not objects:
        yield item.reject("no_objects", "the image has no object", skipped=True)
    for number, element in enumerate(objects, 1):
        try:
            yield label_from(_statement(element, root, f"object {number}", item), places)
        except RecordError as error:
            yield item.reject(error.reason, f"object {number}: {error}")


def _statement(element: Element, root: Element, pointer: str, item: Item) -> Statement:
    finding = element.value("name")
    if not finding:
        raise RecordError("missing_finding", "the name is blank")
    size = root.find("size")
    width = number_in(size.value("width")) if size is not None else None
    height = number_in(size.value("height")) if size is not None else None
    said = {**_attributes(root), **_attributes(element)}
    image = root.value("filename") or item.base.rpartition(".")[0]
    study = next((said[key] for key in _STUDY if said.get(key)), image)
    kept = {key: value for key in ("difficult", "truncated", "occluded") if (value := element.value(key)) == "1"}
    return Statement(
        study,
        finding,
        Source("voc", item.name, pointer),
        ("voc", item.base, pointer, study, finding),
        image_id=image,
        series_id=said.get("series_id"),
        presence=presence_in(said.get("presence", "")) or "present",
        geometry=_shape(element, (width or None, height or None), said.get("patient_orientation")),
        site=said.get("site", ""),
        side=said.get("laterality", "") or said.get("side", ""),
        view=said.get("view_position") or said.get("view"),
        modality=said.get("modality"),
        date=iso_date(said.get("date", "")) if said.get("date") else None,
        annotator=said.get("annotator"),
        metadata=kept,
    )


def _attributes(element: Element) -> dict[str, str]:
    """Plain children (``<laterality>left</laterality>``) and ``attribute`` elements with name and value."""
    found = {child.name.lower(): " ".join(child.text.split()) for child in element.children if not child.children}
    attributes = element.find("attributes")
    for child in attributes.all("attribute") if attributes is not None else ():
        found[child.value("name").lower()] = child.value("value")
    return found


def _shape(element: Element, size: tuple[float | None, float | None], orientation: str | None) -> Geometry | None:
    corners, rotated, points = element.find("bndbox"), element.find("robndbox"), element.find("polygon")
    if corners is not None:
        x1, y1, x2, y2 = _numbers(corners, _CORNERS)
        return box((x1, y1, x2 - x1, y2 - y1), size, orientation)
    if rotated is not None:
        x, y, width, height, angle = _numbers(rotated, _ROTATED)
        return polygon(rotated_corners((x, y), (width, height), angle), size, orientation)
    return polygon(_flat(points), size, orientation) if points is not None else None


def _numbers(element: Element, names: tuple[str, ...]) -> list[float]:
    numbers = [number_in(element.value(name)) for name in names]
    plain = [number for number in numbers if number is not None]
    if len(plain) < len(names):
        raise RecordError("bad_box", f"{element.name} must hold {', '.join(names)} as numbers")
    return plain


def _flat(points: Element) -> list[float]:
    """x, y, x, y, ... of ``<x1/><y1/>...`` or ``<pt><x/><y/></pt>...``."""
    named: Mapping[str, float | None]
    parts = points.all("pt")
    if parts:
        return [number for part in parts for number in _numbers(part, ("x", "y"))]
    named = {child.name: number_in(child.text) for child in points.children}
    count = len(named) // 2
    flat = [named.get(f"{axis}{place}") for place in range(1, count + 1) for axis in "xy"]
    plain = [number for number in flat if number is not None]
    if len(plain) < len(flat):
        raise RecordError("bad_polygon", "a polygon must hold x1, y1, x2, y2, ... as numbers")
    return plain


def rotated_corners(centre: tuple[float, float], size: tuple[float, float], angle: float) -> list[float]:
    """x, y of the four corners of a box turned clockwise (y grows downwards) by ``angle`` radians about its centre."""
    cosine, sine = math.cos(angle), math.sin(angle)
    flat: list[float] = []
    for right, down in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        x, y = right * size[0], down * size[1]
        flat += [centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine]
    return flat
