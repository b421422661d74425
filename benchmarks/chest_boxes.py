"""Sides of the chest boxes of NIH ChestX-ray14 and ChestX-Det, counted by class.

    python benchmarks/chest_boxes.py --nih BBox_List_2017.csv.gz --chestx-det ChestX_Det_test.json

Every box outside the dead band that does not span the midline must get a side, and no heart may have one. What the side
should be is worked out here from the coordinates alone, beside the code under test; for polygons the side of the box is
compared with that of the polygon. Exit code 1 when the bar is missed. No figure depends on the machine.
"""

import argparse
import csv
import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clinnote.imaging.sides.geometry import DEAD_BAND_FRACTION
from clinnote.imaging.sides.pictures import settle
from clinnote.imaging.sides.places import load_places
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source
from clinnote.settings import find_home

SIZE = 1024
"""Pixels along each edge, in both sets."""
HEARTS = ("Cardiomegaly",)
COLUMNS = ("side", "dead band", "spans midline", "none")


@dataclass(frozen=True)
class Box:
    """One box: the set and class it belongs to, its image, its edges, and its polygon where there is one."""

    source: str
    finding: str
    image: str
    edges: tuple[float, float, float, float]
    polygon: tuple[tuple[float, float], ...] = ()


def nih(path: Path) -> Iterator[Box]:
    """``BBox_List_2017.csv``, plain or gzipped: x, y, width and height."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text))
    next(rows)
    for row in rows:
        x, y, width, height = map(float, row[2:6])
        yield Box("NIH", row[1], row[0], (x, y, x + width, y + height))


def chestx_det(path: Path) -> Iterator[Box]:
    """``ChestX_Det_test.json``: corners and polygons."""
    for image in json.loads(path.read_text(encoding="utf-8")):
        shapes = zip(image["syms"], image["boxes"], image["polygons"], strict=True)
        for finding, (x1, y1, x2, y2), points in shapes:
            polygon = tuple((float(x), float(y)) for x, y in points)
            yield Box("ChestX-Det", finding, image["file_name"], (x1, y1, x2, y2), polygon)


def label_of(box: Box, number: int, polygon: bool = False) -> ImageLabel:
    """The box, or its polygon, as a label of a frontal film."""
    x1, y1, x2, y2 = box.edges
    if polygon:
        geometry = Geometry("polygon", points=box.polygon, image_width=SIZE, image_height=SIZE)
    else:
        geometry = Geometry("box", x=x1, y=y1, width=x2 - x1, height=y2 - y1, image_width=SIZE, image_height=SIZE)
    return ImageLabel(
        label_id=f"{box.source} {number}",
        study_id=box.image,
        image_id=box.image,
        finding=LabelFinding(box.finding),
        source=Source("benchmark", box.source, str(number)),
        geometry=geometry,
        view="PA",
        modality="DX",
    )


def expected(box: Box) -> str:
    """What the coordinates alone say: a side, ``dead band`` or ``spans midline``; a heart has none."""
    x1, _, x2, _ = box.edges
    if box.finding in HEARTS:
        return "none"
    if x1 < SIZE / 2 < x2:
        return "spans midline"
    off = (x1 + x2) / 2 - SIZE / 2
    if abs(off) <= DEAD_BAND_FRACTION * SIZE:
        return "dead band"
    return "left" if off > 0 else "right"


def found(label: ImageLabel) -> str:
    """What the code under test says."""
    if label.sides.values:
        return "/".join(label.sides.values)
    reasons = {"near_midline": "dead band", "spans_midline": "spans midline"}
    return reasons.get(str(label.metadata.get("geometry_side")), "none")


def main() -> int:
    """Print counts by class and whether the bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nih", type=Path, help="BBox_List_2017.csv, may be gzipped")
    parser.add_argument("--chestx-det", type=Path, help="ChestX_Det_test.json")
    given = parser.parse_args()
    boxes = [*(nih(given.nih) if given.nih else ()), *(chestx_det(given.chestx_det) if given.chestx_det else ())]
    if not boxes:
        parser.error("give --nih, --chestx-det, or both")
    places = load_places(find_home())
    labels = settle([label_of(box, number) for number, box in enumerate(boxes)], places)
    counts: dict[tuple[str, str], Counter[str]] = {}
    wrong: list[str] = []
    compared = differ = 0
    for number, (box, label) in enumerate(zip(boxes, labels, strict=True)):
        says = found(label)
        column = "side" if says in ("left", "right") else says
        counts.setdefault((box.source, box.finding), Counter())[column] += 1
        if says != expected(box):
            wrong.append(f"{box.source} {box.image} {box.finding}: {says}, expected {expected(box)}")
        if len(box.polygon) > 2:
            outline = found(settle([label_of(box, number, polygon=True)], places)[0])
            if {says, outline} <= {"left", "right"}:
                compared += 1
                differ += says != outline
    print(f"{'set':12}{'class':22}" + "".join(f"{column:>15}" for column in COLUMNS))
    for (source, finding), count in sorted(counts.items()):
        print(f"{source:12}{finding:22}" + "".join(f"{count[column]:>15}" for column in COLUMNS))
    total = sum(counts.values(), Counter())
    print(f"{'all':34}" + "".join(f"{total[column]:>15}" for column in COLUMNS))
    print(f"box and polygon both with a side: {compared}, of these different: {differ}")
    print(f"boxes that are not as their coordinates say: {len(wrong)}")
    for line in wrong[:10]:
        print(f"  {line}")
    return 1 if wrong or differ else 0


if __name__ == "__main__":
    sys.exit(main())
