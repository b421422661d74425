"""``clinnote tag``: notes to tagged notes."""

import sys
from pathlib import Path

import click

from clinnote.cli.options import PATH, build_date, now, out_option, report_rejects
from clinnote.settings import find_home


@click.command(
    epilog="Example: clinnote tag notes/ -o tagged.jsonl --pipeline radiology",
)
@click.argument("inputs", nargs=-1, required=True, type=PATH)
@out_option("Tagged notes: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option("--pipeline", default="general", show_default=True, help="radiology, general, or a .cfg file.")
@click.option("--vocab", type=PATH, help="A compiled vocabulary (clinnote vocab build); default: the starter one.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--given", is_flag=True, help="Use the mentions that the notes carry (start, end, label).")
@click.option("--text-column", default="text", show_default=True, help="Column or key that holds the text.")
@click.option("--id-column", default="note_id", show_default=True, help="Column or key that holds the note's id.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of text and CSV files.")
@click.option("--no-text", is_flag=True, help="Leave the note text out of the output (its hash stays).")
@click.option("--strict", is_flag=True, help="Stop at the first note that can't be read.")
@click.option(
    "--resume/--fresh",
    default=True,
    show_default=True,
    help="Go on where the same command was cut off, or begin anew.",
)
def tag(
    inputs: tuple[Path, ...],
    out: Path,
    pipeline: str,
    vocab: Path | None,
    jobs: int,
    given: bool,
    text_column: str,
    id_column: str,
    encoding: str,
    no_text: bool,
    strict: bool,
    resume: bool,
) -> None:
    """Tag notes (.txt folder, .csv, .jsonl, .parquet, FHIR R4 .json/.ndjson; - for JSON Lines on standard input).

    Finds findings, disorders, devices, procedures, drugs, labs and body sites with polarity, certainty, time,
    experiencer, side, place and size, each with its evidence. The same notes give the same bytes, whatever --jobs is;
    when the run was made stands in OUT.run.json (and in the records where SOURCE_DATE_EPOCH is set).
    """
    from clinnote.cli.progress import NoteMeter
    from clinnote.sources.read import SourceOptions, count_hint
    from clinnote.workflow.tagging import TagOptions, tag_files

    options = TagOptions(find_home(), pipeline, vocab, given, build_date(), not no_text)
    source = SourceOptions(text_column, id_column, encoding)
    with NoteMeter(count_hint(inputs, encoding), "tag") as meter:
        summary = tag_files(inputs, out, options, source, jobs, strict, meter, fresh=not resume, now=now)
    if summary.resumed:
        click.echo(f"went on behind {summary.resumed} notes of an interrupted run", err=True)
    click.echo(f"{summary.notes} notes, {summary.mentions} mentions -> {out}", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "notes"))
