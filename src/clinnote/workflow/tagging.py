"""``tag``: notes in, tagged notes out; on one process or several with identical output in the same order."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path
from typing import Any, Final

from clinnote.errors import ClinnoteError, RecordError, Reject, UsageError
from clinnote.model.mention import Mention, TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import to_dict
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import Home
from clinnote.sources.placed import Placed
from clinnote.sources.read import SourceOptions, read_notes
from clinnote.store.records import RecordWriter, check_distinct, rejects_path, write_rejects

_CHUNK: Final = 32
"""Notes a worker process takes at a time."""
_AHEAD: Final = 4
"""Chunks read ahead for each worker, so that a million notes are never all in memory."""

Progress = Callable[[Iterable[Any]], Iterable[Any]]
"""Wraps a stream to show how far it is; ``iter`` shows nothing."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How to tag: everything a worker process needs to build the same tagger."""

    home: Home
    pipeline: str = "general"
    vocabulary: Path | None = None
    given: bool = False
    started: str | None = None
    keep_text: bool = True


@dataclass(frozen=True, slots=True)
class TagSummary:
    """What a run did."""

    notes: int
    mentions: int
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


def tag_notes(
    items: Iterable[Placed | Reject], options: TagOptions, jobs: int = 1, keep_tagged: bool = False
) -> Iterator[TaggedNote | Reject]:
    """Tag every note, in order; rejects pass through.

    Already tagged notes pass through with ``keep_tagged`` and are tagged anew from their text without it.
    """
    if jobs <= 1:
        worker = _Worker(options, keep_tagged)
        for item in items:
            yield worker(item)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start_worker, (options, keep_tagged)) as pool:
        pending: deque[Future[list[TaggedNote | Reject]]] = deque()
        try:
            for chunk in batched(items, _CHUNK):
                pending.append(pool.submit(_work, chunk))
                if len(pending) > jobs * _AHEAD:
                    yield from pending.popleft().result()
            for future in pending:
                yield from future.result()
        except BrokenProcessPool:
            raise UsageError(
                "a worker process was ended from outside (often for want of memory); try again with fewer --jobs"
            ) from None
        except BaseException:  # a failed or interrupted run must not tag what nobody will read
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Worker:
    """One tagger; turns whatever goes wrong with a note into a reject that holds none of its text."""

    def __init__(self, options: TagOptions, keep_tagged: bool) -> None:
        self._options = options
        self._keep_tagged = keep_tagged
        self._tagger: Tagger | None = None

    def __call__(self, item: Placed | Reject) -> TaggedNote | Reject:
        if isinstance(item, Reject):
            return item
        if self._keep_tagged and isinstance(item.record, TaggedNote):
            return item.record
        options = self._options
        self._tagger = self._tagger or load_tagger(options.pipeline, options.vocabulary, options.home)
        try:
            tagged = self._tagger(_as_note(item.record, options.given), given=options.given)
        except RecordError as error:
            return Reject(item.file, item.line, error.reason, str(error))
        except ClinnoteError:
            raise
        except Exception as error:  # noqa: BLE001 (one note must not stop a million; its text must not leak)
            message = f"note {item.record.note_id}: tagging failed with {type(error).__name__}"
            return Reject(item.file, item.line, "internal_error", message)
        run = replace(tagged.run, started=options.started) if tagged.run else None
        return replace(tagged, run=run, text=tagged.text if options.keep_text else None)


def _as_note(item: Note | TaggedNote, given: bool) -> Note:
    if isinstance(item, Note):
        return item
    if item.text is None:
        raise RecordError("no_text", "the tagged note carries no text, so it can't be tagged again")
    carried = {"mentions": [_as_given(mention) for mention in item.mentions]} if given else {}
    return Note(
        item.note_id,
        item.text,
        item.patient_id,
        item.study_id,
        item.accession,
        item.note_type,
        item.date,
        {**item.metadata, **carried},
    )


def _as_given(mention: Mention) -> dict[str, Any]:
    """What a mention was before anything was filled in."""
    codes = [to_dict(code) for code in mention.codes]
    return {**mention.metadata, "start": mention.start, "end": mention.end, "label": mention.label, "codes": codes}


_process: list[_Worker] = []


def _start_worker(options: TagOptions, keep_tagged: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent alone answers it
    _process[:] = [_Worker(options, keep_tagged)]


def _work(items: tuple[Placed | Reject, ...]) -> list[TaggedNote | Reject]:
    return [_process[0](item) for item in items]


def tag_files(
    inputs: Iterable[Path],
    out: Path,
    options: TagOptions,
    source: SourceOptions,
    jobs: int = 1,
    strict: bool = False,
    progress: Progress = iter,
) -> TagSummary:
    """Tag all notes of ``inputs`` into ``out``; ``progress`` wraps the stream of results.

    Raises:
        UsageError: an input does not exist, or the output can't be written or is an input.
        RecordError: with ``strict``, the first note that can't be read.
    """
    inputs = tuple(inputs)
    check_distinct([out, rejects_path(out)], inputs)
    rejects: list[Reject] = []
    mentions = 0
    with RecordWriter(out, TaggedNote) as writer:
        for item in progress(tag_notes(read_notes(inputs, source), options, jobs)):
            problem = item if isinstance(item, Reject) else _write(writer, item)
            if problem is None:
                mentions += len(item.mentions) if isinstance(item, TaggedNote) else 0
                continue
            if strict and not problem.skipped:
                raise RecordError(problem.reason, f"{problem.file}: {problem.message} (--strict)")
            rejects.append(problem)
    return TagSummary(writer.count, mentions, tuple(rejects), write_rejects(out, rejects))


def _write(writer: RecordWriter, tagged: TaggedNote) -> Reject | None:
    try:
        writer.write(tagged)
    except RecordError as error:
        return Reject(str(writer.path), None, error.reason, f"note {tagged.note_id}: {error}")
    return None
