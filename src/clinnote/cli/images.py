"""``clinnote images``: imaging files, or a PACS, to image labels."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinnote.cli.options import PATH, out_option, report_rejects
from clinnote.errors import UsageError
from clinnote.settings import find_home

if TYPE_CHECKING:
    from clinnote.workflow.imaging import ImagesSummary


@click.command(
    epilog="Example: clinnote images dicom/ boxes.csv -o labels.jsonl"
    " | clinnote images https://pacs.example.org/dicom-web --query StudyDate=20240101-20240131 -o labels.jsonl"
)
@click.argument("sources", metavar="PATH... | URL", nargs=-1, required=True)
@out_option("Image labels: .jsonl or .parquet, - for JSON Lines on standard output.")
@click.option("--query", "queries", multiple=True, metavar="KEY=VALUE", help="PACS: which studies; repeatable.")
@click.option("--modality", "modalities", multiple=True, help="PACS: series of these alone (SR,SEG,MG); repeatable.")
@click.option("--ca-file", type=PATH, help="PACS: certificates (PEM) of the authority to trust.")
@click.option("--netrc", "netrc_file", type=PATH, help="PACS: file with the login, in place of ~/.netrc.")
@click.option("--insecure", is_flag=True, help="PACS: allow http:// to another machine (the line is protected).")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(1), help="PACS: seconds of silence.")
@click.option("--tries", default=6, show_default=True, type=click.IntRange(1, 20), help="PACS: tries of one request.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Files: worker processes.")
@click.option(
    "--resume/--fresh", default=True, show_default=True, help="Go on where the same command was cut off, or anew."
)
@click.option("--strict", is_flag=True, help="Stop at the first file or object that can't be read.")
def images(
    sources: tuple[str, ...],
    out: Path,
    queries: tuple[str, ...],
    modalities: tuple[str, ...],
    ca_file: Path | None,
    netrc_file: Path | None,
    insecure: bool,
    timeout: float,
    tries: int,
    jobs: int,
    resume: bool,
    strict: bool,
) -> None:
    """Read image labels from files, or from a PACS over DICOMweb.

    Files, folders and archives: DICOM SR, SEG, RTSTRUCT and image headers, tables (CSV), COCO, Pascal VOC, YOLO, NIfTI
    masks, Label Studio exports, FHIR. PACS: the same objects; of images the
    header alone. Its login comes from CLINNOTE_PACS_TOKEN, from CLINNOTE_PACS_USER and CLINNOTE_PACS_PASSWORD, or from
    a netrc file. Every side comes with what it rests on: a code, a header, words, or geometry.
    """
    from clinnote.imaging.dicomweb.address import find_login, is_address, pacs_options, study_query

    if any(map(is_address, sources)):
        from clinnote.cli.progress import progress
        from clinnote.workflow.pacs import PacsJob, read_pacs

        if jobs > 1:
            raise UsageError("--jobs is for files; a PACS is asked for one study after the other")
        if len(sources) > 1:
            raise UsageError("one PACS a run, and no files beside it; 'check' takes the labels of several runs")
        options = pacs_options(sources[0], insecure, timeout, tries, ca_file)
        login = find_login(options, os.environ, netrc_file)
        wanted = tuple(m.strip().upper() for text in modalities for m in text.split(",") if m.strip())
        job = PacsJob(options, study_query(queries), wanted, login)
        summary = read_pacs(job, out, find_home(), strict, not resume, lambda s: progress(s, len(s), "studies"))
        _tell_studies(summary)
    else:
        if queries or modalities or ca_file or netrc_file:
            raise UsageError("--query, --modality, --ca-file and --netrc are for a PACS (https://...)")
        from clinnote.cli.progress import progress
        from clinnote.workflow.imaging import read_images

        paths = tuple(map(Path, sources))
        meter = lambda chunks: progress(chunks, len(chunks), "files")  # noqa: E731 (a Progress)
        summary = read_images(paths, out, find_home(), strict, None, meter, jobs, not resume)
        if summary.resumed:
            click.echo(f"went on behind {summary.resumed} files of an interrupted run", err=True)
    click.echo(f"{summary.labels} labels, {summary.sided} with a side -> {out}", err=True)
    sys.exit(report_rejects(summary.rejects, summary.rejects_file, "files, rows or objects"))


def _tell_studies(summary: "ImagesSummary") -> None:
    if summary.resumed:
        click.echo(f"went on behind {summary.resumed} studies of an interrupted run", err=True)
    click.echo(f"{summary.studies} studies", err=True)
