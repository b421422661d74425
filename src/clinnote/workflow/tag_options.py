"""What is asked of a tagging run. Light to import: a process that only hands out work never loads spaCy."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from clinnote.errors import Reject
from clinnote.model.mention import Run
from clinnote.settings import Home
from clinnote.sources.placed import Placed

Item = Placed | Reject

CHARACTERS: Final = 65536
"""Characters in one chunk of work: some tens of milliseconds, so that no process waits long for another."""
MOST_ITEMS: Final = 512
"""Items in one chunk, however short."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How to tag: everything a worker process needs to build the same tagger."""

    home: Home
    pipeline: str = "general"
    vocabulary: Path | None = None
    given: bool = False
    started: str | None = None
    """Start time for the run stamp of every record; with None, two runs of the same notes give the same bytes."""
    keep_text: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """The output of some notes: JSON lines, or an Arrow stream for Parquet."""

    payload: bytes = b""
    notes: int = 0
    mentions: int = 0
    rejects: tuple[Reject, ...] = ()


def chunks(items: Iterable[Item], characters: int = CHARACTERS, most: int = MOST_ITEMS) -> Iterator[tuple[Item, ...]]:
    """The items in order, in runs of at most ``most`` that end once they hold ``characters`` or more.

    The division depends on the items alone, so that an interrupted run finds its chunks again.
    """
    chunk: list[Item] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += length(item)
        if size >= characters or len(chunk) >= most:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)


def length(item: Item) -> int:
    """Characters of the item's text."""
    return 0 if isinstance(item, Reject) else len(item.record.text or "")


def merged(batches: Iterable[Batch]) -> Batch:
    """Several outputs as one, in order."""
    found = list(batches)
    if len(found) == 1:
        return found[0]
    return Batch(
        b"".join(batch.payload for batch in found),
        sum(batch.notes for batch in found),
        sum(batch.mentions for batch in found),
        tuple(reject for batch in found for reject in batch.rejects),
    )


def given_up(item: Item) -> Reject:
    """The reject of a note that ends every process that tags it."""
    if isinstance(item, Reject):
        return item
    message = f"note {item.record.note_id}: ended each process that tagged it (often for want of memory)"
    return Reject(item.file, item.line, "worker_died", message)


def stamp_of(run: Run, options: TagOptions) -> dict[str, Any]:
    """What must be equal for two runs to make the same output of the same notes."""
    return {**asdict(run), "given": options.given, "keep_text": options.keep_text}
