"""What one process does for ``images``: read files, whatever the other files of the run tell."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from clinnote import logs
from clinnote.errors import Reject
from clinnote.imaging.events import Event
from clinnote.imaging.read import FoundFile, events_of
from clinnote.imaging.shared import Shared, load_shared
from clinnote.settings import Home


class FileReader:
    """Files to what they tell, pickled."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def __call__(self, files: Sequence[FoundFile]) -> bytes:
        """The events of one chunk of files, in order."""
        return packed([event for file in files for event in events_of(file, self._shared)])


def packed(events: Sequence[Event]) -> bytes:
    """Events as bytes, for the working file of this run alone."""
    return pickle.dumps(events, pickle.HIGHEST_PROTOCOL)


def unpacked(payload: bytes) -> list[Event]:
    """The events of :func:`packed`."""
    found: list[Event] = pickle.loads(payload)  # noqa: S301 (from a file that only this user can write)
    return found


def lost(found: FoundFile) -> bytes:
    """What is told of a file that ends every process that reads it."""
    if isinstance(found.file, Reject):
        return packed([found.file])
    message = "ended each process that read it (often for want of memory); read it alone with --jobs 1"
    return packed([Reject(str(found.file), None, "worker_died", message)])


def file_reader(home: Path) -> FileReader:
    """:class:`FileReader` in a worker process."""
    logs.configure()
    return FileReader(load_shared(Home(home)))
