"""What a PNG mask marks, without an imaging library (W3C PNG, 3rd edition: sections 5 chunks, 9 filters).

Label Studio keeps bitmasks as PNG images in data URLs. Read are images of 8 bits a sample without interlacing, which is
what browsers write.
"""

import base64
import binascii
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clinnote.errors import RecordError
from clinnote.imaging.rle import Extent

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""Samples a pixel by colour type; palettes (3) are not read."""
_WITH_ALPHA: Final = (4, 6)
_MOST_PIXELS: Final = 1 << 27
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4

_Row = NDArray[np.uint8]


def data_url_extent(url: object, height: int, width: int) -> Extent | None:
    """The extent of what a PNG in a data URL marks; None when it marks nothing.

    A pixel is marked where it is not transparent, or, in an image without a transparent pixel, where it is not black.

    Raises:
        RecordError: ``bad_bitmask``: no PNG, or damaged; ``mask_size_mismatch``: it is not of the image's size.
    """
    head, comma, body = url.partition(",") if isinstance(url, str) else ("", "", "")
    try:
        data = base64.b64decode(body, validate=True) if comma and head.endswith(";base64") else b""
    except (binascii.Error, ValueError):
        data = b""
    if not data.startswith(_SIGNATURE):
        raise RecordError("bad_bitmask", "the bitmask is no PNG in a data URL; export it as brush")
    marked = _marked(data, height, width)
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    if not rows.size:
        return None
    area = int(marked.sum())
    return Extent(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1, area)


def _marked(data: bytes, height: int, width: int) -> NDArray[Any]:
    header, packed = b"", b""
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    if len(header) < 13 or header[8] != 8 or header[9] not in _CHANNELS or header[12]:
        raise RecordError("bad_bitmask", "the bitmask is a PNG of a kind that is not read; export it as brush")
    if (int.from_bytes(header[4:8]), int.from_bytes(header[:4])) != (height, width) or height * width > _MOST_PIXELS:
        raise RecordError("mask_size_mismatch", "the bitmask is not of the size of its image")
    channels = _CHANNELS[header[9]]
    pixels = _unfiltered(_inflated(packed, height * (width * channels + 1)), height, width * channels, channels)
    whole = pixels.reshape(height, width, channels)
    if header[9] in _WITH_ALPHA and (whole[..., -1] == 0).any():
        return np.asarray(whole[..., -1] > 0)
    colours = channels - (header[9] in _WITH_ALPHA)
    return np.asarray((whole[..., :colours] > 0).any(axis=2))


def _inflated(packed: bytes, size: int) -> bytes:
    try:
        data = zlib.decompressobj().decompress(packed, size)
    except zlib.error:
        data = b""
    if len(data) < size:
        raise RecordError("bad_bitmask", "the bitmask is damaged or cut off; export it again")
    return data


def _unfiltered(data: bytes, height: int, size: int, step: int) -> _Row:
    """Rows of ``size`` bytes; ``step`` bytes lie between a byte and that of the pixel on its left."""
    rows = np.frombuffer(data, dtype=np.uint8).reshape(height, size + 1)
    made = np.zeros((height, size), dtype=np.uint8)
    above = np.zeros(size, dtype=np.uint8)
    for number in range(height):
        kind, raw = int(rows[number, 0]), rows[number, 1:]
        if kind == _SUB:
            made[number] = raw.reshape(-1, step).cumsum(axis=0, dtype=np.uint8).reshape(-1)
        elif kind == _UP or (kind == _PAETH and not raw.any()):
            made[number] = raw + above  # where nothing differs from what Paeth foretells, it foretells the row above
        elif kind in (_AVERAGE, _PAETH):
            made[number] = _sequential(kind, raw.tobytes(), above.tobytes(), step)
        else:
            made[number] = raw
        above = made[number]
    return made


def _sequential(kind: int, raw: bytes, above: bytes, step: int) -> _Row:
    """A row whose bytes depend on those before them."""
    row = bytearray(len(raw))
    for at, value in enumerate(raw):
        left = row[at - step] if at >= step else 0
        up = above[at]
        if kind == _AVERAGE:
            row[at] = (value + (left + up) // 2) & 255
            continue
        corner = above[at - step] if at >= step else 0
        across, down, both = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
        nearest = left if across <= down and across <= both else up if down <= both else corner
        row[at] = (value + nearest) & 255
    return np.frombuffer(bytes(row), dtype=np.uint8)
