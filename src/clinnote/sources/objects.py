"""Notes as JSON objects: JSON Lines, Parquet rows, JSON arrays. Unknown keys stay in ``metadata``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.model.mention import TaggedNote, text_sha256
from clinnote.model.note import Note
from clinnote.model.schema import from_dict
from clinnote.model.spans import valid
from clinnote.sources.placed import Placed
from clinnote.store.records import read_objects

_LINK_KEYS: Final = ("patient_id", "study_id", "accession")


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
    return from_dict(Note, _linked(row))


def _linked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A blank link key links nothing: left as "" it would make one study of all notes that lack it."""
    blank = [key for key in _LINK_KEYS if isinstance(value := row.get(key), str) and not value.strip()]
    return {**row, **dict.fromkeys(blank)}


def _proven(note: TaggedNote) -> TaggedNote:
    """The note, when its spans mark what they quote.

    Raises:
        RecordError: the text is not the one that was tagged, or a span lies outside it or quotes other words.
    """
    text = note.text
    if text is None:
        return note
    if text_sha256(text) != note.text_sha256:
        raise RecordError(
            "text_changed", "the text is not the one that was tagged (text_sha256); tag the original again"
        )
    for place, mention in enumerate(note.mentions):
        quotes = [(mention.start, mention.end, mention.text), *((s.start, s.end, s.text) for s in mention.sites)]
        spans = [mention.sentence, *((m.start, m.end) for m in mention.measurements)]
        spans += [(e.start, e.end) for e in mention.evidence]
        quoted = all(valid(start, end, len(text)) and text[start:end] == quote for start, end, quote in quotes)
        if not quoted or not all(0 <= start <= end <= len(text) for start, end in spans):
            raise RecordError("bad_span", f"a span of mentions[{place}] does not mark the words it quotes")
    return note


def read_lines(path: Path, text_column: str, id_column: str) -> Iterator[Placed | Reject]:
    """The notes, or tagged notes, of a JSON Lines or Parquet file."""
    for item in read_objects(path):
        if isinstance(item, Reject):
            yield item
            continue
        number, data = item
        try:
            if isinstance(data, Mapping) and data.get("text_sha256"):
                yield Placed(_proven(from_dict(TaggedNote, _linked(data))), str(path), number)
            else:
                note = note_from(data, text_column, id_column, f"{_stem(path)}-{number}")
                yield Placed(note, str(path), number)
        except RecordError as error:
            yield Reject(str(path), number, error.reason, str(error))


def _stem(path: Path) -> str:
    return re.sub(r"^-$", "note", path.stem)
