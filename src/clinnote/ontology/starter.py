"""What goes into a vocabulary: the starter tables of ``ontologies/``, and a user's own table of terms."""

import gzip
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from clinnote.errors import Reject, UsageError
from clinnote.model.codes import CLINNOTE, Code, canonical_system
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.concepts import load_concepts
from clinnote.ontology.tables import read_given
from clinnote.ontology.vocabulary import BODY_SITE, Entry, Vocabulary, compile_vocabulary

LOCAL: Final = "urn:clinnote:local"
"""System of a code whose row names none."""
_COLUMNS: Final = ("term", "code", "system", "label", "display")
_DEFAULT_LABEL: Final = "finding"
_UNPACK: Final[Mapping[str, Callable[[bytes], bytes]]] = {".gz": gzip.decompress, ".xz": lzma.decompress}


def concept_entries(ontologies: Path) -> Iterator[Entry]:
    """One entry a concept of ``terms/``."""
    for concept in load_concepts(ontologies).values():
        codes = tuple(code for code in concept.codes if code.system != CLINNOTE)
        yield Entry(concept.label, concept.forms, codes, concept.id, concept.sites)


def site_entries(ontologies: Path) -> Iterator[Entry]:
    """One entry a body site of ``anatomy/`` with all its forms, those that contain a side included."""
    anatomy = load_anatomy(ontologies)
    forms: dict[str, list[str]] = {}
    for form in anatomy.forms():
        forms.setdefault(form.site, []).append(form.text)
    for site, texts in forms.items():
        code = anatomy.node(site).code
        yield Entry(BODY_SITE, tuple(texts), (code,) if code else (), site, (site,))


def starter_vocabulary(ontologies: Path) -> Vocabulary:
    """The starter vocabulary, compiled in memory; nothing is written."""
    entries = [*concept_entries(ontologies), *site_entries(ontologies)]
    return Vocabulary(memoryview(compile_vocabulary(entries)))


def table_entries(path: Path) -> tuple[list[Entry], tuple[Reject, ...]]:
    """Entries of a table ``term ⇥ code [⇥ system ⇥ label ⇥ display]``, and the rows that could not be used.

    The file may be compressed (``.gz``, ``.xz``). A header line that begins with ``term`` and lines that begin with
    ``#`` are passed over. Rows with the same system, code and label are one entry with several forms.

    Raises:
        UsageError: the file is missing or not UTF-8, or not one row can be used.
    """
    try:
        raw = read_given(path)
        lines = _UNPACK.get(path.suffix.lower(), bytes)(raw).decode("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except (OSError, EOFError, lzma.LZMAError):
        raise UsageError(f"{path}: can't be read; it is no file, or its compression is damaged") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save the table as UTF-8") from None
    entries: dict[tuple[str, str, str], tuple[list[str], str | None]] = {}
    rejects: list[Reject] = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.rstrip("\r").split("\t")]
        if not line.strip() or line.startswith("#") or (not entries and cells[0].lower() == "term"):
            continue
        if len(cells) < 2 or len(cells) > len(_COLUMNS) or not cells[0] or not cells[1]:
            rejects.append(
                Reject(str(path), number, "bad_row", "a row is term, code, and perhaps system, label, display")
            )
            continue
        _add(entries, cells)
    if not entries:
        raise UsageError(f"{path}: no row with a term and a code, divided by a tab")
    made = [
        Entry(label, tuple(forms), (Code(system, code, display or forms[0]),))
        for (system, code, label), (forms, display) in entries.items()
    ]
    return made, tuple(rejects)


def _add(entries: dict[tuple[str, str, str], tuple[list[str], str | None]], cells: Sequence[str]) -> None:
    term, code, system, label, display = (*cells, *[""] * (len(_COLUMNS) - len(cells)))
    key = (canonical_system(system) if system else LOCAL, code, label or _DEFAULT_LABEL)
    forms, known = entries.setdefault(key, ([], display or None))
    forms.append(term)
    if known is None and display:
        entries[key] = (forms, display)
