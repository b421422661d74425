"""COCO object annotations and lists of image records in JSON (ChestX-Det: ``file_name``, ``syms``, ``boxes``).

COCO boxes are ``[x, y, width, height]`` in pixels; ChestX-Det boxes are corners in pixels of 1024 x 1024 frontal
films (README of the data set).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.box_geometry import box, polygon
from clinnote.imaging.codes import sides_of_letter
from clinnote.imaging.label_text import side_of_label
from clinnote.imaging.labels import SeenSide, join_sides, label_id
from clinnote.imaging.midline import side_of_picture
from clinnote.imaging.places import Places
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source

_CHESTX_DET_SIZE: Final = (1024.0, 1024.0)


def is_coco(data: object) -> bool:
    """Whether a JSON value has the keys of a COCO file."""
    return isinstance(data, Mapping) and isinstance(data.get("annotations"), list) and "images" in data


def is_box_list(data: object) -> bool:
    """Whether a JSON value is a list of ChestX-Det records."""
    return (
        isinstance(data, list) and bool(data) and isinstance(data[0], Mapping) and {"syms", "boxes"} <= data[0].keys()
    )


def read_coco(data: Mapping[str, Any], file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """One label per annotation; the pointer is the annotation's id."""
    images = {str(entry.get("id")): entry for entry in _objects(data.get("images"))}
    names = {str(entry.get("id")): str(entry.get("name") or "") for entry in _objects(data.get("categories"))}
    for number, annotation in enumerate(data["annotations"], 1):
        if not isinstance(annotation, Mapping):
            yield Reject(file, None, "bad_annotation", f"annotation {number} (in file order) is no object")
            continue
        pointer = f"annotation {annotation.get('id', number)}"
        try:
            yield _coco_label(annotation, pointer, images, names, file, places)
        except RecordError as error:
            yield Reject(file, None, error.reason, f"{pointer}: {error}")


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _coco_label(
    annotation: Mapping[str, Any],
    pointer: str,
    images: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    file: str,
    places: Places,
) -> ImageLabel:
    image = images.get(str(annotation.get("image_id")))
    if image is None:
        raise RecordError("unknown_image", "its image_id is not among the images")
    finding = names.get(str(annotation.get("category_id")))
    if not finding:
        raise RecordError("unknown_category", "its category_id is not among the categories")
    attributes = {**_flat(image), **_flat(annotation.get("attributes")), **_flat(annotation)}
    size = (_number(image.get("width")), _number(image.get("height")))
    geometry = _shape(annotation, size, attributes.get("orientation") or attributes.get("patient_orientation"))
    name = attributes.get("file_name")
    study = attributes.get("study_id") or attributes.get("study_instance_uid") or name or str(image.get("id"))
    return _label(
        study,
        name or str(image.get("id")),
        finding,
        geometry,
        attributes,
        label_id("coco", file.replace("\\", "/").rsplit("/", 1)[-1], pointer, study, finding),
        Source("coco", file, pointer),
        places,
    )


def _label(
    study: str,
    image: str,
    finding: str,
    geometry: Geometry | None,
    attributes: Mapping[str, str],
    identity: str,
    source: Source,
    places: Places,
) -> ImageLabel:
    view = attributes.get("view") or attributes.get("view_position")
    modality = attributes.get("modality")
    site, words = places.site_of(attributes.get("site") or attributes.get("location") or "")
    stated = attributes.get("laterality") or attributes.get("side") or ""
    seen = [
        SeenSide(sides_of_letter(stated) or side_of_label(stated), "label_text", "laterality attribute"),
        SeenSide(words, "label_text", "site attribute"),
        SeenSide(places.node_of(finding)[1] or side_of_label(finding), "label_text", "category"),
    ]
    nodes = (site.site if site else None, places.node_of(finding)[0])
    found = side_of_picture(geometry, view, modality, nodes, places) if geometry else None
    sides, extra = join_sides(seen, found)
    label_set = {"label_set": attributes["label_set"]} if "label_set" in attributes else {}
    return ImageLabel(
        label_id=identity,
        study_id=study,
        series_id=attributes.get("series_id"),
        image_id=image,
        finding=LabelFinding(finding),
        sides=sides,
        site=site,
        geometry=geometry,
        date=attributes.get("date"),
        modality=modality,
        view=view,
        annotator=attributes.get("annotator"),
        source=source,
        metadata={**extra, **label_set},
    )


def _flat(value: object) -> dict[str, str]:
    """The plain values of an object as text, keys in lower case."""
    if not isinstance(value, Mapping):
        return {}
    return {str(key).lower(): str(plain) for key, plain in value.items() if isinstance(plain, str | int | float)}


def _number(value: object) -> float | None:
    number = _finite(value)
    return number if number is not None and number > 0 else None


def _finite(value: object) -> float | None:
    """A plain number as a float; None for NaN, infinity, and integers beyond a float."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _numbers(value: object) -> list[float] | None:
    """A list of finite numbers as floats, or None."""
    if not isinstance(value, list) or not value:
        return None
    plain = [number for part in value if (number := _finite(part)) is not None]
    return plain if len(plain) == len(value) else None


def _shape(
    annotation: Mapping[str, Any], size: tuple[float | None, float | None], orientation: str | None
) -> Geometry | None:
    """The annotation's box, else the first polygon of its segmentation, else nothing (run-length masks are left)."""
    if annotation.get("bbox"):
        numbers = _numbers(annotation["bbox"])
        if numbers is None or len(numbers) != 4:
            raise RecordError("bad_box", "bbox must be four numbers: x, y, width, height")
        return box((numbers[0], numbers[1], numbers[2], numbers[3]), size, orientation)
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, list) and segmentation:
        numbers = _numbers(segmentation[0])
        if numbers is None:
            raise RecordError("bad_polygon", "segmentation must be a list of lists of numbers")
        return polygon(numbers, size, orientation)
    return None


def read_box_list(data: list[Any], file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """One label per box of a ChestX-Det list; the pointer is the record and the box, counted from 1."""
    for number, entry in enumerate(data, 1):
        name = entry.get("file_name") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(name, str) or not name:
            yield Reject(file, None, "bad_record", f"record {number} has no file_name")
            continue
        symptoms, boxes = entry.get("syms") or [], entry.get("boxes") or []
        if not isinstance(symptoms, list) or not isinstance(boxes, list) or len(symptoms) != len(boxes):
            yield Reject(file, None, "bad_record", f"record {number}: as many boxes as syms are needed")
            continue
        for place, (finding, corners) in enumerate(zip(symptoms, boxes, strict=True), 1):
            pointer = f"record {number} box {place}"
            try:
                shape = _from_corners(finding, corners)
            except RecordError as error:
                yield Reject(file, None, error.reason, f"{pointer}: {error}")
                continue
            attributes = {"view": "frontal", "modality": "DX", "label_set": "chestx_det"}
            identity = label_id("boxes-json", name, pointer, finding)
            source = Source("boxes-json", file, pointer)
            yield _label(name, name, finding, shape, attributes, identity, source, places)


def _from_corners(finding: object, corners: object) -> Geometry:
    numbers = _numbers(corners)
    if numbers is None or len(numbers) != 4 or not isinstance(finding, str) or not finding:
        raise RecordError("bad_box", "a box needs a finding and four numbers: x1, y1, x2, y2")
    x1, y1, x2, y2 = numbers
    return box((x1, y1, x2 - x1, y2 - y1), _CHESTX_DET_SIZE)
