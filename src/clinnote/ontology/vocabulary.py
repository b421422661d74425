"""The compiled vocabulary: one file, opened memory-mapped, shared by worker processes.

Layout: a magic line, the length of a JSON header (8 bytes, little endian), the header with the place of each block,
then the blocks at multiples of 16 bytes:

* ``trie``: a MARISA trie of the keys (forms in normal form, each word followed by a space); key ids are dense;
* ``kinds``: one byte a key, see :data:`TERM` and the bits after it;
* ``link_starts``, ``links``: int32; the entries of key k are ``links[link_starts[k]:link_starts[k + 1]]``;
* ``entry_starts``, ``entries``: int64 offsets into the JSON of the entries;
* ``first_words``: the words that begin a key, one a line.
"""

import hashlib
import json
import mmap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import marisa_trie
import numpy as np
from rapidfuzz import fuzz, process

from clinnote.errors import UsageError
from clinnote.model.codes import Code
from clinnote.ontology import forms
from clinnote.ontology.words import normal, normal_form

TERM: Final = 1
"""The key names something other than a body site."""
SITE: Final = 2
"""The key names a body site."""
CAPITALS: Final = 4
"""The key matches only in capitals."""
CAPITALS_S: Final = 8
"""The key matches only in capitals with a small s."""

BODY_SITE: Final = "body_site"
_MAGIC: Final = b"clinnote vocabulary 1\n"
_LONGEST: Final = 255
"""Longest key that can match, in characters; longer forms are left out of the trie."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept with its forms as they came; ``sites`` are nodes of ``ontologies/anatomy`` it implies."""

    label: str
    forms: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    concept: str | None = None
    sites: tuple[str, ...] = ()


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
        first_words: the words that begin a key.
        kinds: one byte of bits a key (:data:`TERM`, :data:`SITE`, :data:`CAPITALS`, :data:`CAPITALS_S`).
        longest: length of the longest key in characters.
    """

    def __init__(self, buffer: memoryview, path: Path | None = None) -> None:
        header, blocks = _read_header(buffer, path)
        self.path = path
        self._buffer = buffer
        self.version: str = header["version"]
        self.longest: int = header["longest"]
        self._counts: Mapping[str, int] = header["counts"]
        self._trie = marisa_trie.Trie().map(blocks["trie"])
        self.prefixes = self._trie.iter_prefixes_with_ids
        self.kinds = blocks["kinds"]
        self._link_starts = blocks["link_starts"].cast("i")
        self._links = blocks["links"].cast("i")
        self._entry_starts = blocks["entry_starts"].cast("q")
        self._entries = blocks["entries"]
        self.first_words = frozenset(bytes(blocks["first_words"]).decode("utf-8", "surrogatepass").split("\n"))

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

    def entries_of(self, key: int) -> list[Entry]:
        """The entries (without their forms) that one key stands for, in the order they were given."""
        return [self._entry(self._links[i]) for i in range(self._link_starts[key], self._link_starts[key + 1])]

    def _entry(self, number: int) -> Entry:
        raw = bytes(self._entries[self._entry_starts[number] : self._entry_starts[number + 1]])
        data = json.loads(raw)
        codes = tuple(Code(*fields) for fields in data["codes"])
        return Entry(data["label"], (), codes, data["concept"], tuple(data["sites"]))

    def info(self) -> Mapping[str, Any]:
        """Version, size and counts of entries and forms."""
        return {"version": self.version, "path": str(self.path) if self.path else None, **self._counts}

    def lookup(self, form: str) -> list[Entry]:
        """The entries of exactly this form (case, accents and hyphens aside)."""
        key = self._trie.get(normal_form(form))
        return [] if key is None else self.entries_of(key)

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Forms that begin with ``query``, shortest first, then forms that look like it (rapidfuzz ratio)."""
        wanted = " ".join(normal(query).split())
        found = sorted(self._trie.keys(wanted), key=lambda key: (len(key), key))[:limit]
        hits = [Hit(key.strip(), 100.0, entry) for key in found for entry in self.entries_of(self._trie[key])[:1]]
        if len(hits) < limit:
            near = process.extract(wanted, self._trie.keys(), scorer=fuzz.ratio, limit=limit, score_cutoff=65)
            seen = set(found)
            hits += [
                Hit(key.strip(), round(score, 1), entry)
                for key, score, _ in near
                if key not in seen
                for entry in self.entries_of(self._trie[key])[:1]
            ]
        return hits[:limit]


def _from_bytes(content: bytes) -> Vocabulary:
    return Vocabulary(memoryview(content))


def compile_vocabulary(entries: Iterable[Entry]) -> bytes:
    """The bytes of the artefact for these entries. The same entries always give the same bytes."""
    payload, links = _collect(entries)
    trie = marisa_trie.Trie(sorted(links))
    keys = sorted(links, key=trie.__getitem__)
    kinds = bytes(_kind(links[key]) for key in keys)
    flat = [list(dict.fromkeys(link.entry for link in sorted(links[key]))) for key in keys]
    firsts = sorted({key.partition(" ")[0] for key in keys})
    blocks = {
        "trie": trie.tobytes(),
        "kinds": kinds,
        "link_starts": _offsets(flat, np.int32),
        "links": np.array([number for numbers in flat for number in numbers], dtype=np.int32).tobytes(),
        "entry_starts": _offsets(payload, np.int64),
        "entries": b"".join(payload),
        "first_words": "\n".join(firsts).encode("utf-8", "surrogatepass"),
    }
    counts = {"entries": len(payload), "keys": len(keys)}
    return _assemble(blocks, counts, max(map(len, keys), default=0))


def build_vocabulary(entries: Iterable[Entry], out: Path) -> Vocabulary:
    """Compile ``entries`` into the file ``out`` and open it."""
    out.write_bytes(compile_vocabulary(entries))
    return Vocabulary.open(out)


class _Link(NamedTuple):
    """What ties a key to an entry; in sorting, forms as given stand before generated variants."""

    variant: bool
    entry: int
    kind: int
    case: int


def _collect(entries: Iterable[Entry]) -> tuple[list[bytes], dict[str, list[_Link]]]:
    """(JSON of each entry, key -> its links)."""
    payload: list[bytes] = []
    links: dict[str, list[_Link]] = {}
    for number, entry in enumerate(entries):
        kind = SITE if entry.label == BODY_SITE else TERM
        for form in entry.forms:
            for rank, (key, case) in enumerate(forms.variants(form)):
                if 1 < len(key) <= _LONGEST:
                    links.setdefault(key, []).append(_Link(rank > 0, number, kind, case))
        codes = [[code.system, code.code, code.display, code.version] for code in entry.codes]
        data = {"label": entry.label, "concept": entry.concept, "codes": codes, "sites": list(entry.sites)}
        payload.append(json.dumps(data, separators=(",", ":")).encode())
    return payload, links


def _kind(links: Sequence[_Link]) -> int:
    kind, cases = 0, {link.case for link in links}
    for link in links:
        kind |= link.kind
    if cases == {forms.CAPITALS}:
        kind |= CAPITALS
    elif cases == {forms.CAPITALS_S}:
        kind |= CAPITALS_S
    return kind


def _offsets(items: Sequence[Sequence[Any]], dtype: Any) -> bytes:
    return np.concatenate(([0], np.cumsum([len(item) for item in items], dtype=np.int64))).astype(dtype).tobytes()


def _assemble(blocks: Mapping[str, bytes], counts: Mapping[str, int], longest: int) -> bytes:
    digest = hashlib.sha256()
    for name, block in blocks.items():
        digest.update(f"{name} {len(block)}\n".encode())
        digest.update(block)
    places: dict[str, list[int]] = {}
    at = 0
    for name, block in blocks.items():
        places[name] = [at, len(block)]
        at += len(block) + (-len(block) % 16)
    header = json.dumps(
        {"version": digest.hexdigest()[:16], "longest": longest, "counts": dict(counts), "blocks": places}
    ).encode()
    start = len(_MAGIC) + 8 + len(header)
    body = b"".join(block + b"\0" * (-len(block) % 16) for block in blocks.values())
    return _MAGIC + len(header).to_bytes(8, "little") + header + b"\0" * (-start % 16) + body


def _read_header(buffer: memoryview, path: Path | None) -> tuple[dict[str, Any], dict[str, memoryview]]:
    name = path or "vocabulary"
    head = len(_MAGIC) + 8
    if bytes(buffer[: len(_MAGIC)]) != _MAGIC:
        raise UsageError(f"{name}: not a compiled vocabulary; build one with 'clinnote vocab build'")
    length = int.from_bytes(buffer[len(_MAGIC) : head], "little")
    try:
        header: dict[str, Any] = json.loads(bytes(buffer[head : head + length]))
    except ValueError:
        raise UsageError(f"{name}: the header is damaged; build the vocabulary again") from None
    base = head + length + (-(head + length) % 16)
    blocks = {key: buffer[base + at : base + at + size] for key, (at, size) in header["blocks"].items()}
    if any(len(blocks[key]) != size for key, (_, size) in header["blocks"].items()):
        raise UsageError(f"{name}: the file is cut short; build the vocabulary again")
    return header, blocks
