"""The stages of a check between its working file and its outputs: labels in, notes in, study after study out."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final

from clinnote import __version__
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.crosscheck.pairing import Keys, keys_of_label
from clinnote.crosscheck.results import StudyResult
from clinnote.errors import RecordError, Reject
from clinnote.imaging.read import read_image_labels
from clinnote.imaging.sides.geometry import with_geometry_side
from clinnote.imaging.sides.places import load_places
from clinnote.model.mention import TaggedNote
from clinnote.settings import Home
from clinnote.sources.read import SourceOptions
from clinnote.workflow.check_work import NotePacker, StudyChecker
from clinnote.workflow.crew import Crew
from clinnote.workflow.study_store import Group, Packed, StudyStore, pack
from clinnote.workflow.tag_options import Item, TagOptions, chunks, given_up
from clinnote.workflow.tagging import digest_of, mapped_vocabulary

Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
"""Wraps what a stage goes through; told the stage (``labels``, ``notes``, ``studies``) and how many there are."""

_WORK: Final = "clinnote.workflow.check_work"
_AT_ONCE: Final = 64
"""Labels stored, and studies compared, at a time."""


def silent(items: Iterable[Any], stage: str, total: int | None) -> Iterable[Any]:  # noqa: ARG001 (a Progress)
    """No progress."""
    return items


def stamp_of_check(options: TagOptions, source: SourceOptions) -> str:
    """What must be equal for two runs to tag the same notes alike: versions, options, and the tables as they are."""
    tables = hashlib.sha256()
    for folder in (options.home.ontologies, options.home.configs):
        for path in sorted(folder.rglob("*")):
            state = path.stat()
            tables.update(f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}\n".encode())
    named = [path for path in (options.vocabulary, Path(options.pipeline)) if path is not None and path.is_file()]
    states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in named]
    about = [__version__, options.pipeline, options.given, repr(source), states, tables.hexdigest()]
    return json.dumps(about)


def store_labels(
    store: StudyStore,
    paths: Sequence[Path],
    options: TagOptions,
    strict: bool,
    progress: Progress,
    left_out: Sequence[Path] = (),
) -> list[Reject]:
    """Put all labels into the store (but those of files left out of folders); gives what was set aside.

    Raises:
        RecordError: with ``strict``, the first that can't be read.
    """
    rejects: list[Reject] = []
    batch: list[tuple[Keys, bytes]] = []
    found = read_image_labels(paths, options.home, left_out)
    for item in progress(found, "labels", None) if paths else ():
        if isinstance(item, Reject):
            check_strict(item, strict)
            rejects.append(item)
            continue
        batch.append((keys_of_label(item), pack(with_geometry_side(item))))
        if len(batch) >= _AT_ONCE:
            store.add_labels(batch)
            batch.clear()
    store.add_labels(batch)
    return rejects


def store_notes(
    store: StudyStore, items: Iterable[Item], options: TagOptions, jobs: int, strict: bool, progress: Progress
) -> int:
    """Tag what is raw and put all notes into the store; gives how many notes an earlier run had put there.

    Raises:
        RecordError: with ``strict``, the first that can't be read.
    """
    for reject in store.rejects():
        check_strict(reject, strict)
    todo = _ToDo(store, chunks(progress(items, "notes", None)))
    with ExitStack() as stack:
        work: Callable[[Iterable[Sequence[Item]]], Iterator[list[Packed]]]
        if jobs > 1:
            crew = stack.enter_context(Crew[Item, Packed](jobs, f"{_WORK}:note_packer", _lost))
            crew.prepare(stack.enter_context(mapped_vocabulary(options)))
            work = crew.map
        else:
            packer = NotePacker(options)
            work = lambda batches: ([packer(batch)] for batch in batches)  # noqa: E731 (the crew's twin for one process)
        for parts in work(iter(todo)):
            packed = _joined(parts)
            for reject in packed.rejects:
                check_strict(reject, strict)
            store.add_notes(todo.handed_out.popleft(), packed)
    return todo.resumed


class _ToDo:
    """The chunks that the store does not hold; drops what it holds beyond the first that differs."""

    def __init__(self, store: StudyStore, work: Iterable[Sequence[Item]]) -> None:
        self._store = store
        self._work = work
        self.handed_out: deque[str] = deque()
        self.resumed = 0

    def __iter__(self) -> Iterator[Sequence[Item]]:
        done = self._store.digests()
        same = 0
        going_on = True
        for chunk in self._work:
            digest = _digest(chunk)
            if going_on and digest and same < len(done) and done[same] == digest:
                self.resumed += sum(not isinstance(item, Reject) for item in chunk)
                same += 1
                continue
            if going_on:
                going_on = False
                self._store.keep(same)
            self.handed_out.append(digest)
            yield chunk
        if going_on:
            self._store.keep(same)


def _digest(chunk: Sequence[Item]) -> str:
    """What a later run knows the chunk by; "" where a tagged note is in it, which costs nothing to read again."""
    tagged = any(not isinstance(item, Reject) and isinstance(item.record, TaggedNote) for item in chunk)
    return "" if tagged else digest_of(chunk)


def _lost(item: Item) -> Packed:
    return Packed(rejects=(given_up(item),))


def _joined(parts: Sequence[Packed]) -> Packed:
    if len(parts) == 1:
        return parts[0]
    return Packed(
        tuple(note for part in parts for note in part.notes),
        sum(part.mentions for part in parts),
        tuple(reject for part in parts for reject in part.rejects),
    )


def compared(
    store: StudyStore, knowledge: Knowledge, home: Home, jobs: int, progress: Progress
) -> Iterator[StudyResult]:
    """What the cross-check says of each study, in the order of the store."""
    store.index()
    _, _, _, studies, _ = store.counts()
    groups = iter(progress(store.groups(), "studies", studies))
    if jobs < 2 or studies <= _AT_ONCE:
        checker = StudyChecker(knowledge, load_places(home))
        for group in groups:
            yield from checker((group,))
        return
    with Crew[Group, list[StudyResult]](jobs, f"{_WORK}:study_checker", _given_up_on) as crew:
        crew.prepare(home.root)
        for parts in crew.map(iter(lambda: tuple(islice(groups, _AT_ONCE)), ())):
            for results in parts:
                yield from results


def _given_up_on(group: Group) -> list[StudyResult]:  # noqa: ARG001 (the signature of a crew)
    raise RecordError("worker_died", "a study ended each process that compared it (often for want of memory)")


def check_strict(reject: Reject, strict: bool) -> None:
    """End the run at an unreadable input, where that is asked.

    Raises:
        RecordError: ``strict``, and the reject is no skipped one.
    """
    if strict and not reject.skipped:
        raise RecordError(reject.reason, f"{reject.place}: {reject.message} (--strict)")
