"""Notes in a CSV or TSV table: one row is one note; other columns of the contract are taken, the rest is metadata."""

import codecs
import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.sources.objects import note_from
from clinnote.sources.placed import Placed

_BLOCK: Final = 1 << 20
"""Bytes read at a time, so that a table of any length needs no more memory than its longest note."""


def read_csv(path: Path, text_column: str, id_column: str, encoding: str, delimiter: str) -> Iterator[Placed | Reject]:
    """The notes of a table. A row without text is rejected with its line number; an absent id is the row's number.

    Raises:
        UsageError: the table has no column ``text_column``, or is not in ``encoding``.
    """
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    _check_encoding(path, codec, encoding)
    with path.open(encoding=codec, newline="") as stream:
        yield from _rows(path, stream, text_column, id_column, delimiter)


def _check_encoding(path: Path, codec: str, encoding: str) -> None:
    """Read the whole file once, so that a table in another encoding is refused before its first note."""
    decoder = codecs.getincrementaldecoder(codec)()
    at = 0
    with path.open("rb") as stream:
        while True:
            block = stream.read(_BLOCK)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise UsageError(
                    f"{path}: byte {at - held + error.start} is not {encoding}; "
                    "re-encode the file as UTF-8 or name its --encoding"
                ) from None
            if not block:
                return
            at += len(block)


def _rows(path: Path, stream: TextIO, text_column: str, id_column: str, delimiter: str) -> Iterator[Placed | Reject]:
    csv.field_size_limit(sys.maxsize)
    rows = csv.DictReader(stream, delimiter=delimiter, restkey="_more")
    columns = list(rows.fieldnames or ())
    if text_column not in columns:
        raise UsageError(
            f"{path}: no column '{text_column}'; it has {', '.join(map(repr, columns)) or 'no header'}"
            " (choose with --text-column)"
        )
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            line = rows.line_num
            try:
                note = note_from(_present(row), text_column, id_column, f"{path.stem}-{number}")
                yield Placed(note, str(path), line)
            except RecordError as error:
                yield Reject(str(path), line, error.reason, str(error))
    except csv.Error as error:
        yield Reject(str(path), rows.line_num, "bad_csv", f"row {number + 1}: {error}")


def _present(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value not in (None, "") or key == "text"}


def count_rows(path: Path, encoding: str, delimiter: str) -> int | None:
    """How many rows a table has; None where it can't be read."""
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            return max(sum(1 for row in csv.reader(stream, delimiter=delimiter) if row) - 1, 0)
    except (OSError, UnicodeError, csv.Error):
        return None
