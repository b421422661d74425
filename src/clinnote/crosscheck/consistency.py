"""What the checks inside one report know: ``ontologies/consistency``."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.model.conflict import SEVERITIES
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.concepts import Concepts
from clinnote.ontology.tables import Row, read_table

SEXES: Final = ("female", "male")
_EXAMPLES: Final = ("source", "positive", "negative")
_COLUMNS: Final = {
    "sexes": ("id", "sex", "sites", "concepts", *_EXAMPLES),
    "sex_words": ("id", "sex", "pattern", *_EXAMPLES),
    "impossible": ("id", "severity", "pattern", "says", *_EXAMPLES),
    "normal": ("id", "sites", "concepts", "where", "severity", *_EXAMPLES),
    "acute": ("concept", *_EXAMPLES),
}

_PATTERNS: Final = (
    "hedges",
    "not_now",
    "not_acute",
    "not_whole",
    "reference",
    "old_sizes",
    "distances",
    "whole_body",
    "both_sides",
)
_LISTS: Final = ("limbs", "owed", "wide", "order_keys")


@dataclass(frozen=True, slots=True)
class SexRow:
    """Places and findings of one sex; ``inside`` is all that lies in the places, ``kinds`` all kinds of findings."""

    id: str
    sex: str
    sites: tuple[str, ...]
    concepts: tuple[str, ...]
    inside: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class SexWords:
    """Words that state the sex; the group ``sex`` of the pattern is the word itself."""

    id: str
    sex: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Impossible:
    """A number or name that the body does not have, and the line that says so."""

    id: str
    severity: str
    pattern: re.Pattern[str]
    says: str


@dataclass(frozen=True, slots=True)
class NormalRow:
    """Findings that contradict the statement that a place is normal."""

    id: str
    sites: tuple[str, ...]
    concepts: tuple[str, ...]
    anywhere: bool
    severity: str


@dataclass(frozen=True, slots=True)
class InsideRules:
    """The tables and word lists as they stand; see the comments in the files."""

    sexes: tuple[SexRow, ...]
    sex_words: tuple[SexWords, ...]
    impossible: tuple[Impossible, ...]
    normal: tuple[NormalRow, ...]
    acute: frozenset[str]
    nothing: frozenset[str]
    general: frozenset[str]
    default_places: Mapping[str, str]
    names: tuple[frozenset[str], ...]
    hedges: re.Pattern[str]
    not_now: re.Pattern[str]
    not_acute: re.Pattern[str]
    not_whole: re.Pattern[str]
    reference: re.Pattern[str]
    old_sizes: re.Pattern[str]
    distances: re.Pattern[str]
    whole_body: re.Pattern[str]
    both_sides: re.Pattern[str]
    limbs: tuple[str, ...]
    owed: tuple[str, ...]
    wide: frozenset[str]
    order_keys: tuple[str, ...]

    def assumed(self, concepts: frozenset[str]) -> frozenset[str]:
        """Where a denial of the findings is meant when it names no place; empty when that can't be told."""
        places = [self.default_places.get(concept) for concept in concepts]
        return frozenset(place for place in places if place) if all(places) else frozenset()

    def places(self) -> Iterator[str]:
        """Every node of the anatomy that a table names, for the check that it exists."""
        yield from self.limbs
        yield from self.owed
        yield from self.wide
        yield from self.default_places.values()
        for sites in (*(row.sites for row in self.sexes), *(row.sites for row in self.normal)):
            yield from sites

    def concepts(self) -> Iterator[str]:
        """Every concept that a table names."""
        yield from self.acute
        yield from self.nothing
        yield from self.general
        yield from self.default_places
        for names in self.names:
            yield from names
        for concepts in (*(row.concepts for row in self.sexes), *(row.concepts for row in self.normal)):
            yield from concepts


def load_inside(ontologies: Path, anatomy: Anatomy, concepts: Concepts) -> InsideRules:
    """Read the tables and the word lists of ``consistency/``.

    Raises:
        OntologyError: a file is missing or breaks its columns, or names a severity, sex or pattern that does not exist.
    """
    folder = ontologies / "consistency"
    rows = {name: tuple(read_table(folder / f"{name}.tsv", columns)) for name, columns in _COLUMNS.items()}
    words = _words(folder / "words.toml")
    lists: dict[str, Any] = {key: tuple(words[key]) for key in _LISTS}
    lists["wide"] = frozenset(lists["wide"])
    lists |= {key: whole_words(words[key]) for key in _PATTERNS}
    return InsideRules(
        tuple(_sex_row(row, anatomy, concepts) for row in rows["sexes"]),
        tuple(SexWords(row["id"], _one_of(row, "sex", SEXES), _pattern(row)) for row in rows["sex_words"]),
        tuple(
            Impossible(row["id"], _one_of(row, "severity", SEVERITIES), _pattern(row), row["says"])
            for row in rows["impossible"]
        ),
        tuple(
            NormalRow(
                row["id"],
                row.items("sites"),
                row.items("concepts"),
                _one_of(row, "where", ("other", "any")) == "any",
                _one_of(row, "severity", SEVERITIES),
            )
            for row in rows["normal"]
        ),
        frozenset(row["concept"] for row in rows["acute"]),
        frozenset(words["nothing"]),
        frozenset(words["general"]),
        words["default_places"],
        tuple(frozenset(group) for group in words["names"]),
        **lists,
    )


def _sex_row(row: Row, anatomy: Anatomy, concepts: Concepts) -> SexRow:
    sites, named = row.items("sites"), row.items("concepts")
    for name in (*sites, *named):
        if name not in anatomy.nodes and name not in concepts:
            raise row.error(f"'{name}' is no id in anatomy/sites.tsv or terms")
    inside = frozenset(node for node in anatomy.nodes if any(anatomy.is_part_of(node, site) for site in sites))
    kinds = frozenset(kind for name in named for kind in (name, *concepts.descendants(name)))
    return SexRow(row["id"], _one_of(row, "sex", SEXES), sites, named, inside, kinds)


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the words or phrases as whole words, without regard to case."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _words(path: Path) -> dict[str, Any]:
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OntologyError(f"{path.name} is missing in {path.parent}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path.name}: {error}") from None
    for key in (*_PATTERNS, *_LISTS, "nothing", "general"):
        listed = words.get(key)
        if not isinstance(listed, list) or not listed or not all(isinstance(word, str) and word for word in listed):
            raise OntologyError(f"{path.name}: key '{key}' must be a list of words")
    if not isinstance(words.get("names"), list):
        raise OntologyError(f"{path.name}: key 'names' must be a list of lists of concepts")
    if not isinstance(words.get("default_places"), dict):
        raise OntologyError(f"{path.name}: table 'default_places' is missing")
    return words


def _pattern(row: Row) -> re.Pattern[str]:
    try:
        return re.compile(row["pattern"], re.IGNORECASE)
    except re.error as error:
        raise row.error(f"the pattern does not compile: {error}") from None


def _one_of(row: Row, column: str, known: Iterable[str]) -> str:
    if row[column] not in (known := tuple(known)):
        raise row.error(f"{column} must be one of {', '.join(known)}")
    return row[column]
