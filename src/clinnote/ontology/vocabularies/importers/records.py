"""What a reader of a terminology release gives: concepts with their terms, is-a edges, maps, and what it set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinnote.errors import Reject
from clinnote.model.codes import Code
from clinnote.ontology.vocabularies.importers.systems import Systems

type Key = tuple[str, str]
"""(system URI, code)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader is to keep: languages ("en", "en-GB") and statuses beyond the active ones, in lower case.

    ``systems`` tells the code systems that the source names in its own way.
    """

    languages: tuple[str, ...] = ("en",)
    statuses: frozenset[str] = frozenset()
    systems: Systems = field(default_factory=Systems)


@dataclass(frozen=True, slots=True)
class SourceConcept:
    """One concept of a release.

    ``kinds`` are its semantic tags or types as the source names them, the most specific first; ``label`` is given where
    the source states one of clinnote's labels itself. ``also`` are codes of other systems that the source gives it.
    """

    system: str
    code: str
    display: str
    terms: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    label: str | None = None
    also: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeMap:
    """One code stands for another; ``exact`` maps hold in both directions."""

    source: Key
    target: Key
    exact: bool
    display: str | None = None


@dataclass(slots=True)
class Release:
    """Everything that was read from one release. ``licence`` and ``share`` are set where the files state them."""

    source: str
    name: str
    version: str | None = None
    licence: str | None = None
    share: str | None = None
    files: Sequence[Path] = ()
    concepts: list[SourceConcept] = field(default_factory=list)
    edges: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    maps: list[CodeMap] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add_edge(self, system: str, child: str, parent: str) -> None:
        """State that ``child`` is a ``parent``."""
        self.edges.setdefault(system, {}).setdefault(child, []).append(parent)
