"""Rich Release Format, shared by the UMLS Metathesaurus and RxNorm: concept names and relations divided by bars.

Layout: NLM, "UMLS Reference Manual" (chapter 3) and "RxNorm Technical Documentation". A relation row reads: the second
concept stands in relation RELA to the first, so ``isa`` names the child second and ``inverse_isa`` the parent.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.ontology.vocabularies.importers.records import Wanted
from clinnote.ontology.vocabularies.importers.rows import read_bars

_NAMES: Final = 18
_RELATIONS: Final = 16
_NAME_PLACES: Final = (0, 1, 2, 4, 6, 11, 12, 13, 14, 16)
_LANGUAGES: Final = {
    "en": "ENG",
    "es": "SPA",
    "fr": "FRE",
    "de": "GER",
    "nl": "DUT",
    "it": "ITA",
    "pt": "POR",
    "sv": "SWE",
    "da": "DAN",
    "no": "NOR",
    "fi": "FIN",
}
_SUPPRESSED: Final = {"O": "obsolete", "E": "suppressed", "Y": "suppressed"}
_CHILD_SECOND: Final = frozenset({"isa"})
_PARENT_SECOND: Final = frozenset({"inverse_isa"})


@dataclass(slots=True)
class Named:
    """The names of one concept: the preferred one, all terms, term types, and its codes by source (SAB, CODE)."""

    display: str = ""
    preferred: bool = False
    terms: dict[str, None] = field(default_factory=dict)
    types: dict[str, None] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)


def read_names(path: Path, wanted: Wanted, keep: Callable[[str, str], bool]) -> dict[str, Named]:
    """Concept -> its names in the wanted languages; ``keep`` decides by (SAB, TTY) whether a row is a term.

    Raises:
        UsageError: the file can't be read or is not whole.
    """
    languages = {_LANGUAGES.get(name.partition("-")[0].lower(), name.upper()) for name in wanted.languages}
    found: dict[str, Named] = {}
    for _, cells in read_bars(path, _NAMES, _NAME_PLACES):
        concept, language, status, kind, first, source, term_type, code, name, suppress = cells
        if language not in languages or not keep(source, term_type):
            continue
        if suppress != "N" and _SUPPRESSED.get(suppress, "suppressed") not in wanted.statuses:
            continue
        named = found.setdefault(concept, Named())
        best = status == "P" and kind == "PF" and first == "Y"
        if not named.display or (best and not named.preferred):
            named.display, named.preferred = name, best
        named.terms[name] = None
        named.types[term_type] = None
        named.codes.setdefault((source, code), name)
    return found


def read_is_a(path: Path, by_parent: bool) -> Iterator[tuple[str, str]]:
    """(child, parent) of every is-a relation; ``by_parent`` takes PAR and CHD rows without a finer name, too.

    Raises:
        UsageError: the file can't be read or is not whole.
    """
    for _, (first, relation, second, name, suppress) in read_bars(path, _RELATIONS, (0, 3, 4, 7, 14)):
        if first == second or not first or not second or suppress not in ("N", ""):
            continue
        if name in _CHILD_SECOND or (by_parent and not name and relation == "CHD"):
            yield second, first
        elif name in _PARENT_SECOND or (by_parent and not name and relation == "PAR"):
            yield first, second


def terms_of(named: Named) -> Sequence[str]:
    """The terms, the preferred one first."""
    return tuple(dict.fromkeys((named.display, *named.terms)))
