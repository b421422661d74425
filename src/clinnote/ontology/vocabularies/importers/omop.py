"""The OMOP standardised vocabularies as Athena gives them: tab-divided files without quoting.

A concept keeps its source's code and system (``systems.tsv``) and has the OMOP concept id as a further code. Its kinds
are its concept class and its domain. "Maps to" becomes a map; "Is a" and direct ancestors become the hierarchy, within
one code system.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clinnote.errors import UsageError
from clinnote.model.codes import Code
from clinnote.ontology.vocabularies.importers.records import CodeMap, Key, Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import find_files, read_rows

OMOP: Final = "https://fhir-terminology.ohdsi.org"
ENGLISH: Final = "4180186"
"""Concept id of the English language."""
_INVALID: Final = {"": "active", "D": "deprecated", "U": "updated"}
_NEED: Final = (
    "concept_id",
    "concept_name",
    "domain_id",
    "vocabulary_id",
    "concept_class_id",
    "concept_code",
    "invalid_reason",
)


def read_omop(folder: Path, wanted: Wanted) -> Release:
    """The concepts of an Athena download.

    Raises:
        UsageError: ``CONCEPT.csv`` is missing, a file is not whole, or no concept has a wanted status.
    """
    (path,) = find_files(folder, r"CONCEPT\.csv(\.gz)?", "CONCEPT.csv")[:1]
    parts = {name: find_files(folder, rf"{name}\.csv(\.gz)?")[:1] for name in _PARTS}
    files = [path, *(found for part in parts.values() for found in part)]
    versions = _versions(parts["VOCABULARY"])
    release = Release("omop", "OMOP standardised vocabularies", versions.get("None"), files=files)
    keys, names, vocabularies = _concepts(path, wanted)
    if not names:
        raise UsageError(f"{path}: no concept of a wanted status")
    synonyms = _synonyms(parts["CONCEPT_SYNONYM"], wanted, keys)
    for number, (name, kinds) in names.items():
        system, code = keys[number]
        also = (Code(OMOP, number, name),) if system != OMOP else ()
        terms = tuple(dict.fromkeys((name, *synonyms.get(number, ()))))
        release.concepts.append(SourceConcept(system, code, name, terms, kinds, also=also))
    release.name += f" ({', '.join(sorted(vocabularies))})"
    _relations(parts["CONCEPT_RELATIONSHIP"], keys, release)
    _ancestors(parts["CONCEPT_ANCESTOR"], keys, release)
    return release


_PARTS: Final = ("CONCEPT_SYNONYM", "CONCEPT_RELATIONSHIP", "CONCEPT_ANCESTOR", "VOCABULARY")
type _Names = dict[str, tuple[str, tuple[str, ...]]]


def _concepts(path: Path, wanted: Wanted) -> tuple[dict[str, Key], _Names, set[str]]:
    """(concept id -> system and code, concept id -> name and kinds of the wanted ones, vocabularies)."""
    keys: dict[str, Key] = {}
    names: _Names = {}
    vocabularies: set[str] = set()
    systems: dict[str, str] = {}
    for _, (number, name, domain, vocabulary, kind, code, invalid) in read_rows(path, _NEED):
        if vocabulary not in systems:
            systems[vocabulary] = wanted.systems.named("omop", vocabulary) or f"urn:omop:{vocabulary}"
        keys[number] = (systems[vocabulary], code)
        status = _INVALID.get(invalid.strip(), "deprecated")
        if (status == "active" or status in wanted.statuses) and name:
            names[number] = (name, (f"{domain} {kind}", kind, domain))
            vocabularies.add(vocabulary)
    return keys, names, vocabularies


def _synonyms(paths: list[Path], wanted: Wanted, keys: Mapping[str, Key]) -> dict[str, list[str]]:
    """Synonyms of the languages asked for. Only English has a fixed concept id; other languages are taken by theirs."""
    languages = {ENGLISH if name.partition("-")[0].lower() == "en" else name for name in wanted.languages}
    found: dict[str, list[str]] = {}
    for path in paths:
        need = ("concept_id", "concept_synonym_name", "language_concept_id")
        for _, (number, name, language) in read_rows(path, need):
            if language in languages and number in keys and name:
                found.setdefault(number, []).append(name)
    return found


def _relations(paths: list[Path], keys: Mapping[str, Key], release: Release) -> None:
    need = ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason")
    for path in paths:
        for _, (first, second, name, invalid) in read_rows(path, need):
            if invalid.strip() or first == second or first not in keys or second not in keys:
                continue
            if name == "Maps to":
                release.maps.append(CodeMap(keys[first], keys[second], exact=False))
            elif name == "Is a":
                _edge(keys[first], keys[second], release)


def _ancestors(paths: list[Path], keys: Mapping[str, Key], release: Release) -> None:
    need = ("ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation")
    for path in paths:
        for _, (above, below, levels) in read_rows(path, need):
            if levels == "1" and above in keys and below in keys:
                _edge(keys[below], keys[above], release)


def _edge(child: Key, parent: Key, release: Release) -> None:
    if child[0] == parent[0] and child != parent:
        release.add_edge(child[0], child[1], parent[1])


def _versions(paths: list[Path]) -> dict[str, str]:
    """Vocabulary -> version; the one called "None" is that of the whole release."""
    found: dict[str, str] = {}
    for path in paths:
        for _, (name, version) in read_rows(path, ("vocabulary_id", "vocabulary_version")):
            found[name] = version
    return found
