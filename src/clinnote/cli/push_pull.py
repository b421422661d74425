"""``clinnote push`` and ``clinnote pull``: tasks with pre-tags to Label Studio, annotations back."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clinnote.cli.options import PATH, out_option, report_rejects
from clinnote.errors import UsageError
from clinnote.settings import DEFAULT_GUIDELINE, find_home

if TYPE_CHECKING:
    from clinnote.workflow.review import ReviewSummary


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
@click.argument("records", type=PATH)
@_server_options
@click.option("--identifiers", is_flag=True, help="Also send patient, study and accession numbers, dates, metadata.")
@click.option("--review", is_flag=True, help="RECORDS are the conflicts of a check, to be decided by reviewers.")
@click.option("--notes", multiple=True, type=PATH, help="With --review: notes whose whole text is shown; repeatable.")
@click.option("--images", type=PATH, help="With --review: DICOM, PNG, JPEG; a folder or a table.")
def push(
    records: Path,
    project: str,
    guideline: str,
    url: str | None,
    token: str | None,
    insecure: bool,
    identifiers: bool,
    review: bool,
    notes: tuple[Path, ...],
    images: Path | None,
) -> None:
    """Bring tagged notes into Label Studio as tasks that are pre-filled with their mentions.

    The project is made when it is not there. A second push of the same notes changes nothing; changed notes are
    updated, or become new tasks where a reader has begun.

    With --review, bring conflicts: the report beside the picture (or a drawing), both sides marked, and a question
    for verdict and reason.
    """
    if not review and (notes or images):
        raise UsageError("--notes and --images go with --review")
    from clinnote.cli.progress import progress
    from clinnote.sources.read import count_hint
    from clinnote.workflow.label_studio import Server, push_file
    from clinnote.workflow.review import push_review

    server, home, total = Server(url, token, insecure), find_home(), count_hint((records,))

    def shown(items: Iterable[Any]) -> Iterable[Any]:
        return progress(items, total, "push")

    if review:
        summary = push_review(records, project, server, home, notes, images, identifiers, shown)
    else:
        summary = push_file(records, project, guideline, server, home, identifiers, shown)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.counts.items() if count)
    where = f"project '{summary.project}' (number {summary.project_id}) on {summary.server}"
    pictures = f" ({summary.pictures})" if summary.pictures else ""
    click.echo(f"{counts or 'nothing to do'} -> {where}{pictures}", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "conflicts" if review else "notes"))


@click.command(epilog="Example: clinnote pull --project 'Chest reports' -o annotated.jsonl")
@_server_options
@out_option("Annotated notes: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option(
    "--notes", type=PATH, help="The notes that were pushed: joins what stayed at home (study, date, metadata)."
)
@click.option("--review", is_flag=True, help="The project is one of conflicts: bring the reviewers' verdicts.")
@click.option(
    "--conflicts", type=PATH, help="With --review: the conflicts that were pushed; joins what stayed at home."
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
    review: bool,
    conflicts: Path | None,
    since: str | None,
) -> None:
    """Bring the readers' annotations back as tagged notes, one record an annotation, with origin human.

    Each mention says whether the reader left, changed or added it. Skipped and unfinished tasks, and annotations
    whose offsets don't agree with the text, are named in the rejects file.

    With --review, bring verdicts: the lines that the report page exports, for 'clinnote check --learn'.
    """
    if notes and review:
        raise UsageError("--notes goes with pulled notes; give --conflicts with --review")
    if conflicts and not review:
        raise UsageError("--conflicts goes with --review")
    from clinnote.cli.progress import progress
    from clinnote.workflow.label_studio import Server, pull_file
    from clinnote.workflow.review import pull_review

    server, home = Server(url, token, insecure), find_home()

    def shown(items: Iterable[Any]) -> Iterable[Any]:
        return progress(items, None, "pull")

    if review:
        sys.exit(_pull_verdicts(pull_review(project, out, server, home, since, conflicts, shown), out))
    summary = pull_file(project, out, guideline, server, home, since, notes, shown)
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary.corrections.items())
    click.echo(f"{summary.annotations} annotations ({kinds or 'no mentions'}) -> {out}", err=True)
    if summary.latest:
        click.echo(f"newest: {summary.latest} (next time: --since {summary.latest})", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "annotations"))


def _pull_verdicts(summary: "ReviewSummary", out: Path) -> int:
    kinds = ", ".join(f"{count} {value.replace('_', ' ')}" for value, count in summary.verdicts.most_common())
    click.echo(f"{summary.verdicts.total()} verdicts{f' ({kinds})' if kinds else ''} -> {out}", err=True)
    if summary.latest:
        click.echo(f"newest: {summary.latest} (next time: --since {summary.latest})", err=True)
    return report_rejects(summary.rejects, summary.rejects_file, "annotations")
