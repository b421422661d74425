"""The starter vocabulary: the concepts and body sites of ``ontologies/``.

Compiling it takes longer than tagging a note, so what was compiled can be kept in a cache folder, under the hash of
all that it is made of: tables that change, and another clinnote, make another file.
"""

import hashlib
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from clinnote import __version__
from clinnote.errors import UsageError
from clinnote.model.codes import CLINNOTE
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.concepts import load_concepts
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, Entry, Vocabulary, compile_vocabulary

_TABLES: Final = ("anatomy", "sections", "terms")
"""The folders of ``ontologies/`` that the starter vocabulary is made of."""
_KEPT: Final = 4
"""Compiled vocabularies that a cache folder holds at most, the newest."""


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


def starter_vocabulary(ontologies: Path, cache: Path | None = None) -> Vocabulary:
    """The starter vocabulary, compiled in memory, or what the folder ``cache`` holds of the same tables.

    A cache that can't be read or written, or holds a damaged file, costs nothing but the time to compile.
    """
    return Vocabulary(_starter(ontologies, cache))


def write_starter(ontologies: Path, out: Path, cache: Path | None = None) -> None:
    """Write the starter vocabulary to a file, for several processes to map."""
    out.write_bytes(_starter(ontologies, cache))


def _starter(ontologies: Path, cache: Path | None) -> memoryview:
    if cache is None:
        return memoryview(_compiled(ontologies))
    file = cache / f"starter-{_made_of(ontologies)}.vocab"
    with suppress(OSError, ValueError, UsageError), file.open("rb") as stream:
        content = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        if Vocabulary(content).intact():
            return content
    compiled = _compiled(ontologies)
    with suppress(OSError):
        _keep(file, compiled)
    return memoryview(compiled)


def _made_of(ontologies: Path) -> str:
    """A hash of the tables and of the code that reads and compiles them."""
    package = Path(__file__).parents[2]
    code = [path for part in ("model", "ontology") for path in (package / part).rglob("*.py")]
    tables = [path for part in _TABLES for path in (ontologies / part).rglob("*.tsv")]
    digest = hashlib.sha256(f"{__version__} {sys.byteorder}\n".encode())
    for path in (*sorted(code), *sorted(tables)):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _keep(file: Path, content: bytes) -> None:
    """Put a file into the cache, whole or not at all, and the oldest beyond the most that are kept out of it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix="starter-", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(partial).replace(file)
    finally:
        Path(partial).unlink(missing_ok=True)
    for old in sorted(file.parent.glob("starter-*.vocab"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)


def _compiled(ontologies: Path) -> bytes:
    return compile_vocabulary([*concept_entries(ontologies), *site_entries(ontologies)])
