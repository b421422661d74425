"""``check``: notes against image labels, and each report against itself."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from clinnote import __version__
from clinnote.crosscheck.kinds.flips import fold_flips
from clinnote.crosscheck.knowledge import Knowledge, load_knowledge
from clinnote.crosscheck.results import PairVerdict, StudyResult
from clinnote.crosscheck.suppression import Suppression, load_suppressions, suppress
from clinnote.errors import Reject, UsageError
from clinnote.model.conflict import Conflict
from clinnote.reports.conflict_report import ReportSummary, write_conflict_report
from clinnote.sources.read import SourceOptions, check_no_notes_lost, read_notes
from clinnote.store.records import (
    RecordWriter,
    check_distinct,
    check_output,
    check_writable,
    files_of_run,
    rejects_path,
    write_rejects,
)
from clinnote.store.shelf import Shelf
from clinnote.workflow.check_stages import Progress, compared, silent, stamp_of_check, store_labels, store_notes
from clinnote.workflow.study_store import StudyStore
from clinnote.workflow.tagging import TagOptions


@dataclass(frozen=True, slots=True)
class CheckFiles:
    """Where a check reads and writes."""

    notes: tuple[Path, ...]
    out: Path
    labels: tuple[Path, ...] = ()
    html: Path | None = None
    pairs: Path | None = None
    suppress: tuple[Path, ...] = ()
    """Files with the site's own ``[[suppress]]`` rules, besides those of ``configs/crosscheck.toml``."""


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What a check read, compared and found."""

    notes: int
    mentions: int
    labels: int
    studies: int
    linked: int
    """Studies that have both a note and labels: only these can be compared."""
    conflicts: Shelf[Conflict]
    """All of them, on disk where they are many."""
    verdicts: Counter[str]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    resumed: int = 0
    """Notes that an earlier, interrupted run had tagged."""


def check_files(
    files: CheckFiles,
    options: TagOptions,
    source: SourceOptions,
    jobs: int = 1,
    strict: bool = False,
    progress: Progress = silent,
) -> CheckSummary:
    """Tag what is raw, read the labels, compare, and write conflicts (and report, and pair verdicts) to files.

    Notes and labels lie in a working file beside the output until all are read, for those of one study may stand
    anywhere; then study after study is compared, in the order of their first notes, with the same result for any
    number of ``jobs``. A run that was cut off while it tagged goes on where it was.

    Raises:
        UsageError: an input does not exist, or an output can't be written.
        RecordError: with ``strict``, the first input that can't be read.
    """
    if any(str(path).lower().startswith(("http:/", "https:/")) for path in files.labels):
        raise UsageError("--labels takes files; read a PACS with 'clinnote images URL -o labels.jsonl' first")
    check_output(files.out)
    outputs = [files.out, rejects_path(files.out), files.html, files.pairs]
    check_distinct(outputs, [*files.notes, *files.labels, *files.suppress])
    own = [*files_of_run(files.out), *(path for path in (files.html, files.pairs) if path is not None)]
    if files.html is not None:
        check_output(files.html, (".html", ".htm"))
        check_writable(files.html)
    knowledge = load_knowledge(options.home)
    muting = _muting(files, options, knowledge)
    check_no_notes_lost([files.out, files.pairs], files.notes, source)
    items = read_notes(files.notes, source, own)
    items = chain(tuple(islice(items, 1)), items)  # an input that is not there is told before anything is done
    with ExitStack() as stack:
        store = stack.enter_context(StudyStore(files.out, stamp_of_check(options, source)))  # refuses a second run
        writer = stack.enter_context(RecordWriter(files.out, Conflict))
        pairs = stack.enter_context(RecordWriter(files.pairs, PairVerdict)) if files.pairs else None
        rejects = store_labels(store, files.labels, options, strict, progress, own)
        resumed = store_notes(store, items, options, jobs, strict, progress)
        rejects.extend(store.rejects())
        store.join()
        counts = store.counts()
        found = _Found(writer, pairs, muting)
        for result in fold_flips(compared(store, knowledge, options.home, jobs, progress), knowledge.rules):
            found.add(result)
        if files.html is not None:
            write_conflict_report(found.conflicts, _report_summary(counts, found, rejects, options), files.html)
    rejects_file = write_rejects(files.out, rejects)
    return CheckSummary(*counts, found.conflicts, found.verdicts, tuple(rejects), rejects_file, resumed)


class _Found:
    """Writes what was found as it comes, and counts it."""

    def __init__(self, writer: RecordWriter, pairs: RecordWriter | None, muting: Sequence[Suppression]) -> None:
        self._writer = writer
        self._pairs = pairs
        self._muting = muting
        self.conflicts: Shelf[Conflict] = Shelf()
        self.verdicts: Counter[str] = Counter()

    def add(self, result: StudyResult) -> None:
        for conflict in (suppress(found, self._muting) for found in result.conflicts):
            self.conflicts.append(conflict)
            self._writer.write(conflict)
        for verdict in result.verdicts:
            self.verdicts[verdict.value] += 1
            if self._pairs is not None:
                self._pairs.write(verdict)


def _muting(files: CheckFiles, options: TagOptions, knowledge: Knowledge) -> list[Suppression]:
    paths = (options.home.configs / "crosscheck.toml", *files.suppress)
    return [rule for path in paths for rule in load_suppressions(path, knowledge.rules.traps)]


def _report_summary(
    counts: tuple[int, int, int, int, int], found: _Found, rejects: Sequence[Reject], options: TagOptions
) -> ReportSummary:
    notes, mentions, labels, studies, _ = counts
    run = {"clinnote": __version__, "pipeline": options.pipeline, "started": options.started or ""}
    return ReportSummary(
        studies=studies,
        notes=notes,
        labels=labels,
        mentions=mentions,
        pairs=found.verdicts.total(),
        verdicts=dict(found.verdicts),
        run=run,
        rejects=sum(not r.skipped for r in rejects),
    )
