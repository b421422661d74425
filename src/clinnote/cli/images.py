"""``clinnote images``: imaging files to image labels."""

import sys
from pathlib import Path

import click

from clinnote.cli.options import PATH, out_option, report_rejects
from clinnote.cli.progress import progress
from clinnote.settings import find_home
from clinnote.workflow.imaging import read_images


@click.command(epilog="Example: clinnote images dicom/ boxes.csv -o labels.jsonl")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@out_option("Image labels: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option("--strict", is_flag=True, help="Stop at the first file that can't be read.")
def images(paths: tuple[Path, ...], out: Path, strict: bool) -> None:
    """Read image labels from DICOM SR, SEG, RTSTRUCT, image headers, and boxes in CSV or COCO JSON.

    Every side comes with what it rests on: a code, a header, words, or geometry.
    """
    summary = read_images(paths, out, find_home(), strict, progress=lambda items: progress(items, None, "images"))
    click.echo(f"{summary.labels} labels, {summary.sided} with a side -> {out}", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "files or rows"))
