"""SNOMED CT in Release Format 2: the snapshot files anywhere below a folder.

Layout: SNOMED International, "SNOMED CT Release File Specification" (docs.snomed.org). Read are active concepts, their
active descriptions in the wanted languages as far as a language reference set accepts them, is-a relationships, and the
extended maps to ICD-10-CM and ICD-10. Of a map's rows the one that holds without a condition is taken.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.model.codes import ICD10CM, SNOMED, well_formed
from clinnote.ontology.vocabularies.importers.records import CodeMap, Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import find_files, read_rows

FSN: Final = "900000000000003001"
SYNONYM: Final = "900000000000013009"
IS_A: Final = "116680003"
PREFERRED: Final = "900000000000548007"
ACCEPTABLE: Final = "900000000000549004"
PROPERLY_CLASSIFIED: Final = "447637006"
DIALECTS: Final = {"en-us": "900000000000509007", "en-gb": "900000000000508004"}
MAPS: Final = {"6011000124106": ICD10CM, "447562003": "http://hl7.org/fhir/sid/icd-10"}
"""Reference set of a map -> system of its targets."""

_COMMON: Final = ("id", "effectiveTime", "active")
_UNCONDITIONAL: Final = frozenset({"TRUE", "OTHERWISE TRUE"})
_TAG: Final = re.compile(r"\s+\(([^()]+)\)$")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_VERSION: Final = re.compile(r"_([A-Za-z0-9]*_?\d{8})\b")
type _Description = tuple[str, str, str, str]
"""Id, language (lower case), type, term."""


def read_rf2(folder: Path, wanted: Wanted) -> Release:
    """The active content of an RF2 snapshot.

    Raises:
        UsageError: a needed file is missing, or one is not whole.
    """
    files = {part: find_files(folder, *_FILES[part]) for part in _FILES}
    found = _VERSION.search(files["concepts"][0].stem)
    release = Release(
        "rf2", "SNOMED CT", found.group(1) if found else None, files=[path for part in files.values() for path in part]
    )
    known = _concepts(files["concepts"])
    active = {code for code, (_, state) in known.items() if state == "1"}
    described = _descriptions(files["descriptions"], wanted)
    strange = described.keys() - known.keys()
    if strange:
        said = f"{len(strange)} concepts are described here that no concept file has; is one cut short, or missing?"
        release.rejects.append(Reject(str(files["descriptions"][0]), None, "unknown_concept", said))
    silent = active - described.keys()
    if silent:
        said = f"{len(silent)} active concepts have no name here; is a description file cut short, or missing?"
        release.rejects.append(Reject(str(files["descriptions"][0]), None, "unnamed_concept", said))
    accepted = _acceptability(files["language"], wanted)
    if not accepted:
        release.rejects.append(
            Reject(str(folder), None, "no_language_refset", "every active synonym is taken as acceptable", skipped=True)
        )
    for code, descriptions in described.items():
        concept = _concept(code, descriptions, accepted, _languages(wanted)) if code in active else None
        if concept is not None:
            release.concepts.append(concept)
    if not release.concepts:
        raise UsageError(f"{folder}: no active concept has an acceptable term in {', '.join(wanted.languages)}")
    _is_a(files["relationships"], active, release)
    release.maps += _maps(files["maps"], active)
    return release


_FILES: Final = {
    "concepts": (r"x?sct2_Concept_.*Snapshot.*\.txt", "the snapshot of concepts (sct2_Concept_Snapshot_*.txt)"),
    "descriptions": (
        r"x?sct2_Description_.*Snapshot.*\.txt",
        "the snapshot of descriptions (sct2_Description_Snapshot-*.txt)",
    ),
    "relationships": (r"x?sct2_Relationship_.*Snapshot.*\.txt", ""),
    "language": (r"x?der2_cRefset_\w*Language\w*Snapshot.*\.txt", ""),
    "maps": (r"x?der2_iisssccRefset_\w*ExtendedMap\w*Snapshot.*\.txt", ""),
}


def _newest(paths: Sequence[Path], need: Sequence[str]) -> Iterator[Sequence[str]]:
    """The active rows; of a component that several files state, the newest statement counts."""
    if len(paths) == 1:
        yield from (row for _, row in read_rows(paths[0], need, _whole) if row[2] == "1")
        return
    newest: dict[str, Sequence[str]] = {}
    for path in paths:
        for _, row in read_rows(path, need, _whole):
            known = newest.get(row[0])
            if known is None or known[1] < row[1]:
                newest[row[0]] = row
    yield from (row for row in newest.values() if row[2] == "1")


def _whole(cells: Sequence[str]) -> bool:
    """The last column of every file that is read here holds a concept id, whose check digit tells a cut one."""
    return well_formed(SNOMED, cells[-1])


def _concepts(paths: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """Concept -> (time, whether it is active: "1") of its newest statement."""
    known: dict[str, tuple[str, str]] = {}
    for path in paths:
        for _, (code, time, state) in read_rows(path, _COMMON, _whole):
            if code not in known or known[code][0] < time:
                known[code] = (time, state)
    return known


def _descriptions(paths: Sequence[Path], wanted: Wanted) -> dict[str, list[_Description]]:
    """Concept -> its active descriptions in the wanted languages, and its English name for the semantic tag."""
    languages = _languages(wanted)
    found: dict[str, list[_Description]] = {}
    for row in _newest(paths, (*_COMMON, "conceptId", "languageCode", "typeId", "term")):
        concept, language, kind, term = row[3:]
        if (language.lower() in languages and kind == SYNONYM) or kind == FSN:
            found.setdefault(concept, []).append((row[0], language.lower(), kind, term))
    return found


def _acceptability(paths: Sequence[Path], wanted: Wanted) -> dict[str, int]:
    """Description -> rank: 0 and 1 preferred (US English or the first dialect asked for, then others), 2 acceptable."""
    dialects = [DIALECTS[language.lower()] for language in wanted.languages if language.lower() in DIALECTS]
    first = dialects[0] if dialects else DIALECTS["en-us"]
    ranks: dict[str, int] = {}
    for row in _newest(paths, (*_COMMON, "refsetId", "referencedComponentId", "acceptabilityId")):
        refset, description, acceptability = row[3:]
        if dialects and refset not in dialects:
            continue
        rank = 2 if acceptability != PREFERRED else 0 if refset == first else 1
        ranks[description] = min(rank, ranks.get(description, rank))
    return ranks


def _languages(wanted: Wanted) -> frozenset[str]:
    return frozenset(language.partition("-")[0].lower() for language in wanted.languages)


def _concept(
    code: str, descriptions: Sequence[_Description], accepted: dict[str, int], languages: frozenset[str]
) -> SourceConcept | None:
    names = sorted(
        (language != "en", accepted.get(name, 3), term) for name, language, kind, term in descriptions if kind == FSN
    )
    terms = [(accepted.get(name, 3), term) for name, _, kind, term in descriptions if kind == SYNONYM]
    if accepted:
        terms = [pair for pair in terms if pair[0] < 3]
    terms.sort(key=lambda pair: pair[0])
    tag = _TAG.search(names[0][2]) if names else None
    full = [term for name, language, kind, term in descriptions if kind == FSN and language in languages]
    words = [term for _, term in terms] or [_TAG.sub("", term) for term in full[:1]]
    if not words:
        return None
    return SourceConcept(SNOMED, code, words[0], tuple(dict.fromkeys(words)), (tag.group(1),) if tag else ())


def _is_a(paths: Sequence[Path], active: set[str], release: Release) -> None:
    for row in _newest(paths, (*_COMMON, "sourceId", "destinationId", "typeId")):
        child, parent, kind = row[3:]
        if kind == IS_A and child in active and parent in active:
            release.add_edge(SNOMED, child, parent)


def _maps(paths: Sequence[Path], active: set[str]) -> Iterator[CodeMap]:
    """The unconditional target of each map group, by priority."""
    need = ("refsetId", "referencedComponentId", "mapGroup", "mapPriority", "mapRule", "mapTarget", "mapCategoryId")
    chosen: dict[tuple[str, str, int], tuple[int, str]] = {}
    for row in _newest(paths, (*_COMMON, *need)):
        refset, concept, group, priority, rule, target, category = row[3:]
        if refset not in MAPS or concept not in active or not target or category != PROPERLY_CLASSIFIED:
            continue
        if (
            rule.strip().upper() not in _UNCONDITIONAL
            or not _DIGITS.fullmatch(group)
            or not _DIGITS.fullmatch(priority)
        ):
            continue
        key = (refset, concept, int(group))
        if key not in chosen or int(priority) < chosen[key][0]:
            chosen[key] = (int(priority), target)
    for (refset, concept, _), (_, target) in sorted(chosen.items()):
        yield CodeMap((SNOMED, concept), (MAPS[refset], target), exact=False)
