"""``check``: notes against image labels, and each report against itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clinnote import __version__
from clinnote.crosscheck.engine import check_studies
from clinnote.crosscheck.knowledge import Knowledge, load_knowledge
from clinnote.crosscheck.results import PairVerdict
from clinnote.crosscheck.suppression import Suppression, load_suppressions, suppress
from clinnote.errors import RecordError, Reject
from clinnote.imaging.geometry import with_geometry_side
from clinnote.imaging.read import read_image_labels
from clinnote.model.conflict import Conflict
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote
from clinnote.reports.conflict_report import ReportSummary, write_conflict_report
from clinnote.sources.placed import Placed
from clinnote.sources.read import SourceOptions, read_notes
from clinnote.store.records import RecordWriter, check_distinct, check_output, rejects_path, write_rejects
from clinnote.workflow.tagging import TagOptions, tag_notes


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
    conflicts: tuple[Conflict, ...]
    verdicts: Counter[str]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None


@dataclass(slots=True)
class _Seen:
    """Counts of what went by while the stages pulled it through."""

    notes: int = 0
    mentions: int = 0
    labels: int = 0
    studies: set[str] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)


def check_files(
    files: CheckFiles,
    options: TagOptions,
    source: SourceOptions,
    jobs: int = 1,
    strict: bool = False,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> CheckSummary:
    """Tag what is raw, read the labels, compare, and write conflicts (and report, and pair verdicts) to files.

    Raises:
        UsageError: an input does not exist, or an output can't be written.
        RecordError: with ``strict``, the first input that can't be read.
    """
    outputs = [files.out, rejects_path(files.out), files.html, files.pairs]
    check_distinct(outputs, [*files.notes, *files.labels, *files.suppress])
    if files.html is not None:
        check_output(files.html, (".html", ".htm"))
    knowledge = load_knowledge(options.home)
    muting = _muting(files, options, knowledge)
    seen = _Seen()
    labels = _labels(files.labels, options, seen, strict)
    notes = _notes(read_notes(files.notes, source), options, jobs, seen, strict)
    conflicts: list[Conflict] = []
    verdicts: Counter[str] = Counter()
    with ExitStack() as stack:
        writer = stack.enter_context(RecordWriter(files.out, Conflict))
        pairs = stack.enter_context(RecordWriter(files.pairs, PairVerdict)) if files.pairs else None
        for result in check_studies(progress(notes), labels, knowledge):
            for conflict in (suppress(found, muting) for found in result.conflicts):
                conflicts.append(conflict)
                writer.write(conflict)
            for verdict in result.verdicts:
                verdicts[verdict.value] += 1
                if pairs is not None:
                    pairs.write(verdict)
    if files.html is not None:
        write_conflict_report(conflicts, _report_summary(seen, verdicts, options), files.html)
    rejects_file = write_rejects(files.out, seen.rejects)
    return CheckSummary(
        seen.notes,
        seen.mentions,
        seen.labels,
        len(seen.studies),
        len(seen.studies & {label.study_id for label in labels}),
        tuple(conflicts),
        verdicts,
        tuple(seen.rejects),
        rejects_file,
    )


def _muting(files: CheckFiles, options: TagOptions, knowledge: Knowledge) -> list[Suppression]:
    paths = (options.home.configs / "crosscheck.toml", *files.suppress)
    return [rule for path in paths for rule in load_suppressions(path, knowledge.rules.traps)]


def _set_aside(reject: Reject, seen: _Seen, strict: bool) -> None:
    if strict and not reject.skipped:
        raise RecordError(reject.reason, f"{reject.file}: {reject.message} (--strict)")
    seen.rejects.append(reject)


def _labels(paths: Sequence[Path], options: TagOptions, seen: _Seen, strict: bool) -> list[ImageLabel]:
    labels: list[ImageLabel] = []
    for item in read_image_labels(paths, options.home) if paths else ():
        if isinstance(item, Reject):
            _set_aside(item, seen, strict)
        else:
            labels.append(with_geometry_side(item))
    seen.labels = len(labels)
    return labels


def _notes(
    items: Iterator[Placed | Reject], options: TagOptions, jobs: int, seen: _Seen, strict: bool
) -> Iterator[TaggedNote]:
    for item in tag_notes(items, options, jobs, keep_tagged=True):
        if isinstance(item, Reject):
            _set_aside(item, seen, strict)
            continue
        seen.notes += 1
        seen.mentions += len(item.mentions)
        seen.studies.add(item.study_id or item.note_id)
        yield item


def _report_summary(seen: _Seen, verdicts: Counter[str], options: TagOptions) -> ReportSummary:
    run = {"clinnote": __version__, "pipeline": options.pipeline, "started": options.started or ""}
    return ReportSummary(
        studies=len(seen.studies),
        notes=seen.notes,
        labels=seen.labels,
        mentions=seen.mentions,
        pairs=verdicts.total(),
        verdicts=dict(verdicts),
        run=run,
        rejects=sum(not r.skipped for r in seen.rejects),
    )
