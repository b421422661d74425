"""What the words between a finding and a place say about the two: ``ontologies/anatomy/linking_words.tsv``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import read_table

COLUMNS: Final = ("word", "role", "example", "source")


class Link:
    """Roles of the words in a gap, one bit each; the first eight are values of the table, the others punctuation."""

    LOCATES: Final = 1
    OF: Final = 2
    VERB: Final = 4
    JOINS: Final = 8
    ACCOMPANIES: Final = 16
    MEANS: Final = 32
    ENDS: Final = 64
    DESTINATION: Final = 128
    COMMA: Final = 256
    COLON: Final = 512


ROLES: Final[Mapping[str, int]] = {
    "locates": Link.LOCATES,
    "of": Link.OF,
    "verb": Link.VERB,
    "joins": Link.JOINS,
    "accompanies": Link.ACCOMPANIES,
    "means": Link.MEANS,
    "ends": Link.ENDS,
    "destination": Link.DESTINATION,
}
"""The values of the column ``role``."""


class Gap(NamedTuple):
    """The roles that occur in a gap, and how many other words it has."""

    roles: int
    words: int

    def only(self, allowed: int) -> bool:
        """Whether no role outside ``allowed`` occurs."""
        return not self.roles & ~allowed

    def has(self, role: int) -> bool:
        """Whether one of the roles of ``role`` occurs."""
        return bool(self.roles & role)


_REMEMBERED: Final = 1 << 15
_REMEMBERED_LENGTH: Final = 60
_TOKEN: Final = re.compile(r"\b[a-z]{1,2}/[a-z]{0,3}(?!\w)|\w+|[^\w\s]")
"""Short forms with a slash ("s/p", "w/") are one word."""
_MARKS: Final[Mapping[str, int]] = {
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

    roles: Mapping[str, int]
    _known: dict[str, Gap] = field(default_factory=dict, repr=False, compare=False)
    """What has been read, because most gaps come again and again; emptied when it has grown large."""

    def gap(self, between: str) -> Gap:
        """What the text between two items holds. A dash between blanks counts as a comma, like long dashes."""
        known = self._known.get(between)
        if known is None:
            known = self._read(between)
            if len(between) <= _REMEMBERED_LENGTH:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[between] = known
        return known

    def _read(self, between: str) -> Gap:
        found = others = 0
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
    roles: dict[str, int] = dict(_MARKS)
    for row in read_table(ontologies / "anatomy" / "linking_words.tsv", COLUMNS):
        if row["role"] not in ROLES:
            raise row.error(f"unknown role {row['role']!r}; known: {', '.join(ROLES)}")
        if row["word"] in roles:
            raise row.error(f"{row['word']!r} stands twice")
        roles[row["word"]] = ROLES[row["role"]]
    return Linking(roles)
