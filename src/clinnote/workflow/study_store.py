"""Notes and labels of a check on disk, to be taken out study by study: a hundred thousand need no memory.

One SQLite file beside the output (``<out>.work``), readable by its owner alone. Notes come in chunks, in order; a run
that was cut off finds the chunks again that it had tagged.
"""

import os
import pickle
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from clinnote.crosscheck.pairing import Keys, homes
from clinnote.errors import Reject, UsageError
from clinnote.store.private import open_private
from clinnote.store.records import STANDARD_STREAM

_TABLES: Final = """
CREATE TABLE run (stamp TEXT);
CREATE TABLE chunk (number INTEGER PRIMARY KEY, digest TEXT, notes INTEGER, mentions INTEGER, rejects BLOB);
CREATE TABLE note (
    seq INTEGER PRIMARY KEY, chunk INTEGER, own TEXT, accession TEXT, patient TEXT, study TEXT, payload BLOB
);
CREATE TABLE label (seq INTEGER PRIMARY KEY, study TEXT, accession TEXT, patient TEXT, payload BLOB);
PRAGMA user_version = 2;
"""


@dataclass(frozen=True, slots=True)
class Packed:
    """What came of one chunk of notes: (link keys, packed note) in order, counts, and what was set aside."""

    notes: tuple[tuple[Keys, bytes], ...] = ()
    mentions: int = 0
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The packed notes and labels of one study."""

    notes: tuple[bytes, ...]
    labels: tuple[bytes, ...]


def pack(record: Any) -> bytes:
    """A record as few bytes."""
    return zlib.compress(pickle.dumps(record, pickle.HIGHEST_PROTOCOL), 1)


def unpack(payload: bytes) -> Any:
    """The record."""
    return pickle.loads(zlib.decompress(payload))  # noqa: S301 (from a file that only this user can write)


class StudyStore:
    """The working file of one check; a context manager.

    After success and after an error the file is removed. After an interruption it stays where notes were tagged that
    a later run with the same ``stamp`` can take over.

    Args:
        out: The output that the file stands beside; for standard output it stands in the folder for temporary files.
        stamp: What names the run; a file of another one is not used.

    Raises:
        UsageError: the file can't be written, or another run holds it.
    """

    def __init__(self, out: Path, stamp: str) -> None:
        self._stamp = stamp
        self.resumable = out != STANDARD_STREAM
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if not self.resumable:
            self._folder = tempfile.TemporaryDirectory(prefix="clinnote-")
        self.path = Path(self._folder.name, "check.work") if self._folder else out.with_name(out.name + ".work")
        self._worth_keeping = False
        self._done = 0
        self._db: sqlite3.Connection

    def __enter__(self) -> Self:
        try:
            self._db = self._opened()
        except sqlite3.Error as error:
            self._close()
            if "locked" in str(error):
                raise UsageError(f"{self.path}: another run is at work on this output") from None
            raise UsageError(f"{self.path}: can't be written ({error})") from None
        except OSError as error:
            self._close()
            raise UsageError(f"{self.path}: can't be written ({error.strerror})") from None
        return self

    def _opened(self) -> sqlite3.Connection:
        db = _connect(self.path)
        try:
            _set_up(db)
            known = db.execute("SELECT stamp FROM run").fetchall() if _has_tables(db) else None
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                db.close()
                raise
            known = None
        if known != [(self._stamp,)]:
            db.close()
            self.path.unlink(missing_ok=True)
            db = _connect(self.path)
            _set_up(db)
            db.executescript(_TABLES)
            db.execute("INSERT INTO run VALUES (?)", (self._stamp,))
        db.execute("DELETE FROM label")
        db.execute("UPDATE note SET study = own WHERE study IS NOT own")
        db.execute("DROP INDEX IF EXISTS note_of_study")
        db.execute("DROP INDEX IF EXISTS label_of_study")
        db.commit()
        return db

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interrupted = kind is not None and not issubclass(kind, Exception)
        keep = interrupted and self.resumable and self._worth_keeping
        with suppress(sqlite3.Error):
            self._db.commit() if keep else self._db.rollback()
        self._db.close()
        if not keep:
            self.path.unlink(missing_ok=True)
        self._close()
        if isinstance(error, sqlite3.Error):
            full = "full" in str(error)
            remedy = "no space left on this disk; free some, or let the output stand on another"
            raise UsageError(
                f"{self.path.parent}: {remedy}" if full else f"{self.path}: {error}; run the same command again"
            ) from None

    def _close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def digests(self) -> list[str]:
        """The digests of the chunks that an earlier run stored, in order."""
        return [row[0] for row in self._db.execute("SELECT digest FROM chunk ORDER BY number")]

    def keep(self, count: int) -> None:
        """Drop all chunks but the first ``count``; the next one stands behind them."""
        self._db.execute("DELETE FROM note WHERE chunk >= ?", (count,))
        self._db.execute("DELETE FROM chunk WHERE number >= ?", (count,))
        self._db.commit()
        self._done = count
        self._worth_keeping = count > 0

    def add_notes(self, digest: str, packed: Packed) -> None:
        """Store one chunk; once this returns, the death of the process does not lose it."""
        row = (self._done, digest, len(packed.notes), packed.mentions, pickle.dumps(packed.rejects))
        self._db.execute("INSERT INTO chunk VALUES (?, ?, ?, ?, ?)", row)
        rows = ((self._done, k.study, k.accession, k.patient, k.study, payload) for k, payload in packed.notes)
        columns = "chunk, own, accession, patient, study, payload"
        self._db.executemany(f"INSERT INTO note ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 (our own)
        self._db.commit()
        self._done += 1
        self._worth_keeping = self._worth_keeping or bool(digest)

    def rejects(self) -> Iterator[Reject]:
        """What was set aside of the notes, in order."""
        for (payload,) in self._db.execute("SELECT rejects FROM chunk ORDER BY number"):
            yield from pickle.loads(payload)  # noqa: S301 (as in unpack)

    def add_labels(self, labels: Iterable[tuple[Keys, bytes]]) -> None:
        """Store (link keys, packed label) pairs."""
        rows = ((keys.study, keys.accession, keys.patient, payload) for keys, payload in labels)
        self._db.executemany("INSERT INTO label (study, accession, patient, payload) VALUES (?, ?, ?, ?)", rows)
        self._db.commit()

    def join(self) -> None:
        """Put notes whose study has no labels to the study that their accession number names (:func:`homes`)."""
        if self._one("SELECT NOT EXISTS (SELECT 1 FROM label)")[0]:
            return
        strays = self._db.execute(
            "SELECT seq, study, accession, patient FROM note WHERE IFNULL(study, accession) IS NOT NULL"
            " AND (study IS NULL OR study NOT IN (SELECT study FROM label))"
        )
        moved = homes(
            {seq: Keys(*keys) for seq, *keys in strays},
            lambda: self._keys("SELECT study, NULL, patient FROM note WHERE study IN (SELECT study FROM label)"),
            lambda: self._keys("SELECT DISTINCT study, accession, patient FROM label"),
        )
        self._db.executemany("UPDATE note SET study = ? WHERE seq = ?", ((study, seq) for seq, study in moved.items()))
        self._db.commit()

    def _keys(self, query: str) -> Iterator[Keys]:
        return (Keys(*row) for row in self._db.execute(query))

    def counts(self) -> tuple[int, int, int, int, int]:
        """(notes, mentions, labels, studies with a note, studies with both); a note without study is one of its own."""
        notes, mentions = self._one("SELECT IFNULL(SUM(notes), 0), IFNULL(SUM(mentions), 0) FROM chunk")
        (labels,) = self._one("SELECT COUNT(*) FROM label")
        (grouped,) = self._one("SELECT COUNT(DISTINCT study) FROM note WHERE study IS NOT NULL")
        (alone,) = self._one("SELECT COUNT(*) FROM note WHERE study IS NULL")
        (both,) = self._one(
            "SELECT COUNT(*) FROM (SELECT DISTINCT study FROM note WHERE study IS NOT NULL"
            " INTERSECT SELECT DISTINCT study FROM label)"
        )
        return notes, mentions, labels, grouped + alone, both

    def _one(self, query: str) -> Sequence[Any]:
        found: Sequence[Any] = self._db.execute(query).fetchone()
        return found

    def index(self) -> None:
        """Make ready to take studies out."""
        self._db.execute("CREATE INDEX IF NOT EXISTS note_of_study ON note (study, seq)")
        self._db.execute("CREATE INDEX IF NOT EXISTS label_of_study ON label (study, seq)")
        self._db.commit()

    def groups(self) -> Iterator[Group]:
        """Each study with a note, in the order of their first notes; then the notes without study, one by one."""
        in_order = "SELECT study FROM note WHERE study IS NOT NULL GROUP BY study ORDER BY MIN(seq)"
        for study in self._db.execute(in_order):
            notes = self._payloads("SELECT payload FROM note WHERE study = ? ORDER BY seq", study)
            yield Group(notes, self._payloads("SELECT payload FROM label WHERE study = ? ORDER BY seq", study))
        for (payload,) in self._db.execute("SELECT payload FROM note WHERE study IS NULL ORDER BY seq"):
            yield Group((payload,), ())

    def _payloads(self, query: str, key: Sequence[Any]) -> tuple[bytes, ...]:
        return tuple(row[0] for row in self._db.execute(query, key))


def _connect(path: Path) -> sqlite3.Connection:
    os.close(open_private(path))  # it holds the text of notes
    return sqlite3.connect(path, timeout=0)


def _set_up(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA synchronous = OFF")  # a power cut costs the working file, not the notes
    db.execute("PRAGMA cache_size = -32768")


def _has_tables(db: sqlite3.Connection) -> bool:
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return names == {"run", "chunk", "note", "label"} and db.execute("PRAGMA user_version").fetchone() == (2,)
