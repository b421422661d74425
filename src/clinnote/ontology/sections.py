"""The kinds of section and their headings, from ``ontologies/sections/sections.tsv``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.errors import OntologyError
from clinnote.model.mention import EXPERIENCERS, TEMPORALITIES
from clinnote.ontology.studies import Studies, load_studies
from clinnote.ontology.tables import Row, read_table

SECTION_COLUMNS: Final = (
    "id",
    "name",
    "headings",
    "loinc",
    "display",
    "temporality",
    "experiencer",
    "within",
    "source",
    "positive",
    "negative",
)

_NOT_TEXT: Final = re.compile(r"[^a-z0-9]+")


class SectionKind(NamedTuple):
    """One row of the table: what a heading means."""

    kind: str
    rule: str
    temporality: str | None
    """Default for every mention of the section, or None."""
    experiencer: str | None
    name: str = ""
    loinc: str | None = None
    by_label: Mapping[str, str] = {}
    """Default temporality for the mentions of one label."""
    within: tuple[str, ...] = ()
    """Kinds of section that this is a part of; empty for a section of its own."""


class Heading(NamedTuple):
    """What the words of a heading can open: a section, or a part of some sections, or either."""

    section: SectionKind | None
    part: SectionKind | None
    only_marked: bool
    """Whether the words count only before a colon or a dash, or alone on a line in capitals."""


@dataclass(frozen=True, slots=True)
class SectionTable:
    """Headings in lower case with single spaces, and what each one opens."""

    headings: Mapping[str, Heading]
    longest: int
    """Most words in a heading."""
    firsts: frozenset[str]
    """First words of all headings: a line that starts with another word is none."""
    lasts: frozenset[str]
    """Last words of all headings."""
    written: Mapping[str, Heading]
    """The headings as they mostly stand in notes: in capitals, with capital initials, with one, and in lower case."""
    kinds: Mapping[str, SectionKind]
    """Every kind by its id, with name and LOINC code."""
    studies: Studies = field(default_factory=Studies)
    """The words that name an imaging study."""


def normal_heading(words: str) -> str:
    """The words in lower case with single spaces; ``&`` reads "and"."""
    return _NOT_TEXT.sub(" ", words.lower().replace("&", " and ")).strip()


def load_sections(ontologies: Path, kinds: Sequence[str] | None = None) -> SectionTable:
    """The table ``sections/sections.tsv``, or only the rows of ``kinds``; of equal headings the first counts.

    Raises:
        OntologyError: an id stands twice, a default is not a value of the contract, or a kind is not in the table.
    """
    headings: dict[str, Heading] = {}
    known: dict[str, SectionKind] = {}
    for row in read_table(ontologies / "sections" / "sections.tsv", SECTION_COLUMNS):
        kind = _kind(row)
        if kind.kind in known:
            raise row.error(f"the id '{kind.kind}' stands twice")
        known[kind.kind] = kind
        if kinds is None or kind.kind in kinds:
            for cell in row.items("headings"):
                _add(headings, cell, kind)
    unknown = sorted({*(kinds or ()), *(outer for kind in known.values() for outer in kind.within)} - known.keys())
    if unknown:
        raise OntologyError(f"sections.tsv has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    split = [key.split() for key in headings]
    written = {
        form: heading for key, heading in headings.items() for form in (key, key.upper(), key.title(), key.capitalize())
    }
    return SectionTable(
        headings,
        max(map(len, split), default=0),
        frozenset(words[0] for words in split),
        frozenset(words[-1] for words in split),
        written,
        known,
        load_studies(ontologies),
    )


def _kind(row: Row) -> SectionKind:
    temporality, experiencer = row["temporality"] or None, row["experiencer"] or None
    by_label: dict[str, str] = {}
    if temporality is not None and "=" in temporality:
        by_label = dict(item.split("=", 1) for item in row.items("temporality") if "=" in item)
        temporality = None
    given = {temporality, *by_label.values()}
    if not given <= {None, *TEMPORALITIES} or experiencer not in (None, *EXPERIENCERS):
        raise row.error("temporality or experiencer is not a value of the contract")
    return SectionKind(
        row["id"],
        f"section.{row['id']}",
        temporality,
        experiencer,
        row["name"],
        row["loinc"] or None,
        by_label,
        row.items("within"),
    )


def _add(headings: dict[str, Heading], cell: str, kind: SectionKind) -> None:
    key = normal_heading(cell)
    known = headings.get(key, Heading(None, None, True))
    if kind.within:
        headings[key] = known._replace(part=known.part or kind)
    elif known.section is None:
        headings[key] = Heading(kind, known.part, cell.startswith("~"))
