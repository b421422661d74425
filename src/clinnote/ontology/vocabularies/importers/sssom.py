"""SSSOM: a table of mappings between code systems (mapping-commons.github.io/sssom), divided by tabs or commas.

Exact, close and equivalent matches hold both ways; a broad match gives the subject its broader object, a narrow match
the object its broader subject. Mappings that are negated are passed over.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.ontology.vocabularies.importers.records import CodeMap, Release, Wanted
from clinnote.ontology.vocabularies.importers.rows import damaged, text_lines

_NEED: Final = ("subject_id", "predicate_id", "object_id")
_EXACT: Final = frozenset({"exactmatch", "closematch", "equivalentclass", "sameas", "equivalentto"})
_FREE: Final = ("creativecommons.org/publicdomain", "creativecommons.org/licenses/by/", "cc0", "cc-by-4")


def read_sssom(path: Path, wanted: Wanted) -> Release:
    """The maps of one file; rows with an identifier that can't be read are rejects.

    Raises:
        UsageError: the file can't be read, lacks a column, has a row that is not whole, or holds no map.
    """
    release = Release("sssom", path.name, files=[path])
    rows = _rows(path, release)
    header = next(rows, (1, []))[1]
    missing = [name for name in _NEED if name not in header]
    if missing:
        raise UsageError(f"{path}: the header lacks {', '.join(missing)}; give a SSSOM table")
    for number, cells in rows:
        if len(cells) != len(header):
            raise damaged(path, number, f"{len(cells)} cells, must be {len(header)}")
        row = dict(zip(header, cells, strict=True))
        if row.get("predicate_modifier", "").lower() == "not":
            continue
        subject, target = (wanted.systems.from_curie(row[name]) for name in ("subject_id", "object_id"))
        if subject is None or target is None:
            release.rejects.append(Reject(str(path), number, "bad_id", "an identifier is a prefix, a colon and a code"))
            continue
        _add(row, subject, target, release)
    if not release.maps:
        raise UsageError(f"{path}: no mapping in it")
    return release


def _add(row: dict[str, str], subject: tuple[str, str], target: tuple[str, str], release: Release) -> None:
    how = row["predicate_id"].rpartition(":")[2].lower()
    if how in _EXACT:
        release.maps.append(CodeMap(subject, target, True, row.get("object_label") or None))
    elif how == "broadmatch":
        release.maps.append(CodeMap(subject, target, False, row.get("object_label") or None))
    elif how == "narrowmatch":
        release.maps.append(CodeMap(target, subject, False, row.get("subject_label") or None))


def _rows(path: Path, release: Release) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) behind the metadata lines, which give name, version and licence."""
    divider = ""
    for number, line in text_lines(path):
        if line.startswith("#"):
            _metadata(line.lstrip("# "), release)
        elif line.strip():
            divider = divider or ("\t" if "\t" in line else ",")
            yield number, line.split("\t") if divider == "\t" else _quoted(path, number, line)


def _quoted(path: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error:
        raise damaged(path, number, "a cell that is too long") from None


def _metadata(line: str, release: Release) -> None:
    name, _, value = line.partition(":")
    value = value.strip().strip("'\"")
    if name == "license":
        release.licence = value
        release.share = "yes" if any(free in value.lower() for free in _FREE) else "see licence"
    elif name == "mapping_set_version":
        release.version = value
    elif name in ("mapping_set_title", "mapping_set_id"):
        release.name = value
