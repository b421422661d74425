"""Which label a concept gets by its semantic tag or type, and the licence of each kind of source: two small tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import read_table

KIND_COLUMNS: Final = ("scheme", "kind", "label", "example")
SOURCE_COLUMNS: Final = ("source", "owner", "licence", "share")
LABELS: Final = ("finding", "disorder", "device", "procedure", "medication", "lab", "vital", "body_site")
_OUT: Final = "-"
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which terms a kind of source comes; ``share`` is ``yes``, ``no``, ``with notice`` or ``see licence``."""

    owner: str
    licence: str
    share: str


@dataclass(frozen=True, slots=True)
class Kinds:
    """(reader, kind in lower case) -> label."""

    rows: Mapping[tuple[str, str], str]

    def label(self, source: str, kinds: Sequence[str]) -> str | None:
        """The label by the first kind that the table holds, else by ``*``; None when such concepts are left out."""
        for kind in (*kinds, _ANY):
            found = self.rows.get((source, kind.lower()))
            if found is not None:
                return None if found == _OUT else found
        return None


def load_kinds(ontologies: Path) -> Kinds:
    """The table ``vocabularies/kinds.tsv``.

    Raises:
        OntologyError: the table breaks its contract.
    """
    found: dict[tuple[str, str], str] = {}
    for row in read_table(ontologies / "vocabularies" / "kinds.tsv", KIND_COLUMNS):
        key = (row["scheme"], row["kind"].lower())
        if row["label"] not in (*LABELS, _OUT):
            raise row.error(f"label must be one of {', '.join(LABELS)}, or -")
        if key in found:
            raise row.error("this kind stands here twice")
        found[key] = row["label"]
    return Kinds(found)


def load_licences(ontologies: Path) -> Mapping[str, Licence]:
    """The table ``vocabularies/sources.tsv``: reader -> licence.

    Raises:
        OntologyError: the table breaks its contract.
    """
    rows = read_table(ontologies / "vocabularies" / "sources.tsv", SOURCE_COLUMNS)
    return {row["source"]: Licence(row["owner"], row["licence"], row["share"]) for row in rows}
