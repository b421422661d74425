"""Finding the cues of a table in the words of a text."""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from clinnote.ontology.cues import END, NUMBER, Cue, Node
from clinnote.ontology.words import Words

_STATEMENT_ENDS: Final = frozenset('.,;:)!?"') | {"and", "but", "with", "at", "on", "in", "by", "-"}


class Found(NamedTuple):
    """Words [first, last) are the cue."""

    first: int
    last: int
    cue: Cue


def find_cues(
    words: Words, first: int, last: int, root: Node, barriers: Collection[int] = frozenset()
) -> Iterator[Found]:
    """Cues among words [first, last): leftmost longest, each word used by one pattern (terminators aside).

    ``barriers`` are words where a concept begins; no cue reaches across one ("no" and not "no change in", where
    "change in vision" is the concept).
    """
    tokens = words.words
    numbers = root.get(NUMBER)
    i = first
    while i < last:
        token = tokens[i]
        node = root.get(token)
        if node is None:
            if numbers is None or not token[0].isdigit():
                i += 1
                continue
            node = numbers
        best: tuple[Cue, ...] = ()
        end = j = i + 1
        while True:
            closed = END in node and (j >= last or tokens[j] in _STATEMENT_ENDS)
            here = (*node.get("", ()), *(node[END].get("", ()) if closed else ()))
            if here:
                best, end = here, j
            if j >= last or j in barriers:
                break
            token = tokens[j]
            step = node.get(token)
            if step is None and token[0].isdigit():
                step = node.get(NUMBER)
            if step is None:
                break
            node = step
            j += 1
        for cue in best:
            yield Found(i, end, cue)
        # a terminator ends a scope but leaves its words to cues: "with mild" and then "mild"
        i = end if any(cue.kind != "terminator" for cue in best) else i + 1
