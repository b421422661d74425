"""Where the voxels of each segment are: centroids in patient coordinates (mm, LPS), read frame by frame.

Method: PS3.3 C.7.6.2.1.1 maps a pixel (row, column) to ``position + column * spacing * row direction + row * spacing
* column direction``. As this is linear, sums over rows and columns are enough for the centroid, and no list of voxels
is ever made: memory is that of one frame.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.file import DicomFile
from clinnote.imaging.dicom.mask_pixels import MaskError, frames_of
from clinnote.imaging.dicom.values import first_item, has, integer_of, items, numbers_of, text_of

_FRAMES: Final = "PerFrameFunctionalGroupsSequence"
_SHARED: Final = "SharedFunctionalGroupsSequence"
_ALIGNED: Final = 1e-6
"""Millimetres of x a pixel step may take along an axis that counts as at right angles to x."""

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mask:
    """Voxels of one segment: their centroid, and how many lie at which x.

    ``x``, ``y``, ``z`` are mm (LPS). A ``flat`` mask belongs to an image without a position in space: ``x`` and ``y``
    are pixels of its single frame, ``box`` its extent there (x, y, width, height); all None when it has several frames.
    """

    x: float | None
    y: float | None
    z: float | None
    counts: dict[int, int] = field(default_factory=dict)
    """Number of voxels by x rounded to whole millimetres."""
    flat: bool = False
    box: tuple[float, float, float, float] | None = None

    def part(self, midline: float, side: str) -> float:
        """The part of the voxels that lies on ``side`` of the midline."""
        total = sum(self.counts.values())
        beyond = sum(n for x, n in self.counts.items() if (x > midline if side == "left" else x < midline))
        return beyond / total if total else 1.0


@dataclass(frozen=True, slots=True)
class _Plane:
    """Position, row and column direction times spacing of one frame, in mm."""

    origin: _Array
    row: _Array
    column: _Array


@dataclass(frozen=True, slots=True)
class _Shown:
    """The pixels of one segment in one frame: how many in each column and row, and (made when asked for) which."""

    by_column: _Array
    by_row: _Array
    chosen: Callable[[], _Array]


@dataclass(slots=True)
class _Sums:
    """Sum of x, y, z and count of the voxels of one segment so far; its box on a flat image."""

    total: _Array = field(default_factory=lambda: np.zeros(4))
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    box: tuple[float, float, float, float] | None = None

    def add(self, shown: "_Shown", plane: _Plane | None) -> None:
        """Add the pixels of one frame that belong to the segment."""
        by_column, by_row = shown.by_column, shown.by_row
        count = int(by_column.sum())
        if not count:
            return
        columns, rows = float(by_column @ np.arange(by_column.size)), float(by_row @ np.arange(by_row.size))
        if plane is None:
            self.total += [columns + count / 2, rows + count / 2, 0.0, count]
            x, y = np.flatnonzero(by_column), np.flatnonzero(by_row)
            self.box = (float(x[0]), float(y[0]), float(x[-1] - x[0] + 1), float(y[-1] - y[0] + 1))
            return
        self.total[:3] += plane.origin * count + plane.row * columns + plane.column * rows
        self.total[3] += count
        self._count(shown, plane)

    def _count(self, shown: "_Shown", plane: _Plane) -> None:
        """Count voxels by x; where x does not depend on the row (or the column), whole columns (rows) at a time."""
        by_column, by_row = shown.by_column, shown.by_row
        if abs(plane.column[0]) < _ALIGNED:
            places, weights = np.flatnonzero(by_column), by_column[by_column > 0]
            xs = plane.origin[0] + plane.row[0] * places
        elif abs(plane.row[0]) < _ALIGNED:
            places, weights = np.flatnonzero(by_row), by_row[by_row > 0]
            xs = plane.origin[0] + plane.column[0] * places
        else:
            rows, columns = np.nonzero(shown.chosen())
            xs = plane.origin[0] + plane.row[0] * columns + plane.column[0] * rows
            weights = np.ones(xs.size, dtype=np.int64)
        whole = np.rint(np.clip(xs, -1e6, 1e6)).astype(np.int64)
        low = int(whole.min())
        found = np.bincount(whole - low, weights=weights) if int(whole.max()) - low < 1_000_000 else np.zeros(0)
        for place in np.flatnonzero(found):
            self.counts[int(place) + low] += int(found[place])


def is_tiled(elements: Elements) -> bool:
    """Whether the frames are tiles of a slide (PS3.3 C.7.6.17): no place in a patient."""
    return has(elements, "TotalPixelMatrixColumns") or text_of(elements, "DimensionOrganizationType").startswith(
        "TILED"
    )


def masks_of(file: DicomFile) -> dict[int, Mask]:
    """Segment number -> mask, for every segment that has a voxel.

    Raises:
        MaskError: the pixel data is missing, of another size than the frames, or says not which segment it shows.
        Exception: whatever pydicom raises for compressed pixel data that is damaged or that no decoder reads.
    """
    elements = file.elements
    kind = text_of(elements, "SegmentationType")
    frames, shared = items(elements, _FRAMES), first_item(elements, _SHARED)
    count = integer_of(elements, "NumberOfFrames") or 1
    if len(frames) < count:
        raise MaskError("frames_without_groups", "frames without functional groups: nothing says what they show")
    sums: dict[int, _Sums] = defaultdict(_Sums)
    weak: dict[int, _Sums] = defaultdict(_Sums)
    half = (integer_of(elements, "MaximumFractionalValue") or 255) / 2
    flat = False
    for pixels, frame in zip(frames_of(file), frames, strict=False):
        plane = _plane_of(frame, shared)
        flat = flat or plane is None
        if kind == "LABELMAP":
            for value, chosen in _values_in(pixels):
                sums[value].add(chosen, plane)
            continue
        number = _segment_of(frame, shared)
        if number is not None and pixels.any():
            if kind == "FRACTIONAL":
                weak[number].add(_shown(pixels > pixels.max() // 2), plane)
            sums[number].add(_shown(pixels > half if kind == "FRACTIONAL" else pixels), plane)
    # a segment that is nowhere more likely than not is still shown where it is likeliest
    found = {number: sums[number] if sums[number].total[3] else weak[number] for number in {*sums, *weak}}
    return {number: _mask(found[number], flat, count) for number in sorted(found) if found[number].total[3]}


def _mask(found: _Sums, flat: bool, frames: int) -> Mask:
    x, y, z = (float(value) for value in found.total[:3] / found.total[3])
    if flat:
        return Mask(x, y, None, flat=True, box=found.box) if frames == 1 else Mask(None, None, None, flat=True)
    return Mask(x, y, z, dict(found.counts))


def _shown(chosen: _Array) -> _Shown:
    """The pixels that are not zero."""
    return _Shown(np.count_nonzero(chosen, axis=0), np.count_nonzero(chosen, axis=1), lambda: chosen)


def _values_in(pixels: _Array) -> Iterator[tuple[int, _Shown]]:
    """(segment number, its pixels) of one frame of a label map; zero is the background.

    All segments are counted at once, so that a map of a hundred organs costs hardly more than one of two.
    """
    present = np.flatnonzero(np.bincount(pixels.ravel()))
    if not present.size or not present[-1]:
        return
    rows, columns = pixels.shape
    rank = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    rank[present] = np.arange(present.size)
    ranked = rank[pixels]
    by_column = np.bincount((ranked * columns + np.arange(columns)).ravel(), minlength=present.size * columns)
    by_row = np.bincount((ranked * rows + np.arange(rows)[:, None]).ravel(), minlength=present.size * rows)
    for place, number in enumerate(present):
        if number:
            yield (
                int(number),
                _Shown(
                    by_column[place * columns : (place + 1) * columns],
                    by_row[place * rows : (place + 1) * rows],
                    functools.partial(np.equal, pixels, number),
                ),
            )


def _segment_of(frame: Elements, shared: Elements) -> int | None:
    """The segment that a frame shows."""
    for group in (frame, shared):
        owner = first_item(group, "SegmentIdentificationSequence")
        number = integer_of(owner, "ReferencedSegmentNumber")
        if number is not None:
            return number
    return None


def _plane_of(frame: Elements, shared: Elements) -> _Plane | None:
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
