"""Which predicted mention answers which gold mention: one to one, exact spans first, then the best overlap.

Four rounds, each among what the rounds before left over: the same span with the same label; overlapping spans with
the same label; the same span with another label; overlapping spans with another label. In a round of overlaps as many
pairs are made as can be, and among those the ones that share most (intersection over union of the code points).
Swapping gold and predicted gives the same pairs. A mention of several stretches (``metadata["fragments"]``) covers
their code points, not those between them.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from clinnote.model.assignment import assign
from clinnote.model.mention import Mention
from clinnote.model.stretches import Stretches, stretches_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold mention with the predicted one that answers it; one of the two is None where none does."""

    gold: Mention | None
    predicted: Mention | None
    exact: bool = False
    same_label: bool = False


def shared(one: Stretches, other: Stretches) -> int:
    """How many code points two coverages share."""
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)


def pairs_of(gold: Sequence[Mention], predicted: Sequence[Mention], any_label: bool = False) -> tuple[Pair, ...]:
    """Every mention of both sides, in exactly one pair, in the order of the text.

    Args:
        gold: Mentions of one note.
        predicted: Mentions of the same note.
        any_label: Let every label answer every other (then only two rounds are needed).
    """
    left, right = _Side(gold), _Side(predicted)
    pairs: list[Pair] = []

    def label_of(mention: Mention) -> str:
        return "" if any_label else mention.label

    for key in (label_of, None) if not any_label else (label_of,):
        for exact in (True, False):
            rounds = _exact(left, right, key) if exact else _overlapping(left, right, key)
            for i, j in rounds:
                pairs.append(Pair(gold[i], predicted[j], left.cover[i] == right.cover[j], key is not None))
    pairs += [Pair(gold[i], None) for i in left.free()]
    pairs += [Pair(None, predicted[j]) for j in right.free()]
    return tuple(sorted(pairs, key=_place))


def _place(pair: Pair) -> tuple[int, int, str, bool]:
    mention = pair.gold or pair.predicted
    if mention is None:
        return (0, 0, "", False)
    return (mention.start, mention.end, mention.label, pair.gold is None)


Key = Callable[[Mention], Hashable] | None


class _Side:
    """The mentions of one side and which of them are taken."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = mentions
        self.cover = [stretches_of(mention) for mention in mentions]
        self.taken = [False] * len(mentions)

    def free(self) -> list[int]:
        return [i for i, taken in enumerate(self.taken) if not taken]

    def groups(self, key: Key, with_cover: bool) -> dict[Hashable, list[int]]:
        found: dict[Hashable, list[int]] = defaultdict(list)
        for i in self.free():
            name = key(self.mentions[i]) if key else None
            found[(name, self.cover[i]) if with_cover else name].append(i)
        return found


def _exact(left: _Side, right: _Side, key: Key) -> Iterable[tuple[int, int]]:
    """Pairs of the same coverage; where one stands several times, those that agree most are paired."""
    others = right.groups(key, True)
    made: list[tuple[int, int]] = []
    for name, ours in left.groups(key, True).items():
        theirs = others.get(name, [])
        if len(ours) == len(theirs) == 1:
            made.append((ours[0], theirs[0]))
        elif theirs:
            likeness = [[_likeness(left.mentions[i], right.mentions[j]) for j in theirs] for i in ours]
            made += [(ours[i], theirs[j]) for i, j in assign(likeness)]
    return _taken(left, right, made)


def _overlapping(left: _Side, right: _Side, key: Key) -> Iterable[tuple[int, int]]:
    others = right.groups(key, False)
    made: list[tuple[int, int]] = []
    for name, ours in left.groups(key, False).items():
        for some, theirs in _clusters(left, right, ours, others.get(name, [])):
            count = min(len(some), len(theirs))
            weights = [[_overlap(left.cover[i], right.cover[j], count) for j in theirs] for i in some]
            made += [(some[i], theirs[j]) for i, j in assign(weights)]
    return _taken(left, right, made)


def _taken(left: _Side, right: _Side, made: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for i, j in made:
        left.taken[i] = right.taken[j] = True
    return made


def _overlap(one: Stretches, other: Stretches, count: int) -> float:
    """0 without a shared code point, else more than any sum of shares, so that more pairs always win."""
    both = shared(one, other)
    if not both:
        return 0.0
    union = sum(end - start for start, end in (*one, *other)) - both
    return count + 1 + both / union


def _likeness(one: Mention, other: Mention) -> float:
    fields = ("polarity", "certainty", "temporality", "experiencer", "change", "severity", "laterality", "codes")
    return 1.0 + sum(bool(getattr(one, field) == getattr(other, field)) for field in fields)


def _clusters(left: _Side, right: _Side, ours: list[int], theirs: list[int]) -> Iterable[tuple[list[int], list[int]]]:
    """Mentions whose hulls touch, directly or through others: only inside such a cluster can anything overlap."""
    marked = [(left.mentions[i].start, left.mentions[i].end, 0, i) for i in ours]
    marked += [(right.mentions[j].start, right.mentions[j].end, 1, j) for j in theirs]
    reach = -1
    sides: tuple[list[int], list[int]] = ([], [])
    for start, end, side, number in sorted(marked):
        if start >= reach and (sides[0] or sides[1]):
            if sides[0] and sides[1]:
                yield sides
            sides = ([], [])
        sides[side].append(number)
        reach = max(reach, end)
    if sides[0] and sides[1]:
        yield sides
