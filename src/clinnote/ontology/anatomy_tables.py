"""The tables of body sites, read and checked: sites, sided forms, plurals, parts and the names of findings."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.errors import OntologyError
from clinnote.model import laterality
from clinnote.model.codes import SNOMED, Code
from clinnote.model.laterality import Sides
from clinnote.ontology.tables import Row, read_table

# fmt: off
SITE_COLUMNS: Final = (
    "id", "name", "parent", "paired", "side", "overlaps", "synonyms", "snomed", "display", "flags", "source",
)
# fmt: on
SIDED_COLUMNS: Final = ("form", "site", "side", "source")
PLURAL_COLUMNS: Final = ("form", "site", "source")
PART_COLUMNS: Final = ("part", "whole", "site", "source")
PARTNER_COLUMNS: Final = ("site", "partner", "example", "source")
NAME_COLUMNS: Final = ("form", "site", "example", "counter_example", "source")
FLAGS: Final = ("side_in_name", "fixed_side", "quadrant", "route", "film_zone", "level", "region")

TOKEN: Final = re.compile(r"[^\W_]+")


class Form(NamedTuple):
    """One way to write a site; ``sides`` are those the form itself contains. Capitals are matched as capitals."""

    text: str
    site: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class Node:
    """One body site."""

    id: str
    name: str
    parent: str | None
    paired: bool
    side: Sides
    """Side on which an unpaired structure lies; midline only describes."""
    overlaps: frozenset[str]
    synonyms: tuple[str, ...]
    code: Code | None
    flags: frozenset[str]
    series: str | None = None
    """The numbered row of siblings that the site belongs to ("rib", "finger"); None for other sites."""


class Tables(NamedTuple):
    """What the tables say, with everything that follows from it alone."""

    nodes: Mapping[str, Node]
    sided: tuple[Form, ...]
    ancestors: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    phrases: Mapping[tuple[str, ...], tuple[str, Sides]]
    levels: Mapping[str, int]
    plurals: frozenset[tuple[str, ...]]
    """Words of the forms whose plain plural means both sides."""
    specific: Mapping[tuple[str, str], str]
    """(part that several organs have, organ) -> the part of that organ."""


def tokens(text: str) -> tuple[str, ...]:
    """The words of a form or label in lower case; punctuation, underscores and hyphens separate."""
    return tuple(TOKEN.findall(text.lower()))


def with_article(form: str) -> tuple[str, ...]:
    """The form, and for "apex of lung" also "apex of the lung"."""
    return (form, form.replace(" of ", " of the ", 1)) if " of " in form and " of the " not in form else (form,)


def read_sites(ontologies: Path) -> Tables:
    """The tables, checked.

    Raises:
        OntologyError: unknown parent or overlap, second root, cycle, unknown flag, or one form for two sites.
    """
    rows = list(read_table(ontologies / "anatomy" / "sites.tsv", SITE_COLUMNS))
    nodes: dict[str, Node] = {}
    for row in rows:
        if row["id"] in nodes:
            raise row.error(f"second row for {row['id']}")
        nodes[row["id"]] = _node(row)
    ancestors = {row["id"]: _climb(row, nodes) for row in rows}
    for row in rows:
        for other in row.items("overlaps"):
            if other not in nodes:
                raise row.error(f"overlaps {other}, which is no site")
    sided = tuple(_sided(row, nodes) for row in read_table(ontologies / "anatomy" / "sided_forms.tsv", SIDED_COLUMNS))
    return Tables(
        _symmetric(nodes),
        sided,
        ancestors,
        _contained(ancestors),
        _phrases(rows, sided, _named(ontologies, nodes)),
        _levels(nodes),
        _plurals(ontologies, nodes),
        _specific(ontologies, nodes),
    )


def _node(row: Row) -> Node:
    if row["paired"] not in ("yes", "no"):
        raise row.error(f"paired must be yes or no, not {row['paired']!r}")
    flags, series = _flags(row)
    if not flags <= set(FLAGS):
        raise row.error(f"unknown flag {', '.join(sorted(flags - set(FLAGS)))}; known: {', '.join(FLAGS)}")
    return Node(
        id=row["id"],
        name=row["name"],
        parent=row["parent"] or None,
        paired=row["paired"] == "yes",
        side=_side(row),
        overlaps=frozenset(row.items("overlaps")),
        synonyms=row.items("synonyms"),
        code=Code(SNOMED, row["snomed"], row["display"]) if row["snomed"] else None,
        flags=flags,
        series=series,
    )


def _flags(row: Row) -> tuple[frozenset[str], str | None]:
    """The flags without what stands behind an equals sign, and the series of a level."""
    pairs = [flag.partition("=") for flag in row.items("flags")]
    named = {flag: value for flag, _, value in pairs}
    series = named.get("level")
    return frozenset(named), row["id"].split("_")[0] if series == "" else series


def _side(row: Row) -> Sides:
    try:
        return laterality.parse(row["side"] or None)
    except ValueError as error:
        raise row.error(str(error)) from None


def _climb(row: Row, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    above: list[str] = []
    parent = nodes[row["id"]].parent
    if parent is None and row["id"] != "body":
        raise row.error("only body is without a parent")
    while parent is not None:
        if parent not in nodes:
            raise row.error(f"parent {parent} is no site")
        if parent in above or parent == row["id"]:
            raise row.error(f"{row['id']} is part of itself")
        above.append(parent)
        parent = nodes[parent].parent
    return tuple(above)


def _contained(ancestors: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every site with all that lies inside it, itself included."""
    parts = defaultdict(list)
    for site, above in ancestors.items():
        for whole in (site, *above):
            parts[whole].append(site)
    return {whole: tuple(inside) for whole, inside in parts.items()}


def _sided(row: Row, nodes: Mapping[str, Node]) -> Form:
    if row["site"] not in nodes:
        raise row.error(f"{row['site']} is no site")
    return Form(row["form"], row["site"], _side(row))


def _symmetric(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """The nodes with every declared overlap written in both directions."""
    both: dict[str, set[str]] = {site: set(node.overlaps) for site, node in nodes.items()}
    for site, node in nodes.items():
        for other in node.overlaps:
            both[other].add(site)
    return {site: replace(node, overlaps=frozenset(both[site])) for site, node in nodes.items()}


def _phrases(
    rows: Sequence[Row], sided: tuple[Form, ...], named: Sequence[Row]
) -> dict[tuple[str, ...], tuple[str, Sides]]:
    phrases: dict[tuple[str, ...], tuple[str, Sides]] = {}
    for row in rows:
        names = (row["name"], row["id"].replace("_", " "), *row.items("synonyms"))
        for text in (form for name in names for form in with_article(name)):
            taken = phrases.setdefault(tokens(text), (row["id"], laterality.UNKNOWN))
            if taken[0] != row["id"]:
                raise OntologyError(f"{row.file.name}:{row.line}: {text!r} already names {taken[0]}")
    for row in named:
        taken = phrases.setdefault(tokens(row["form"]), (row["site"], laterality.UNKNOWN))
        if taken[0] != row["site"]:
            raise row.error(f"{row['form']!r} already names {taken[0]}")
    for form in sided:
        phrases[tokens(form.text)] = (form.site, form.sides)
    return phrases


def _named(ontologies: Path, nodes: Mapping[str, Node]) -> list[Row]:
    """The rows of ``finding_names.tsv``."""
    rows = list(read_table(ontologies / "anatomy" / "finding_names.tsv", NAME_COLUMNS))
    for row in rows:
        if row["site"] not in nodes:
            raise row.error(f"{row['site']} is no site")
    return rows


def _specific(ontologies: Path, nodes: Mapping[str, Node]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in read_table(ontologies / "anatomy" / "parts.tsv", PART_COLUMNS):
        for column in ("part", "whole", "site"):
            if row[column] not in nodes:
                raise row.error(f"{row[column]} is no site")
        if (row["part"], row["whole"]) in found:
            raise row.error(f"{row['part']} of {row['whole']} stands twice")
        found[row["part"], row["whole"]] = row["site"]
    return found


def _plurals(ontologies: Path, nodes: Mapping[str, Node]) -> frozenset[tuple[str, ...]]:
    found = []
    for row in read_table(ontologies / "anatomy" / "plurals.tsv", PLURAL_COLUMNS):
        if row["site"] not in nodes:
            raise row.error(f"{row['site']} is no site")
        found.append(tokens(row["form"]))
    return frozenset(found)


def _levels(nodes: Mapping[str, Node]) -> dict[str, int]:
    count: dict[str, int] = {}
    levels = {}
    for site, node in nodes.items():
        if node.series is not None:
            levels[site] = count[node.series] = count.get(node.series, -1) + 1
    return levels


def read_partners(ontologies: Path, nodes: Mapping[str, Node]) -> tuple[tuple[str, str], ...]:
    """The rows of ``anatomy/partners.tsv``.

    Raises:
        OntologyError: a row names no site.
    """
    found: list[tuple[str, str]] = []
    for row in read_table(ontologies / "anatomy" / "partners.tsv", PARTNER_COLUMNS):
        for column in ("site", "partner"):
            if row[column] not in nodes:
                raise row.error(f"{row[column]} is no site")
        found.append((row["site"], row["partner"]))
    return tuple(found)
