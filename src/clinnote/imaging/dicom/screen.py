"""A DICOM image as a picture for a screen, so that a reviewer sees the very image that a label is about.

Modality and VOI transformations are applied as for display (PS3.3 C.11.1 and C.11.2), MONOCHROME1 is inverted, and a
large image is made smaller by the mean of its pixels. Nothing but the pixels gets into the picture.
"""

import struct
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clinnote.errors import RecordError
from clinnote.imaging.dicom.values import malformed, quiet_pydicom
from clinnote.imaging.sniff import looks_like_dicom

_MOST_PIXELS: Final = 1 << 27
_EDGE: Final = 1024
"""The longer edge of a picture, in pixels, at most."""
_NO_PICTURE: Final = ("SEG", "SR", "RTSTRUCT", "RTDOSE", "RTPLAN", "PR", "KO")
"""Modalities whose objects are no image of the patient."""


def image_uid(path: Path) -> str | None:
    """The SOP Instance UID of a DICOM image of one frame; None for any other file.

    An image that says that names are burned into its pixels (Burned In Annotation, PS3.3 C.7.6.1.1.2) is none to show.
    """
    from pydicom import dcmread

    try:
        with path.open("rb") as stream, quiet_pydicom():
            if not looks_like_dicom(stream.read(136)):
                return None
            stream.seek(0)
            tags = ["SOPInstanceUID", "Modality", "Rows", "NumberOfFrames", "BurnedInAnnotation"]
            head = dcmread(stream, force=True, stop_before_pixels=True, specific_tags=tags)
            one = bool(head.get("Rows")) and int(head.get("NumberOfFrames") or 1) == 1
            named = head.get("BurnedInAnnotation") == "YES"
            return str(head.SOPInstanceUID) if one and not named and head.get("Modality") not in _NO_PICTURE else None
    except malformed():
        return None


def screen_png(path: Path) -> bytes:
    """The image of a DICOM file as PNG, 8 bits a sample.

    Raises:
        RecordError: ``no_image``: it is no image of one frame, too large, damaged, or compressed in a way that needs a
            decoder that is not installed.
    """
    unreadable: tuple[type[Exception], ...] = (RuntimeError, *malformed())
    try:
        with quiet_pydicom():
            return _png(_shown(path))
    except unreadable:
        raise RecordError("no_image", "its DICOM image can't be decoded; give a PNG or JPEG file of it") from None


def _shown(path: Path) -> NDArray[np.uint8]:
    from pydicom import dcmread
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
    from pydicom.pixels.utils import pixel_array

    image = dcmread(path, force=True)
    if int(image.get("NumberOfFrames") or 1) != 1 or not 0 < int(image.Rows) * int(image.Columns) <= _MOST_PIXELS:
        raise ValueError
    pixels = pixel_array(image)
    if pixels.ndim == 2:
        pixels = apply_voi_lut(apply_modality_lut(pixels, image), image)
    shown = _grey(_smaller(pixels), pixels.ndim == 2)
    return 255 - shown if image.get("PhotometricInterpretation") == "MONOCHROME1" else shown


def _smaller(pixels: NDArray[Any]) -> NDArray[Any]:
    """The mean of blocks of pixels, where an edge is longer than a picture's."""
    step = -(-max(pixels.shape[:2]) // _EDGE)
    if step == 1:
        return pixels
    rows, columns = (length // step for length in pixels.shape[:2])
    blocks = pixels[: rows * step, : columns * step].reshape(rows, step, columns, step, *pixels.shape[2:])
    mean: NDArray[Any] = blocks.mean(axis=(1, 3))
    return mean


def _grey(pixels: NDArray[Any], stretched: bool) -> NDArray[np.uint8]:
    """Samples of 8 bits; grey values are ``stretched`` over all of them, colours stay."""
    if not stretched:
        return pixels.astype(np.uint8)
    low, high = float(pixels.min()), float(pixels.max())
    return ((pixels - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of grey values or RGB (W3C PNG, 3rd edition, 11.2), without filters."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows, columns = pixels.shape[:2]
    colour = 2 if pixels.ndim == 3 else 0
    head = struct.pack(">IIBBBBB", columns, rows, 8, colour, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in np.ascontiguousarray(pixels))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
