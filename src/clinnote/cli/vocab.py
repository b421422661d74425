"""``clinnote vocab``: build, look into, compare and prove vocabularies."""

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clinnote.cli.options import PATH, report_rejects
from clinnote.ontology.vocabularies.importers.registry import IMPORTERS
from clinnote.ontology.vocabularies.kinds import LABELS
from clinnote.settings import find_cache, find_home

if TYPE_CHECKING:
    from clinnote.ontology.vocabularies.vocabulary import Vocabulary

EXIT_WRONG = 1


@click.group()
def vocab() -> None:
    """Build, search, compare and verify vocabularies."""


def _source_options[F: Callable[..., Any]](command: F) -> F:
    """One option for each reader."""
    for importer in reversed(tuple(IMPORTERS.values())):
        if importer.takes:
            option = click.option(
                importer.option, importer.name, multiple=True, type=PATH, metavar=importer.takes, help=importer.help
            )
        else:
            option = click.option(importer.option, importer.name, is_flag=True, help=importer.help)
        command = option(command)
    return command


@vocab.command(epilog="Example: clinnote vocab build --table terms.tsv --icd10cm -o house.vocab")
@_source_options
@click.option("--starter", is_flag=True, help="Add the starter vocabulary's concepts too.")
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True, help="en, en-GB, es ...")
@click.option("--status", "statuses", multiple=True, help="Keep this status too: deprecated, obsolete, suppressed ...")
@click.option("--under", multiple=True, metavar="[SYSTEM|]CODE", help="Keep this code of a system and all below it.")
@click.option("--tag", "tags", multiple=True, help="Keep concepts of this semantic tag or type.")
@click.option("--label", "labels", multiple=True, type=click.Choice(LABELS), help="Keep concepts of this label.")
@click.option("--keep", type=PATH, help="Terms to keep although they look dangerous, one a line.")
@click.option("--drop", type=PATH, help="Terms to leave out, one a line.")
@click.option("-o", "--out", required=True, type=PATH, help="The compiled vocabulary.")
def build(
    starter: bool,
    languages: tuple[str, ...],
    statuses: tuple[str, ...],
    under: tuple[str, ...],
    tags: tuple[str, ...],
    labels: tuple[str, ...],
    keep: Path | None,
    drop: Path | None,
    out: Path,
    **given: Any,
) -> None:
    """Compile terminology releases and tables of terms into one memory-mapped vocabulary.

    The body sites of the anatomy are always in it. Terms that are too short or common English words are left out and
    listed with the reason in OUT.dropped.tsv.
    """
    from clinnote.ontology.vocabularies.building import Filters
    from clinnote.workflow.vocabulary import Recipe, build_from

    inputs: list[tuple[str, Path | None]] = []
    for name, importer in IMPORTERS.items():
        if importer.takes:
            inputs += [(name, path) for path in given[name]]
        elif given[name]:
            inputs.append((name, None))
    recipe = Recipe(inputs, starter, languages, statuses, Filters(under, tags, labels), keep, drop)
    made = build_from(recipe, out, find_home())
    click.echo(f"{made.info['entries']} entries, {made.info['keys']} keys, version {made.info['version']} -> {out}")
    if made.dropped_file:
        click.echo(f"{made.dropped} terms dropped, the reasons: {made.dropped_file}")
    sys.exit(report_rejects(made.rejects, made.rejects_file, "rows"))


@vocab.command(epilog="Example: clinnote vocab info")
@click.option("--vocab", "file", type=PATH, help="A compiled vocabulary; default: the starter one.")
def info(file: Path | None) -> None:
    """Version and counts of a vocabulary, what it was built from, and under which licences."""
    vocabulary = _open(file)
    for key, value in vocabulary.info().items():
        if value is not None:
            click.echo(f"{key:14}{value}")
    for source in vocabulary.manifest.get("sources", ()):
        click.echo(f"{'source':14}{source['name']}, version {source['version'] or 'not stated'}")
        if "concepts" in source:
            click.echo(f"{'':14}{source['concepts_used']} of {source['concepts']} concepts, {source['terms']} terms")
        for part in source.get("files", ()):
            click.echo(f"{'':14}{part['name']}, {part['bytes']} bytes, sha256 {part['sha256'][:16]}")
        click.echo(f"{'':14}licence: {source['licence']}; may be shared: {source['share']}")
    if vocabulary.manifest:
        click.echo(f"{'sharing':14}{_sharing(vocabulary)}")
        click.echo(f"{'dropped':14}{vocabulary.manifest['dropped_terms']} dangerous terms")
        for why, count in vocabulary.manifest["left_out"].items():
            click.echo(f"{'left out':14}{count} concepts: {why}")


def _sharing(vocabulary: "Vocabulary") -> str:
    held = [source["name"] for source in vocabulary.manifest["sources"] if source["share"] == "no"]
    return f"forbidden by the licence of {', '.join(held)}" if held else str(vocabulary.manifest["share"])


@vocab.command(epilog='Example: clinnote vocab search "pleural effus"')
@click.argument("query")
@click.option("--vocab", "file", type=PATH, help="A compiled vocabulary; default: the starter one.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000))
def search(query: str, file: Path | None, limit: int) -> None:
    """Forms that begin with the query, then forms that look like it, with their codes."""
    for hit in _open(file).checked().search(query, limit):
        codes = ", ".join(f"{code.code} {code.display or ''}".strip() for code in hit.entry.codes[:3])
        click.echo(f"{hit.score:5.1f}  {hit.form:38}  {hit.entry.label:10}  {hit.entry.concept or '-'}  {codes}")


@vocab.command(epilog="Example: clinnote vocab verify --reference ValueSet-snomed-intl-gps.json")
@click.option(
    "--reference", "references", multiple=True, type=PATH, help="Further reference: FHIR value set or bundle."
)
@click.option("--vocab", "file", type=PATH, help="Check this compiled vocabulary instead of the shipped tables.")
def verify(references: tuple[Path, ...], file: Path | None) -> None:
    """Prove every code of the shipped tables: it exists, its check digit holds, its display agrees.

    References that are always at hand: pydicom's SNOMED CT and LOINC dictionaries, simple-icd-10-cm. A code that no
    reference at hand knows is unverifiable; exit code 1 when one is wrong. With --vocab: the file is whole and every
    code in it is well formed.
    """
    if file:
        sys.exit(_verify_file(file))
    from clinnote.ontology.verify import Outcome, verify_codes

    report = verify_codes(find_home().ontologies, references)
    click.echo(f"{'system':12}" + "".join(f"{outcome.value:>14}" for outcome in Outcome))
    for system, counts in report.counts.items():
        click.echo(f"{system:12}" + "".join(f"{counts.get(outcome, 0):>14}" for outcome in Outcome))
    click.echo(f"{'all':12}" + "".join(f"{report.total(outcome):>14}" for outcome in Outcome))
    click.echo(f"references: {', '.join(report.references)}")
    for finding in report.wrong:
        click.echo(f"wrong: {finding}")
    sys.exit(EXIT_WRONG if report.wrong else 0)


def _verify_file(file: Path) -> int:
    from clinnote.ontology.vocabularies.comparing import examine

    health = examine(_open(file))
    click.echo(f"content: {'whole' if health.intact else 'damaged; build the vocabulary again'}")
    for system, (good, bad) in health.codes.items():
        click.echo(f"{system}: {good} codes well formed, {bad} not")
    for code in health.malformed:
        click.echo(f"malformed: {code}")
    return 0 if health.sound else EXIT_WRONG


@vocab.command(epilog="Example: clinnote vocab diff old.vocab new.vocab")
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(0), help="Show so many differences.")
def diff(before: Path, after: Path, limit: int) -> None:
    """Forms that were added, removed, or have other labels or codes in the second vocabulary."""
    from clinnote.ontology.vocabularies.comparing import differences

    found = differences(_open(before).checked(), _open(after).checked())
    counts: dict[str, int] = {}
    for one in islice(found, limit):
        counts[one.change] = counts.get(one.change, 0) + 1
        click.echo(f"{one.change:8} {one.form}: {'; '.join(one.before) or '-'} -> {'; '.join(one.after) or '-'}")
    for one in found:
        counts[one.change] = counts.get(one.change, 0) + 1
    click.echo(", ".join(f"{counts.get(change, 0)} {change}" for change in ("added", "removed", "changed")))


def _open(file: Path | None) -> "Vocabulary":
    from clinnote.ontology.vocabularies.starter import starter_vocabulary
    from clinnote.ontology.vocabularies.vocabulary import Vocabulary

    return Vocabulary.open(file) if file else starter_vocabulary(find_home().ontologies, find_cache())
