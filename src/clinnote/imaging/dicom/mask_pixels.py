"""The frames of a segmentation, one after the other, without holding more than one in memory.

Binary frames are bit-packed without padding between frames (PS3.5 section 8.1.1); compressed frames are decoded by
pydicom, and deflated ones (PS3.5 A.4.13, Deflated Image Frame Compression) here.
"""

import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import iter_pixels

from clinnote.imaging.dicom.file import DicomFile
from clinnote.imaging.dicom.values import integer_of

DEFLATED_FRAMES: Final = "1.2.840.10008.1.2.8.1"

_MOST_PIXELS: Final = 1 << 27
"""Pixels of one frame; no mask of a patient has more, but a damaged header may say so."""

_Array = NDArray[Any]


class MaskError(ValueError):
    """Pixel data that can't be matched with segments. ``reason`` is a stable machine-readable code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def frames_of(file: DicomFile) -> Iterator[_Array]:
    """The frames, shape (rows, columns); values of binary ones are 0 and 1.

    Raises:
        MaskError: there is no pixel data, or it is shorter or longer than rows, columns and frames say.
    """
    rows, columns, frames, bits = (
        integer_of(file.elements, keyword) or 0 for keyword in ("Rows", "Columns", "NumberOfFrames", "BitsAllocated")
    )
    if file.pixels is None:
        raise MaskError("no_pixel_data", "holds no pixel data")
    if bits not in (1, 8, 16) or not 0 < rows * columns <= _MOST_PIXELS:
        raise MaskError("mask_shape", f"masks of {rows} x {columns} pixels of {bits} bits can't be read")
    frames = frames or 1
    if file.is_native:
        wanted = (rows * columns * frames * bits + 7) // 8
        if file.pixels[2] - file.pixels[2] % 2 not in (wanted - wanted % 2, wanted + wanted % 2):
            raise MaskError("mask_shape", f"the pixel data is not that of {frames} frames of {rows} x {columns} pixels")
        yield from _native(file, file.pixels[1], (rows, columns), frames, bits)
    elif file.syntax == DEFLATED_FRAMES:
        file.stream.seek(file.pixels[1])
        for frame in generate_frames(file.stream, number_of_frames=frames):
            yield _unpacked(_inflated(frame, rows * columns * bits // 8 + 8), 0, (rows, columns), bits)
    else:
        file.stream.seek(0)
        yield from iter_pixels(file.stream)


def _native(file: DicomFile, start: int, shape: tuple[int, int], frames: int, bits: int) -> Iterator[_Array]:
    """Frames as they stand in the file."""
    stream: BinaryIO = file.stream
    size = shape[0] * shape[1] * bits
    order = file.elements.layout.order
    for frame in range(frames):
        first, last = frame * size // 8, (frame * size + size + 7) // 8
        stream.seek(start + first)
        packed = stream.read(last - first)
        if len(packed) < last - first:
            raise MaskError("mask_shape", "the pixel data is shorter than its frames")
        yield _unpacked(packed, frame * size % 8, shape, bits, order)


def _unpacked(packed: bytes, skip: int, shape: tuple[int, int], bits: int, order: str = "<") -> _Array:
    """One frame from its bytes; ``skip`` bits before it belong to the frame before."""
    if bits != 1:
        return np.frombuffer(packed, dtype=f"{order}u{bits // 8}", count=shape[0] * shape[1]).reshape(shape)
    if not any(packed):
        return np.zeros(shape, dtype=np.uint8)
    flat = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), bitorder="little")
    return flat[skip : skip + shape[0] * shape[1]].reshape(shape)


def _inflated(frame: bytes, size: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(frame, size)
