"""What the sources call a code system (``ontologies/vocabularies/systems.tsv``), and its canonical URI."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.model.codes import CLINNOTE, SHORT_NAMES
from clinnote.ontology.tables import read_table

COLUMNS: Final = ("scheme", "name", "system", "prefixed", "source")
_SCHEMES: Final = ("curie", "umls", "omop")
_OBO: Final = "http://purl.obolibrary.org/obo/{}.owl"


@dataclass(frozen=True, slots=True)
class Systems:
    """(scheme, name in lower case) -> (URI, whether codes keep their prefix)."""

    rows: Mapping[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    def named(self, scheme: str, name: str) -> str | None:
        """The URI of what ``scheme`` ("umls", "omop") calls ``name``; None when the table does not list it."""
        found = self.rows.get((scheme, name.lower()))
        return found[0] if found else None

    def from_curie(self, curie: str) -> tuple[str, str] | None:
        """(URI, code) of a compact identifier such as ``SCTID:22298006`` or ``HP:0002155``; None when it is none.

        Those of a prefix that the table does not list are taken as of an OBO ontology, whose codes keep their prefix.
        """
        prefix, colon, code = curie.partition(":")
        if not colon or not prefix or not code or code.startswith("//"):
            return None
        uri, prefixed = self.rows.get(("curie", prefix.lower()), (_OBO.format(prefix.lower()), True))
        return uri, curie if prefixed else code

    def listed(self, curie: str) -> bool:
        """Whether the table lists the prefix of a compact identifier."""
        return ("curie", curie.partition(":")[0].lower()) in self.rows


def load_systems(ontologies: Path) -> Systems:
    """The table of ``ontologies/vocabularies/systems.tsv``, and clinnote's own short names.

    Raises:
        OntologyError: the table breaks its contract.
    """
    known = {("curie", short): (uri, False) for short, uri in SHORT_NAMES.items() if uri != CLINNOTE}
    for row in read_table(ontologies / "vocabularies" / "systems.tsv", COLUMNS):
        if row["scheme"] not in _SCHEMES or row["prefixed"] not in ("yes", "no"):
            raise row.error("scheme must be curie, umls or omop, and prefixed yes or no")
        known[row["scheme"], row["name"].lower()] = (row["system"], row["prefixed"] == "yes")
    return Systems(known)
