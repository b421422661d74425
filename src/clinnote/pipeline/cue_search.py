"""Finding the cues of a table in the words of a text."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from clinnote.ontology.cues import NUMBER, Cue, Node

_STATEMENT_ENDS: Final = frozenset('.,;:)!?"') | {"and", "but", "with", "at", "on", "in", "by", "-"}
_NO_BARRIERS: Final[frozenset[int]] = frozenset()


class Found(NamedTuple):
    """Words [first, last) are the cue."""

    first: int
    last: int
    cue: Cue


def cue_heads(tokens: Sequence[str], root: Node) -> list[int]:
    """Indexes of the words at which a cue may begin, in order: one pass over the text, for all its sentences."""
    get = root.steps.get
    following = [*tokens[1:], ""]
    heads = [
        i
        for i, (word, after) in enumerate(zip(tokens, following, strict=True))
        if (node := get(word)) is not None and (node.open or after in node.steps)
    ]
    numbers = get(NUMBER)
    if numbers is not None:
        digits = [i for i, word in enumerate(tokens) if word < ":" and word[0].isdigit()]
        more = [i for i in digits if (numbers.open or following[i] in numbers.steps) and tokens[i] not in root.steps]
        if more:
            heads = sorted(heads + more)
    return heads


def find_cues(
    tokens: Sequence[str], heads: Sequence[int], last: int, root: Node, barriers: Collection[int] = _NO_BARRIERS
) -> list[Found]:
    """Cues that begin at one of ``heads`` and end by word ``last``: leftmost longest, each word used by one pattern.

    ``heads`` are a stretch of what :func:`cue_heads` gives. ``barriers`` are words where a concept begins; no cue
    reaches across one ("no" and not "no change in", where "change in vision" is the concept).
    """
    found: list[Found] = []
    free = 0
    for i in heads:
        if i < free:
            continue
        node = root.steps.get(tokens[i]) or root.steps[NUMBER]
        end, best = _longest(tokens, i, last, node, barriers)
        for cue in best:
            found.append(Found(i, end, cue))
            free = end
    return found


def find_ends(tokens: Sequence[str], first: int, last: int, root: Node, found: Sequence[Found]) -> list[Found]:
    """Terminators among words [first, last), the longest at each word; none begins inside one of the cues ``found``.

    A terminator leaves its words to cues: "with mild" and then "mild". Where a longer cue begins it is none: "but not
    limited to".
    """
    steps = root.steps
    ends: list[Found] = []
    at = 0
    for i in [i for i in range(first, last) if tokens[i] in steps]:
        node = steps[tokens[i]]
        if not node.open and (i + 1 >= last or tokens[i + 1] not in node.steps):
            continue
        while at < len(found) and found[at].last <= i:
            at += 1
        if at < len(found) and found[at].first < i:
            continue
        end, best = _longest(tokens, i, last, node, _NO_BARRIERS)
        if at < len(found) and found[at].first == i and found[at].last > end:
            continue
        ends.extend([Found(i, end, cue) for cue in best])
    return ends


def _longest(
    tokens: Sequence[str], first: int, last: int, node: Node, barriers: Collection[int]
) -> tuple[int, tuple[Cue, ...]]:
    """End and cues of the longest pattern that begins with word ``first``, which led to ``node``."""
    best: tuple[Cue, ...] = ()
    end = j = first + 1
    while True:
        here = node.cues
        if node.closing and (j >= last or tokens[j] in _STATEMENT_ENDS):
            here = here + node.closing
        if here:
            best, end = here, j
        if j >= last or j in barriers:
            return end, best
        token = tokens[j]
        step = node.steps.get(token)
        if step is None and token[0].isdigit():
            step = node.steps.get(NUMBER)
        if step is None:
            return end, best
        node = step
        j += 1
