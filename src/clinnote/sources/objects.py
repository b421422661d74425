"""Notes as JSON objects: JSON Lines, Parquet rows, JSON arrays. Unknown keys stay in ``metadata``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clinnote.errors import RecordError, Reject
from clinnote.model.mention import TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import from_dict
from clinnote.store.records import read_objects


def note_from(data: Any, text_column: str, id_column: str, default_id: str) -> Note:
    """The note of one object; a bare string is a note whose id is ``default_id``.

    Raises:
        RecordError: no text, or a key of the wrong type.
    """
    if isinstance(data, str):
        return Note(default_id, data)
    if not isinstance(data, Mapping):
        raise RecordError("not_an_object", "a note must be an object with 'text'")
    row = dict(data)
    if text_column not in row:
        raise RecordError("missing_key", f"required key '{text_column}' is missing")
    row["text"] = row.pop(text_column)
    identifier = row.pop(id_column, None) if id_column in row else row.pop("note_id", None)
    row["note_id"] = default_id if identifier in (None, "") else identifier
    return from_dict(Note, row)


def read_lines(path: Path, text_column: str, id_column: str) -> Iterator[Note | TaggedNote | Reject]:
    """The notes, or tagged notes, of a JSON Lines or Parquet file."""
    for item in read_objects(path):
        if isinstance(item, Reject):
            yield item
            continue
        number, data = item
        try:
            if isinstance(data, Mapping) and data.get("text_sha256"):
                yield from_dict(TaggedNote, data)
            else:
                yield note_from(data, text_column, id_column, f"{_stem(path)}-{number}")
        except RecordError as error:
            yield Reject(str(path), number, error.reason, str(error))


def _stem(path: Path) -> str:
    return re.sub(r"^-$", "note", path.stem)
