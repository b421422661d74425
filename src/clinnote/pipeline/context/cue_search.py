"""Finding the cues of a table in the words of a text."""

import sys
from collections.abc import Mapping, Sequence, Set
from itertools import compress
from typing import Final, NamedTuple

from clinnote.ontology.cues import Cue, Node
from clinnote.ontology.patterns import NUMBER, YEAR
from clinnote.ontology.words import Words

_STATEMENT_ENDS: Final = frozenset('.,;:)!?"') | {"and", "but", "with", "at", "on", "in", "by", "-"}
_NO_BARRIERS: Final[Mapping[int, int]] = {}
_NO_WORDS: Final[Set[str]] = frozenset()
_SKIPS: Final = 2
"""Most adverbs passed over inside a pattern."""


class Found(NamedTuple):
    """Words [first, last) are the cue; it speaks of nothing that begins at or behind word ``bound``."""

    first: int
    last: int
    cue: Cue
    bound: int = sys.maxsize


def cue_heads(words: Words, root: Node, adverbs: Set[str] = _NO_WORDS) -> list[int]:
    """Indexes of the words at which a cue may begin, in order: one pass over the text, for all its sentences."""
    tokens, distinct, steps = words.words, words.distinct, root.steps
    solo, pairs = _openings(distinct, steps)
    begins = solo.union(pairs)
    heads: list[int] = []
    for i in compress(range(len(tokens)), map(begins.__contains__, tokens)):
        word = tokens[i]
        if word not in solo:
            after = tokens[i + 1] if i + 1 < len(tokens) else ""
            if after not in pairs[word] and after not in adverbs:
                continue
        heads.append(i)
    return heads


def _openings(distinct: Set[str], steps: Mapping[str, Node]) -> tuple[set[str], dict[str, Mapping[str, Node]]]:
    """Words of a text that are a cue by themselves, and those that may begin one, with what must follow them."""
    solo: set[str] = set()
    pairs: dict[str, Mapping[str, Node]] = {}
    for word in steps.keys() & distinct:
        node = steps[word]
        if node.open:
            solo.add(word)
        elif not distinct.isdisjoint(node.steps):
            pairs[word] = node.steps
    numbers = steps.get(NUMBER)
    if numbers is not None and (numbers.open or not distinct.isdisjoint(numbers.steps)):
        for word in distinct:
            if word < ":" and word[0].isdigit() and word not in steps:
                if numbers.open:
                    solo.add(word)
                else:
                    pairs[word] = numbers.steps
    return solo, pairs


def find_cues(
    tokens: Sequence[str],
    heads: Sequence[int],
    last: int,
    root: Node,
    concepts: Mapping[int, int] = _NO_BARRIERS,
    adverbs: Set[str] = _NO_WORDS,
) -> list[Found]:
    """Cues that begin at one of ``heads`` and end by word ``last``: leftmost longest, each word used by one pattern.

    ``heads`` are a stretch of what :func:`cue_heads` gives; ``adverbs`` may stand anywhere inside a pattern ("was not
    yet done"). ``concepts`` are first and last word of each concept. No cue ends inside one: "no" and not "no change
    in", where "change in vision" is the concept. A pseudo cue that holds a whole concept leaves that one to the shorter
    cue: in "no change in the nodule", with both named, "no" speaks of the change alone.
    """
    found: list[Found] = []
    free = 0
    for i in heads:
        if i < free:
            continue
        node = root.steps.get(tokens[i]) or root.steps[NUMBER]
        end, best, inner, inner_end = _longest(tokens, i, last, node, concepts, adverbs)
        if inner:
            found.extend([Found(i, inner_end, cue, end) for cue in inner])
        for cue in best:
            found.append(Found(i, end, cue))
            free = end
    return found


def find_follows(tokens: Sequence[str], first: int, last: int, root: Node) -> list[Found]:
    """The cues by which words [first, last) go on with what the sentence before told of."""
    heads = [i for i in range(first, last) if tokens[i] in root.steps]
    return find_cues(tokens, heads, last, root)


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
        end, best, _, _ = _longest(tokens, i, last, node, _NO_BARRIERS, _NO_WORDS)
        if at < len(found) and found[at].first == i and found[at].last > end:
            continue
        ends.extend([Found(i, end, cue) for cue in best])
    return ends


def is_year(token: str) -> bool:
    """Whether the word is a year or a decade: "2015", "1990s"."""
    return token[:2] in ("19", "20") and token[:4].isdecimal() and token[4:] in ("", "s") and len(token) > 3


def _longest(
    tokens: Sequence[str], first: int, last: int, node: Node, concepts: Mapping[int, int], adverbs: Set[str]
) -> tuple[int, tuple[Cue, ...], tuple[Cue, ...], int]:
    """End and cues of the longest pattern that begins with word ``first``, which led to ``node``.

    And the cues and end of the longest one that reaches into no concept, where the longest does.
    """
    best: tuple[Cue, ...] = ()
    inner: tuple[Cue, ...] = ()
    end = inner_end = j = first + 1
    least = 0
    skips = 0
    stepped = True
    while True:
        if stepped and (node.cues or node.closing) and j >= least:
            here = node.cues
            if node.closing and (j >= last or tokens[j] in _STATEMENT_ENDS):
                here = here + node.closing
            if here:
                best, end = here, j
        if j >= last:
            break
        token = tokens[j]
        step = node.steps.get(token)
        if step is None and token[0].isdigit():
            step = (node.steps.get(YEAR) if is_year(token) else None) or node.steps.get(NUMBER)
        if step is None:
            if token not in adverbs or skips == _SKIPS or j in concepts:
                break
            skips += 1
        else:
            if j in concepts:
                if not least:
                    inner, inner_end = best, end
                least = max(least, concepts[j])
            node = step
        stepped = step is not None
        j += 1
    return end, best, inner if end > inner_end else (), inner_end
