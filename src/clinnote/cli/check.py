"""``clinnote check``: contradictions between notes and image labels, and inside each report."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinnote.cli.options import PATH, now, report_rejects
from clinnote.crosscheck.learning import MIN_SUPPORT
from clinnote.crosscheck.suppression import SUPPRESSED_BY
from clinnote.errors import UsageError
from clinnote.model.conflict import SEVERITIES, Conflict
from clinnote.settings import find_home

if TYPE_CHECKING:
    from clinnote.workflow.checking import CheckFiles, CheckSummary
    from clinnote.workflow.tag_options import TagOptions

EXIT_FOUND = 1


@click.command(
    epilog="Example: clinnote check --notes notes.jsonl --labels labels.jsonl -o conflicts.jsonl --html report.html"
)
@click.option("--notes", "notes", multiple=True, type=PATH, help="Raw or tagged notes; repeatable.")
@click.option("--labels", "labels", multiple=True, type=PATH, help="Image labels or imaging files; repeatable.")
@click.option("-o", "--out", type=PATH, help="Conflicts: .jsonl or .parquet, - for standard output. Rules: .toml.")
@click.option("--html", type=PATH, help="Also write one self-contained report page.")
@click.option("--pairs", type=PATH, help="Also write the verdict on every pair of mention and label.")
@click.option("--suppress", multiple=True, type=PATH, help="Your own rules that mute false flags (.toml); repeatable.")
@click.option("--learn", multiple=True, type=PATH, help="Propose such rules from reviewers' verdicts; repeatable.")
@click.option("--conflicts", type=PATH, help="With --learn: the conflicts that were reviewed.")
@click.option(
    "--min-support",
    type=click.IntRange(1),
    default=MIN_SUPPORT,
    show_default=True,
    help="With --learn: reviewed false flags that a rule must cover.",
)
@click.option("--pipeline", default="radiology", show_default=True, help="For raw notes: radiology, general, a .cfg.")
@click.option("--vocab", type=PATH, help="For raw notes: a compiled vocabulary.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--strict", is_flag=True, help="Stop at the first input that can't be read.")
def check(
    notes: tuple[Path, ...],
    labels: tuple[Path, ...],
    out: Path | None,
    html: Path | None,
    pairs: Path | None,
    suppress: tuple[Path, ...],
    learn: tuple[Path, ...],
    conflicts: Path | None,
    min_support: int,
    pipeline: str,
    vocab: Path | None,
    jobs: int,
    strict: bool,
) -> None:
    """Compare notes with the image labels of the same study; without --labels, look inside each report.

    Notes and labels meet where their study_id is the same. Exit code 1 means that contradictions were found.

    With --learn nothing is compared: verdicts of reviewers are read, and rules are proposed that would have muted
    their false alarms, each with the number of true conflicts that it would have hidden.
    """
    if learn:
        if notes or labels or html or pairs or suppress:
            raise UsageError("--learn goes with --conflicts and -o RULES.toml alone")
        sys.exit(_learn(learn, out, conflicts, min_support))
    if conflicts is not None:
        raise UsageError("--conflicts goes with --learn")
    if not notes:
        raise UsageError("give the notes with --notes (or verdicts with --learn)")
    if out is None:
        raise UsageError("give the output with -o (.jsonl or .parquet, - for standard output)")
    from clinnote.workflow.checking import CheckFiles
    from clinnote.workflow.tag_options import TagOptions

    files = CheckFiles(notes, out, labels, html, pairs, suppress)
    sys.exit(_check(files, TagOptions(find_home(), pipeline, vocab, started=now()), jobs, strict))


def _check(files: "CheckFiles", options: "TagOptions", jobs: int, strict: bool) -> int:
    from clinnote.cli.progress import progress
    from clinnote.sources.read import SourceOptions, count_hint
    from clinnote.workflow.checking import check_files

    hint = count_hint(files.notes)
    summary = check_files(
        files,
        options,
        SourceOptions(),
        jobs,
        strict,
        progress=lambda items, stage, total: progress(items, hint if stage == "notes" else total, stage),
    )
    if summary.resumed:
        click.echo(f"took over {summary.resumed} notes that an interrupted run had tagged", err=True)
    click.echo(describe(summary), err=True)
    if files.labels and not summary.linked:
        why = (
            "no study has both a note and labels, so nothing was compared with an image;"
            " give notes and labels the same study_id"
            if summary.labels
            else "the labels hold none that can be read, so only each report itself was checked"
        )
        click.echo(f"clinnote: {why}", err=True)
    unreadable = report_rejects(summary.rejects, summary.rejects_file, "notes or labels")
    return unreadable or (EXIT_FOUND if _loud(summary.conflicts) else 0)


def _learn(verdicts: tuple[Path, ...], out: Path | None, conflicts: Path | None, min_support: int) -> int:
    from clinnote.store.records import STANDARD_STREAM
    from clinnote.workflow.learning import describe_lessons, learn_files

    summary = learn_files(verdicts, out, find_home(), conflicts, min_support)
    click.echo(describe_lessons(summary), err=out == STANDARD_STREAM)
    for reject in summary.rejects:
        click.echo(f"clinnote: {reject.file}:{reject.line}: {reject.reason}: {reject.message}", err=True)
    if out is not None and out != STANDARD_STREAM:
        adopt = f"rules in {out}; adopt them with: clinnote check ... --suppress {out}"
        click.echo(f"\n{adopt}" if summary.lessons.proposals else f"\nno rule to adopt in {out}")
    return 2 if summary.rejects else 0


def _loud(conflicts: Iterable[Conflict]) -> Counter[str]:
    """How many there are of each severity, those apart that a rule muted."""
    return Counter(conflict.severity for conflict in conflicts if SUPPRESSED_BY not in conflict.metadata)


def describe(summary: "CheckSummary") -> str:
    """The counts of a check in three lines, and one for each rule that muted something; no note text."""
    loud = _loud(summary.conflicts)
    labels = f"{summary.labels} labels" + (f" ({summary.linked} studies have both)" if summary.labels else "")
    lines = [
        f"{summary.studies} studies: {summary.notes} notes with {summary.mentions} mentions, {labels}",
        f"{summary.verdicts.total()} pairs: "
        + (", ".join(f"{n} {value.replace('_', ' ')}" for value, n in summary.verdicts.most_common()) or "none"),
        f"{loud.total()} contradictions" + _by_severity(loud),
    ]
    muted = Counter(str(c.metadata[SUPPRESSED_BY]) for c in summary.conflicts if SUPPRESSED_BY in c.metadata)
    lines += [f"muted by rule {rule}: {n}" for rule, n in muted.most_common()]
    return "\n".join(lines)


def _by_severity(counts: Counter[str]) -> str:
    listed = ", ".join(f"{counts[s]} {s}" for s in SEVERITIES if counts[s])
    return f" ({listed})" if listed else ""
