"""Joining code systems: which further codes a concept has by the maps of all releases."""

from collections.abc import Iterable, Iterator, Mapping

from clinnote.model.codes import Code, well_formed
from clinnote.ontology.vocabularies.importers.records import CodeMap, Key

_REACH = 2
"""Exact maps are followed so far: from one ontology over the identifier of another to a code."""


class Joiner:
    """The maps of all releases, asked for one concept at a time; only well-formed codes are given."""

    def __init__(self, maps: Iterable[CodeMap], displays: Mapping[Key, str]) -> None:
        self._exact: dict[Key, list[Key]] = {}
        self._wider: dict[Key, list[Key]] = {}
        self._displays = displays
        self._named: dict[Key, str] = {}
        for one in maps:
            if one.exact:
                self._exact.setdefault(one.source, []).append(one.target)
                self._exact.setdefault(one.target, []).append(one.source)
            else:
                self._wider.setdefault(one.source, []).append(one.target)
            if one.display:
                self._named.setdefault(one.target, one.display)

    def codes(self, own: Code, also: Iterable[Code]) -> tuple[Code, ...]:
        """``own``, the codes that the source itself gives, then those by exact maps, then those by wider ones."""
        found = {own.key: own}
        for code in also:
            found.setdefault(code.key, code)
        for key in self._reach(own.key):
            found.setdefault(key, self._code(key))
        for key in list(found):
            for target in self._wider.get(key, ()):
                found.setdefault(target, self._code(target))
        joined = (code for key, code in found.items() if key != own.key and well_formed(*key))
        return own, *joined

    def _reach(self, start: Key) -> Iterator[Key]:
        seen, ring = {start}, [start]
        for _ in range(_REACH):
            ring = [key for near in ring for key in self._exact.get(near, ()) if key not in seen]
            seen.update(ring)
            yield from ring

    def _code(self, key: Key) -> Code:
        return Code(*key, self._displays.get(key) or self._named.get(key))
