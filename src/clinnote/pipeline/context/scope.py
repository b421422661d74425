"""How far a cue speaks: from its clause, its own limits and the terminators to the mentions it reaches."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from clinnote.ontology.cues import Cue, CueTable
from clinnote.pipeline.context.claims import Claim, Claims, Target, is_presupposed, is_test
from clinnote.pipeline.context.clauses import clause_starts, next_verb
from clinnote.pipeline.context.cue_search import Found, find_ends

REACH: Final = 150
"""No cue reaches further than this many words; keeps time linear in a text without sentence marks."""
_PHRASE_ENDS: Final = frozenset(",;()")
_SITE_ATTRIBUTES: Final = frozenset({"temporality", "experiencer"})
_LEADING: Final = frozenset({"temporality", "severity"})
"""What the first words of a concept's name say of it."""
_NAMED_INSIDE: Final = frozenset({"temporality", "experiencer"})
"""What a cue anywhere inside a given mention says of it: "smoking history", "maternal lupus"."""
_NOTS: Final = frozenset({"no", "not", "never", "cannot", "nor", "neither", "t", "without", "unable", "failed", "lost"})

_FRAME: Final = 4
"""A terminator so close behind words that open a past episode belongs to it: "In 2010 she was admitted with ..."."""

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
    speaking = [
        item
        for item in found
        if item.cue.kind == "cue" and _may_reach(item, targets) and not _swallowed(item, targets, firsts)
    ]
    if not speaking:
        return
    begun = {item.first for item in found}
    starts = clause_starts(tokens, first, last, cues.roles, begun)
    every: list[Fence] = [(at, at) for at, _ in starts]
    ends = find_ends(tokens, *_window(speaking, targets, first, last), cues.ends, found)
    for item in speaking:
        for attribute, value in item.cue.gives:
            fences = every
            if attribute == "experiencer":
                fences = _of_subject(tokens, item, starts, cues.roles["verb"])
            if ends:
                near = item.last + _FRAME if item.cue.forward and (item.cue.episode or item.cue.goes_on) else 0
                fences = sorted(
                    fences + [(end.first, end.last) for end in ends if attribute in end.cue.ends and end.first >= near]
                )
            if item.cue.ended_by:
                others = [o for o in found if o is not item and not item.cue.ended_by.isdisjoint(o.cue.gives)]
                fences = sorted(fences + [(other.first, other.last) for other in others])
            low, high = _scope(tokens, item, fences, first, last, cues.roles)
            for distance, target in _reached(tokens, item, targets, firsts, low, high, attribute):
                if value == "negated" and not _denies(tokens, item, target, targets, low, cues.roles):
                    continue
                known = claims[target.place]
                if known is None:
                    known = claims[target.place] = {}
                if attribute not in known or distance < known[attribute].distance:
                    known[attribute] = Claim(distance, value, item)


def _window(speaking: Sequence[Found], targets: Sequence[Target], first: int, last: int) -> Fence:
    """The words between cues and mentions: a terminator elsewhere ends nothing."""
    cues = speaking[0].first, speaking[-1].last
    return max(first, min(targets[0].first, cues[0]) - 1), min(last, max(targets[-1].last, cues[1]) + 1)


def _may_reach(item: Found, targets: Sequence[Target]) -> bool:
    """Whether some target stands on a side that the cue speaks to, or around it."""
    if item.cue.forward:
        return item.cue.backward or targets[-1].last > item.first
    return targets[0].first < item.last


def _of_subject(
    tokens: Sequence[str], item: Found, starts: Sequence[tuple[int, bool]], verbs: frozenset[str]
) -> list[Fence]:
    """The clause starts that end what is said of a person: "her mother had a stroke and was treated" goes on."""
    return [
        (at, at)
        for at, shared in starts
        if not (shared and item.first < at and any(tokens[i] in verbs for i in range(item.first, at)))
    ]


def _denies(
    tokens: Sequence[str],
    item: Found,
    target: Target,
    targets: Sequence[Target],
    low: int,
    roles: Mapping[str, frozenset[str]],
) -> bool:
    """Whether a negation means this target, and not something that is said of it or around it."""
    if item.cue.not_tests and is_test(tokens, target, roles):
        return False
    begin = item.last if target.first >= item.last else low
    return not is_presupposed(tokens, target, targets, begin, target.first >= item.last, roles)


def _reached(
    tokens: Sequence[str],
    item: Found,
    targets: Sequence[Target],
    firsts: Sequence[int],
    low: int,
    high: int,
    attribute: str,
) -> list[tuple[int, Target]]:
    """(words between, target) for each target within words [low, high) that the cue speaks of."""
    only, never = item.cue.only, item.cue.never
    near = bisect_left(firsts, max(low, item.first - REACH))
    far = bisect_left(firsts, min(high, item.last + REACH))
    reached: list[tuple[int, Target]] = []
    for target in targets[max(near - 1, 0) : far]:
        if (only and target.label not in only) or target.label in never:
            continue
        distance = _distance(tokens, item, target, low, high, attribute)
        if distance is not None:
            reached.append((distance, target))
    most = item.cue.most
    if most is not None and len(reached) > most:
        return sorted(reached, key=lambda pair: (pair[0], pair[1].first < item.first))[:most]
    return reached


def _scope(
    tokens: Sequence[str],
    item: Found,
    fences: Sequence[Fence],
    first: int,
    last: int,
    roles: Mapping[str, frozenset[str]],
) -> Fence:
    """Words [low, high) that the cue may speak of, itself included."""
    cue: Cue = item.cue
    low, high = item.first, item.last
    if cue.forward:
        at = bisect_left(fences, (item.last, -1))
        high = min(fences[at][0] if at < len(fences) else last, item.bound)
        if cue.to_verb:
            high = next_verb(tokens, item.last, min(high, item.last + REACH), high, roles)
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


def _distance(tokens: Sequence[str], item: Found, target: Target, low: int, high: int, attribute: str) -> int | None:
    """Words between the cue and the target; None when the target is out of scope."""
    if target.site and attribute not in _SITE_ATTRIBUTES:
        return None
    if target.first <= item.first and item.last <= target.last:
        return _inside(item, target, attribute)
    if item.first <= target.first and target.last <= item.last:  # "were not seen" says "not" of "seen"
        return 0 if attribute == "polarity" and not _NOTS.isdisjoint(tokens[item.first : target.first]) else None
    if target.first >= item.first:
        return max(target.first - item.last, 0) if item.cue.forward and target.first < high else None
    return max(item.first - target.last, 0) if item.cue.backward and target.last > low else None


def _inside(item: Found, target: Target, attribute: str) -> int | None:
    """Zero where a cue inside a given mention speaks of it: one that leads it, or one that tells whose or when."""
    leads = target.first == item.first and item.cue.forward
    if not target.given:  # "old infarct", "moderate cardiomegaly" where the vocabulary has both words as one name
        return 0 if leads and item.last < target.last and attribute in _LEADING else None
    if target.first == item.first and item.last == target.last and attribute == "polarity":
        return None
    if attribute == "experiencer" or (attribute == "temporality" and (leads or item.last == target.last)):
        return 0
    return 0 if leads and attribute == "polarity" else None


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
    if target.given and any(attribute in _NAMED_INSIDE for attribute, _ in item.cue.gives):
        return False
    grades = all(attribute == "change" for attribute, _ in item.cue.gives)
    return target.first < item.first or (grades and item.cue.most == 1 and not target.given)
