"""A user's own table of terms: ``term ⇥ code [⇥ system ⇥ label ⇥ display]``."""

import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.model.codes import canonical_system
from clinnote.ontology.tables import read_given
from clinnote.ontology.vocabularies.importers.records import Release, SourceConcept, Wanted
from clinnote.ontology.vocabularies.kinds import LABELS

LOCAL: Final = "urn:clinnote:local"
"""System of a code whose row names none."""
_COLUMNS: Final = ("term", "code", "system", "label", "display")
_DEFAULT_LABEL: Final = "finding"
_LINE: Final = re.compile(r"\r\n|\n|\r")
_UNPACK: Final[Mapping[str, Callable[[bytes], bytes]]] = {".gz": gzip.decompress, ".xz": lzma.decompress}


def read_terms(path: Path, wanted: Wanted) -> Release:  # noqa: ARG001 (the signature of every reader)
    """The concepts of a table, and the rows that could not be used.

    The file may be compressed (``.gz``, ``.xz``). A header line that begins with ``term`` and lines that begin with
    ``#`` are passed over. Rows with the same system, code and label are one concept with several terms.

    Raises:
        UsageError: the file is missing or not UTF-8, or not one row can be used.
    """
    found: dict[tuple[str, str, str], tuple[list[str], str | None]] = {}
    release = Release("table", path.name, files=[path])
    for number, line in enumerate(_LINE.split(_text(path)), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or (not found and cells[0].lower() == "term"):
            continue
        if len(cells) < 2 or len(cells) > len(_COLUMNS) or not cells[0] or not cells[1]:
            release.rejects.append(
                Reject(str(path), number, "bad_row", "a row is term, code, and perhaps system, label, display")
            )
            continue
        _add(found, cells)
    if not found:
        raise UsageError(f"{path}: no row with a term and a code, divided by a tab")
    release.concepts = [
        SourceConcept(system, code, display or terms[0], tuple(terms), label=label)
        for (system, code, label), (terms, display) in found.items()
    ]
    return release


def _text(path: Path) -> str:
    try:
        return _UNPACK.get(path.suffix.lower(), bytes)(read_given(path)).decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        raise UsageError(f"{path}: can't be read; it is no file, or its compression is damaged") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save the table as UTF-8") from None


def _add(found: dict[tuple[str, str, str], tuple[list[str], str | None]], cells: Sequence[str]) -> None:
    term, code, system, label, display = (*cells, *[""] * (len(_COLUMNS) - len(cells)))
    label = label.lower() if label.lower() in LABELS else label
    key = (canonical_system(system) if system else LOCAL, code, label or _DEFAULT_LABEL)
    terms, known = found.setdefault(key, ([], display or None))
    terms.append(term)
    if known is None and display:
        found[key] = (terms, display)
