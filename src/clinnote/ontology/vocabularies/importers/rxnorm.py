"""RxNorm: the names that NLM itself makes (source RXNORM) in ``RXNCONSO.RRF``, and is-a of ``RXNREL.RRF``.

The kinds of a concept are its term types: IN ingredient, BN brand name, SCD clinical drug and so on.
"""

import re
from pathlib import Path
from typing import Final

from clinnote.errors import UsageError
from clinnote.model.codes import RXNORM
from clinnote.ontology.vocabularies.importers.records import Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import find_files
from clinnote.ontology.vocabularies.importers.rrf import read_is_a, read_names, terms_of

_SOURCE: Final = "RXNORM"
_VERSION: Final = re.compile(r"RxNorm_(?:full|weekly|full_prescribe)_(?:prescribe_)?(\d{8})", re.I)


def read_rxnorm(folder: Path, wanted: Wanted) -> Release:
    """The concepts of an RxNorm release folder.

    Raises:
        UsageError: ``RXNCONSO.RRF`` is missing, a file is not whole, or no name has source RXNORM.
    """
    (names,) = find_files(folder, r"RXNCONSO\.RRF(\.gz)?", "RXNCONSO.RRF")[:1]
    relations = find_files(folder, r"RXNREL\.RRF(\.gz)?")[:1]
    found = _VERSION.search(str(names.resolve()))
    release = Release("rxnorm", "RxNorm", found.group(1) if found else None, files=[names, *relations])
    known = read_names(names, wanted, _own)
    for code, concept in known.items():
        release.concepts.append(
            SourceConcept(RXNORM, code, concept.display, tuple(terms_of(concept)), tuple(concept.types))
        )
    if not release.concepts:
        raise UsageError(f"{names}: no name of source {_SOURCE} in {', '.join(wanted.languages)}")
    for path in relations:
        for child, parent in read_is_a(path, by_parent=False):
            if child in known and parent in known:
                release.add_edge(RXNORM, child, parent)
    return release


def _own(source: str, term_type: str) -> bool:  # noqa: ARG001 (rows are chosen by both)
    return source == _SOURCE
