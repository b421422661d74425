"""What the words between a finding and a place say about the two: ``ontologies/anatomy/linking_words.tsv``.

Words inside a finding's name that place it only beside something else stand in ``name_words.tsv``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import read_table

COLUMNS: Final = ("word", "role", "example", "source")
NAME_COLUMNS: Final = ("word", "beside", "site", "example", "source")


class Link:
    """Roles of the words in a gap, one bit each: values of the table, and two marks of punctuation."""

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
    REFERENCE: Final = 1024
    OPENS: Final = 2048
    STATES: Final = 4096


ROLES: Final[Mapping[str, int]] = {
    "locates": Link.LOCATES,
    "of": Link.OF,
    "verb": Link.VERB,
    "joins": Link.JOINS,
    "accompanies": Link.ACCOMPANIES,
    "means": Link.MEANS,
    "ends": Link.ENDS,
    "destination": Link.DESTINATION,
    "reference": Link.REFERENCE,
    "opens": Link.OPENS,
    "states": Link.STATES,
}
"""The values of the column ``role``."""


class Gap(NamedTuple):
    """The roles that occur in a gap, how many other words it has, and the role of its first word (0: none)."""

    roles: int
    words: int
    first: int = 0

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
_SIZE: Final = r"\d\s?(?:mm|cm|inch(?:es)?|millimet(?:er|re)s?|centimet(?:er|re)s?)\s"
"""What ``LENGTH`` stands for at the head of an expression of several words."""
_NOTHING: Final = re.compile(r"(?!)")
_DASH: Final = re.compile(r"(?<!\S)-+(?!\S)")


@dataclass(frozen=True, slots=True)
class Linking:
    """The role of each word, and the expressions of several words that name a mere point of reference."""

    roles: Mapping[str, int]
    references: re.Pattern[str] = _NOTHING
    name_words: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """By the word of a finding's name: what has to stand beside it, and the site that the two name."""
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
        between = between.lower()
        found = Link.REFERENCE if self.references.search(between) else 0
        others = 0
        first = -1
        if "-" in between:
            between = _DASH.sub(",", between)
        for token in _TOKEN.findall(between):
            role = self.roles.get(token)
            if first < 0:
                first = role or 0
            if role is None:
                others += token[0].isalnum()
            elif role == Link.OPENS and (others or found & ~(Link.COMMA | Link.COLON)):
                found |= Link.ENDS  # "the left lung is clear there is ..."
            else:
                found |= role
        return Gap(found, others, max(first, 0))


def load_linking(ontologies: Path) -> Linking:
    """The tables ``anatomy/linking_words.tsv`` and ``anatomy/name_words.tsv``.

    Raises:
        OntologyError: a row names an unknown role, or a word stands twice.
    """
    roles: dict[str, int] = dict(_MARKS)
    references: list[str] = []
    for row in read_table(ontologies / "anatomy" / "linking_words.tsv", COLUMNS):
        if row["role"] not in ROLES:
            raise row.error(f"unknown role {row['role']!r}; known: {', '.join(ROLES)}")
        if row["word"] in roles:
            raise row.error(f"{row['word']!r} stands twice")
        if " " in row["word"]:
            if row["role"] != "reference":
                raise row.error("only the role 'reference' takes an expression of several words")
            references.append(row["word"])
        else:
            roles[row["word"]] = ROLES[row["role"]]
    return Linking(roles, _either(references), _name_words(ontologies))


def _name_words(ontologies: Path) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in read_table(ontologies / "anatomy" / "name_words.tsv", NAME_COLUMNS):
        found[row["word"]] = (*found.get(row["word"], ()), (row["beside"], row["site"]))
    return found


def _either(expressions: Sequence[str]) -> re.Pattern[str]:
    """A pattern that finds any of the expressions in a gap in lower case."""
    if not expressions:
        return _NOTHING
    return re.compile("|".join(_expression(words) for words in expressions))


def _expression(words: str) -> str:
    rest = words.removeprefix("LENGTH ")
    return (r"\b" if rest == words else _SIZE) + re.escape(rest) + r"\b"
