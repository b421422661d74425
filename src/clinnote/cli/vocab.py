"""``clinnote vocab``: build, look into, and prove vocabularies."""

import sys
from pathlib import Path

import click

from clinnote.cli.options import PATH, report_rejects
from clinnote.ontology.starter import starter_vocabulary
from clinnote.ontology.verify import Outcome, verify_codes
from clinnote.ontology.vocabulary import Vocabulary
from clinnote.settings import find_home
from clinnote.workflow.vocabulary import build_from_tables

EXIT_WRONG = 1


@click.group()
def vocab() -> None:
    """Build, search and verify vocabularies."""


@vocab.command(epilog="Example: clinnote vocab build --table terms.tsv -o house.vocab")
@click.option(
    "--table", "tables", multiple=True, required=True, type=PATH, help="term, code[, system, label, display]."
)
@click.option("--starter", is_flag=True, help="Add the starter vocabulary's concepts too.")
@click.option("-o", "--out", required=True, type=PATH, help="The compiled vocabulary.")
def build(tables: tuple[Path, ...], starter: bool, out: Path) -> None:
    """Compile tables of terms into one memory-mapped vocabulary, with the body sites of the anatomy."""
    made = build_from_tables(tables, starter, out, find_home())
    click.echo(f"{made.info['entries']} entries, {made.info['keys']} keys, version {made.info['version']} -> {out}")
    sys.exit(report_rejects(made.rejects, made.rejects_file, "rows"))


@vocab.command(epilog="Example: clinnote vocab info")
@click.option("--vocab", "file", type=PATH, help="A compiled vocabulary; default: the starter one.")
def info(file: Path | None) -> None:
    """Version and counts of a vocabulary."""
    for key, value in _open(file).info().items():
        if value is not None:
            click.echo(f"{key:10}{value}")


@vocab.command(epilog='Example: clinnote vocab search "pleural effus"')
@click.argument("query")
@click.option("--vocab", "file", type=PATH, help="A compiled vocabulary; default: the starter one.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000))
def search(query: str, file: Path | None, limit: int) -> None:
    """Forms that begin with the query, then forms that look like it, with their codes."""
    for hit in _open(file).search(query, limit):
        codes = ", ".join(f"{code.code} {code.display or ''}".strip() for code in hit.entry.codes[:3])
        click.echo(f"{hit.score:5.1f}  {hit.form:40}{hit.entry.label:12}{hit.entry.concept or ''}  {codes}")


@vocab.command(epilog="Example: clinnote vocab verify --reference ValueSet-snomed-intl-gps.json")
@click.option(
    "--reference", "references", multiple=True, type=PATH, help="Further reference: FHIR value set or bundle."
)
def verify(references: tuple[Path, ...]) -> None:
    """Prove every code of the shipped tables: it exists, its check digit holds, its display agrees.

    References that are always at hand: pydicom's SNOMED CT and LOINC dictionaries, simple-icd-10-cm. A code that no
    reference at hand knows is unverifiable; exit code 1 when one is wrong.
    """
    report = verify_codes(find_home().ontologies, references)
    click.echo(f"{'system':12}" + "".join(f"{outcome.value:>14}" for outcome in Outcome))
    for system, counts in report.counts.items():
        click.echo(f"{system:12}" + "".join(f"{counts.get(outcome, 0):>14}" for outcome in Outcome))
    click.echo(f"{'all':12}" + "".join(f"{report.total(outcome):>14}" for outcome in Outcome))
    click.echo(f"references: {', '.join(report.references)}")
    for finding in report.wrong:
        click.echo(f"wrong: {finding}")
    sys.exit(EXIT_WRONG if report.wrong else 0)


def _open(file: Path | None) -> Vocabulary:
    return Vocabulary.open(file) if file else starter_vocabulary(find_home().ontologies)
