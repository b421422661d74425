"""``clinnote check``: contradictions between notes and image labels, and inside each report."""

import sys
from collections import Counter
from pathlib import Path

import click

from clinnote.cli.options import PATH, now, out_option, report_rejects
from clinnote.cli.progress import progress
from clinnote.model.conflict import SEVERITIES, Conflict
from clinnote.settings import find_home
from clinnote.sources.read import SourceOptions, count_hint
from clinnote.workflow.checking import CheckFiles, CheckSummary, check_files
from clinnote.workflow.tagging import TagOptions

EXIT_FOUND = 1


@click.command(
    epilog="Example: clinnote check --notes notes.jsonl --labels labels.jsonl -o conflicts.jsonl --html report.html"
)
@click.option("--notes", "notes", multiple=True, required=True, type=PATH, help="Raw or tagged notes; repeatable.")
@click.option("--labels", "labels", multiple=True, type=PATH, help="Image labels or imaging files; repeatable.")
@out_option("Conflicts: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option("--html", type=PATH, help="Also write one self-contained report page.")
@click.option("--pairs", type=PATH, help="Also write the verdict on every pair of mention and label.")
@click.option("--pipeline", default="radiology", show_default=True, help="For raw notes: radiology, general, a .cfg.")
@click.option("--vocab", type=PATH, help="For raw notes: a compiled vocabulary.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Worker processes for tagging.")
@click.option("--strict", is_flag=True, help="Stop at the first input that can't be read.")
def check(
    notes: tuple[Path, ...],
    labels: tuple[Path, ...],
    out: Path,
    html: Path | None,
    pairs: Path | None,
    pipeline: str,
    vocab: Path | None,
    jobs: int,
    strict: bool,
) -> None:
    """Compare notes with the image labels of the same study; without --labels, look inside each report.

    Notes and labels meet where their study_id is the same. Exit code 1 means that contradictions were found.
    """
    options = TagOptions(find_home(), pipeline, vocab, started=now())
    files = CheckFiles(notes, out, labels, html, pairs)
    total = count_hint(notes)
    summary = check_files(
        files, options, SourceOptions(), jobs, strict, progress=lambda items: progress(items, total, "check")
    )
    click.echo(describe(summary), err=True)
    if labels and not summary.linked:
        click.echo(
            "clinnote: no study has both a note and labels, so nothing was compared with an image;"
            " give notes and labels the same study_id",
            err=True,
        )
    unreadable = report_rejects(summary.rejects, summary.rejects_file, "notes or labels")
    sys.exit(unreadable or (EXIT_FOUND if summary.conflicts else 0))


def describe(summary: CheckSummary) -> str:
    """The counts of a check in three lines; no note text."""
    labels = f"{summary.labels} labels" + (f" ({summary.linked} studies have both)" if summary.labels else "")
    lines = [
        f"{summary.studies} studies: {summary.notes} notes with {summary.mentions} mentions, {labels}",
        f"{summary.verdicts.total()} pairs: "
        + (", ".join(f"{n} {value.replace('_', ' ')}" for value, n in summary.verdicts.most_common()) or "none"),
        f"{len(summary.conflicts)} contradictions" + _by_severity(summary.conflicts),
    ]
    return "\n".join(lines)


def _by_severity(conflicts: tuple[Conflict, ...]) -> str:
    counts = Counter(c.severity for c in conflicts)
    listed = ", ".join(f"{counts[s]} {s}" for s in SEVERITIES if counts[s])
    return f" ({listed})" if listed else ""
