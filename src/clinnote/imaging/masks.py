"""Where the voxels of each segment are: centroids in patient coordinates (mm, LPS), read frame by frame.

Method: PS3.3 C.7.6.2.1.1 maps a pixel (row, column) to ``position + column * spacing * row direction + row * spacing
* column direction``. Binary frames are bit-packed without padding between frames (PS3.5 section 8.1.1).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import iter_pixels

from clinnote.imaging.values import first_item, integer_of, items, numbers_of, text_of

_FRAMES: Final = "PerFrameFunctionalGroupsSequence"
_SHARED: Final = "SharedFunctionalGroupsSequence"

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mask:
    """Voxels of one segment: their centroid, and how many lie at which x.

    ``x``, ``y``, ``z`` are mm (LPS). A ``flat`` mask belongs to an image without a position in space: ``x`` and ``y``
    are pixels of its single frame, or None when it has several.
    """

    x: float | None
    y: float | None
    z: float | None
    counts: dict[int, int] = field(default_factory=dict)
    """Number of voxels by x rounded to whole millimetres."""
    flat: bool = False

    def part(self, midline: float, side: str) -> float:
        """The part of the voxels that lies on ``side`` of the midline."""
        total = sum(self.counts.values())
        beyond = sum(n for x, n in self.counts.items() if (x > midline if side == "left" else x < midline))
        return beyond / total if total else 1.0


@dataclass(slots=True)
class _Sums:
    """Sum of x, y, z and count of the voxels of one segment so far."""

    total: _Array = field(default_factory=lambda: np.zeros(4))
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, points: _Array) -> None:
        self.total += [*points.sum(axis=1), points.shape[1]]
        for x, n in zip(*np.unique(np.rint(points[0]).astype(int), return_counts=True), strict=True):
            self.counts[int(x)] += int(n)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Position, row and column direction times spacing of one frame, in mm."""

    origin: _Array
    row: _Array
    column: _Array


def masks_of(dataset: Dataset) -> dict[int, Mask]:
    """Segment number -> mask, for every segment that has a voxel.

    Raises:
        Exception: whatever pydicom raises when the pixel data is damaged or compressed in a way that no installed
            decoder reads.
    """
    label_map = text_of(dataset, "SegmentationType") == "LABELMAP"
    frames = items(dataset, _FRAMES)
    shared = first_item(dataset, _SHARED)
    if len(frames) < (integer_of(dataset, "NumberOfFrames") or 1):
        raise ValueError("frames without functional groups: nothing says which segment they show")
    sums: dict[int, _Sums] = defaultdict(_Sums)
    flat = False
    for pixels, frame in zip(_pixels(dataset), frames, strict=False):
        plane = _plane_of(frame, shared)
        flat = flat or plane is None
        for number, chosen in _segments_in(pixels, frame, shared, label_map):
            rows, columns = np.nonzero(chosen)
            if rows.size:
                sums[number].add(_points(plane, rows, columns))
    return {number: _mask(found, flat, len(frames)) for number, found in sorted(sums.items())}


def _points(plane: _Plane | None, rows: _Array, columns: _Array) -> _Array:
    """Coordinates of pixels, shape (3, n)."""
    if plane is None:
        return np.stack([columns + 0.5, rows + 0.5, np.zeros(rows.size)])
    points: _Array = plane.origin[:, None] + plane.row[:, None] * columns + plane.column[:, None] * rows
    return points


def _mask(found: _Sums, flat: bool, frames: int) -> Mask:
    x, y, z = (float(value) for value in found.total[:3] / found.total[3])
    if flat:
        return Mask(x, y, None, flat=True) if frames == 1 else Mask(None, None, None, flat=True)
    return Mask(x, y, z, dict(found.counts))


def _pixels(dataset: Dataset) -> Iterator[_Array]:
    """The frames one after the other; native bit-packed frames are unpacked here, the rest by pydicom."""
    if integer_of(dataset, "BitsAllocated") != 1 or dataset.file_meta.TransferSyntaxUID.is_compressed:
        yield from iter_pixels(dataset)
        return
    rows, columns = integer_of(dataset, "Rows") or 0, integer_of(dataset, "Columns") or 0
    size = rows * columns
    packed = np.frombuffer(dataset.PixelData, dtype=np.uint8)
    for frame in range(integer_of(dataset, "NumberOfFrames") or 1):
        start = frame * size
        part = packed[start // 8 : (start + size + 7) // 8]
        bits = np.unpackbits(part, bitorder="little")[start % 8 : start % 8 + size]
        if bits.size != size:
            raise ValueError("the pixel data is shorter than its frames")
        yield bits.reshape(rows, columns)


def _segments_in(pixels: _Array, frame: Dataset, shared: Dataset, label_map: bool) -> Iterator[tuple[int, _Array]]:
    """(segment number, its pixels) of one frame."""
    if label_map:
        for number in np.unique(pixels):
            if number:
                yield int(number), pixels == number
        return
    owner = first_item(frame, "SegmentIdentificationSequence") or first_item(shared, "SegmentIdentificationSequence")
    number = integer_of(owner, "ReferencedSegmentNumber")
    if number is not None and pixels.size:
        # a fractional mask counts where it is more than half of its largest value
        yield number, pixels > int(pixels.max()) // 2


def _plane_of(frame: Dataset, shared: Dataset) -> _Plane | None:
    """The plane of a frame, from its own or the shared functional groups; None for images without a position."""

    def find(sequence: str, keyword: str, size: int) -> _Array | None:
        for group in (frame, shared):
            values = numbers_of(first_item(group, sequence), keyword)
            if len(values) == size:
                return np.array(values)
        return None

    origin = find("PlanePositionSequence", "ImagePositionPatient", 3)
    directions = find("PlaneOrientationSequence", "ImageOrientationPatient", 6)
    spacing = find("PixelMeasuresSequence", "PixelSpacing", 2)
    if origin is None or directions is None or spacing is None:
        return None
    return _Plane(origin, directions[:3] * spacing[1], directions[3:] * spacing[0])
