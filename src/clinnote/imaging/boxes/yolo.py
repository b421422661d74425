"""YOLO text files: ``class x y width height`` or ``class x1 y1 x2 y2 ...`` a line, as parts of the image (0 to 1).

The class names stand beside them: ``classes.txt`` or ``obj.names`` (a name a line) in the same folder or above it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.item import Item
from clinnote.imaging.sides.box_geometry import box, number_in
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from
from clinnote.model.image_label import Geometry, ImageLabel, Source

NAMES: Final = ("classes.txt", "obj.names", "classes.names")
_LINE: Final = re.compile(r"\d+(?: +[01]?\.?\d+(?:[eE][-+]?\d+)?){4,}")


def is_yolo(head: bytes, item: Item) -> bool:
    """Whether the first line of a ``.txt`` is a class and at least four numbers from 0 to 1."""
    first = head.lstrip().split(b"\n", 1)[0].decode("ascii", "replace").strip()
    return item.suffix == ".txt" and _LINE.fullmatch(first) is not None


def read_yolo(item: Item, places: Places) -> Iterator[ImageLabel | Reject]:
    """One label per line; the image, and the study, is the file's own name."""
    names = _names(item)
    if not names:
        message = f"no class names: put {NAMES[0]} (a name a line) into the folder of the labels"
        yield item.reject("missing_classes", message)
        return
    image = item.base.rpartition(".")[0]
    for number, raw in enumerate(item.stream, 1):
        line = raw.decode("ascii", "replace").split()
        if not line:
            continue
        try:
            finding = _class(line[0], names)
            identity = ("yolo", item.base, str(number), *line)
            source = Source("yolo", item.name, f"line {number}")
            statement = Statement(image, finding, source, identity, image_id=image, geometry=_shape(line[1:]))
            yield label_from(statement, places)
        except RecordError as error:
            yield item.reject(error.reason, str(error), number)


def _names(item: Item) -> list[str]:
    if item.path is None:
        return []
    folder = item.path.parent
    for place in (folder, folder.parent, folder.parent.parent):
        for name in NAMES:
            if (file := Path(place, name)).is_file():
                return file.read_text(encoding="utf-8", errors="replace").splitlines()
    return []


def _class(text: str, names: list[str]) -> str:
    number = int(text) if text.isdigit() else -1
    if not 0 <= number < len(names) or not names[number].strip():
        raise RecordError("unknown_category", "the class is not among the class names")
    return names[number].strip()


def _shape(cells: list[str]) -> Geometry:
    """A box from centre and size (a fifth number is the model's score), or the box around a polygon, in percent."""
    numbers = [100 * number for cell in cells if (number := number_in(cell)) is not None]
    if len(numbers) < len(cells) or len(cells) < 4:
        raise RecordError("bad_box", "a line needs a class and at least four numbers")
    if len(numbers) in (4, 5):
        x, y, width, height = numbers[:4]
        return box((x - width / 2, y - height / 2, width, height), (None, None), None, "percent")
    if len(numbers) % 2:
        raise RecordError("bad_polygon", "a polygon needs an even count of numbers")
    xs, ys = numbers[::2], numbers[1::2]
    return box((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)), (None, None), None, "percent")
