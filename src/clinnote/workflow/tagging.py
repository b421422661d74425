"""``tag``: notes in, tagged notes out; on one process or several with identical bytes, and resumed where it was cut."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.mention import Run, TaggedNote
from clinnote.model.note import Note
from clinnote.settings import find_cache
from clinnote.sources.placed import Placed
from clinnote.sources.read import SourceOptions, check_no_notes_lost, read_notes
from clinnote.store.records import (
    STANDARD_STREAM,
    check_distinct,
    check_output,
    files_of_run,
    rejects_path,
    write_rejects,
)
from clinnote.store.spool import Part, Spool, total
from clinnote.workflow.crew import Crew
from clinnote.workflow.tag_options import Batch, Item, TagOptions, chunks, given_up, length, merged, stamp_of

__all__ = ["TagOptions", "TagSummary", "run_path", "tag_files", "tag_notes"]

Progress = Callable[[int, int, bool], object]
"""Told of each finished chunk: its notes, its characters, and whether an earlier run had done it."""
_WORK: Final = "clinnote.workflow.tag_work"
_READ_VOCABULARY: Final = ("clinnote_concepts", "clinnote_medspacy_targets")
"""Factories that take the starter vocabulary when they name none."""
_MAP_FROM: Final = 2
"""Processes from which on a vocabulary that no file holds is written to one, so that all map the same pages."""


@dataclass(frozen=True, slots=True)
class TagSummary:
    """What a run did; ``resumed`` counts the notes that an earlier, interrupted run had done."""

    notes: int
    mentions: int
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    resumed: int = 0


def tag_notes(
    items: Iterable[Item], options: TagOptions, jobs: int = 1, keep_tagged: bool = False
) -> Iterator[TaggedNote | Reject]:
    """Tag every note, in order; rejects pass through.

    Already tagged notes pass through with ``keep_tagged`` and are tagged anew from their text without it.
    """
    if jobs < _MAP_FROM:
        from clinnote.workflow.tag_work import NoteTagger

        yield from map(NoteTagger(options, keep_tagged), items)
        return
    crew = Crew[Item, list[TaggedNote | Reject]](jobs, f"{_WORK}:record_tagger", lambda item: [given_up(item)])
    with crew, mapped_vocabulary(options) as mapped:
        crew.prepare(mapped, keep_tagged)
        for results in crew.map(chunks(items)):
            for result in results:
                yield from result


@contextmanager
def mapped_vocabulary(options: TagOptions) -> Iterator[TagOptions]:
    """The options with the starter vocabulary in a file of its own, where the pipeline uses it."""
    from clinnote.ontology.vocabularies import starter

    if options.vocabulary is not None or not _uses_starter(options):
        yield options
        return
    with TemporaryDirectory(prefix="clinnote-") as folder:
        file = Path(folder) / "starter.vocab"
        starter.write_starter(options.home.ontologies, file, find_cache())
        yield replace(options, vocabulary=file)


def _uses_starter(options: TagOptions) -> bool:
    from clinnote.pipeline.own_stages import own_stages, pipeline_file

    try:
        path = pipeline_file(options.pipeline, options.home)
        stages = own_stages(path)
        if stages is None:
            from confection import Config

            parts = Config().from_disk(path, interpolate=False).get("components", {}).values()
            return any(part.get("factory") in _READ_VOCABULARY and not part.get("vocabulary") for part in parts)
    except (UsageError, OSError, ValueError):
        return False  # the workers say what is wrong with it
    return any(s.factory in _READ_VOCABULARY and not s.settings.get("vocabulary") for s in stages)


@contextmanager
def _team(options: TagOptions, jobs: int, as_parquet: bool) -> Iterator[tuple[Run, Callable[..., Iterator[Batch]]]]:
    """The run stamp, and the function that turns chunks into batches, in order."""
    if jobs < _MAP_FROM:
        from clinnote.workflow.tag_work import FileTagger

        tagger = FileTagger(options, as_parquet)
        yield tagger.about, lambda work: map(tagger, work)
        return
    crew = Crew[Item, Batch](jobs, f"{_WORK}:file_tagger", lambda item: Batch(rejects=(given_up(item),)))
    with crew, mapped_vocabulary(options) as mapped:
        crew.prepare(mapped, as_parquet)
        yield crew.about(), lambda work: map(merged, crew.map(work))


def tag_files(
    inputs: Iterable[Path],
    out: Path,
    options: TagOptions,
    source: SourceOptions,
    jobs: int = 1,
    strict: bool = False,
    progress: Progress | None = None,
    fresh: bool = False,
    now: Callable[[], str] | None = None,
) -> TagSummary:
    """Tag all notes of ``inputs`` into ``out``.

    A run that was cut off (killed, interrupted, out of disk) goes on where it was when the same is asked again:
    chunks of the input whose output stands in ``<out>.partial`` are read but not tagged. Standard input and standard
    output can't go on. With ``now``, start and end of the run go to :func:`run_path`.

    Args:
        inputs: Files and folders of notes.
        out: ``.jsonl`` or ``.parquet``, or ``-``.
        options: How to tag.
        source: How to read.
        jobs: Processes; the output is the same bytes for any number.
        strict: Stop at the first note that can't be read.
        progress: Told of each finished chunk.
        fresh: Begin anew even where an interrupted run could go on.
        now: The clock, as ISO 8601.

    Raises:
        UsageError: an input does not exist, or the output can't be written or is an input.
        RecordError: with ``strict``, the first note that can't be read.
    """
    inputs = tuple(inputs)
    check_distinct([out, rejects_path(out)], inputs)
    check_output(out)
    started = now() if now else None
    check_no_notes_lost([out], inputs, source, tagged_too=False)
    items = read_notes(inputs, source, files_of_run(out))
    items = chain(tuple(islice(items, 1)), items)  # an input that is not there is told before anything is loaded
    with _team(options, jobs, out.suffix.lower() == ".parquet") as (run, work):
        spool = Spool(out, TaggedNote, stamp_of(run, options), fresh or STANDARD_STREAM in inputs)
        with spool:
            resumed = _tag_into(spool, chunks(items), work, strict, progress or _silent)
            notes, mentions, rejects = total(spool.parts)
            rejects_file = write_rejects(out, list(rejects))
    summary = TagSummary(notes, mentions, rejects, rejects_file, resumed)
    if now and out != STANDARD_STREAM:
        _write_run(run_path(out), run, summary, started, now())
    return summary


def _tag_into(
    spool: Spool,
    work: Iterable[tuple[Item, ...]],
    tag: Callable[..., Iterator[Batch]],
    strict: bool,
    progress: Progress,
) -> int:
    """Tag what the spool does not hold yet; gives the number of notes that it held."""
    todo = _ToDo(spool, work, strict, progress)
    for batch in tag(iter(todo)):
        digest, chunk = todo.handed_out.popleft()
        part = spool.add(digest, batch.payload, batch.notes, batch.mentions, batch.rejects)
        _check(part, strict)
        progress(len(chunk), sum(map(length, chunk)), False)
    return todo.resumed


class _ToDo:
    """The chunks that the spool does not hold; drops what it holds beyond the first that differs."""

    def __init__(self, spool: Spool, work: Iterable[Sequence[Item]], strict: bool, progress: Progress) -> None:
        self._spool = spool
        self._work = work
        self._strict = strict
        self._progress = progress
        self.handed_out: deque[tuple[str, Sequence[Item]]] = deque()
        self.resumed = 0

    def __iter__(self) -> Iterator[Sequence[Item]]:
        done = list(self._spool.parts)
        same = 0
        going_on = True
        for chunk in self._work:
            digest = digest_of(chunk)
            if going_on and same < len(done) and done[same].digest == digest:
                self._take_over(done[same], chunk)
                same += 1
                continue
            if going_on:
                going_on = False
                self._spool.keep(same)
            self.handed_out.append((digest, chunk))
            yield chunk
        if going_on:
            self._spool.keep(same)

    def _take_over(self, part: Part, chunk: Sequence[Item]) -> None:
        _check(part, self._strict)
        self.resumed += part.notes
        self._progress(len(chunk), sum(map(length, chunk)), True)


def _silent(notes: int, characters: int, resumed: bool) -> None:
    """No progress."""


def _check(part: Part, strict: bool) -> None:
    for reject in part.rejects:
        if strict and not reject.skipped:
            raise RecordError(reject.reason, f"{reject.place}: {reject.message} (--strict)")


def digest_of(chunk: Sequence[Item]) -> str:
    """A hash of everything about the items that the output may depend on."""
    digest = hashlib.blake2b(digest_size=16)
    for item in chunk:
        if isinstance(item, Placed) and isinstance(item.record, Note):  # the usual case, without the repr of the text
            n = item.record
            about = item.file, item.line, n.note_id, n.patient_id, n.study_id, n.accession, n.note_type, n.date
            digest.update(f"{about!r} {n.metadata!r} {len(n.text)} ".encode("utf-8", "surrogatepass"))
            digest.update(n.text.encode("utf-8", "surrogatepass"))
        else:
            digest.update(repr(item).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def run_path(out: Path) -> Path:
    """Where the account of a run stands: beside its output, as ``<name>.run.json``."""
    return out.with_name(out.stem + ".run.json")


def _write_run(path: Path, run: Run, summary: TagSummary, started: str | None, finished: str) -> None:
    counts = {"notes": summary.notes, "mentions": summary.mentions, "rejects": len(summary.rejects)}
    account = {**asdict(run), "started": started, "finished": finished, "resumed_notes": summary.resumed, **counts}
    path.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
