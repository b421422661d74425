"""The starter vocabulary: ``ontologies/terms/*.tsv`` with its codes, checked and read into frozen concepts.

A concept file holds one row a concept; ``codes.tsv`` holds one row a code. Matching is another module's work: this one
says what the forms, the broader concepts, the implied sites and the codes of a concept are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.errors import OntologyError
from clinnote.model.codes import CLINNOTE, ICD10CM, LOINC, RXNORM, SHORT_NAMES, SNOMED, Code, canonical_system
from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.words import normal_form

COLUMNS: Final = ("id", "label", "term", "synonyms", "parents", "sites", "source")
CODE_COLUMNS: Final = ("concept", "system", "code", "display", "relation", "source")
CODES_FILE: Final = "codes.tsv"
LABELS: Final = ("finding", "disorder", "device", "procedure", "medication", "lab", "vital")
RELATIONS: Final = ("exact", "broader", "narrower")
"""How the code's meaning stands to the concept: "broader" is a code that covers more than the concept."""

_SYSTEM_ORDER: Final = {SNOMED: 0, ICD10CM: 1, LOINC: 2, RXNORM: 3}
_RELATION_ORDER: Final = {"exact": 0, "narrower": 1, "broader": 2}
_ID: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of a concept as ``codes.tsv`` states it; ``system`` is the canonical URI."""

    concept: str
    system: str
    code: str
    display: str
    relation: str
    source: str
    row: Row


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """One concept with everything the tables say about it."""

    id: str
    label: str
    term: str
    synonyms: tuple[str, ...]
    parents: tuple[str, ...]
    sites: tuple[str, ...]
    """Nodes of ``ontologies/anatomy`` that the concept always implies."""
    source: str
    codes: tuple[Code, ...]
    """Best first: SNOMED CT, ICD-10-CM, LOINC, RxNorm (exact before narrower before broader), the concept id last."""
    row: Row

    @property
    def forms(self) -> tuple[str, ...]:
        """Every surface form, the preferred term first, as written in the table."""
        return (self.term, *self.synonyms)


class Concepts(Mapping[str, ConceptRow]):
    """All concepts by id, with the is-a hierarchy over them."""

    def __init__(self, rows: Mapping[str, ConceptRow]) -> None:
        self._rows = dict(rows)
        self._ancestors: dict[str, frozenset[str]] = {}
        for name in self._rows:
            self._close(name, ())

    def __getitem__(self, name: str) -> ConceptRow:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def _close(self, name: str, path: tuple[str, ...]) -> frozenset[str]:
        """The ancestors of ``name``, remembered; ``path`` leads here from below and finds cycles."""
        if name in self._ancestors:
            return self._ancestors[name]
        concept = self._rows[name]
        if name in path:
            raise concept.row.error(f"parents form a cycle: {' > '.join((*path[path.index(name) :], name))}")
        found: set[str] = set()
        for parent in concept.parents:
            found |= {parent} | self._close(parent, (*path, name))
        self._ancestors[name] = frozenset(found)
        return self._ancestors[name]

    def ancestors(self, name: str) -> frozenset[str]:
        """All broader concepts of ``name``, without itself; empty for an id that is not here."""
        return self._ancestors.get(name, frozenset())

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether ``name`` is ``ancestor`` or a narrower concept of it."""
        return name == ancestor or ancestor in self.ancestors(name)

    def related(self, one: str, other: str) -> bool:
        """Whether one of the two concepts is the other or a narrower concept of it."""
        return self.is_a(one, other) or self.is_a(other, one)

    def descendants(self, name: str) -> frozenset[str]:
        """All narrower concepts of ``name``, without itself."""
        return frozenset(other for other, above in self._ancestors.items() if name in above)

    def form_count(self) -> int:
        """Distinct surface forms, upper and lower case taken as one."""
        return len({form.casefold() for concept in self.values() for form in concept.forms})


def read_codes(terms: Path) -> Iterator[CodeRow]:
    """The rows of ``codes.tsv`` in the folder ``terms``; none when the file is absent.

    Raises:
        OntologyError: an unknown system or relation, or an empty code or display.
    """
    path = terms / CODES_FILE
    if not path.exists():
        return
    for row in read_table(path, CODE_COLUMNS):
        if row["system"] not in SHORT_NAMES:
            raise row.error(f"unknown system {row['system']!r}; use one of {' '.join(SHORT_NAMES)}")
        if row["relation"] not in RELATIONS:
            raise row.error(f"unknown relation {row['relation']!r}; use one of {' '.join(RELATIONS)}")
        if not row["code"] or not row["display"]:
            raise row.error("code and display must not be empty")
        yield CodeRow(
            row["concept"],
            canonical_system(row["system"]),
            row["code"],
            row["display"],
            row["relation"],
            row["source"],
            row,
        )


def _concept_rows(terms: Path) -> Iterator[Row]:
    paths = [path for path in sorted(terms.glob("*.tsv")) if path.name != CODES_FILE]
    if not paths:
        raise OntologyError(f"no concept tables (*.tsv) in {terms}")
    for path in paths:
        yield from read_table(path, COLUMNS)


def _check_row(row: Row) -> None:
    """What can be said about one row alone."""
    if _ID.fullmatch(row["id"]) is None:
        raise row.error(f"id {row['id']!r} is not snake_case")
    if row["label"] not in LABELS:
        raise row.error(f"unknown label {row['label']!r}; use one of {' '.join(LABELS)}")
    for form in (row["term"], *row.items("synonyms")):
        if len(form) < 2:
            raise row.error(f"form {form!r} of {row['id']} is shorter than two characters")


def _check_forms(rows: Mapping[str, Row]) -> None:
    """No two concepts of one label may claim the same form: the text could not decide between them.

    Forms are the same when a text could not tell them apart: case, accents and hyphens inside a word do not count.
    """
    claims: dict[tuple[str, str], str] = {}
    for name, row in rows.items():
        for form in (row["term"], *row.items("synonyms")):
            owner = claims.setdefault((row["label"], normal_form(form)), name)
            if owner != name:
                raise row.error(f"form {form!r} of {name} is already claimed by {owner}")


def _codes_by_concept(terms: Path, known: Mapping[str, Row]) -> dict[str, tuple[Code, ...]]:
    grouped: dict[str, list[CodeRow]] = {}
    for code in read_codes(terms):
        if code.concept not in known:
            raise code.row.error(f"no concept {code.concept!r}")
        if any((c.system, c.code) == (code.system, code.code) for c in grouped.get(code.concept, ())):
            raise code.row.error(f"{code.concept} already has {code.code}")
        grouped.setdefault(code.concept, []).append(code)
    return {
        concept: tuple(
            Code(c.system, c.code, c.display)
            for c in sorted(codes, key=lambda c: (_SYSTEM_ORDER.get(c.system, 9), _RELATION_ORDER[c.relation]))
        )
        for concept, codes in grouped.items()
    }


def load_concepts(ontologies: Path) -> Concepts:
    """Read and check ``terms/`` of the folder ``ontologies``.

    Raises:
        OntologyError: naming file and line, for a table that breaks its contract: an id twice, a parent that does
            not exist or leads back to its child, an unknown label, a form of one character, a form that two concepts
            of one label claim, a code for a concept that does not exist.
    """
    terms = ontologies / "terms"
    rows: dict[str, Row] = {}
    for row in _concept_rows(terms):
        _check_row(row)
        if row["id"] in rows:
            first = rows[row["id"]]
            raise row.error(f"id {row['id']} is already at {first.file.name}:{first.line}")
        rows[row["id"]] = row
    for name, row in rows.items():
        for parent in row.items("parents"):
            if parent not in rows:
                raise row.error(f"{name} names the parent {parent!r}, which does not exist")
    _check_forms(rows)
    codes = _codes_by_concept(terms, rows)
    return Concepts({name: _concept(name, row, codes.get(name, ())) for name, row in rows.items()})


def _concept(name: str, row: Row, codes: tuple[Code, ...]) -> ConceptRow:
    return ConceptRow(
        name,
        row["label"],
        row["term"],
        row.items("synonyms"),
        row.items("parents"),
        row.items("sites"),
        row["source"],
        (*codes, Code(CLINNOTE, name, row["term"])),
        row,
    )
