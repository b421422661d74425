"""Findings said of a structure in a clause: ``ontologies/predicates/*.tsv``.

"The heart is mildly enlarged", "tortuous and calcified thoracic aorta" and "flattening of both hemidiaphragms" have too
many wordings for a list of forms. A row of ``predicates.tsv`` says which words, said of which structures, mean which
finding of the vocabulary; ``words.tsv`` says which words may stand between the two.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.words import normal_form

COLUMNS: Final = ("id", "form", "subjects", "adjectives", "nouns", "source", "positive", "negative")
WORD_COLUMNS: Final = ("role", "words", "why")
ROLES: Final = ("copula", "having", "degree", "hedge", "joiner", "modifier", "article", "of", "after")
_OPTIONAL: Final = re.compile(r"\(([^()]*)\) *")
_MARKED: Final = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class PredicateRow:
    """One rule; ``form`` is the form of the vocabulary whose meaning it gives.

    ``positive`` marks in double square brackets what the rule must find; in ``negative`` it must find nothing.
    """

    id: str
    form: str
    positive: str
    negative: str
    row: Row

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.row.file.name}:{self.row.line}"

    def example(self) -> tuple[str, str]:
        """(positive sentence without brackets, the marked words).

        Raises:
            OntologyError: the sentence does not mark exactly one stretch.
        """
        marks = _MARKED.findall(self.positive)
        if len(marks) != 1:
            raise self.row.error(f"the positive example of {self.id} must mark one stretch with [[ ]]")
        return _MARKED.sub(r"\1", self.positive), marks[0]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Words that say something of a structure, and the rules in which they do it."""

    words: list[str]
    key: int
    """Place of the word by which the predicate is found, the longest and so the rarest of them."""
    adjective_of: frozenset[int]
    noun_of: frozenset[int]
    needed: frozenset[str]
    """The last words of the structures it can be said of: a text with none of them need not be searched."""


@dataclass(frozen=True, slots=True)
class PredicateTable:
    """All rules, looked up by word. Numbers are places in ``rows``."""

    rows: tuple[PredicateRow, ...]
    triggers: Mapping[str, tuple[Predicate, ...]]
    """The predicates by their key word, those of most words first."""
    keys: frozenset[str]
    """The key words."""
    single: frozenset[str]
    """Words that are a predicate alone."""
    subjects: Mapping[str, frozenset[int]]
    """The rules of each structure; its words are joined by single spaces."""
    longest: int
    """Most words of a structure."""
    roles: Mapping[str, str]
    """What a word may do between structure and predicate, or behind both."""
    after: frozenset[str]
    """Words that may follow a noun phrase, so that its last word is not part of a longer name."""


def load_predicates(ontologies: Path) -> PredicateTable:
    """Read ``ontologies/predicates``.

    Raises:
        OntologyError: a table is missing or breaks its contract.
    """
    folder = ontologies / "predicates"
    rows: list[PredicateRow] = []
    subjects: dict[str, set[int]] = {}
    adjectives: dict[tuple[str, ...], set[int]] = {}
    nouns: dict[tuple[str, ...], set[int]] = {}
    seen: set[str] = set()
    for number, row in enumerate(read_table(folder / "predicates.tsv", COLUMNS)):
        if row["id"] in seen:
            raise row.error(f"id {row['id']} stands twice")
        seen.add(row["id"])
        rows.append(PredicateRow(row["id"], row["form"], row["positive"], row["negative"], row))
        for subject in _expanded(row, "subjects"):
            subjects.setdefault(" ".join(subject), set()).add(number)
        for column, found in (("adjectives", adjectives), ("nouns", nouns)):
            for words in _expanded(row, column):
                found.setdefault(words, set()).add(number)
    roles, after = _roles(folder / "words.tsv")
    triggers = _triggers(adjectives, nouns, subjects)
    return PredicateTable(
        tuple(rows),
        triggers,
        frozenset(triggers),
        frozenset(words[0] for words in {**adjectives, **nouns} if len(words) == 1),
        {subject: frozenset(numbers) for subject, numbers in subjects.items()},
        max((subject.count(" ") + 1 for subject in subjects), default=0),
        roles,
        after,
    )


def _expanded(row: Row, column: str) -> Iterator[tuple[str, ...]]:
    """The word sequences of a list cell; what stands in parentheses may be left out: "(thoracic) aorta"."""
    for item in row.items(column):
        yield from (tuple(normal_form(text).split()) for text in _variants(item))


def _variants(item: str) -> Iterator[str]:
    match = _OPTIONAL.search(item)
    if match is None:
        yield item
        return
    for inner in (f"{match.group(1)} ", ""):
        yield from _variants(item[: match.start()] + inner + item[match.end() :])


def _triggers(
    adjectives: Mapping[tuple[str, ...], set[int]],
    nouns: Mapping[tuple[str, ...], set[int]],
    subjects: Mapping[str, set[int]],
) -> dict[str, tuple[Predicate, ...]]:
    last_words: dict[int, set[str]] = {}
    for subject, numbers in subjects.items():
        for number in numbers:
            last_words.setdefault(number, set()).add(subject.rpartition(" ")[2])
    found: dict[str, list[Predicate]] = {}
    for words in {**adjectives, **nouns}:
        key = max(range(len(words)), key=lambda i: len(words[i]))
        said_in, named_in = frozenset(adjectives.get(words, ())), frozenset(nouns.get(words, ()))
        needed = frozenset(word for number in said_in | named_in for word in last_words[number])
        found.setdefault(words[key], []).append(Predicate(list(words), key, said_in, named_in, needed))
    return {word: tuple(sorted(all_, key=lambda p: -len(p.words))) for word, all_ in found.items()}


def _roles(path: Path) -> tuple[dict[str, str], frozenset[str]]:
    roles: dict[str, str] = {}
    after: set[str] = set()
    for row in read_table(path, WORD_COLUMNS):
        if row["role"] not in ROLES:
            raise row.error(f"unknown role {row['role']!r}; use one of {' '.join(ROLES)}")
        words: Sequence[str] = row["words"].split()
        if row["role"] == "after":
            after.update(words)
        elif twice := [word for word in words if word in roles]:
            raise row.error(f"{twice[0]!r} already is a word of role {roles[twice[0]]}")
        else:
            roles.update(dict.fromkeys(words, row["role"]))
    return roles, frozenset(after)
