"""Reading DICOM values that may be missing, of the wrong kind or malformed, without ever raising for them."""

import contextlib
import functools
import logging
import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.imaging.dicom.elements import EMPTY, Elements

_MALFORMED: Final = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    EOFError,
    OSError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    AssertionError,
    RuntimeError,
    struct.error,
)
_ENCODED: Final = frozenset(("LO", "SH", "PN", "LT", "ST", "UC", "UT"))
"""Text whose characters depend on Specific Character Set (PS3.5 6.1.2.3)."""
_LONG_TEXT: Final = frozenset(("LT", "ST", "UT"))
"""Text in which a backslash is a character, not the end of a value."""
_BINARY: Final = {
    "FL": "f", "FD": "d", "US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q",
    "OF": "f", "OD": "d", "OL": "L",
}  # fmt: skip
_DELIMITERS: Final = {0x0D, 0x0A, 0x09, 0x0C}
"""Characters that switch back to the first character set (PS3.5 6.1.2.5.3)."""
_CHARACTER_SET: Final = 0x00080005


@functools.cache
def malformed() -> tuple[type[Exception], ...]:
    """What pydicom raises on malformed objects; everything that a damaged file can cause."""
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (*_MALFORMED, InvalidDicomError, BytesLengthException)


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """No warning and no log line of pydicom gets out (they may quote values), and odd values are let in."""
    from pydicom import config

    log = logging.getLogger("pydicom")
    level, mode = log.level, config.settings.reading_validation_mode
    log.setLevel(logging.CRITICAL + 1)
    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
        config.settings.reading_validation_mode = mode


@functools.cache
def _known(keyword: str) -> tuple[int, str]:
    """Tag and value representation of an attribute."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return tag, dictionary_VR(tag).split(" or ")[0]


def tag_of(keyword: str) -> int:
    """The tag of an attribute."""
    return _known(keyword)[0]


def has(elements: Elements, keyword: str) -> bool:
    """Whether an attribute is there, be it empty."""
    return _known(keyword)[0] in elements.table


def text_of(elements: Elements, keyword: str) -> str:
    """The value as text without padding; several values are joined by a backslash; "" when there is none."""
    tag, vr = _known(keyword)
    raw = elements.raw(tag)
    if not raw:
        return ""
    if vr in _BINARY:
        return "\\".join(f"{number:g}" for number in numbers_of(elements, keyword))
    plain = raw.isascii() and b"\x1b" not in raw
    text = raw.decode("ascii") if plain else _decoded(elements, raw, vr)
    if "\\" in text and vr not in _LONG_TEXT:
        return "\\".join(part.strip(" \0") for part in text.split("\\"))
    return text.strip(" \0\r\n")


def _decoded(elements: Elements, raw: bytes, vr: str) -> str:
    """Text in the character set of the data set, or of the one around it; undecodable bytes become U+FFFD."""
    if vr not in _ENCODED:
        return raw.decode("latin-1")
    names: list[str] = []
    around: Elements | None = elements
    while around is not None and not names:
        names = [part.strip() for part in around.raw(_CHARACTER_SET).decode("latin-1").split("\\") if part.strip()]
        around = around.parent
    from pydicom.charset import convert_encodings, decode_bytes

    try:
        return decode_bytes(raw, convert_encodings(names or ["ISO_IR 100"]), _DELIMITERS)
    except malformed():
        return raw.decode("latin-1")


def items(elements: Elements, keyword: str) -> Sequence[Elements]:
    """The items of a sequence; empty when it is missing or no sequence."""
    return elements.items(_known(keyword)[0])


def first_item(elements: Elements, keyword: str) -> Elements:
    """The first item of a sequence, or an empty one."""
    found = elements.items(_known(keyword)[0])
    return found[0] if found else EMPTY


def numbers_of(elements: Elements, keyword: str) -> tuple[float, ...]:
    """The values as numbers; empty when missing or not all of them are finite numbers."""
    tag, vr = _known(keyword)
    raw = elements.raw(tag)
    if not raw:
        return ()
    written = elements.vr(tag).decode("latin-1")
    kind = _BINARY.get(vr if written in ("", "UN", "OB", "OW") else written)
    try:
        if kind is None:
            found = tuple(map(float, raw.rstrip(b" \0").split(b"\\")))
        else:
            order = elements.layout.order
            found = struct.unpack(f"{order}{len(raw) // struct.calcsize(order + kind)}{kind}", raw)
    except (ValueError, OverflowError, struct.error):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def integer_of(elements: Elements, keyword: str) -> int | None:
    """The single value as an integer, or None."""
    found = numbers_of(elements, keyword)
    return int(found[0]) if len(found) == 1 else None


def iso_date(value: str) -> str | None:
    """A DICOM date (``20200125``, old ``2020.01.25``) in ISO 8601, or None when it is none."""
    digits = value.replace(".", "").replace("-", "")[:8]
    if len(digits) != 8 or not digits.isdigit():
        return None
    year, month, day = digits[:4], digits[4:6], digits[6:]
    return f"{year}-{month}-{day}" if "01" <= month <= "12" and "01" <= day <= "31" else None
