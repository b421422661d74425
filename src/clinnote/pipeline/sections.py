"""Sections: headings that a table names, and the stretch of text each one heads.

A heading is recognised at the start of a line (with a colon or a dash, or alone on its line) and, in reports that
came without line breaks, in the middle of a line when it is written in capitals and ends in a colon.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.errors import OntologyError
from clinnote.model.mention import EXPERIENCERS, TEMPORALITIES
from clinnote.ontology.tables import read_table
from clinnote.pipeline.records import Section

COLUMNS: Final = ("id", "name", "headings", "loinc", "temporality", "experiencer", "source")

_LONGEST: Final = 72
"""No heading, and nothing looked at before one, is longer than this many characters."""
_COLON: Final = re.compile(r":")
_BEFORE_COLON: Final = re.compile(r"[A-Za-z][A-Za-z0-9/&,()' \t-]{0,70}$")
_BARE_LINE: Final = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)][ \t]*)?"
    r"([A-Za-z][A-Za-z/&,()' \t-]{1,60}?)[ \t]*(?:[-\u2013\u2014=]+[ \t]*(?=\S|\r?$)|\r?$)",
    re.MULTILINE,
)
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_NOT_TEXT: Final = re.compile(r"[^a-z0-9]+")


class SectionKind(NamedTuple):
    """One row of the table: what a heading means."""

    kind: str
    rule: str
    temporality: str | None
    experiencer: str | None


@dataclass(frozen=True, slots=True)
class SectionTable:
    """Headings in lower case with single spaces, and the kind each one opens."""

    headings: Mapping[str, SectionKind]
    longest: int
    """Most words in a heading."""


class _Heading(NamedTuple):
    start: int
    end: int
    kind: SectionKind


def load_sections(ontologies: Path, kinds: Sequence[str] | None = None) -> SectionTable:
    """The table ``sections/sections.tsv``, or only the rows of ``kinds``; of equal headings the first counts.

    Raises:
        OntologyError: an id stands twice, a default is not a value of the contract, or a kind is not in the table.
    """
    headings: dict[str, SectionKind] = {}
    known: set[str] = set()
    for row in read_table(ontologies / "sections" / "sections.tsv", COLUMNS):
        temporality, experiencer = row["temporality"] or None, row["experiencer"] or None
        if temporality not in (None, *TEMPORALITIES) or experiencer not in (None, *EXPERIENCERS):
            raise row.error("temporality or experiencer is not a value of the contract")
        if row["id"] in known:
            raise row.error(f"the id '{row['id']}' stands twice")
        known.add(row["id"])
        kind = SectionKind(row["id"], f"section.{row['id']}", temporality, experiencer)
        if kinds is None or row["id"] in kinds:
            for heading in row.items("headings"):
                headings.setdefault(_normal(heading), kind)
    unknown = sorted(set(kinds or ()) - known)
    if unknown:
        raise OntologyError(f"sections.tsv has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    return SectionTable(headings, max((key.count(" ") + 1 for key in headings), default=0))


def find_sections(text: str, table: SectionTable) -> tuple[Section, ...]:
    """The sections of ``text`` in order, not overlapping; text before the first heading is in none."""
    headings: list[_Heading] = []
    for heading in sorted((*_with_colon(text, table), *_on_own_line(text, table))):
        if not headings or heading.start >= headings[-1].end:
            headings.append(heading)
    ends = [*(heading.start for heading in headings[1:]), len(text)][: len(headings)]
    return tuple(
        Section(kind.kind, start, body, end, kind.rule, kind.temporality, kind.experiencer)
        for (start, body, kind), end in zip(headings, ends, strict=True)
    )


def _normal(words: str) -> str:
    return _NOT_TEXT.sub(" ", words.lower()).strip()


def _with_colon(text: str, table: SectionTable) -> Iterator[_Heading]:
    for colon in _COLON.finditer(text):
        at = colon.start()
        before = _BEFORE_COLON.search(text, max(0, at - _LONGEST, text.rfind("\n", max(0, at - _LONGEST), at) + 1), at)
        if before is None:
            continue
        heading = _longest_suffix(text, before.start(), at, table)
        if heading is not None:
            yield _Heading(heading[0], colon.end(), heading[1])


def _longest_suffix(text: str, start: int, end: int, table: SectionTable) -> tuple[int, SectionKind] | None:
    """The longest run of words that ends at ``end``, is a heading, and stands where a heading may stand."""
    words = [word.start() for word in _WORD.finditer(text, start, end)][-table.longest :]
    for at in words:
        kind = table.headings.get(_normal(text[at:end]))
        if kind is not None and _may_begin(text, at, end):
            return at, kind
    return None


def _may_begin(text: str, at: int, end: int) -> bool:
    """At the start of a line (after a number or a bullet), after a sentence, or anywhere in capitals."""
    line = text[max(text.rfind("\n", max(0, at - _LONGEST), at) + 1, at - _LONGEST) : at]
    lead = line.strip(" \t\r0123456789.)(*#-_=>\u2022")
    if not lead:
        return True
    quote = text[at:end].strip()
    if quote.isupper() and len(quote) > 3:
        return True
    return quote[:1].isupper() and line.rstrip().endswith((".", ";", "!", "?")) and line[-1:].isspace()


def _on_own_line(text: str, table: SectionTable) -> Iterator[_Heading]:
    for line in _BARE_LINE.finditer(text):
        kind = table.headings.get(_normal(line.group(1)))
        if kind is not None:
            yield _Heading(line.start(1), line.end(), kind)
