"""Plain text: one file is one note, its text exactly as the file holds it (line ends, BOM and all)."""

from collections.abc import Iterator
from pathlib import Path

from clinnote.errors import Reject
from clinnote.model.note import Note
from clinnote.sources.placed import Placed


def read_text_file(path: Path, note_id: str, encoding: str) -> Iterator[Placed | Reject]:
    """The note of one text file; bytes that are not in ``encoding`` are a reject that names the first such byte."""
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not {encoding}; re-encode the file as UTF-8 or name its --encoding"
        yield Reject(str(path), None, "not_utf8" if encoding == "utf-8" else "wrong_encoding", message)
    except OSError as error:
        yield Reject(str(path), None, "unreadable_file", f"{error.strerror or type(error).__name__}")
    else:
        yield Placed(Note(note_id, text, metadata={"file": path.name}), str(path))
