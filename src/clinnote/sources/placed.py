"""A note with the place it was read from, so that a later complaint can name file and line."""

from dataclasses import dataclass

from clinnote.model.mention import TaggedNote
from clinnote.model.note import Note


@dataclass(frozen=True, slots=True)
class Placed:
    """A note, or tagged note, and where it stood; ``line`` is None for a file that is one note."""

    record: Note | TaggedNote
    file: str
    line: int | None = None
