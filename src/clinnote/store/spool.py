"""The unfinished output of a long run, kept so that the same run can go on where it was cut off.

``<out>.partial`` holds the finished parts end to end, ``<out>.journal`` one JSON line a part: what input it covers (a
digest), its length and CRC-32, its counts and rejects. A part counts once its line is whole and its bytes are those
the line names, so a process may be killed at any moment. The journal's first line names the run (versions and
options); parts of another run are not used.
"""

import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from clinnote.errors import ClinnoteError, Reject, ServerError, UsageError
from clinnote.store.private import open_private
from clinnote.store.records import STANDARD_STREAM, check_output

_EXCLUSIVE: Final = "another run is writing this output; wait for it, or name another file"


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the output holds, and of which input it was made."""

    digest: str
    size: int
    crc: int
    notes: int
    mentions: int
    rejects: tuple[Reject, ...] = ()


class Spool:
    """Collects parts of the output for ``out`` and puts the whole under its name at the end.

    After an error that the user can mend by another command the unfinished output is removed; after an interruption,
    or when a server is gone, it stays, and the next spool with the same ``stamp`` begins with its parts
    (:attr:`parts`).

    Args:
        out: A ``.jsonl`` or ``.parquet`` file, or ``-`` for standard output (which can't go on).
        cls: Type of the records; parts are JSON lines of it, or tables (:func:`clinnote.store.parquet.to_bytes`).
        stamp: What names the run.
        fresh: Begin anew whatever is there, and leave nothing behind when interrupted.
        scratch: The parts are not the output but what it is made of; they are removed at the end.
    """

    def __init__(
        self, out: Path, cls: type, stamp: Mapping[str, Any], fresh: bool = False, scratch: bool = False
    ) -> None:
        self.out = out
        self.parts: list[Part] = []
        self._cls = cls
        self._stamp = json.dumps(stamp, sort_keys=True).encode() + b"\n"
        self._fresh = fresh
        self._scratch = scratch
        self._partial, self._journal_path = files_of_spool(out)
        self._ends: list[tuple[int, int]] = []
        self._data: BinaryIO = sys.stdout.buffer
        self._journal: BinaryIO | None = None

    def __enter__(self) -> Self:
        if self.out == STANDARD_STREAM:
            return self
        if not self._scratch:
            check_output(self.out)
        try:
            self._journal = _opened(self._journal_path, self._scratch)
            _lock(self._journal, self.out)
            self._data = _opened(self._partial, self._scratch)
        except (OSError, UsageError) as error:
            if self._journal is not None:
                self._journal.close()
            if isinstance(error, UsageError):
                raise
            raise UsageError(f"{self.out}: can't be written ({error.strerror})") from None
        if not self._fresh:
            self._read(self._journal)
        self.keep(len(self.parts))
        return self

    def _read(self, journal: BinaryIO) -> None:
        """Take over the parts of an earlier run of the same stamp, up to the first that is not whole."""
        journal.seek(0)
        self._data.seek(0)
        if journal.readline() != self._stamp:
            return
        at = 0
        for line in journal:
            with suppress(ValueError, TypeError, KeyError):
                fields = json.loads(line) if line.endswith(b"\n") else {}
                part = Part(**{**fields, "rejects": tuple(Reject(**reject) for reject in fields["rejects"])})
                data = self._data.read(part.size)
                if len(data) == part.size and zlib.crc32(data) == part.crc:
                    at += part.size
                    self.parts.append(part)
                    self._ends.append((at, journal.tell()))
                    continue
            return

    def keep(self, count: int) -> None:
        """Keep the first ``count`` parts and drop the others; what is added next stands behind them."""
        if self._journal is None:
            return
        del self.parts[count:], self._ends[count:]
        at, line = self._ends[-1] if self._ends else (0, 0)
        _cut(self._data, at)
        _cut(self._journal, line)
        if line == 0:
            self._journal.write(self._stamp)

    def select(self, wanted: Callable[[Part], bool]) -> None:
        """Keep the wanted parts only; the others may stand anywhere. What an interruption cuts here is lost."""
        first = next((at for at, part in enumerate(self.parts) if not wanted(part)), None)
        if first is None or self._journal is None:
            return
        rest = list(zip(self.parts, [0, *(end for end, _ in self._ends)], strict=False))[first:]
        at, line = self._ends[first - 1] if first else (0, len(self._stamp))
        del self.parts[first:], self._ends[first:]
        _cut(self._journal, line)
        self._journal.flush()
        for part, begin in rest:
            if wanted(part):
                self._data.seek(begin)
                payload = self._data.read(part.size)
                self._data.seek(at)  # never behind ``begin``
                self.add(part.digest, payload, part.notes, part.mentions, part.rejects)
                at += part.size
        _cut(self._data, at)

    def add(self, digest: str, payload: bytes, notes: int, mentions: int, rejects: tuple[Reject, ...]) -> Part:
        """Add one part; once this returns, the death of the process does not lose it."""
        part = Part(digest, len(payload), zlib.crc32(payload), notes, mentions, rejects)
        self._data.write(payload)
        self._data.flush()
        if self._journal is not None:
            self._journal.write(json.dumps(asdict(part)).encode() + b"\n")
            self._journal.flush()
            self._ends.append((self._data.tell(), self._journal.tell()))
        self.parts.append(part)
        return part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._journal is None:
            sys.stdout.buffer.flush()
            return
        try:
            if kind is None and not self._scratch:
                self._finish()
        except BaseException as problem:
            kind = type(problem)
            raise
        finally:
            with suppress(OSError) if kind else nullcontext():  # a full disk was named already
                self._data.close()
            mended = kind is not None and issubclass(kind, ClinnoteError) and not issubclass(kind, ServerError)
            if kind is None or mended or self._fresh or not self.parts:
                self._partial.unlink(missing_ok=True)
                self._journal_path.unlink(missing_ok=True)
            self._journal.close()

    def _finish(self) -> None:
        self._data.flush()
        if self.out.suffix.lower() == ".parquet":
            finished = self.out.with_name(self.out.name + ".finishing")
            try:
                from clinnote.store.parquet import write_parts

                write_parts(finished, self._cls, self.payloads())
                finished.replace(self.out)
            finally:
                finished.unlink(missing_ok=True)
        else:
            self._partial.replace(self.out)

    def payloads(self) -> Iterator[bytes]:
        """The bytes of all parts, in order."""
        self._data.flush()
        self._data.seek(0)
        for part in self.parts:
            yield self._data.read(part.size)


def files_of_spool(out: Path) -> tuple[Path, Path]:
    """The unfinished output and its journal."""
    return out.with_name(out.name + ".partial"), out.with_name(out.name + ".journal")


def _cut(file: BinaryIO, size: int) -> None:
    """Shorten a file to ``size`` bytes where it is longer, and go to its end."""
    if file.seek(0, os.SEEK_END) > size:
        file.truncate(size)
    file.seek(size)


def total(parts: Iterable[Part]) -> tuple[int, int, tuple[Reject, ...]]:
    """(notes, mentions, rejects) of parts."""
    found: Sequence[Part] = list(parts)
    rejects = tuple(reject for part in found for reject in part.rejects)
    return sum(part.notes for part in found), sum(part.mentions for part in found), rejects


def _opened(path: Path, private: bool) -> BinaryIO:
    """The file for reading and writing, made when it is not there, its content kept."""
    if private:
        return os.fdopen(open_private(path), "r+b")
    path.touch()
    return path.open("r+b")


def _lock(file: BinaryIO, out: Path) -> None:
    """Hold the file for this process as long as it lives.

    Raises:
        UsageError: another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # pragma: no cover (Windows has no such lock; two runs on one output are the user's care)
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise UsageError(f"{out}: {_EXCLUSIVE}") from None
