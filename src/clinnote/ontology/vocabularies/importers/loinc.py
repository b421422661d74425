"""LOINC: ``Loinc.csv``, and beside it (or in ``AccessoryFiles``) the consumer names, parts and the hierarchy.

A code's terms are its long common name, display name and consumer name. The bare component ("Potassium") is a term of
the codes that LOINC itself ranks among the common tests, the commonest first, at most :data:`_PER_COMPONENT`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clinnote.errors import UsageError
from clinnote.model.codes import LOINC
from clinnote.ontology.vocabularies.importers.records import Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.importers.rows import find_files, read_quoted

_NEED: Final = ("LOINC_NUM", "COMPONENT", "CLASS", "CLASSTYPE", "STATUS", "LONG_COMMON_NAME")
_PERHAPS: Final = ("DisplayName", "SHORTNAME", "CONSUMER_NAME", "COMMON_TEST_RANK", "VersionLastChanged")
_PER_COMPONENT: Final = 3
_UNRANKED: Final = 1_000_000
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_ACTIVE: Final = frozenset({"active", "trial"})


def read_loinc(path: Path, wanted: Wanted) -> Release:
    """The codes of ``Loinc.csv`` or of the folder it is in; deprecated ones only when that status is wanted.

    Raises:
        UsageError: a file is missing or not whole, or holds no code of a wanted status.
    """
    if path.is_dir():
        path = find_files(path, r"Loinc\.csv", "Loinc.csv")[0]
    known = [name for name in _PERHAPS if name in _header(path)]
    consumer = _accessory(path, "ConsumerName.csv")
    parts = _accessory(path, "Part.csv")
    tree = _accessory(path, "ComponentHierarchyBySystem.csv")
    release = Release("loinc", "LOINC", files=[path, *filter(None, (consumer, parts, tree))])
    names: dict[str, list[str]] = {}
    if consumer:
        for _, (code, name) in read_quoted(consumer, ("LoincNumber", "ConsumerName")):
            names.setdefault(code, []).append(name)
    statuses = _ACTIVE | wanted.statuses
    ranked: list[tuple[int, SourceConcept, str]] = []
    newest: list[tuple[int, ...]] = []
    for _, cells in read_quoted(path, (*_NEED, *known)):
        row = dict(zip((*_NEED, *known), cells, strict=True))
        newest.append(_numbers(row.get("VersionLastChanged", "")))
        if row["STATUS"].lower() in statuses:
            rank = row.get("COMMON_TEST_RANK", "")
            place = _number(rank) or _UNRANKED
            ranked.append((place, _concept(row, names.get(row["LOINC_NUM"], ())), row["COMPONENT"]))
    if not ranked:
        raise UsageError(f"{path}: no code of a wanted status in it")
    release.version = ".".join(map(str, max(newest))) or None
    release.concepts += _with_components(sorted(ranked, key=lambda item: item[0]))
    if parts:
        release.concepts += _parts(parts, statuses)
    if tree:
        for _, (code, parent) in read_quoted(tree, ("CODE", "IMMEDIATE_PARENT")):
            if parent:
                release.add_edge(LOINC, code, parent)
    return release


def _header(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            return stream.readline()
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; give Loinc.csv of the unpacked release") from None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path}: can't be read; give Loinc.csv of the unpacked release") from None


def _accessory(path: Path, name: str) -> Path | None:
    """The file ``name`` beside ``path``, or where the release keeps it (``AccessoryFiles/<folder>/``)."""
    near = (path.parent, path.parent.parent)
    places = [path.parent / name, *(found for top in near for found in sorted(top.glob(f"AccessoryFiles/*/{name}")))]
    return next((place for place in places if place.is_file()), None)


def _concept(row: dict[str, str], consumer: tuple[str, ...] | list[str]) -> SourceConcept:
    long = row["LONG_COMMON_NAME"] or row["COMPONENT"]
    shown = row.get("DisplayName") or long
    terms = (shown, long, row.get("SHORTNAME", ""), *row.get("CONSUMER_NAME", "").split(";"), *consumer)
    distinct = dict.fromkeys(term.strip() for term in terms if term.strip())
    return SourceConcept(LOINC, row["LOINC_NUM"], long, tuple(distinct), (row["CLASS"], row["CLASSTYPE"]))


def _with_components(ranked: list[tuple[int, SourceConcept, str]]) -> Iterator[SourceConcept]:
    taken: dict[str, int] = {}
    for rank, concept, component in ranked:
        word = component.casefold()
        if rank == _UNRANKED or taken.get(word, 0) >= _PER_COMPONENT or component in concept.terms:
            yield concept
            continue
        taken[word] = taken.get(word, 0) + 1
        yield SourceConcept(
            LOINC, concept.code, concept.display, (*concept.terms, component), concept.kinds, concept.label
        )


def _parts(path: Path, statuses: frozenset[str]) -> Iterator[SourceConcept]:
    need = ("PartNumber", "PartTypeName", "PartName", "PartDisplayName", "Status")
    for _, (code, kind, name, display, status) in read_quoted(path, need):
        if status.lower() in statuses:
            terms = tuple(dict.fromkeys(filter(None, (display, name))))
            yield SourceConcept(LOINC, code, display or name, terms, (f"part {kind}", "part"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in version.split(".") if _DIGITS.fullmatch(part))


def _number(text: str) -> int:
    """The number, 0 for what is none."""
    return int(text) if _DIGITS.fullmatch(text) else 0
