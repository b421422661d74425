"""COCO object annotations and lists of image records in JSON (ChestX-Det: ``file_name``, ``syms``, ``boxes``).

COCO boxes are ``[x, y, width, height]`` in pixels; ChestX-Det boxes are corners in pixels of 1024 x 1024 frontal
films (README of the data set).
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.item import Item
from clinnote.imaging.rle import coco_counts, coco_extent
from clinnote.imaging.sides.box_geometry import box, polygon
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from, presence_in
from clinnote.model.image_label import Geometry, ImageLabel, Source
from clinnote.store.json_text import load_json

_CHESTX_DET_SIZE: Final = (1024.0, 1024.0)
_FRONTAL: Final = {"view": "frontal", "modality": "DX", "label_set": "chestx_det"}
_KEPT: Final = ("label_set", "supercategory", "iscrowd", "score", "patient_id", "patient_sex", "accession")

SURE: Final = 0.5
"""A detection is taken for present from this score on."""

_Size = tuple[float | None, float | None]


def is_coco(data: object) -> bool:
    """Whether a JSON value has the keys of a COCO file."""
    return isinstance(data, Mapping) and isinstance(data.get("annotations"), list) and "images" in data


def is_box_list(data: object) -> bool:
    """Whether a JSON value is a list of ChestX-Det records."""
    return (
        isinstance(data, list) and bool(data) and isinstance(data[0], Mapping) and {"syms", "boxes"} <= data[0].keys()
    )


def is_results(data: object) -> bool:
    """Whether a JSON value is a list of detections as the COCO tools write them (no images, no categories)."""
    return (
        isinstance(data, list)
        and bool(data)
        and isinstance(data[0], Mapping)
        and {"image_id", "category_id"} <= data[0].keys()
    )


def read_results(data: list[Any], item: Item, places: Places) -> Iterator[ImageLabel | Reject]:
    """The labels of a list of detections, named by the instances file that lies beside it.

    A detection whose score is below :data:`SURE` may be nothing: its finding is uncertain.
    """
    fitting = [file for file in _instances_beside(item) if _covers(file, data)]
    if len(fitting) != 1:
        some = "several instances files beside it fit" if fitting else "no instances file beside it fits"
        message = f"a list of detections names images and categories by number alone, and {some}; put the one with "
        yield item.reject("no_instances_file", message + "their 'images' and 'categories' in its folder")
        return
    annotations = [{**each, "presence": "uncertain"} if _unsure(each) else each for each in data]
    yield from read_coco({**fitting[0], "annotations": annotations}, item.name, places)


def _instances_beside(item: Item) -> Iterator[Mapping[str, Any]]:
    files = sorted(item.path.parent.glob("*.json")) if item.path is not None else []
    for file in files:
        with suppress(OSError, RecordError):
            data = load_json(file.read_bytes())
            if isinstance(data, Mapping) and data.get("images") and data.get("categories"):
                yield data


def _covers(instances: Mapping[str, Any], results: list[Any]) -> bool:
    """Whether all images and categories of a list of detections are known to a file."""
    known = {"image_id": _by_id(instances["images"]), "category_id": _by_id(instances["categories"])}
    return all(str(each.get(key)) in ids for each in results if isinstance(each, Mapping) for key, ids in known.items())


def _unsure(detection: object) -> bool:
    score = _finite(detection.get("score")) if isinstance(detection, Mapping) else None
    return score is not None and score < SURE


def read_coco(data: Mapping[str, Any], file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """One label per annotation; the pointer is the annotation's id. Keypoints and captions are left out."""
    images, categories = _by_id(data.get("images")), _by_id(data.get("categories"))
    if not data["annotations"]:
        yield Reject(file, None, "no_annotations", "has images, but no annotation", skipped=True)
    for number, annotation in enumerate(data["annotations"], 1):
        if not isinstance(annotation, Mapping):
            yield Reject(file, None, "bad_annotation", f"annotation {number} (in file order) is no object")
            continue
        pointer = f"annotation {annotation.get('id', number)}"
        if "category_id" not in annotation and ("caption" in annotation or "segments_info" in annotation):
            yield Reject(file, None, "no_objects", f"{pointer}: a caption or panoptic image", skipped=True)
            continue
        try:
            statement = _coco_statement(annotation, pointer, images, categories, file)
        except RecordError as error:
            yield Reject(file, None, error.reason, f"{pointer}: {error}", skipped=error.reason == "empty_mask")
        else:
            yield label_from(statement, places)


def _by_id(value: object) -> dict[str, Mapping[str, Any] | None]:
    """The objects of a list by their id; None for an id that several different ones have."""
    found: dict[str, Mapping[str, Any] | None] = {}
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, Mapping):
            key = str(entry.get("id"))
            found[key] = entry if found.get(key, entry) == entry else None
    return found


def _coco_statement(
    annotation: Mapping[str, Any],
    pointer: str,
    images: Mapping[str, Mapping[str, Any] | None],
    categories: Mapping[str, Mapping[str, Any] | None],
    file: str,
) -> Statement:
    image = images.get(str(annotation.get("image_id")), {})
    category = categories.get(str(annotation.get("category_id")), {})
    if image is None or category is None:
        what = "image" if image is None else "category"
        raise RecordError("ambiguous_id", f"its {what}_id is that of two; give each {what} an id of its own")
    if not image:
        raise RecordError("unknown_image", "its image_id is not among the images; export the file whole")
    finding = category.get("name")
    if not isinstance(finding, str) or not finding.strip():
        raise RecordError("unknown_category", "its category_id is not among the categories; export the file whole")
    said = {**_flat(image), **_flat(annotation.get("attributes")), **_flat(annotation)}
    if isinstance(category.get("supercategory"), str) and category["supercategory"] not in ("", finding, "none"):
        said["supercategory"] = category["supercategory"]
    size = (_number(image.get("width")), _number(image.get("height")))
    geometry = _shape(annotation, size, said.get("orientation") or said.get("patient_orientation"))
    name = said.get("file_name") or str(image.get("id"))
    study = said.get("study_id") or said.get("study_instance_uid") or said.get("studyinstanceuid") or name
    identity = ("coco", file.replace("\\", "/").rsplit("/", 1)[-1], pointer, study, finding)
    return _statement(study, name, finding, geometry, said, identity, Source("coco", file, pointer))


def _statement(
    study: str,
    image: str,
    finding: str,
    geometry: Geometry | None,
    said: Mapping[str, str],
    identity: tuple[str, ...],
    source: Source,
) -> Statement:
    return Statement(
        study,
        finding,
        source,
        identity,
        image_id=image,
        series_id=said.get("series_id"),
        presence=presence_in(said.get("presence", "")) or "present",
        geometry=geometry,
        site=said.get("site") or said.get("location") or said.get("body_part") or "",
        side=said.get("laterality") or said.get("side") or "",
        view=said.get("view") or said.get("view_position"),
        modality=said.get("modality"),
        date=said.get("date"),
        annotator=said.get("annotator"),
        metadata={key: said[key] for key in _KEPT if said.get(key, "0") != "0"},
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


def _shape(annotation: Mapping[str, Any], size: _Size, orientation: str | None) -> Geometry | None:
    """The annotation's box, else the extent of its segmentation; a single polygon stays one."""
    bounds, segmentation = annotation.get("bbox"), annotation.get("segmentation")
    if bounds and not (segmentation and bounds == [0, 0, 0, 0]):
        numbers = _numbers(bounds)
        if numbers is None or len(numbers) != 4:
            raise RecordError("bad_box", "bbox must be four numbers: x, y, width, height")
        return box((numbers[0], numbers[1], numbers[2], numbers[3]), size, orientation)
    if isinstance(segmentation, Mapping):
        return _mask(segmentation, size, orientation)
    if not isinstance(segmentation, list) or not segmentation:
        return None
    parts = [_numbers(part) for part in segmentation]
    shapes = [polygon(part, size, orientation) for part in parts if part is not None]
    if len(shapes) < len(parts):
        raise RecordError("bad_polygon", "segmentation must be a list of lists of numbers")
    if len(shapes) == 1:
        return shapes[0]
    xs, ys = zip(*(point for shape in shapes for point in shape.points), strict=True)
    return box((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)), size, orientation)


def _mask(mask: Mapping[str, Any], size: _Size, orientation: str | None) -> Geometry:
    """The box around a run-length mask; it must be of the size of its image."""
    shape, counts = mask.get("size"), mask.get("counts")
    if not isinstance(shape, list) or len(shape) != 2 or not all(isinstance(n, int) and n > 0 for n in shape):
        raise RecordError("bad_rle", "the size of the mask must be height and width")
    height, width = shape
    if any(given is not None and given != own for given, own in zip(size, (width, height), strict=True)):
        raise RecordError("mask_size_mismatch", "the mask is not of the size of its image; resample it to the image")
    if isinstance(counts, str):
        counts = coco_counts(counts)
    if not isinstance(counts, list):
        raise RecordError("bad_rle", "the mask has no counts")
    extent = coco_extent(counts, height, width)
    if extent is None:
        raise RecordError("empty_mask", "the mask marks nothing")
    bounds = (extent.left, extent.top, extent.right - extent.left, extent.bottom - extent.top)
    return box(bounds, (float(width), float(height)), orientation)


def read_box_list(
    data: list[Any], file: str, places: Places, complete: tuple[str, ...] = ()
) -> Iterator[ImageLabel | Reject]:
    """One label per box of a ChestX-Det list; the pointer is the record and the box, counted from 1.

    ``complete``: the findings that the set's readers looked for in every image.
    """
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
            identity = ("boxes-json", name, pointer, finding)
            source = Source("boxes-json", file, pointer)
            statement = _statement(name, name, finding, shape, _FRONTAL, identity, source)
            yield label_from(replace(statement, exhaustive_for=complete), places)


def _from_corners(finding: object, corners: object) -> Geometry:
    numbers = _numbers(corners)
    if numbers is None or len(numbers) != 4 or not isinstance(finding, str) or not finding:
        raise RecordError("bad_box", "a box needs a finding and four numbers: x1, y1, x2, y2")
    x1, y1, x2, y2 = numbers
    return box((x1, y1, x2 - x1, y2 - y1), _CHESTX_DET_SIZE)
