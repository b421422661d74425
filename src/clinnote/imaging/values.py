"""Reading DICOM values that may be missing, of the wrong kind or malformed, without ever raising for them."""

import contextlib
import logging
import struct
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

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


def value_of(dataset: Dataset, keyword: str) -> Any:
    """The value of an attribute, or None when it is missing, empty or malformed."""
    try:
        value = dataset.get(keyword)
    except MALFORMED:
        return None
    return None if value is None or value == "" else value


def text_of(dataset: Dataset, keyword: str) -> str:
    """The value as text without padding; several values are joined by a backslash; "" when there is none."""
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
    value = value_of(dataset, keyword)
    if value is None:
        return ()
    try:
        parts = [value] if isinstance(value, str | int | float) or not isinstance(value, Sequence) else list(value)
        found = tuple(float(part) for part in parts)
    except MALFORMED:
        return ()
    return found if all(abs(number) < float("inf") for number in found) else ()


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
