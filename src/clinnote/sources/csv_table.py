"""Notes in a CSV or TSV table: one row is one note; other columns of the contract are taken, the rest is metadata."""

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.sources.objects import note_from
from clinnote.sources.placed import Placed


def read_csv(path: Path, text_column: str, id_column: str, encoding: str, delimiter: str) -> Iterator[Placed | Reject]:
    """The notes of a table. A row without text is rejected with its line number; an absent id is the row's number.

    Raises:
        UsageError: the table has no column ``text_column``, or is not in ``encoding``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: byte {error.start} is not {encoding}; re-encode the file as UTF-8 or name its --encoding"
        ) from None
    csv.field_size_limit(sys.maxsize)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="_more")
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
