"""Reading DICOM values that may be missing, of the wrong kind or malformed, without ever raising for them."""

import contextlib
import functools
import logging
import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import BaseTag, Tag

MALFORMED: Final = (
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
    InvalidDicomError,
    BytesLengthException,
)
"""What pydicom raises on malformed objects; everything that a damaged file can cause."""


_PLAIN_TEXT: Final = frozenset(("AE", "AS", "CS", "DA", "LO", "SH", "TM", "UI", "LT", "ST", "UC", "UT"))


def _is_plain(value: object) -> bool:
    """Whether bytes are one value of ASCII without escape sequences and backslashes."""
    return value is None or (
        isinstance(value, bytes) and value.isascii() and b"\x1b" not in value and b"\\" not in value
    )


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """No warning and no log line of pydicom gets out (they may quote values), and odd values are let in."""
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
def _known(keyword: str) -> tuple[BaseTag, str]:
    """Tag and value representation of an attribute."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return Tag(tag), dictionary_VR(tag)


def value_of(dataset: Dataset, keyword: str) -> Any:
    """The value of an attribute, or None when it is missing, empty or malformed."""
    tag, _ = _known(keyword)
    try:
        value = dataset[tag].value if tag in dataset else None
    except MALFORMED:
        return None
    return None if value is None or value == "" else value


def text_of(dataset: Dataset, keyword: str) -> str:
    """The value as text without padding; several values are joined by a backslash; "" when there is none."""
    tag, vr = _known(keyword)
    raw = dataset.get_item(tag) if tag in dataset else None
    if raw is None:
        return ""
    if isinstance(raw, RawDataElement) and raw.VR in (vr, None) and vr in _PLAIN_TEXT and _is_plain(raw.value):
        # ASCII is the same in every character set, so it needs no decoding by pydicom
        return (raw.value or b"").decode("ascii").strip(" \0")
    value = value_of(dataset, keyword)
    if value is None:
        return ""
    try:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            return (value.decode("latin-1") if isinstance(value, bytes) else str(value)).strip(" \0")
        return "\\".join(str(part).strip() for part in value)
    except MALFORMED:
        return ""


def items(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; empty when it is missing, no sequence or malformed."""
    value = value_of(dataset, keyword)
    if value is None or isinstance(value, str | bytes):
        return ()
    try:
        return [item for item in value if isinstance(item, Dataset)]
    except MALFORMED:
        return ()


def first_item(dataset: Dataset, keyword: str) -> Dataset:
    """The first item of a sequence, or an empty data set."""
    return next(iter(items(dataset, keyword)), Dataset())


def numbers_of(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """The values as numbers; empty when missing or not all of them are finite numbers."""
    tag, vr = _known(keyword)
    try:
        raw = dataset.get_item(tag) if tag in dataset else None
        if vr == "DS" and isinstance(raw, RawDataElement) and raw.value and raw.VR in ("DS", None):
            # decimal strings are split here: contours hold so many that pydicom's own objects cost seconds
            found = tuple(map(float, raw.value.rstrip(b" \0").split(b"\\")))
        else:
            value = value_of(dataset, keyword)
            plain = isinstance(value, str | int | float) or not isinstance(value, Sequence)
            found = () if value is None else tuple(map(float, [value] if plain else value))
    except MALFORMED:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def integer_of(dataset: Dataset, keyword: str) -> int | None:
    """The single value as an integer, or None."""
    found = numbers_of(dataset, keyword)
    return int(found[0]) if len(found) == 1 else None


def iso_date(value: str) -> str | None:
    """A DICOM date (``20200125``, old ``2020.01.25``) in ISO 8601, or None when it is none."""
    digits = value.replace(".", "").replace("-", "")[:8]
    if len(digits) != 8 or not digits.isdigit():
        return None
    year, month, day = digits[:4], digits[4:6], digits[6:]
    return f"{year}-{month}-{day}" if "01" <= month <= "12" and "01" <= day <= "31" else None
