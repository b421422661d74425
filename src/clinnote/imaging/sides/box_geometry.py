"""Boxes and points from the numbers of a table or a JSON record, checked before anything rests on them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clinnote.errors import RecordError
from clinnote.model.image_label import UNITS, Geometry


def number_in(text: str) -> float | None:
    """The finite number that a text holds, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def box_of(
    cells: Mapping[str, str], image_size: tuple[str, str], orientation: str | None = None, unit: str = "px"
) -> Geometry | None:
    """The box (``x``, ``y``, ``width``, ``height`` or corners ``x1``..``y2``) or point (``x``, ``y``) of a row.

    Returns:
        None when all coordinates are blank.

    Raises:
        RecordError: a coordinate is no number, only some are there, the box is empty, or it lies outside the image.
    """
    filled = {key: text for key, text in cells.items() if text}
    corners, sides = {"x1", "y1", "x2", "y2"}, {"x", "y", "width", "height"}
    if not filled:
        return None
    values = {}
    for key, text in (*filled.items(), *zip(("image_width", "image_height"), image_size, strict=True)):
        number = number_in(text)
        if number is None and text:
            raise RecordError("bad_number", f"column {key} holds no number")
        values[key] = number
    if unit not in UNITS:
        raise RecordError("bad_unit", f"the unit must be one of {', '.join(UNITS)}")
    if corners <= filled.keys():
        x, y = values["x1"] or 0.0, values["y1"] or 0.0
        return box(
            (x, y, (values["x2"] or 0.0) - x, (values["y2"] or 0.0) - y),
            (values["image_width"], values["image_height"]), orientation, unit,
        )  # fmt: skip
    if sides <= filled.keys():
        x, y, width, height = (values[key] or 0.0 for key in ("x", "y", "width", "height"))
        return box((x, y, width, height), (values["image_width"], values["image_height"]), orientation, unit)
    if filled.keys() == {"x", "y"}:
        point = Geometry(
            "point", unit, x=values["x"], y=values["y"], image_width=values["image_width"],
            image_height=values["image_height"], orientation=orientation,
        )  # fmt: skip
        _check_inside(point, 0.0, 0.0)
        return point
    raise RecordError("incomplete_box", "a box needs x, y, width, height or x1, y1, x2, y2; a point needs x, y")


def box(
    numbers: tuple[float, float, float, float],
    image_size: tuple[float | None, float | None],
    orientation: str | None = None,
    unit: str = "px",
) -> Geometry:
    """A checked box from x, y, width, height.

    Raises:
        RecordError: the box is empty, not finite, or its centre lies outside the image.
    """
    x, y, width, height = numbers
    if not all(math.isfinite(number) for number in numbers):
        raise RecordError("bad_number", "the box holds a number that is not finite")
    if width <= 0 or height <= 0:
        raise RecordError("bad_box", "width and height of the box must be above 0")
    geometry = Geometry(
        "box", unit, x=x, y=y, width=width, height=height,
        image_width=image_size[0], image_height=image_size[1], orientation=orientation,
    )  # fmt: skip
    _check_inside(geometry, width, height)
    return geometry


def polygon(
    flat: Sequence[float],
    image_size: tuple[float | None, float | None],
    orientation: str | None = None,
    unit: str = "px",
) -> Geometry:
    """A polygon from x, y, x, y, ...

    Raises:
        RecordError: fewer than three points, an odd count, a number that is not finite, or its middle lies outside.
    """
    if len(flat) < 6 or len(flat) % 2 or not all(math.isfinite(number) for number in flat):
        raise RecordError("bad_polygon", "a polygon needs at least three points of two finite numbers")
    points = tuple((float(x), float(y)) for x, y in zip(flat[::2], flat[1::2], strict=True))
    geometry = Geometry(
        "polygon", unit, points=points, image_width=image_size[0], image_height=image_size[1], orientation=orientation
    )
    left, top = min(flat[::2]), min(flat[1::2])
    _check_inside(replace(geometry, x=left, y=top), max(flat[::2]) - left, max(flat[1::2]) - top)
    return geometry


def _check_inside(geometry: Geometry, width: float, height: float) -> None:
    percent = 100.0 if geometry.unit == "percent" else None
    for start, length, size in (
        (geometry.x, width, percent or geometry.image_width),
        (geometry.y, height, percent or geometry.image_height),
    ):
        centre = (start or 0.0) + length / 2
        if geometry.unit != "mm" and (centre < 0 or (size is not None and centre > size)):
            raise RecordError("box_outside_image", "the centre of the shape lies outside the image")
