"""Is a DICOM file cut short, and what can still be read of it?

A structural scan of element headers (PS3.5 sections 7.1 and 7.5): values are skipped, sequences are entered only
where they have no length or run past the end of the file. Little endian only; other encodings are left to pydicom.
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from pydicom.datadict import dictionary_VR
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

_UNDEFINED: Final = 0xFFFFFFFF
_LONG_VRS: Final = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_CLOSE_ITEM: Final = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
_CLOSE_SEQUENCE: Final = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
_PIXELS: Final = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))

_Open = tuple[tuple[int | None, bytes], ...]
"""The sequences and items around a place: (offset of a length to make undefined, or None; bytes that close it)."""


@dataclass(frozen=True, slots=True)
class _Header:
    tag: int
    is_sequence: bool
    length: int
    length_at: int
    value_at: int


class _CutError(Exception):
    """The file ends inside the element that starts at ``end``."""

    def __init__(self, end: int, around: _Open) -> None:
        super().__init__()
        self.end = end
        self.around = around


def repaired(stream: BinaryIO) -> BinaryIO | None:
    """The readable part of a file that ends too early, closed properly; None when the file is complete.

    Everything before the first incomplete element is kept, also inside sequences.

    Raises:
        ValueError: the structure is broken in another way than by a missing end.
    """
    try:
        scan = _Scan(stream)
        scan.elements(scan.start, scan.size, ())
    except _CutError as cut:
        return _closed(stream, cut)
    return None


def _closed(stream: BinaryIO, cut: _CutError) -> BinaryIO:
    stream.seek(0)
    data = bytearray(stream.read(cut.end))
    for length_at, _ in cut.around:
        if length_at is not None:
            data[length_at : length_at + 4] = struct.pack("<I", _UNDEFINED)
    for _, closing in reversed(cut.around):
        data += closing
    return io.BytesIO(bytes(data))


class _Scan:
    """One pass over the element headers of a file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = stream.seek(0, io.SEEK_END)
        self._explicit = True
        self.start = 132 if self._at(128, 4) == b"DICM" else 0
        syntax = self._file_meta()
        if syntax in (ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian):
            self.start = self.size
        elif syntax:
            self._explicit = syntax != ImplicitVRLittleEndian
        else:
            self._explicit = self._at(self.start + 4, 2).isalpha()

    def _at(self, place: int, size: int) -> bytes:
        self._stream.seek(place)
        return self._stream.read(size)

    def _file_meta(self) -> str:
        """Step over the file meta information; the transfer syntax UID, or "" when there is none."""
        syntax = ""
        while True:
            head = self._at(self.start, 8)
            if len(head) < 8 or head[:2] != b"\x02\x00":
                return syntax
            header = self._header(self.start, ())
            if header.tag == 0x00020010:
                syntax = self._at(header.value_at, header.length).rstrip(b"\0 ").decode("ascii", "replace")
            if header.value_at + header.length > self.size:
                raise _CutError(self.start, ())
            self.start = header.value_at + header.length

    def _header(self, place: int, around: _Open) -> _Header:
        raw = self._at(place, 12)
        if len(raw) < 8:
            raise _CutError(place, around)
        group, element = struct.unpack("<HH", raw[:4])
        tag = group << 16 | element
        if group == 0xFFFE or not (self._explicit or group == 2):
            (length,) = struct.unpack("<I", raw[4:8])
            return _Header(tag, group != 0xFFFE and _is_sequence(tag, length), length, place + 4, place + 8)
        vr = raw[4:6]
        if vr in _LONG_VRS:
            if len(raw) < 12:
                raise _CutError(place, around)
            (length,) = struct.unpack("<I", raw[8:12])
            sequence = vr == b"SQ" or (vr == b"UN" and length == _UNDEFINED)
            return _Header(tag, sequence, length, place + 8, place + 12)
        (short,) = struct.unpack("<H", raw[6:8])
        return _Header(tag, False, short, place + 6, place + 8)

    def elements(self, place: int, end: int | None, around: _Open) -> int:
        """Scan elements up to ``end`` (None: up to the item's delimiter); the offset behind them."""
        while end is None or place < end:
            if not around and not self._at(place, 8).strip(b"\0"):
                return place  # padding behind the last element
            header = self._header(place, around)
            if header.tag == _ITEM_END:
                return header.value_at
            if header.length == _UNDEFINED:
                pixels = header.tag in _PIXELS and not header.is_sequence
                inner: _Open = (*around, (None, _CLOSE_SEQUENCE))
                place = self._fragments(place, header, around) if pixels else self.items(header.value_at, None, inner)
            elif header.value_at + header.length > self.size:
                if not header.is_sequence:
                    raise _CutError(place, around)
                opened: _Open = (*around, (header.length_at, _CLOSE_SEQUENCE))
                place = self.items(header.value_at, header.value_at + header.length, opened)
            else:
                place = header.value_at + header.length
        return place

    def items(self, place: int, end: int | None, around: _Open) -> int:
        """Scan the items of a sequence up to ``end`` (None: up to its delimiter); the offset behind them."""
        while end is None or place < end:
            header = self._header(place, around)
            if header.tag == _SEQUENCE_END:
                return header.value_at
            if header.tag != _ITEM:
                raise ValueError("a sequence holds something other than items")
            if header.length == _UNDEFINED:
                place = self.elements(header.value_at, None, (*around, (None, _CLOSE_ITEM)))
            elif header.value_at + header.length > self.size:
                opened: _Open = (*around, (header.length_at, _CLOSE_ITEM))
                place = self.elements(header.value_at, header.value_at + header.length, opened)
            else:
                place = header.value_at + header.length
        return place

    def _fragments(self, start: int, header: _Header, around: _Open) -> int:
        """Step over encapsulated pixel data; when it is cut, the whole element is."""
        place = header.value_at
        while True:
            raw = self._at(place, 8)
            if len(raw) < 8:
                raise _CutError(start, around)
            group, element, length = struct.unpack("<HHI", raw)
            tag = group << 16 | element
            if tag == _SEQUENCE_END:
                return place + 8
            place += 8 + length
            if tag != _ITEM or place > self.size:
                raise _CutError(start, around)


def _is_sequence(tag: int, length: int) -> bool:
    """Whether an element of an implicit VR file is a sequence."""
    if length == _UNDEFINED:
        return tag not in _PIXELS
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False
