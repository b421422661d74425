"""The regions of one Label Studio annotation: results with the same id joined, and their shapes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.imaging.rle import brush_extent
from clinnote.imaging.sides.box_geometry import box, polygon
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.statement import presence_in, side_in
from clinnote.model.image_label import Geometry

_LABELS: Final = (
    "rectanglelabels", "polygonlabels", "keypointlabels", "ellipselabels", "brushlabels", "bitmasklabels",
    "vectorlabels", "labels",
)  # fmt: skip
_BITMASKS: Final = ("imageDataURL", "maskDataURL")
"""Where the PNG of a bitmask stands."""
_TEXT: Final = frozenset({"start", "end"})
_GENERIC_NAMES: Final = frozenset({"choice", "choices", "finding", "findings", "label", "labels", "class", "diagnosis"})

Shape = tuple[Geometry | None, GeometrySide | None]


@dataclass(frozen=True, slots=True)
class Region:
    """One region, or one choice for the whole image.

    Attributes:
        name: its id.
        findings: its labels.
        value: where its shape stands; empty for a choice.
        chosen: (control, words) of what was chosen for the region.
        presence: what a choice for the whole image says of the finding that its control names.
        size: width and height of the image in pixels.
        turned: the image was turned in the labelling interface, so that left and right may have moved.
    """

    name: str
    findings: tuple[str, ...]
    value: Mapping[str, Any]
    chosen: tuple[tuple[str, str], ...] = ()
    presence: str | None = None
    size: tuple[float | None, float | None] = (None, None)
    turned: bool = False


def regions_of(results: Sequence[Any]) -> list[Region]:
    """The regions in the order of their first result; relations, text spans and what has no label are left out."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for number, result in enumerate(results):
        if isinstance(result, Mapping) and isinstance(result.get("value"), Mapping):
            by_id.setdefault(str(result.get("id") or f"#{number}"), []).append(result)
    return [region for name, parts in by_id.items() for region in _regions(name.partition("#")[0], parts)]


def _regions(name: str, parts: Sequence[Mapping[str, Any]]) -> list[Region]:
    values = [part["value"] for part in parts]
    if any(value.keys() >= _TEXT for value in values):
        return []
    shaped = next((part for part in parts if _is_shape(part["value"])), None)
    if shaped is None:
        return [region for part in parts for region in _choices(name, part)]
    labels = tuple(dict.fromkeys(label for value in values for label in labels_in(value)))
    chosen = tuple((str(p.get("from_name")), word) for p in parts for word in chosen_in(p["value"]))
    if not labels:
        labels = tuple(word for _, word in chosen if not presence_in(word) and not side_in(word))
    size = (_positive(shaped.get("original_width")), _positive(shaped.get("original_height")))
    turned = bool(shaped.get("image_rotation"))
    return [Region(name, labels, shaped["value"], chosen, None, size, turned)]


def _choices(name: str, part: Mapping[str, Any]) -> list[Region]:
    """A choice for the whole image: a finding, or the presence of the finding that the control is named after."""
    control = str(part.get("from_name") or "")
    regions = []
    for words in chosen_in(part["value"]):
        presence = presence_in(words)
        if presence and control.lower() not in _GENERIC_NAMES:
            regions.append(Region(name or control, (control.replace("_", " "),), {}, presence=presence))
        elif not presence and not side_in(words):
            regions.append(Region(name or control, (words,), {}))
    return regions


def labels_in(value: Mapping[str, Any]) -> list[str]:
    """The labels of one result."""
    found: list[Any] = next((value[key] for key in _LABELS if isinstance(value.get(key), list)), [])
    return [label.strip() for label in found if isinstance(label, str) and label.strip()]


def chosen_in(value: Mapping[str, Any]) -> list[str]:
    """The words chosen in one result: choices, the last level of a taxonomy."""
    choices = value.get("choices") or value.get("taxonomy") or []
    choices = [choices] if isinstance(choices, str) else choices
    found = [choice[-1] if isinstance(choice, list) and choice else choice for choice in choices]
    return [words.strip() for words in found if isinstance(words, str) and words.strip()]


def _is_shape(value: Mapping[str, Any]) -> bool:
    return bool(value.keys() & {"x", "points", "rle", "vertices", *_BITMASKS})


def _positive(value: Any) -> float | None:
    try:
        number = _number(value)
    except RecordError:
        return None
    return number if number > 0 else None


def shape_of(region: Region, orientation: str | None) -> Shape:
    """The geometry of a region in percent, and why it shows no side where its coordinates can't be trusted.

    Raises:
        RecordError: the shape is broken, empty, or of another size than its image.
    """
    if not region.value:
        return None, None
    if region.turned:
        return None, GeometrySide(None, reason="image_turned_while_labelling")
    return _geometry(region, orientation), None


def _geometry(region: Region, orientation: str | None) -> Geometry:
    value, size = region.value, region.size
    if value.keys() & {"rle", *_BITMASKS}:
        return _mask(value, size, orientation)
    if "vertices" in value:
        points = value["vertices"] if isinstance(value["vertices"], list) else []
        flat = [_number(point.get(axis)) for point in points if isinstance(point, Mapping) for axis in "xy"]
        return polygon(flat, size, orientation, "percent")
    if "points" in value:
        pairs = value["points"] if isinstance(value["points"], list) else []
        flat = [_number(n) for pair in pairs if isinstance(pair, list) for n in pair[:2]]
        return polygon(flat, size, orientation, "percent")
    if "x" not in value:
        raise RecordError("other_shape", "a shape that is not read; draw it as box, polygon, ellipse or brush")
    x, y = _number(value.get("x")), _number(value.get("y"))
    if "radiusX" in value:
        width, height = 2 * _number(value["radiusX"]), 2 * _number(value.get("radiusY"))
        return _turned((x - width / 2, y - height / 2, width, height), (x, y), value, size, orientation)
    if "height" in value:
        width, height = _number(value.get("width")), _number(value["height"])
        return _turned((x, y, width, height), (x, y), value, size, orientation)
    if not (0 <= x <= 100 and 0 <= y <= 100):
        raise RecordError("box_outside_image", "the point lies outside the image")
    return Geometry("point", "percent", x=x, y=y, image_width=size[0], image_height=size[1], orientation=orientation)


def _turned(
    bounds: tuple[float, float, float, float],
    pivot: tuple[float, float],
    value: Mapping[str, Any],
    size: tuple[float | None, float | None],
    orientation: str | None,
) -> Geometry:
    """A box, or the polygon of its corners when it is turned about ``pivot``."""
    angle = _number(value.get("rotation") or 0)
    straight = box(bounds, size, orientation, "percent") if not angle % 360 else None
    if straight is not None:
        return straight
    if min(bounds[2:]) <= 0:
        raise RecordError("bad_box", "width and height of the box must be above 0")
    return polygon(turned_corners(bounds, pivot, angle, size), size, orientation, "percent")


def turned_corners(
    bounds: tuple[float, float, float, float],
    pivot: tuple[float, float],
    degrees: float,
    size: tuple[float | None, float | None],
) -> list[float]:
    """x, y, ... in percent of the corners of a box turned clockwise (as seen, y downwards) about ``pivot``.

    A percent is not as long across as it is down, so the turn is made in pixels (in a square image if the size is
    unknown).
    """
    across, down = (size[0] or 100.0) / 100, (size[1] or 100.0) / 100
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y, width, height = bounds
    flat: list[float] = []
    for corner_x, corner_y in ((x, y), (x + width, y), (x + width, y + height), (x, y + height)):
        right, below = (corner_x - pivot[0]) * across, (corner_y - pivot[1]) * down
        flat.append(pivot[0] + (right * cosine - below * sine) / across)
        flat.append(pivot[1] + (right * sine + below * cosine) / down)
    return flat


def _mask(value: Mapping[str, Any], size: tuple[float | None, float | None], orientation: str | None) -> Geometry:
    """The box around a brush or a bitmask."""
    width, height = size
    if width is None or height is None:
        raise RecordError("no_image_size", "a brush or bitmask needs original_width and original_height")
    rle = value.get("rle")
    if isinstance(rle, list):
        extent = brush_extent(rle, int(height), int(width))
    elif bitmask := next((value[key] for key in _BITMASKS if value.get(key)), None):
        from clinnote.imaging.png import data_url_extent

        extent = data_url_extent(bitmask, int(height), int(width))
    else:
        raise RecordError("bad_rle", "the brush holds no mask; export the project again")
    if extent is None:
        raise RecordError("empty_mask", "the brush or bitmask marks nothing")
    bounds = (extent.left, extent.top, extent.right - extent.left, extent.bottom - extent.top)
    return box(bounds, size, orientation)


def _number(value: Any) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise RecordError("bad_number", "a coordinate is no finite number")
