"""``clinnote push`` and ``clinnote pull``: tasks with pre-tags to Label Studio, annotations back."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clinnote.cli.options import PATH, out_option, report_rejects
from clinnote.cli.progress import progress
from clinnote.settings import find_home
from clinnote.sources.read import count_hint
from clinnote.workflow.label_studio import DEFAULT_GUIDELINE, Server, pull_file, push_file


def _server_options[F: Callable[..., Any]](command: F) -> F:
    for option in (
        click.option("--insecure", is_flag=True, help="Allow http:// to another machine (notes cross unencrypted)."),
        click.option("--token", envvar="CLINNOTE_LS_TOKEN", help="Access token; better set CLINNOTE_LS_TOKEN."),
        click.option("--url", envvar="CLINNOTE_LS_URL", help="Address of Label Studio; default: the local studio."),
        click.option("--guideline", default=DEFAULT_GUIDELINE, show_default=True, help="Guideline file or name."),
        click.option("--project", required=True, help="Title (3-50 characters) or number of the project."),
    ):
        command = option(command)
    return command


@click.command(epilog="Example: clinnote push tagged.jsonl --project 'Chest reports'")
@click.argument("tagged", type=PATH)
@_server_options
@click.option("--identifiers", is_flag=True, help="Also send patient, study and accession numbers, dates, metadata.")
def push(
    tagged: Path,
    project: str,
    guideline: str,
    url: str | None,
    token: str | None,
    insecure: bool,
    identifiers: bool,
) -> None:
    """Bring tagged notes into Label Studio as tasks that are pre-filled with their mentions.

    The project is made when it is not there. A second push of the same notes changes nothing; changed notes are
    updated, or become new tasks where a reader has begun.
    """
    total = count_hint((tagged,))
    summary = push_file(
        tagged,
        project,
        guideline,
        Server(url, token, insecure),
        find_home(),
        identifiers,
        progress=lambda items: progress(items, total, "push"),
    )
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.counts.items() if count)
    where = f"project '{summary.project}' (number {summary.project_id}) on {summary.server}"
    click.echo(f"{counts or 'nothing to do'} -> {where}", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "notes"))


@click.command(epilog="Example: clinnote pull --project 'Chest reports' -o annotated.jsonl")
@_server_options
@out_option("Annotated notes: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option(
    "--notes", type=PATH, help="The notes that were pushed: joins what stayed at home (study, date, metadata)."
)
@click.option("--since", help="Only what was updated after this time (ISO 8601; UTC unless it names an offset).")
def pull(
    project: str,
    guideline: str,
    url: str | None,
    token: str | None,
    insecure: bool,
    out: Path,
    notes: Path | None,
    since: str | None,
) -> None:
    """Bring the readers' annotations back as tagged notes, one record an annotation, with origin human.

    Each mention says whether the reader left, changed or added it. Skipped and unfinished tasks, and annotations
    whose offsets don't agree with the text, are named in the rejects file.
    """
    summary = pull_file(
        project,
        out,
        guideline,
        Server(url, token, insecure),
        find_home(),
        since,
        notes,
        progress=lambda items: progress(items, None, "pull"),
    )
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary.corrections.items())
    click.echo(f"{summary.annotations} annotations ({kinds or 'no mentions'}) -> {out}", err=True)
    if summary.latest:
        click.echo(f"newest: {summary.latest} (next time: --since {summary.latest})", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "annotations"))
