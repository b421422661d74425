"""Words that name a place by an earlier one: "in the same lobe", "contralateral", "on the other side".

Read from ``ontologies/anatomy/references.tsv``, and from ``repeat_words.tsv`` for the words before a finding that is
named again; their header comments define the columns.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import filter as matching
from itertools import compress
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.words import split_words

COLUMNS: Final = (
    "id", "words", "pattern", "refers", "gives", "nodes", "example", "reads", "counter_example", "source",
)  # fmt: skip
REPEAT_COLUMNS: Final = ("word", "role", "example", "source")
REFERS: Final = ("site", "side", "organ", "subject")
GIVES: Final = ("same", "opposite")


@dataclass(frozen=True, slots=True)
class Reference:
    """One rule. ``nodes``: the sites that are meant, any where it is empty; ``opposite``: the other side is meant."""

    id: str
    refers: str
    opposite: bool
    nodes: frozenset[str]


class Referring(NamedTuple):
    """Words [start, end) of a text that refer to an earlier place, and by which rule."""

    start: int
    end: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class References:
    """All rules; ``words``: every expression begins with one of these."""

    rows: tuple[Reference, ...]
    words: frozenset[str]
    pattern: re.Pattern[str]

    def find(self, text: str) -> list[Referring]:
        """The references of a text in reading order; no two overlap."""
        words = split_words(text)
        if self.words.isdisjoint(words.distinct):
            return []
        found: list[Referring] = []
        end = 0
        for start in compress(words.starts, map(self.words.__contains__, words.words)):
            match = self.pattern.match(text, start) if start >= end else None
            if match:
                end = match.end()
                found.append(Referring(start, end, self.rows[int((match.lastgroup or "r0")[1:])]))
        return found


def load_references(ontologies: Path, nodes: Collection[str]) -> References:
    """The rules of ``anatomy/references.tsv`` over the body sites ``nodes``.

    Raises:
        OntologyError: a row names an unknown value, a pattern is no regular expression, or no site is meant by it.
    """
    rows: list[Reference] = []
    words: set[str] = set()
    sources: list[str] = []
    for row in read_table(ontologies / "anatomy" / "references.tsv", COLUMNS):
        if row["refers"] not in REFERS or row["gives"] not in GIVES:
            raise row.error("refers or gives is not one of the values that the header comment names")
        if not row.items("words"):
            raise row.error("words is empty: name a word that must stand in the text")
        sources.append(f"(?P<r{len(rows)}>{_pattern(row)})")
        rows.append(Reference(row["id"], row["refers"], row["gives"] == "opposite", _meant(row, nodes)))
        words.update(row.items("words"))
    return References(tuple(rows), frozenset(words), re.compile("|".join(sources) or "(?!)", re.IGNORECASE))


def _pattern(row: Row) -> str:
    source = row["pattern"].replace(" ", r"\s+")
    try:
        pattern = re.compile(source)
    except re.error as error:
        raise row.error(f"pattern is no regular expression: {error}") from None
    if pattern.groups or pattern.match(""):
        raise row.error("a pattern must hold no group of its own, and must not match nothing")
    return rf"\b(?:{source})\b"


def _meant(row: Row, nodes: Collection[str]) -> frozenset[str]:
    meant: set[str] = set()
    for name in row.items("nodes"):
        hits = matching(nodes, name)
        if not hits:
            raise row.error(f"no site is called {name}")
        meant.update(hits)
    return frozenset(meant)


def load_repeats(ontologies: Path) -> re.Pattern[str]:
    """A pattern for the article and the adjectives of ``anatomy/repeat_words.tsv``, up to the end of what is searched.

    Raises:
        OntologyError: a row has an unknown role.
    """
    words: dict[str, list[str]] = {"article": [], "adjective": []}
    for row in read_table(ontologies / "anatomy" / "repeat_words.tsv", REPEAT_COLUMNS):
        if row["role"] not in words:
            raise row.error(f"unknown role {row['role']!r}; known: {', '.join(words)}")
        words[row["role"]].append(re.escape(row["word"]))
    articles, adjectives = ("|".join(words[role]) or "(?!)" for role in ("article", "adjective"))
    return re.compile(rf"\b(?:{articles})\s+(?:(?:{adjectives})\s+){{0,3}}$", re.IGNORECASE)
