"""Notes from files: the format is chosen by the file's ending, folders are walked in name order."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.model.note import Note
from clinnote.sources import csv_table, fhir, objects, text_files
from clinnote.sources.placed import Placed
from clinnote.store.records import place_of
from clinnote.store.walk import files_under

STANDARD_STREAM: Final = Path("-")
Item = Placed | Reject


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to read notes: the column names of tables and the encoding of text files.

    Raises:
        UsageError: no such encoding.
    """

    text_column: str = "text"
    id_column: str = "note_id"
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        try:
            "".encode(self.encoding)
        except (LookupError, UnicodeError, ValueError):
            raise UsageError(f"no text encoding '{self.encoding}'; name one such as utf-8, utf-16, cp1252") from None


_READERS: Final[Mapping[str, Callable[[Path, SourceOptions], Iterator[Item]]]] = {
    ".txt": lambda path, o: text_files.read_text_file(path, path.stem, o.encoding),
    ".csv": lambda path, o: csv_table.read_csv(path, o.text_column, o.id_column, o.encoding, ","),
    ".tsv": lambda path, o: csv_table.read_csv(path, o.text_column, o.id_column, o.encoding, "\t"),
    ".jsonl": lambda path, o: objects.read_lines(path, o.text_column, o.id_column),
    ".parquet": lambda path, o: objects.read_lines(path, o.text_column, o.id_column),
    ".ndjson": lambda path, _o: fhir.read_fhir_lines(path),
    ".json": lambda path, o: fhir.read_json(path, o.text_column, o.id_column),
}


_OF_RUNS: Final = (".rejects.jsonl", ".run.json")
"""How the lists of rejects and the accounts of runs end; standing in a folder of notes, they are none."""


def read_notes(
    paths: Iterable[Path], options: SourceOptions | None = None, left_out: Iterable[Path] = ()
) -> Iterator[Item]:
    """Every note of the given files and folders; what can't be read comes as :class:`Reject` and stops nothing.

    Notes come with their file and line; one that already carries ``text_sha256`` is a :class:`TaggedNote`. ``-`` is
    JSON Lines on standard input. A note id that was seen before is rejected: ids are unique in one run. Of a folder,
    files ``left_out`` (what the run itself writes), lists of rejects and accounts of runs are passed over.

    Raises:
        UsageError: a named path does not exist or has an ending no reader knows.
    """
    options = options or SourceOptions()
    own = frozenset(map(place_of, left_out))
    seen: set[str] = set()
    for path in paths:
        for item in _read_path(path, options, own):
            if isinstance(item, Reject):
                yield item
            elif item.record.note_id in seen:
                message = "another note of this run has the same note_id"
                yield Reject(item.file, item.line, "duplicate_note_id", message)
            else:
                seen.add(item.record.note_id)
                yield item


def _read_path(path: Path, options: SourceOptions, own: Set[Path]) -> Iterator[Item]:
    if path == STANDARD_STREAM:
        yield from objects.read_lines(path, options.text_column, options.id_column)
        return
    if path.is_dir():
        files = [item for item in files_under(path) if isinstance(item, Reject) or _may_hold_notes(item, own)]
        if not files:
            raise UsageError(f"{path}: no note files in this folder ({', '.join(_READERS)})")
        for file in files:
            if isinstance(file, Reject):
                yield file
            elif file.suffix.lower() == ".txt":
                name = file.relative_to(path).with_suffix("").as_posix()
                yield from text_files.read_text_file(file, name, options.encoding)
            else:
                yield from _guarded(file, options)
        return
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    if path.suffix.lower() not in _READERS:
        raise UsageError(f"{path}: notes are read from {', '.join(_READERS)} or a folder of them")
    yield from _guarded(path, options)


def _may_hold_notes(file: Path, own: Set[Path]) -> bool:
    if file.suffix.lower() not in _READERS or file.name.lower().endswith(_OF_RUNS):
        return False
    return not own or place_of(file) not in own


def check_no_notes_lost(
    outputs: Iterable[Path | None], inputs: Iterable[Path], options: SourceOptions, tagged_too: bool = True
) -> None:
    """Refuse an output in the place of notes, or of raw ones alone, that stand in a folder of the inputs.

    Raises:
        UsageError: such a file would be overwritten.
    """
    folders = [place_of(path) for path in inputs if path != STANDARD_STREAM and path.is_dir()]
    for out in filter(None, outputs):
        place = place_of(out)
        if not place.is_file() or place.suffix.lower() not in _READERS or not any(map(place.is_relative_to, folders)):
            continue
        some = (item.record for item in islice(_guarded(out, options), 100) if isinstance(item, Placed))
        if any(tagged_too or isinstance(record, Note) for record in some):
            raise UsageError(f"{out}: holds notes of this run, which the output would overwrite; name another file")


def _guarded(path: Path, options: SourceOptions) -> Iterator[Item]:
    """A file that can't be read as a whole is set aside, so that the other inputs still run."""
    try:
        yield from _READERS[path.suffix.lower()](path, options)
    except UsageError as error:
        yield Reject(str(path), None, "unreadable_file", str(error))
    except OSError as error:
        yield Reject(str(path), None, "unreadable_file", f"{path}: {error.strerror or type(error).__name__}")


def count_hint(paths: Iterable[Path], encoding: str = "utf-8") -> int | None:
    """How many notes the inputs hold, for a progress bar with the time left; None where nobody looks or can tell."""
    if not sys.stderr.isatty():
        return None
    total = 0
    for path in paths:
        count = _count(path, encoding)
        if count is None:
            return None
        total += count
    return total


def _count(path: Path, encoding: str) -> int | None:
    ending = path.suffix.lower()
    if path.is_dir():
        return sum(1 for _ in path.rglob("*.txt"))
    if not path.is_file():
        return None
    if ending == ".txt":
        return 1
    if ending == ".jsonl":
        with path.open("rb") as stream:
            return sum(1 for _ in stream)
    if ending in (".csv", ".tsv"):
        return csv_table.count_rows(path, encoding, "," if ending == ".csv" else "\t")
    if ending == ".parquet":
        from clinnote.store.parquet import count_records

        return count_records(path)
    return None
