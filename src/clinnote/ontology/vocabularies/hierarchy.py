"""The is-a hierarchy of the code systems in a vocabulary, memory-mapped like the rest of it.

Nodes are the ids of a MARISA trie over ``<number of the system>|<code>``; the parents of node n are
``parents[parent_starts[n]:parent_starts[n + 1]]`` (compressed sparse rows, int32). Nothing is read before it is asked.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Final

import marisa_trie

from clinnote.model.codes import canonical_system

type Edges = Mapping[str, Mapping[str, Sequence[str]]]
"""System URI -> code -> codes of its parents."""

BLOCKS: Final = ("codes", "parent_starts", "parents")


def pack_hierarchy(edges: Edges) -> tuple[list[str], dict[str, bytes]]:
    """(system URIs, blocks) of a hierarchy. An edge from a code to itself is left out."""
    systems = sorted(system for system, codes in edges.items() if codes)
    parents_of: dict[str, set[str]] = {}
    for number, system in enumerate(systems):
        for code, parents in edges[system].items():
            above = parents_of.setdefault(f"{number}|{code}", set())
            for parent in parents:
                if parent != code:
                    key = f"{number}|{parent}"
                    above.add(key)
                    parents_of.setdefault(key, set())
    trie = marisa_trie.Trie(sorted(parents_of))
    keys = sorted(parents_of, key=trie.__getitem__)
    rows = [sorted(trie[parent] for parent in parents_of[key]) for key in keys]
    starts = array("i", accumulate(map(len, rows), initial=0))
    flat = array("i", chain.from_iterable(rows))
    blocks = {"codes": trie.tobytes(), "parent_starts": starts.tobytes(), "parents": flat.tobytes()}
    return systems, blocks


class Hierarchy:
    """Parents and ancestors of codes. A vocabulary without one answers as if no code had a parent."""

    def __init__(self, systems: Sequence[str], blocks: Mapping[str, memoryview]) -> None:
        self.systems = tuple(systems)
        self._number = {system: number for number, system in enumerate(self.systems)}
        self._codes: Any = marisa_trie.Trie()
        if self.systems:
            self._codes = self._codes.map(blocks["codes"])
            self._starts = blocks["parent_starts"].cast("i")
            self._parents = blocks["parents"].cast("i")

    def __len__(self) -> int:
        return len(self._codes)

    def knows(self, code: str, system: str | None = None) -> bool:
        """Whether the code stands in the hierarchy."""
        return bool(self._nodes(code, system))

    def parents(self, code: str, system: str | None = None) -> tuple[str, ...]:
        """The codes directly above ``code``, sorted; ``system`` is a URI or a short name, None means any."""
        nodes = self._nodes(code, system)
        return tuple(sorted({self._code(parent) for node in nodes for parent in self._above(node)}))

    def ancestors(self, code: str, system: str | None = None) -> tuple[str, ...]:
        """All codes above ``code``, the nearest first; the code itself is not among them."""
        nodes = self._nodes(code, system)
        return tuple(dict.fromkeys(self._code(node) for node in self._walk(nodes) if node not in nodes))

    def is_a(self, code: str, ancestor: str, system: str | None = None) -> bool:
        """Whether ``code`` is ``ancestor`` or stands below it in one system; an unknown code is only itself."""
        if code == ancestor:
            return True
        wanted = set(self._nodes(ancestor, system))
        return bool(wanted) and any(node in wanted for node in self._walk(self._nodes(code, system)))

    def _nodes(self, code: str, system: str | None) -> tuple[int, ...]:
        if system is None:
            numbers: Sequence[int] = range(len(self.systems))
        else:
            number = self._number.get(canonical_system(system))
            numbers = () if number is None else (number,)
        found = (self._codes.get(f"{number}|{code}") for number in numbers)
        return tuple(node for node in found if node is not None)

    def _above(self, node: int) -> Sequence[int]:
        return self._parents[self._starts[node] : self._starts[node + 1]]

    def _walk(self, nodes: Sequence[int]) -> list[int]:
        """The nodes and all above them, breadth first, each once, whatever cycles the source may hold."""
        seen = dict.fromkeys(nodes)
        queue = list(seen)
        for node in queue:
            for parent in self._above(node):
                if parent not in seen:
                    seen[parent] = None
                    queue.append(parent)
        return queue

    def _code(self, node: int) -> str:
        key: str = self._codes.restore_key(node)
        return key.partition("|")[2]
