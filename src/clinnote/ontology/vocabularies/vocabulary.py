"""The compiled vocabulary: one file, opened memory-mapped, shared by worker processes.

Blocks of the artefact (its layout: :mod:`clinnote.ontology.vocabularies.artefact`):

* ``trie``: a MARISA trie of the keys (forms in normal form, each word followed by a space); key ids are dense;
* ``kinds``: one byte a key, see :data:`TERM` and the bits after it;
* ``link_starts``, ``links``: int32; the entries of key k are ``links[link_starts[k]:link_starts[k + 1]]``;
* ``entry_starts``, ``entries``: int64 offsets into the JSON of the entries;
* ``first_words``: the words that begin a key, one a line;
* ``codes``, ``parent_starts``, ``parents``: the is-a hierarchy, where a source has one.
"""

import json
import mmap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import marisa_trie
from rapidfuzz import fuzz, process

from clinnote.errors import UsageError
from clinnote.model.codes import Code
from clinnote.ontology.vocabularies.artefact import intact, unpack
from clinnote.ontology.vocabularies.compiler import compile_vocabulary
from clinnote.ontology.vocabularies.entries import BODY_SITE, CAPITALS, CAPITALS_S, SITE, TERM, Entry
from clinnote.ontology.vocabularies.hierarchy import Edges, Hierarchy
from clinnote.ontology.words import normal, normal_form

__all__ = [
    "BODY_SITE",
    "CAPITALS",
    "CAPITALS_S",
    "SITE",
    "TERM",
    "Entry",
    "Hit",
    "Vocabulary",
    "build_vocabulary",
    "compile_vocabulary",
]


_FORMS_OF_ONE: Final = 4
"""So many forms of one entry are looked through for each answer of a search."""
_ALIKE: Final = 65
"""Lowest likeness (0-100) of an answer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a search: the form, how near it is (0-100), and its entry without the other forms."""

    form: str
    score: float
    entry: Entry


class Vocabulary:
    """A compiled vocabulary. Open one with :meth:`open`, make one with :func:`compile_vocabulary`.

    Attributes:
        version: first 16 hex digits of the SHA-256 of its content.
        manifest: what it was built from: sources with versions, licences, hashes and counts; empty when not stated.
        first_words: the words that begin a key.
        kinds: one byte of bits a key (:data:`TERM`, :data:`SITE`, :data:`CAPITALS`, :data:`CAPITALS_S`).
        longest: length of the longest key in characters.
        hierarchy: the is-a hierarchy of its code systems; empty when no source has one.
    """

    def __init__(self, buffer: memoryview, path: Path | None = None) -> None:
        header, blocks = unpack(buffer, path)
        try:
            self._map(buffer, path, header, blocks)
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError):
            raise UsageError(f"{path or 'vocabulary'}: the content is damaged; build the vocabulary again") from None

    def _map(
        self, buffer: memoryview, path: Path | None, header: dict[str, Any], blocks: Mapping[str, memoryview]
    ) -> None:
        self.path = path
        self._buffer = buffer
        self._header, self._blocks = header, blocks
        self.version: str = header["version"]
        self.longest: int = header["longest"]
        self.manifest: Mapping[str, Any] = header.get("manifest", {})
        self._counts: Mapping[str, int] = header["counts"]
        self._trie = marisa_trie.Trie().map(blocks["trie"])
        self.prefixes = self._trie.iter_prefixes_with_ids
        self.kinds = blocks["kinds"]
        self._link_starts = blocks["link_starts"].cast("i")
        self._links = blocks["links"].cast("i")
        self._entry_starts = blocks["entry_starts"].cast("q")
        self._entries = blocks["entries"]
        self.first_words = frozenset(bytes(blocks["first_words"]).decode("utf-8", "surrogatepass").split("\n"))
        self.hierarchy = Hierarchy(header.get("systems", ()), blocks)

    @classmethod
    def open(cls, path: Path) -> "Vocabulary":
        """Map a compiled file; only the pages that are used are read.

        Raises:
            UsageError: the file is missing, empty or not a compiled vocabulary.
        """
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise UsageError(f"{path}: can't be read as a vocabulary; build one with 'clinnote vocab build'") from None
        return cls(memoryview(mapped), path)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process maps the same file; a vocabulary without one travels as its bytes."""
        return (Vocabulary.open, (self.path,)) if self.path else (_from_bytes, (bytes(self._buffer),))

    def key(self, words: str) -> int:
        """The key that is exactly these words (in normal form, each followed by a space), or -1."""
        key = self._trie.get(words)
        return -1 if key is None else key

    def step(self, words: str) -> tuple[int, bool]:
        """(the key that is exactly these words, or -1; whether longer keys begin with them).

        ``words`` is in normal form, each word followed by a space.
        """
        begun = islice(self._trie.iterkeys(words), 2)
        return self.key(words), any(other != words for other in begun)

    def words(self) -> frozenset[str]:
        """Every word that some key has; takes a pass over all keys."""
        found: set[str] = set()
        for key in self._trie.iterkeys():
            found.update(key.split())
        return frozenset(found)

    def entries_of(self, key: int) -> list[Entry]:
        """The entries (without their forms) that one key stands for, in the order they were given."""
        return [self.entry(self._links[i]) for i in range(self._link_starts[key], self._link_starts[key + 1])]

    def entry(self, number: int) -> Entry:
        """Entry ``number`` (from 0, in the order they were given) without its forms."""
        raw = bytes(self._entries[self._entry_starts[number] : self._entry_starts[number + 1]])
        data = json.loads(raw)
        codes = tuple(Code(*fields) for fields in data["codes"])
        return Entry(data["label"], (), codes, data["concept"], tuple(data["sites"]))

    def __len__(self) -> int:
        return self._counts["entries"]

    def keys(self) -> list[str]:
        """All keys: forms in normal form, each word followed by a space, in no particular order."""
        keys: list[str] = self._trie.keys()
        return keys

    def is_a(self, code: str, ancestor: str, system: str | None = None) -> bool:
        """Whether ``code`` is ``ancestor`` or stands below it in one code system (URI or short name; None: any).

        A code that is in no hierarchy is only itself.
        """
        return self.hierarchy.is_a(code, ancestor, system)

    def ancestors(self, code: str, system: str | None = None) -> tuple[str, ...]:
        """All codes above ``code`` in its system, the nearest first."""
        return self.hierarchy.ancestors(code, system)

    def intact(self) -> bool:
        """Whether the content still has the hash that its header gives it. Reads the whole file."""
        return intact(self._header, self._blocks)

    def checked(self) -> "Vocabulary":
        """This vocabulary, its content proven by its hash; for work that reads most of it anyway.

        Raises:
            UsageError: it is damaged. A walk through a damaged trie may not end, or end the process.
        """
        if not self.intact():
            raise UsageError(f"{self.path or 'vocabulary'}: the content is damaged; build the vocabulary again")
        return self

    def info(self) -> Mapping[str, Any]:
        """Version, size and counts of entries and forms."""
        return {"version": self.version, "path": str(self.path) if self.path else None, **self._counts}

    def lookup(self, form: str) -> list[Entry]:
        """The entries of exactly this form (case, accents and hyphens aside)."""
        key = self._trie.get(normal_form(form))
        return [] if key is None else self.entries_of(key)

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Forms that begin with ``query``, shortest first, then forms that look like it (rapidfuzz ratio).

        Of the forms of one entry the first is shown.
        """
        wanted = " ".join(normal(query).split())
        hits: dict[int, Hit] = {}
        for key in sorted(self._trie.keys(wanted), key=lambda key: (len(key), key)):
            self._add_hit(hits, key, 100.0)
            if len(hits) >= limit:
                return list(hits.values())
        near = process.extract(
            wanted, self._trie.keys(), scorer=fuzz.ratio, limit=limit * _FORMS_OF_ONE, score_cutoff=_ALIKE
        )
        for key, score, _ in near:
            self._add_hit(hits, key, score)
        return list(hits.values())[:limit]

    def _add_hit(self, hits: dict[int, Hit], key: str, score: float) -> None:
        number = self._links[self._link_starts[self._trie[key]]]
        if number not in hits:
            hits[number] = Hit(key.strip(), round(score, 1), self.entry(number))


def _from_bytes(content: bytes) -> Vocabulary:
    return Vocabulary(memoryview(content))


def build_vocabulary(
    entries: Iterable[Entry],
    out: Path,
    hierarchy: Edges | None = None,
    manifest: Mapping[str, Any] | None = None,
    never: Collection[str] = (),
) -> Vocabulary:
    """Compile into the file ``out`` and open it. The file takes its name when it is whole."""
    partial = out.with_name(out.name + ".partial")
    try:
        partial.write_bytes(compile_vocabulary(entries, hierarchy, manifest, never))
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return Vocabulary.open(out)
