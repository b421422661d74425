"""The UMLS Metathesaurus: ``MRCONSO.RRF``, ``MRSTY.RRF`` and ``MRREL.RRF`` of an installed subset.

A concept is one CUI with the names of all its sources; its codes are the CUI and the codes of the sources that
``systems.tsv`` lists. Its kinds are its semantic types.
"""

from pathlib import Path
from typing import Final

from clinnote.errors import UsageError
from clinnote.model.codes import Code
from clinnote.ontology.vocabularies.importers.records import Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import find_files, read_bars, text_lines
from clinnote.ontology.vocabularies.importers.rrf import Named, read_is_a, read_names, terms_of
from clinnote.ontology.vocabularies.importers.systems import Systems

UMLS: Final = "http://www.nlm.nih.gov/research/umls"
_TYPES: Final = 6


def read_umls(folder: Path, wanted: Wanted) -> Release:
    """The concepts of an RRF folder (``META``).

    Raises:
        UsageError: a needed file is missing or not whole, or it holds no name in a wanted language.
    """
    (names,) = find_files(folder, r"MRCONSO\.RRF(\.gz)?", "MRCONSO.RRF")[:1]
    (types,) = find_files(folder, r"MRSTY\.RRF(\.gz)?", "MRSTY.RRF (the semantic types)")[:1]
    relations = find_files(folder, r"MRREL\.RRF(\.gz)?")[:1]
    facts = find_files(folder, r"release\.dat")[:1]
    release = Release("umls", "UMLS Metathesaurus", _version(facts), files=[names, types, *relations])
    found = read_names(names, wanted, _every)
    kinds: dict[str, list[str]] = {}
    for _, (concept, number, kind) in read_bars(types, _TYPES, (0, 1, 3)):
        if concept in found:
            kinds.setdefault(concept, []).extend((kind, number))
    for concept, known in found.items():
        release.concepts.append(
            SourceConcept(
                UMLS,
                concept,
                known.display,
                tuple(terms_of(known)),
                tuple(kinds.get(concept, ())),
                also=_codes(known, wanted.systems),
            )
        )
    if not release.concepts:
        raise UsageError(f"{names}: no name in {', '.join(wanted.languages)}")
    for path in relations:
        for child, parent in read_is_a(path, by_parent=True):
            if child in found and parent in found:
                release.add_edge(UMLS, child, parent)
    return release


def _every(source: str, term_type: str) -> bool:  # noqa: ARG001 (rows are chosen by both)
    return True


def _codes(known: Named, systems: Systems) -> tuple[Code, ...]:
    found = []
    for (source, code), display in known.codes.items():
        system = systems.named("umls", source)
        if system and code != "NOCODE":
            found.append(Code(system, code, display))
    return tuple(found)


def _version(facts: list[Path]) -> str | None:
    for path in facts:
        for _, line in text_lines(path):
            name, _, value = line.partition("=")
            if name.strip() == "umls.release.name":
                return value.strip()
    return None
