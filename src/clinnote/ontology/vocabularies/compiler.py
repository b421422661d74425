"""Entries in, the bytes of a compiled vocabulary out; ``vocabulary`` beside it tells the blocks."""

import json
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Final

import marisa_trie

from clinnote.ontology.vocabularies import forms
from clinnote.ontology.vocabularies.artefact import pack
from clinnote.ontology.vocabularies.entries import BODY_SITE, CAPITALS, CAPITALS_S, SITE, TERM, Entry
from clinnote.ontology.vocabularies.hierarchy import Edges, pack_hierarchy
from clinnote.ontology.words import normal_form

_LONGEST: Final = 255
"""Longest key that can match, in characters; longer forms are left out of the trie."""
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode

# A link ties a key to an entry. It is one number whose order is the order of preference: forms as given stand before
# generated variants, then the entries follow as they came. The low bits hold kind and case rule.
_VARIANT: Final = 1 << 48
_ENTRY_SHIFT: Final = 8
_CASE_SHIFT: Final = 4
_KIND: Final = (1 << _CASE_SHIFT) - 1
_ENTRY: Final = (1 << (48 - _ENTRY_SHIFT)) - 1


def compile_vocabulary(
    entries: Iterable[Entry],
    hierarchy: Edges | None = None,
    manifest: Mapping[str, Any] | None = None,
    never: Collection[str] = (),
) -> bytes:
    """The bytes of the artefact for these entries. The same input always gives the same bytes.

    ``never`` are words that no generated form may be (the singular of "thes" is no "the").
    """
    payload, links = _collect(entries, frozenset(f"{word} " for word in never))
    trie = marisa_trie.Trie(sorted(links))
    keys = sorted(links, key=trie.__getitem__)
    chosen = [links[key] for key in keys]
    flat = [
        [numbers[0] >> _ENTRY_SHIFT & _ENTRY]
        if len(numbers) == 1
        else list(dict.fromkeys(number >> _ENTRY_SHIFT & _ENTRY for number in sorted(numbers)))
        for numbers in chosen
    ]
    firsts = sorted({key[: key.index(" ")] for key in keys})
    systems, above = pack_hierarchy(hierarchy or {})
    blocks = {
        "trie": trie.tobytes(),
        "kinds": bytes(map(_kind, chosen)),
        "link_starts": _offsets(flat, "i"),
        "links": array("i", chain.from_iterable(flat)).tobytes(),
        "entry_starts": _offsets(payload, "q"),
        "entries": b"".join(payload),
        "first_words": "\n".join(firsts).encode("utf-8", "surrogatepass"),
        **(above if systems else {}),
    }
    counts = {"entries": len(payload), "keys": len(keys)}
    facts = {"longest": max(map(len, keys), default=0), "counts": counts, "systems": systems}
    return pack(blocks, facts, manifest or {})


def _collect(entries: Iterable[Entry], never: frozenset[str]) -> tuple[list[bytes], dict[str, list[int]]]:
    """(JSON of each entry, key -> its links)."""
    payload: list[bytes] = []
    links: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        own = number << _ENTRY_SHIFT | (SITE if entry.label == BODY_SITE else TERM)
        for form in entry.forms:
            _link(links, forms.variants(form), own, never)
        for form in entry.capitals:
            _link(links, [(normal_form(form), forms.CAPITALS)], own, never)
        for form in entry.variants:
            _link(links, forms.variants(form), own | _VARIANT, never)
        codes = [[code.system, code.code, code.display, code.version] for code in entry.codes]
        data = {"label": entry.label, "concept": entry.concept, "codes": codes, "sites": entry.sites}
        payload.append(_encode(data).encode())
    return payload, links


def _link(links: dict[str, list[int]], surfaces: Iterable[tuple[str, int]], own: int, never: frozenset[str]) -> None:
    """Tie an entry to the surfaces of one form; all but the first are generated."""
    for key, case in surfaces:
        if 1 < len(key) <= _LONGEST and not (own & _VARIANT and key in never) and "\0" not in key:  # no trie holds NUL
            number = own | case << _CASE_SHIFT
            known = links.get(key)
            if known is None:
                links[key] = [number]
            else:
                known.append(number)
        own |= _VARIANT


def _kind(links: Sequence[int]) -> int:
    kind = 0
    cases = set()
    for link in links:
        kind |= link & (SITE | TERM)
        cases.add(link >> _CASE_SHIFT & _KIND)
    if cases == {forms.CAPITALS}:
        kind |= CAPITALS
    elif cases == {forms.CAPITALS_S}:
        kind |= CAPITALS_S
    return kind


def _offsets(items: Sequence[Sequence[Any]], code: str) -> bytes:
    return array(code, accumulate(map(len, items), initial=0)).tobytes()
