"""Run-length masks: the extent of what they mark, without ever building the mask.

COCO (pycocotools, ``maskApi.c``): runs of 0 and 1 in turn, beginning with 0, down the columns; as a list of counts, or
packed into a string, where each count is a signed difference to the one before the last (from the third on) in groups
of 5 bits, least first, each ``48 + bits``, bit 5 saying that another group follows.

Label Studio brushes (thi.ng ``rle-pack``): a stream of bits over the bytes of an RGBA image, row by row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clinnote.errors import RecordError

_BASE: Final = 48
_RGBA: Final = 4


@dataclass(frozen=True, slots=True)
class Extent:
    """Smallest and one past the largest column and row of what a mask marks, and the number of its pixels."""

    left: int
    top: int
    right: int
    bottom: int
    area: int


def coco_counts(text: str | bytes) -> list[int]:
    """The counts of a packed COCO string.

    Raises:
        RecordError: ``bad_rle``: it holds other letters, ends within a count, or a count is negative.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    counts: list[int] = []
    place = 0
    while place < len(raw):
        value, shift, more = 0, 0, True
        while more:
            if place >= len(raw) or not 0 <= (bits := raw[place] - _BASE) < 64:
                raise RecordError("bad_rle", "the packed counts of the mask can't be read")
            value |= (bits & 0x1F) << shift
            more = bool(bits & 0x20)
            shift += 5
            place += 1
        if bits & 0x10:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        if value < 0:
            raise RecordError("bad_rle", "a count of the mask is negative")
        counts.append(value)
    return counts


def coco_extent(counts: Sequence[int], height: int, width: int) -> Extent | None:
    """The extent of a COCO mask; None when it marks nothing.

    Raises:
        RecordError: ``bad_rle``: the counts are no whole numbers from 0 up whose sum is the number of pixels.
    """
    if any(not isinstance(count, int) or isinstance(count, bool) or count < 0 for count in counts):
        raise RecordError("bad_rle", "the counts of the mask must be whole numbers from 0 up")
    if sum(counts) != height * width:
        raise RecordError("bad_rle", "the counts of the mask do not add up to its size")
    turned = _extent(_marked(counts), height)
    # the runs go down the columns, so rows and columns change places
    return turned and Extent(turned.top, turned.left, turned.bottom, turned.right, turned.area)


def _marked(counts: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(start, end) of every run of 1."""
    start = 0
    for place, count in enumerate(counts):
        if place % 2 and count:
            yield start, start + count
        start += count


def _extent(runs: Iterable[tuple[int, int]], width: int) -> Extent | None:
    """The extent of runs along rows of ``width`` pixels."""
    left, right, top, bottom, area = width, 0, -1, 0, 0
    for start, end in runs:
        first, last = start // width, (end - 1) // width
        if first == last:
            left, right = min(left, start % width), max(right, (end - 1) % width + 1)
        else:
            left, right = 0, width
        top = first if top < 0 else min(top, first)
        bottom = max(bottom, last + 1)
        area += end - start
    return Extent(left, top, right, bottom, area) if area else None


class _Bits:
    """Reads bits, the highest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def read(self, size: int) -> int:
        """The next ``size`` (at most 32) bits as a number."""
        first = self._place >> 3
        end = self._place + size
        if end > len(self._data) * 8:
            raise RecordError("bad_rle", "the brush ends before its mask does")
        window = self._data[first : (end + 7) >> 3]
        self._place = end
        return int.from_bytes(window) >> (-end % 8) & ((1 << size) - 1)


def brush_extent(rle: Sequence[int], height: int, width: int) -> Extent | None:
    """The extent of a Label Studio brush; None when it marks nothing.

    A pixel is marked where its last byte (alpha) is above 0.

    Raises:
        RecordError: ``bad_rle``: no bytes, or they end early; ``mask_size_mismatch``: the mask is not the image's size.
    """
    try:
        bits = _Bits(bytes(rle))
    except (TypeError, ValueError):
        raise RecordError("bad_rle", "a brush must be a list of bytes") from None
    size = bits.read(32)
    if size != height * width * _RGBA:
        raise RecordError("mask_size_mismatch", "the brush is not of the size of its image")
    return _extent(_alpha_runs(bits, size), width)


def _alpha_runs(bits: _Bits, size: int) -> Iterator[tuple[int, int]]:
    """(start, end) in pixels of every run of bytes whose alpha is above 0."""
    word = bits.read(5) + 1
    lengths = [bits.read(4) + 1 for _ in range(4)]
    place = 0
    while place < size:
        same = bits.read(1)
        end = place + 1 + bits.read(lengths[bits.read(2)])
        if end > size:
            raise RecordError("bad_rle", "a run of the brush reaches beyond its mask")
        if same:
            value = bits.read(word)
            # pixel p is marked by byte 4 p + 3
            first, last = -(-(place - 3) // _RGBA), -(-(end - 3) // _RGBA)
            if value and last > first:
                yield first, last
        else:
            for at in range(place, end):
                value = bits.read(word)
                if value and at % _RGBA == _RGBA - 1:
                    yield at // _RGBA, at // _RGBA + 1
        place = end
