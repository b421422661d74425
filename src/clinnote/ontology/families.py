"""Findings that readers use for each other: ``ontologies/families/findings.tsv``.

"Opacity", "consolidation" and "infiltrate" can be one shadow in three reports. Two concepts of one family are
comparable for their side, but never prove each other present or absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import read_table

COLUMNS: Final = ("family", "concept", "why")


@dataclass(frozen=True, slots=True)
class Families:
    """The families a concept belongs to, by concept id."""

    of: Mapping[str, frozenset[str]]

    def share(self, a: frozenset[str], b: frozenset[str]) -> bool:
        """Whether some concept of ``a`` and some concept of ``b`` are of one family (or of one concept)."""
        if a & b:
            return True
        return not self._families(a).isdisjoint(self._families(b))

    def of_none(self, concepts: frozenset[str], families: frozenset[str]) -> bool:
        """Whether no concept of ``concepts`` is of one of the families named."""
        return self._families(concepts).isdisjoint(families)

    def _families(self, concepts: frozenset[str]) -> frozenset[str]:
        return frozenset(family for concept in concepts for family in self.of.get(concept, ()))


def load_families(ontologies: Path) -> Families:
    """Read ``ontologies/families/findings.tsv``.

    Raises:
        OntologyError: the table is missing, breaks its columns, or names a concept twice in one family.
    """
    of: dict[str, set[str]] = {}
    for row in read_table(ontologies / "families" / "findings.tsv", COLUMNS):
        families = of.setdefault(row["concept"], set())
        if row["family"] in families:
            raise row.error(f"'{row['concept']}' stands twice in family {row['family']}")
        families.add(row["family"])
    return Families({concept: frozenset(families) for concept, families in of.items()})
