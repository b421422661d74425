"""The data elements of a DICOM file, found but not converted: nested tables of tag -> place of the value.

PS3.5 section 7.1 (elements), 7.5 (sequences), 6.2.2 (UN), A.1 to A.5 (transfer syntaxes). Sequences of known length are
entered when they are asked for, values are decoded when they are asked for, and pixel data is never read: what a label
costs is then what stands in it. Whatever is cut short or broken ends its own level only; ``Faults`` tells of it.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

UNDEFINED: Final = 0xFFFFFFFF
PIXELS: Final = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
MAX_DEPTH: Final = 64
"""Sequences nested deeper than this belong to no report but to an attack or a loop."""

_LONG_VRS: Final = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_SHORT_VRS: Final = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS",
     b"ST", b"TM", b"UI", b"UL", b"US")
)  # fmt: skip
VRS: Final = _LONG_VRS | _SHORT_VRS
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_DELIMITERS: Final = (b"\xfe\xff\x0d\xe0", b"\xff\xfe\xe0\x0d", b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_PADDING: Final = b"\0" * 8


@dataclass(slots=True)
class Faults:
    """What was met while reading: the file ends too early, its structure is broken, it nests too deep."""

    truncated: bool = False
    damaged: bool = False
    too_deep: bool = False

    def __bool__(self) -> bool:
        return self.truncated or self.damaged or self.too_deep


Place = tuple[bytes, int, int]
"""Where a value stands: its value representation (b"" in implicit files), offset and length."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written, and where its bytes end; shared by all its elements."""

    data: bytes
    size: int
    explicit: bool
    order: str = "<"
    faults: Faults = field(default_factory=Faults)

    def implicit(self) -> "Layout":
        """The same bytes without value representations (PS3.5 6.2.2 note 4 wants this inside of UN)."""
        return Layout(self.data, self.size, False, self.order, self.faults) if self.explicit else self


class Elements:
    """The elements of a data set or of one item of a sequence."""

    __slots__ = ("depth", "layout", "parent", "table")

    def __init__(self, layout: Layout, parent: "Elements | None" = None) -> None:
        self.layout = layout
        self.table: dict[int, Place | list[Elements]] = {}
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent is not None else 0

    def __bool__(self) -> bool:
        return bool(self.table)

    def __contains__(self, tag: int) -> bool:
        return tag in self.table

    def raw(self, tag: int) -> bytes:
        """The bytes of a value; b"" when it is missing, empty or a sequence."""
        place = self.table.get(tag)
        if place is None or isinstance(place, list):
            return b""
        return self.layout.data[place[1] : place[1] + place[2]]

    def vr(self, tag: int) -> bytes:
        """The value representation as written; b"" when it is missing or the file does not write it."""
        place = self.table.get(tag)
        return place[0] if isinstance(place, tuple) else b""

    def items(self, tag: int) -> "list[Elements]":
        """The items of a sequence; empty when it is missing, empty or no sequence."""
        found = self.table.get(tag)
        if found is None:
            return []
        if isinstance(found, list):
            return found
        vr, start, length = found
        if vr not in (b"SQ", b"UN", b"") or not length:
            return []
        layout = self.layout.implicit() if vr == b"UN" else self.layout
        made, _ = read_items(layout, start, start + length, True, self)
        self.table[tag] = made
        return made


EMPTY: Final = Elements(Layout(b"", 0, True))


class NeedMoreError(Exception):
    """The bytes at hand end, but not the file; at least ``needed`` bytes of it are wanted."""

    def __init__(self, needed: int) -> None:
        super().__init__()
        self.needed = needed


def looks_explicit(data: bytes, place: int) -> bool:
    """Whether the element at a place writes its value representation."""
    return data[place + 4 : place + 6] in VRS


def read_elements(
    layout: Layout, place: int, end: int, elements: Elements, sized: bool, top: bool = False
) -> tuple[int, Place | None]:
    """Find the elements from ``place`` up to ``end``, and put them into the table of ``elements``.

    The data set is ``sized`` or ends with an item delimiter; that of the file (``top``) ends with pixel data. Returns
    the offset behind the last element, and the place of the pixel data.

    Raises:
        NeedMoreError: the file goes on behind the bytes at hand.
    """
    data, table, explicit = layout.data, elements.table, layout.explicit
    head = struct.Struct(layout.order + ("HH2sH" if explicit else "HHL")).unpack_from
    long = struct.Struct(layout.order + "L").unpack_from
    limit = min(end, len(data))
    while place < end:
        if place + 12 > limit and (place + 8 > limit or (explicit and data[place + 4 : place + 6] in _LONG_VRS)):
            return _rest(layout, place, limit, end), None
        if explicit:
            group, number, vr, length = head(data, place)
            start = place + 8
            if vr in _LONG_VRS:
                (length,) = long(data, start)
                start += 4
        else:
            group, number, length = head(data, place)
            vr, start = b"", place + 8
        tag = group << 16 | number
        if group == 0xFFFE or (explicit and vr not in VRS):
            if tag == _ITEM_END and not sized:
                return start, None
            if not (top and data[place : place + 8] == _PADDING):
                layout.faults.damaged = True
            return end, None
        if tag in PIXELS and (top or length == UNDEFINED):
            return start, (vr, start, length)
        if length == UNDEFINED:
            table[tag], place = read_items(layout.implicit() if vr == b"UN" else layout, start, end, False, elements)
            continue
        stop = start + length
        if stop > limit:
            if limit < end:
                raise NeedMoreError(stop)
            _cut(layout, end)
            if not _is_sequence(vr, tag):
                return end, None
            length, stop = limit - start, end
        table[tag] = (vr, start, length)
        place = stop
    return place, None


def _rest(layout: Layout, place: int, limit: int, end: int) -> int:
    """Too few bytes for another element: padding, or a cut; the end of the data set."""
    if limit < end:
        raise NeedMoreError(place + 12)
    if layout.data[place:limit].strip(b"\0"):
        _cut(layout, end)
    return end


def read_items(layout: Layout, place: int, end: int, sized: bool, parent: Elements) -> tuple[list[Elements], int]:
    """The items of a sequence and the offset behind them.

    Raises:
        NeedMoreError: the file goes on behind the bytes at hand.
    """
    found: list[Elements] = []
    if parent.depth >= MAX_DEPTH:
        layout.faults.too_deep = True
        return found, end
    data = layout.data
    head = struct.Struct(layout.order + "HHL").unpack_from
    limit = min(end, len(data))
    while place < end:
        if place + 8 > limit:
            if limit < end:
                raise NeedMoreError(place + 8)
            _cut(layout, end)
            return found, end
        group, number, length = head(data, place)
        tag = group << 16 | number
        start = place + 8
        if tag == _SEQUENCE_END and not sized:
            return found, start
        if tag != _ITEM:
            layout.faults.damaged = layout.faults.damaged or tag != _SEQUENCE_END
            return found, end
        item = Elements(layout if _starts_as(layout, start) else layout.implicit(), parent)
        found.append(item)
        if length == UNDEFINED:
            place, _ = read_elements(item.layout, start, end, item, False)
        else:
            place = start + length
            if place > limit:
                if limit < end:
                    raise NeedMoreError(place)
                _cut(layout, end)
            read_elements(item.layout, start, min(place, end), item, True)
    if not sized:
        _cut(layout, end)
    return found, place


def _starts_as(layout: Layout, place: int) -> bool:
    """Whether an item goes on as its file is written; some writers nest implicit items in explicit files."""
    if not layout.explicit or looks_explicit(layout.data, place):
        return True
    return layout.data[place : place + 4] in _DELIMITERS


def _cut(layout: Layout, end: int) -> None:
    """Something ends too early: with the file, or inside of it."""
    if end >= layout.size:
        layout.faults.truncated = True
    else:
        layout.faults.damaged = True


def _is_sequence(vr: bytes, tag: int) -> bool:
    """Whether an element of known length is a sequence."""
    if vr:
        return vr == b"SQ"
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False
