"""NIfTI masks and label maps, read slice by slice in one pass, so that memory does not grow with the volume.

NIfTI counts RAS (in the world, x grows towards the patient's right), DICOM and clinnote LPS: x and y change their sign
here. A file whose qform and sform codes are both 0 says nothing of the patient's sides.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from clinnote.errors import RecordError, Reject
from clinnote.imaging.events import MaskFile
from clinnote.imaging.item import Item
from clinnote.imaging.nifti.names import label_names, names_in_extension
from clinnote.imaging.nifti.volumes import MaskNames, Volume, Voxels

MAX_VALUES: Final = 1000
"""A file with more values than this is an image, not a label map."""
_BLOCK: Final = 1 << 21
"""Voxels read at a time."""
_STRAIGHT: Final = 1e-6
"""A smaller step in x (mm a voxel) is none."""
_FARTHEST: Final = 1e5
"""No voxel of a patient lies farther from the origin (mm)."""
_SIZES: Final = {348: Nifti1Header, 540: Nifti2Header}
_LPS: Final = np.array([-1.0, -1.0, 1.0])

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Shape (i, j, k), type, and place of the voxels; ``affine`` (3, 4) gives mm in LPS."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    affine: _Array
    oriented: bool
    slope: float
    inter: float
    names: Mapping[int, str]


@dataclass(slots=True)
class _Sums:
    """The voxels of one value: their number at each index of each axis, and, in an oblique volume, by x in mm."""

    axes: tuple[_Array, _Array, _Array]
    counts: dict[int, int] = field(default_factory=dict)


class _IsImageError(Exception):
    """The voxels are intensities."""


def read_nifti(item: Item, mask_names: MaskNames) -> Iterator[MaskFile | Reject]:
    """What one file holds, and a reject when it is no mask; labels come when the masks of its study are together."""
    place = mask_names.place_of(item)
    yield MaskFile(place)
    try:
        grid = _grid_of(item.stream)
        try:
            sums = _scan(item.stream, grid)
        except _IsImageError:
            yield MaskFile(place, image=grid.shape)
            yield item.reject("image_not_mask", "holds intensities, not a mask", skipped=True)
            return
        if not sums:
            yield item.reject("empty_mask", "marks no voxel", skipped=True)
            return
        names = label_names(item, grid.names, mask_names.label_map(item.base))
        named, rejects = _named(item, {value: sums[value] for value in sorted(sums)}, names, place.name)
        yield from rejects
        voxels = tuple(_voxels(value, name, sums[value], grid) for value, name in named)
        if voxels:
            yield MaskFile(place, Volume(item.name, place, grid.shape, grid.oriented, voxels))
    except RecordError as error:
        yield item.reject(error.reason, str(error))
    except EOFError:
        yield item.reject("truncated_nifti", "the compressed file ends early; copy or download it again")


def _grid_of(stream: IO[bytes]) -> _Grid:
    """The header; the stream stands at the first voxel afterwards.

    Raises:
        RecordError: the header is damaged, in two files, or of more than three dimensions.
    """
    start = stream.read(4)
    size = next((n for n in _SIZES for order in "<>" if start == struct.pack(f"{order}i", n)), 348)
    raw = start + stream.read(size - 4)
    try:
        header = _SIZES[size](raw, check=False)
        shape = tuple(int(n) for n in header.get_data_shape())
        dtype, offset = header.get_data_dtype(), int(header.get_data_offset())
        affine = np.asarray(header.get_best_affine(), dtype=float)
        slope, inter = header.get_slope_inter()
    except (HeaderDataError, ValueError, KeyError, OverflowError, np.linalg.LinAlgError):
        raise RecordError("bad_nifti", "the header is damaged; export the file again") from None
    if not bytes(header["magic"]).startswith(b"n+"):
        raise RecordError("nifti_pair", "the voxels lie in a second file (.img); save both as one .nii.gz")
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 3:
        raise RecordError("mask_4d", f"has {len(shape)} dimensions; save one mask, or one label map, a file")
    if not shape or min(shape) < 1 or dtype.kind not in "iuf" or not np.all(np.isfinite(affine)):
        raise RecordError("bad_nifti", "is no volume of numbers, or its orientation holds numbers that are not finite")
    if not np.all(np.abs(affine[:3, :3]) @ (*shape, 1, 1)[:3] + np.abs(affine[:3, 3]) < _FARTHEST):
        raise RecordError("bad_nifti", "its orientation puts voxels more than 100 m away; export the file again")
    extension = stream.read(max(0, offset - size))
    oriented = bool(int(header["qform_code"]) or int(header["sform_code"]))
    i, j, k = (*shape, 1, 1)[:3]
    return _Grid(
        (i, j, k), dtype, affine[:3] * _LPS[:, None], oriented and bool(abs(np.linalg.det(affine[:3, :3])) > 0),
        1.0 if slope is None else float(slope), 0.0 if inter is None else float(inter), names_in_extension(extension),
    )  # fmt: skip


def _scan(stream: IO[bytes], grid: _Grid) -> dict[int, _Sums]:
    """The sums of every value but 0.

    Raises:
        RecordError: the file ends before its last voxel.
        _IsImageError: the values are not those of a mask or label map.
    """
    plane = grid.shape[0] * grid.shape[1]
    step = max(1, _BLOCK // plane)
    sums: dict[int, _Sums] = {}
    for first in range(0, grid.shape[2], step):
        count = min(step, grid.shape[2] - first) * plane
        raw = _exactly(stream, count * grid.dtype.itemsize)
        block = np.frombuffer(raw, dtype=grid.dtype)
        at = np.flatnonzero(block)
        if at.size:
            _add(sums, at + first * plane, _whole(block[at], grid), grid)
    return sums


def _exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    if size:
        raise RecordError("truncated_nifti", "ends before its last voxel; copy or download it again")
    return b"".join(parts)


def _whole(values: _Array, grid: _Grid) -> _Array:
    """The values as whole numbers from 1 up."""
    if grid.dtype.kind == "f" or grid.slope != 1.0 or grid.inter:
        scaled = values * grid.slope + grid.inter
        rounded = np.rint(scaled)
        if not np.all(np.isfinite(scaled)) or not np.array_equal(scaled, rounded) or np.abs(rounded).max() > 1 << 31:
            raise _IsImageError
        values = rounded
    if values.min() < 0 or values.max() > 1 << 31:
        raise _IsImageError
    return values.astype(np.int64)


def _add(sums: dict[int, _Sums], at: _Array, values: _Array, grid: _Grid) -> None:
    """Add voxels (flat indices, the first axis fastest) and their values."""
    found, which = _distinct(values)
    if len(sums.keys() | set(found.tolist())) > MAX_VALUES:
        raise _IsImageError
    rest, i = np.divmod(at, grid.shape[0])
    k, j = np.divmod(rest, grid.shape[1])
    histograms = []
    for size, axis in zip(grid.shape, (i, j, k), strict=True):
        counted = np.bincount(which * size + axis, minlength=found.size * size)
        histograms.append(counted.reshape(found.size, size))
    for place, value in enumerate(found.tolist()):
        if value not in sums:
            first, second, third = (np.zeros(size, dtype=np.int64) for size in grid.shape)
            sums[value] = _Sums((first, second, third))
        for total, histogram in zip(sums[value].axes, histograms, strict=True):
            total += histogram[place]
    if _across(grid) is None:
        x = grid.affine[0, 0] * i + grid.affine[0, 1] * j + grid.affine[0, 2] * k + grid.affine[0, 3]
        bins = np.rint(x).astype(np.int64)
        start, width = int(bins.min()), int(bins.max() - bins.min()) + 1
        by_x = np.bincount(which * width + (bins - start), minlength=found.size * width).reshape(-1, width)
        for place, value in enumerate(found.tolist()):
            own = sums[value].counts
            for column in np.flatnonzero(by_x[place]).tolist():
                own[start + column] = own.get(start + column, 0) + int(by_x[place, column])


def _across(grid: _Grid) -> int | None:
    """The axis along which alone x grows; None in an oblique volume."""
    steps = np.flatnonzero(np.abs(grid.affine[0, :3]) > _STRAIGHT)
    return int(steps[0]) if steps.size == 1 else None


def _by_x(sums: _Sums, grid: _Grid) -> dict[int, int]:
    """Voxels by x, rounded to mm."""
    axis = _across(grid)
    if axis is None:
        return sums.counts
    counts: dict[int, int] = {}
    for index in np.flatnonzero(sums.axes[axis]).tolist():
        x = round(float(grid.affine[0, axis] * index + grid.affine[0, 3]))
        counts[x] = counts.get(x, 0) + int(sums.axes[axis][index])
    return counts


def _distinct(values: _Array) -> tuple[_Array, _Array]:
    """(the values that occur, for each voxel the place of its own among them)."""
    if values.max() < 1 << 16:
        present = np.flatnonzero(np.bincount(values))
        place = np.zeros(int(values.max()) + 1, dtype=np.int64)
        place[present] = np.arange(present.size)
        return present, place[values]
    found, which = np.unique(values, return_inverse=True)
    return found, which


def _named(
    item: Item, sums: Mapping[int, _Sums], names: Mapping[int, str], own: str | None
) -> tuple[list[tuple[int, str]], list[Reject]]:
    """(value, name) of every value that has one; a single mask may be named by its file."""
    if not names and len(sums) == 1 and own:
        return [(next(iter(sums)), own)], []
    if not names:
        message = f"nothing names its {len(sums)} values: put NAME.json with 'labels' (number to name) beside it"
        return [], [item.reject("no_label_names", message)]
    known = [(value, names[value]) for value in sums if names.get(value)]
    unknown = [value for value in sums if not names.get(value)]
    rejects = [item.reject("unknown_label_value", f"value {value} has no name") for value in unknown]
    return known, rejects


def _voxels(value: int, name: str, sums: _Sums, grid: _Grid) -> Voxels:
    count = int(sums.axes[0].sum())
    mean = np.array([float(axis @ np.arange(axis.size)) / count for axis in sums.axes])
    centre = grid.affine[:, :3] @ mean + grid.affine[:, 3]
    spacing = np.linalg.norm(grid.affine[:, :3], axis=0).tolist()
    filled = [np.flatnonzero(axis) for axis in sums.axes]
    extent = [float(at[-1] - at[0] + 1) * step for at, step in zip(filled, spacing, strict=True)]
    by_x = _by_x(sums, grid)
    low = min(by_x)
    counts = np.zeros(max(by_x) - low + 1, dtype=np.int64)
    for column, number in by_x.items():
        counts[column - low] = number
    volume = count * float(abs(np.linalg.det(grid.affine[:, :3]))) / 1000
    x, y, z = (round(float(number), 2) for number in centre)
    words = re.sub(r"\s+", " ", name).strip()
    return Voxels(value, words, (x, y, z), low, counts, volume, tuple(sorted(extent, reverse=True)))
