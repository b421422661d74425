"""How far a cue speaks: from its clause, its own limits and the terminators to the mentions it reaches."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.ontology.cues import Cue, CueTable
from clinnote.pipeline.clauses import clause_starts
from clinnote.pipeline.cue_search import Found, find_ends

REACH: Final = 150
"""No cue reaches further than this many words; keeps time linear in a text without sentence marks."""
_PHRASE_ENDS: Final = frozenset(",;()")
_GRADES: Final = frozenset({"change", "severity"})
_SITE_ATTRIBUTES: Final = frozenset({"temporality", "experiencer"})


class Claim(NamedTuple):
    """What one cue says about one attribute of one mention, and how many words stand between the two."""

    distance: int
    value: str
    found: Found


class Target(NamedTuple):
    """Concept number ``place`` covers words [first, last)."""

    first: int
    last: int
    place: int
    site: bool
    given: bool


Claims = dict[str, Claim]
"""The nearest claim for each attribute."""
Fence = tuple[int, int]
"""Words [first, last) that no scope may cross."""


def apply_cues(
    tokens: Sequence[str],
    first: int,
    last: int,
    targets: Sequence[Target],
    found: Sequence[Found],
    cues: CueTable,
    claims: list[Claims | None],
) -> None:
    """Write into ``claims`` (one a concept) what the cues among words [first, last) say about the targets there."""
    firsts = [target.first for target in targets]
    speaking = [item for item in found if item.cue.kind == "cue" and not _swallowed(item, targets, firsts)]
    if not speaking:
        return
    every: list[Fence] = [
        (at, at) for at in clause_starts(tokens, first, last, cues.roles, {item.first for item in found})
    ]
    ends = find_ends(tokens, first, last, cues.ends, found)
    for item in speaking:
        for attribute, value in item.cue.gives:
            fences = every
            if ends:
                fences = sorted(every + [(end.first, end.last) for end in ends if attribute in end.cue.ends])
            low, high = _scope(tokens, item, fences, first, last)
            for distance, target in _reached(item, targets, firsts, low, high, attribute):
                known = claims[target.place]
                if known is None:
                    known = claims[target.place] = {}
                if attribute not in known or distance < known[attribute].distance:
                    known[attribute] = Claim(distance, value, item)


def _reached(
    item: Found, targets: Sequence[Target], firsts: Sequence[int], low: int, high: int, attribute: str
) -> list[tuple[int, Target]]:
    """(words between, target) for each target within words [low, high) that the cue speaks of."""
    near = bisect_left(firsts, max(low, item.first - REACH))
    far = bisect_left(firsts, min(high, item.last + REACH))
    reached: list[tuple[int, Target]] = []
    for target in targets[max(near - 1, 0) : far]:
        distance = _distance(item, target, low, high, attribute)
        if distance is not None:
            reached.append((distance, target))
    if item.cue.nearest and len(reached) > 1:
        return [min(reached, key=lambda pair: (pair[0], pair[1].first < item.first))]
    return reached


def _scope(tokens: Sequence[str], item: Found, fences: Sequence[Fence], first: int, last: int) -> Fence:
    """Words [low, high) that the cue may speak of, itself included."""
    cue: Cue = item.cue
    low, high = item.first, item.last
    if cue.forward:
        at = bisect_left(fences, (item.last, -1))
        high = fences[at][0] if at < len(fences) else last
    if cue.backward:
        at = bisect_right(fences, (item.first, item.last)) - 1
        low = max(fences[at][1], first) if at >= 0 else first
        low = min(low, item.first)
    if cue.phrase:
        ahead, behind = range(item.last, min(high, item.last + REACH)), range(item.first - 1, low - 1, -1)
        high = next((j for j in ahead if tokens[j] in _PHRASE_ENDS), high)
        low = next((j + 1 for j in behind[:REACH] if tokens[j] in _PHRASE_ENDS), low)
    if cue.limit is not None:
        low, high = max(low, item.first - cue.limit - 1), min(high, item.last + cue.limit + 1)
    return low, high


def _distance(item: Found, target: Target, low: int, high: int, attribute: str) -> int | None:
    """Words between the cue and the target; None when the target is out of scope."""
    if target.site and attribute not in _SITE_ATTRIBUTES:
        return None
    if target.first <= item.first and item.last <= target.last:
        leads = target.given and target.first == item.first and item.last < target.last and item.cue.forward
        return 0 if leads and attribute == "polarity" else None
    if target.first >= item.first:
        return max(target.first - item.last, 0) if item.cue.forward and target.first < high else None
    return max(item.first - target.last, 0) if item.cue.backward and target.last > low else None


def _swallowed(item: Found, targets: Sequence[Target], firsts: Sequence[int]) -> bool:
    """Whether the cue is inside a concept: then it is part of a name, not a claim, unless it leads the concept.

    A word that grades only the nearest concept grades no other one ("high grade glioma versus metastasis").
    """
    at = bisect_right(firsts, item.first) - 1
    if at < 0:
        return False
    target = targets[at]
    if target.site or item.last > target.last:
        return False
    grades = all(attribute in _GRADES for attribute, _ in item.cue.gives)
    return target.first < item.first or (grades and item.cue.nearest and not target.given)
