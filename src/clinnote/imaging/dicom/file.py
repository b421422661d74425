"""A DICOM file opened: file meta information, data elements, and where its pixel data stands (PS3.10 section 7).

Reads as many bytes as the elements before the pixel data take. Files without preamble, without file meta information,
with a wrong transfer syntax, in big endian or deflated are read as well.
"""

import io
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Final

from clinnote.imaging.dicom.elements import (
    UNDEFINED,
    Elements,
    Faults,
    Layout,
    NeedMoreError,
    Place,
    looks_explicit,
    read_elements,
)

DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
NATIVE: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", DEFLATED, BIG_ENDIAN, "")
"""Transfer syntaxes whose pixel data is not compressed."""

_FIRST_READ: Final = 1 << 16
_MAX_INFLATED: Final = 1 << 30
_SYNTAX: Final = 0x00020010
_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0"


@dataclass(frozen=True, slots=True)
class DicomFile:
    """One file.

    Attributes:
        stream: its bytes (inflated, for deflated files).
        meta: file meta information (group 0002).
        elements: the data set up to the pixel data.
        syntax: transfer syntax UID; "" when the file names none.
        pixels: where the value of the pixel data starts, or None without any.
        faults: what was met while reading; grows while sequences are entered.
    """

    stream: BinaryIO
    meta: Elements
    elements: Elements
    syntax: str
    pixels: Place | None
    faults: Faults

    @property
    def is_native(self) -> bool:
        """Whether the pixel data is not compressed."""
        return self.syntax in NATIVE and (self.pixels is None or self.pixels[2] != UNDEFINED)


def open_dicom(stream: BinaryIO) -> DicomFile:
    """Find the elements of a file.

    Raises:
        ValueError: a deflated file whose data can't be inflated or is larger than 1 GiB.
        OSError: the file can't be read.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    data = stream.read(_FIRST_READ)
    faults = Faults()
    start = 132 if data[128:132] == b"DICM" else 0
    meta, start = _file_meta(data, start, size, faults)
    syntax = meta.raw(_SYNTAX).rstrip(b"\0 ").decode("ascii", "replace")
    if syntax == DEFLATED:
        stream.seek(start)
        data = _inflated(stream.read(), faults)
        stream, start, size = io.BytesIO(data), 0, len(data)
    order = ">" if syntax == BIG_ENDIAN else "<"
    explicit = looks_explicit(data, start)
    elements = Elements(Layout(data, size, explicit, order, faults))
    pixels = None
    while True:
        try:
            _, pixels = read_elements(elements.layout, start, size, elements, True, top=True)
            break
        except NeedMoreError as more:
            # four times as much each time: what is read twice stays a fraction
            data += stream.read(max(more.needed, 4 * len(data)) - len(data))
            if len(data) < min(more.needed, size):
                size = len(data)  # the file became shorter while it was read
            elements = Elements(Layout(data, size, explicit, order, faults))
    if pixels is not None and _is_cut(stream, pixels, size):
        faults.truncated = True
    return DicomFile(stream, meta, elements, syntax, pixels, faults)


def _file_meta(data: bytes, start: int, size: int, faults: Faults) -> tuple[Elements, int]:
    """The elements of group 0002 (always explicit, little endian) and the offset behind them."""
    meta = Elements(Layout(data, min(size, len(data)), True, "<", faults))
    end = start
    while data[end : end + 2] == b"\x02\x00" and looks_explicit(data, end):
        length = int.from_bytes(data[end + 6 : end + 8], "little") + 8
        if data[end + 4 : end + 6] in (b"OB", b"UN"):
            length = int.from_bytes(data[end + 8 : end + 12], "little") + 12
        if end + length > len(data):
            faults.truncated = True
            break
        end += length
    read_elements(meta.layout, start, end, meta, True)
    return meta, end


def _inflated(packed: bytes, faults: Faults) -> bytes:
    """The data of a deflated file (PS3.5 A.5); what can be inflated of a file that is cut short."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, _MAX_INFLATED)
    except zlib.error:
        raise ValueError("can't be inflated") from None
    if inflater.unconsumed_tail:
        raise ValueError("larger than 1 GiB when inflated")
    faults.truncated |= not inflater.eof
    return data


def _is_cut(stream: BinaryIO, pixels: Place, size: int) -> bool:
    """Whether the file ends before its pixel data does."""
    _, start, length = pixels
    if length != UNDEFINED:
        return start + length > size
    stream.seek(max(size - 8, 0))
    if stream.read(4) == _SEQUENCE_END:
        return False
    while True:
        stream.seek(start)
        head = stream.read(8)
        if len(head) < 8 or head[:4] != _ITEM:
            return head[:4] != _SEQUENCE_END
        # a fragment that holds nothing ends the search: no file needs millions of them
        start += 8 + (int.from_bytes(head[4:], "little") or size)
