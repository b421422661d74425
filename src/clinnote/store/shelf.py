"""A list that may outgrow memory: what does not fit lies in a temporary file, and goes with the list."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Final

_IN_MEMORY: Final = 256


class Shelf[T]:
    """Records in the order they were added, to be read any number of times.

    The file stands in the folder for temporary files (``TMPDIR``), has no name there where the system allows it, and
    takes as many bytes as the records pickled.

    Raises:
        OSError: while adding, when the disk is full.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._limit = in_memory
        self._head: list[T] = []
        self._file: BinaryIO | None = None
        self._count = 0

    def append(self, record: T) -> None:
        """Add one record."""
        if len(self._head) < self._limit:
            self._head.append(record)
        else:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="clinnote-")  # noqa: SIM115 (closed with the list)
            pickle.dump(record, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return self._count > 0

    def __iter__(self) -> Iterator[T]:
        yield from self._head
        if self._file is None:
            return
        end = self._file.tell()
        at = 0
        for _ in range(self._count - len(self._head)):
            self._file.seek(at)
            record: T = pickle.load(self._file)  # noqa: S301 (written by this process)
            at = self._file.tell()
            self._file.seek(end)
            yield record

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()
