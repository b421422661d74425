"""Records in files: JSON Lines and Parquet, chosen by the file's ending.

A writer works on ``<out>.partial`` and renames it when all went well, so that an interrupted run never leaves a
half-written output under the asked name. JSON Lines are UTF-8, one record a line.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.schema import from_dict
from clinnote.store.json_text import dump_line, load_json

if TYPE_CHECKING:
    from clinnote.store.parquet import RowWriter

__all__ = [
    "STANDARD_STREAM",
    "RecordWriter",
    "check_distinct",
    "check_output",
    "check_writable",
    "dump_line",
    "files_of_run",
    "place_of",
    "read_objects",
    "read_records",
    "rejects_path",
    "write_rejects",
]

STANDARD_STREAM = Path("-")


def read_objects(path: Path) -> Iterator[tuple[int, Any] | Reject]:
    """(line or row number from 1, JSON object) of every record in a ``.jsonl``/``.ndjson`` or ``.parquet`` file.

    ``-`` reads JSON Lines from standard input. Lines that are not JSON come as :class:`Reject`.

    Raises:
        UsageError: the file is missing, is no Parquet file, or has another ending.
    """
    if path == STANDARD_STREAM:
        yield from _json_lines(sys.stdin.buffer, "-")
    elif path.suffix.lower() in (".jsonl", ".ndjson"):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        with path.open("rb") as stream:
            yield from _json_lines(stream, str(path))
    elif path.suffix.lower() == ".parquet":
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        from clinnote.store.parquet import read_rows

        yield from enumerate(read_rows(path), 1)
    else:
        raise UsageError(f"{path}: records are read from .jsonl or .parquet")


def _json_lines(stream: Iterable[bytes], name: str) -> Iterator[tuple[int, Any] | Reject]:
    for number, raw in enumerate(stream, 1):
        if not raw.strip():
            continue
        try:
            yield number, load_json(raw, bom=number == 1)
        except RecordError as error:
            yield Reject(name, number, error.reason, str(error))


def read_records[T](path: Path, cls: type[T]) -> Iterator[T | Reject]:
    """The records of a file; what can't be read comes as :class:`Reject` with its line."""
    for item in read_objects(path):
        if isinstance(item, Reject):
            yield item
            continue
        number, data = item
        try:
            yield from_dict(cls, data)
        except RecordError as error:
            yield Reject(str(path), number, error.reason, str(error))


class RecordWriter:
    """Writes records of one type to a ``.jsonl`` or ``.parquet`` file, or as JSON Lines to standard output (``-``)."""

    def __init__(self, path: Path, cls: type) -> None:
        self.path = path
        self.count = 0
        self._cls = cls
        self._partial = path.with_name(path.name + ".partial")
        self._stream: BinaryIO | None = None
        self._rows: RowWriter | None = None

    def __enter__(self) -> Self:
        if self.path == STANDARD_STREAM:
            self._stream = sys.stdout.buffer
            return self
        check_output(self.path)
        try:
            if self.path.suffix.lower() == ".parquet":
                from clinnote.store.parquet import RowWriter

                self._rows = RowWriter(self._partial, self._cls)
            else:
                self._stream = self._partial.open("wb")
        except OSError as error:
            raise UsageError(f"{self.path}: can't be written ({error.strerror})") from None
        return self

    def write(self, record: Any) -> None:
        """Add one record.

        Raises:
            RecordError: Parquet can't hold the record (its text has lone surrogates).
        """
        if self._rows is not None:
            self._rows.write(record)
        elif self._stream is not None:
            self._stream.write(dump_line(record))
        self.count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path == STANDARD_STREAM:
            sys.stdout.buffer.flush()
            return
        try:
            if self._rows is not None:
                self._rows.close()
            elif self._stream is not None:
                self._stream.close()
            if kind is None:
                self._partial.replace(self.path)
        finally:
            self._partial.unlink(missing_ok=True)


def check_distinct(outputs: Iterable[Path | None], inputs: Iterable[Path] = ()) -> None:
    """Refuse a run whose outputs would overwrite each other or one of its inputs, or that reads ``-`` twice.

    Raises:
        UsageError: two of the paths are the same file or stream.
    """
    sources, seen = list(inputs), set[Path]()
    if sources.count(STANDARD_STREAM) > 1:
        raise UsageError("standard input (-) can be read only once; give the other input as a file")
    read = {place_of(path) for path in sources if path != STANDARD_STREAM}
    for path in filter(None, outputs):
        if path in seen or place_of(path) in seen:
            raise UsageError(f"{path}: two outputs can't go to the same place; name another file")
        if path != STANDARD_STREAM and place_of(path) in read:
            raise UsageError(f"{path}: is also an input, which the output would overwrite; name another file")
        seen.add(path if path == STANDARD_STREAM else place_of(path))


def place_of(path: Path) -> Path:
    """Where a file really stands, links followed."""
    return Path(os.path.realpath(path))  # Path.resolve() raises on a loop of links


def check_output(path: Path, endings: tuple[str, ...] = (".jsonl", ".parquet")) -> None:
    """Refuse an output that can't be written, before any work is done.

    Raises:
        UsageError: another ending, a folder that can't be made, or a folder in the file's place.
    """
    if path == STANDARD_STREAM:
        return
    if path.suffix.lower() not in endings:
        raise UsageError(f"{path}: the output must end in {' or '.join(endings)}")
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent}: can't make this folder ({error.strerror})") from None


def check_writable(path: Path) -> None:
    """Refuse a file that can't be opened for writing, whether it exists or not; its content stays.

    Raises:
        UsageError: the file system or its rights forbid it.
    """
    if path == STANDARD_STREAM:
        return
    existed = path.exists()
    try:
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise UsageError(f"{path}: can't be written ({error.strerror})") from None


def rejects_path(out: Path) -> Path:
    """Where the rejects of a run stand: beside its output, as ``<name>.rejects.jsonl``."""
    return out.with_name(out.stem + ".rejects.jsonl") if out != STANDARD_STREAM else Path("clinnote.rejects.jsonl")


def files_of_run(out: Path) -> tuple[Path, ...]:
    """What a run with this output writes; found in a folder that it reads, they are no input."""
    return (out, out.with_name(out.name + ".partial"), rejects_path(out)) if out != STANDARD_STREAM else ()


def write_rejects(out: Path, rejects: list[Reject]) -> Path | None:
    """Write the rejects of a run beside its output; without rejects an older file is removed. Gives the path."""
    path = rejects_path(out)
    if not rejects:
        if out != STANDARD_STREAM:
            path.unlink(missing_ok=True)
        return None
    path.write_bytes(b"".join(dump_line(reject) for reject in rejects))
    return path
