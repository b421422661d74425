"""What the words between a finding and a place say about the two: ``ontologies/anatomy/linking_words.tsv``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import read_table

COLUMNS: Final = ("word", "role", "example", "source")


class Link(IntFlag):
    """Roles of the words in a gap; the first eight are the values of the table, the others are punctuation."""

    LOCATES = 1
    OF = 2
    VERB = 4
    JOINS = 8
    ACCOMPANIES = 16
    MEANS = 32
    ENDS = 64
    DESTINATION = 128
    COMMA = 256
    COLON = 512


class Gap(NamedTuple):
    """The roles that occur in a gap, and how many other words it has."""

    roles: Link
    words: int

    def only(self, allowed: Link) -> bool:
        """Whether no role outside ``allowed`` occurs."""
        return not self.roles & ~allowed

    def has(self, role: Link) -> bool:
        """Whether one of the roles of ``role`` occurs."""
        return bool(self.roles & role)


_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_NOTHING: Final = Link(0)
_MARKS: Final[Mapping[str, Link]] = {
    ",": Link.COMMA,
    ":": Link.COLON,
    "(": Link.LOCATES,
    "[": Link.LOCATES,
    "\u2013": Link.COMMA,
    "\u2014": Link.COMMA,
}
_DASH: Final = re.compile(r"(?<!\S)-+(?!\S)")


@dataclass(frozen=True, slots=True)
class Linking:
    """The role of each word."""

    roles: Mapping[str, Link]

    def gap(self, between: str) -> Gap:
        """What the text between two items holds. A dash between blanks counts as a comma, like long dashes."""
        found, others = _NOTHING, 0
        if "-" in between:
            between = _DASH.sub(",", between)
        for token in _TOKEN.findall(between.lower()):
            role = self.roles.get(token)
            if role is not None:
                found |= role
            elif token[0].isalnum():
                others += 1
        return Gap(found, others)


def load_linking(ontologies: Path) -> Linking:
    """The table ``anatomy/linking_words.tsv``.

    Raises:
        OntologyError: a row names an unknown role, or a word stands twice.
    """
    roles: dict[str, Link] = dict(_MARKS)
    known = {link.name.lower(): link for link in Link if link.name and link <= Link.DESTINATION}
    for row in read_table(ontologies / "anatomy" / "linking_words.tsv", COLUMNS):
        if row["role"] not in known:
            raise row.error(f"unknown role {row['role']!r}; known: {', '.join(known)}")
        if row["word"] in roles:
            raise row.error(f"{row['word']!r} stands twice")
        roles[row["word"]] = known[row["role"]]
    return Linking(roles)
