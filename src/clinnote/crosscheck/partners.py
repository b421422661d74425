"""Which lesion of the report is which label: one best assignment over everything that may be paired.

Mentions of one lesion (findings, then impression) are taken together first. Each lesion gets one label at most and
each label one lesion, so that the sum of what speaks for the pairs is largest: two effusions find their two boxes, and
what is left over must account for each other or stand alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.align import Pair, related, where_of
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model import laterality
from clinnote.model.assignment import assign

_RELATION: Final = {"equal": 4.0, "narrower": 3.0, "broader": 2.0, "family": 1.0}
_PLACE: Final = {"same": 2.0, "unknown": 1.0, "near": 0.0, "apart": 0.0}
_SAME_SIDE: Final = 3.0
_OPEN_SIDE: Final = 1.5
_OTHER_SIDE: Final = 0.1
_LARGEST: Final = 60
"""Lesions or labels of one kind up to which the best assignment is computed; beyond it the best pair goes first."""


@dataclass(frozen=True, slots=True)
class Partners:
    """The lesions of the report and the label that each is paired with. Claims are looked up by id()."""

    label_of: Mapping[int, LabelFact]
    lesion_of: Mapping[int, int]
    holders: Mapping[int, int]
    """The lesion that a label is paired with, by the label's id()."""
    lesions: tuple[tuple[TextFact, ...], ...]

    def paired(self, pair: Pair) -> bool:
        """Whether mention and label were assigned to each other."""
        return self.label_of.get(id(pair.text)) is pair.label

    def holder(self, label: LabelFact) -> tuple[TextFact, ...]:
        """The mentions of the lesion that a label is paired with; empty when it has none."""
        lesion = self.holders.get(id(label))
        return self.lesions[lesion] if lesion is not None else ()


def find_partners(pairs: Sequence[Pair], knowledge: Knowledge) -> Partners:
    """Assign lesions of the report to labels, separately for findings that have nothing to do with each other."""
    open_pairs = [pair for pair in pairs if pair.excluded is None]
    lesions: list[tuple[TextFact, ...]] = []
    label_of: dict[int, LabelFact] = {}
    lesion_of: dict[int, int] = {}
    holders: dict[int, int] = {}
    for group in components(open_pairs):
        texts = list({id(pair.text): pair.text for pair in group}.values())
        labels = list({id(pair.label): pair.label for pair in group}.values())
        own = _lesions(texts, knowledge)
        number = {id(text): row for row, lesion in enumerate(own) for text in lesion}
        column = {id(label): at for at, label in enumerate(labels)}
        weights = [[0.0] * len(labels) for _ in own]
        for pair in group:
            row, at = number[id(pair.text)], column[id(pair.label)]
            weights[row][at] = max(weights[row][at], _weight(pair))
        first = len(lesions)
        lesions.extend(own)
        lesion_of |= {key: first + row for key, row in number.items()}
        for row, at in _assigned(weights):
            label_of |= {id(text): labels[at] for text in own[row]}
            holders[id(labels[at])] = first + row
    return Partners(label_of, lesion_of, holders, tuple(lesions))


def components(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Pairs that share a mention or a label, directly or over others, together."""
    above: dict[int, int] = {}

    def root(key: int) -> int:
        while above.setdefault(key, key) != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    every = list(pairs)
    for pair in every:
        above[root(id(pair.text))] = root(id(pair.label))
    found: dict[int, list[Pair]] = {}
    for pair in every:
        found.setdefault(root(id(pair.text)), []).append(pair)
    return list(found.values())


def _lesions(texts: Sequence[TextFact], knowledge: Knowledge) -> list[tuple[TextFact, ...]]:
    """Mentions that can be one lesion: one finding, one side, places that are not at odds; the most definite first.

    A mention that names several places, or none, joins what is there before it can be a lesion of its own.
    """
    lesions: list[list[TextFact]] = []
    for text in sorted(texts, key=lambda text: (len(text.places) != 1, not text.places)):
        home = next((lesion for lesion in lesions if all(_one(text, other, knowledge) for other in lesion[:4])), None)
        if home is None:
            lesions.append([text])
        else:
            home.append(text)
    return [tuple(lesion) for lesion in lesions]


def _one(a: TextFact, b: TextFact, knowledge: Knowledge) -> bool:
    if laterality.opposite(a.sides, b.sides):
        return False
    how = related(a.concepts, a.codes, b.concepts, b.codes, knowledge)
    return how == "equal" and where_of(a, b, knowledge) in ("same", "unknown")


def _weight(pair: Pair) -> float:
    text, label = pair.text.sides, pair.label.sides
    side = _SAME_SIDE if text and text == label else _OPEN_SIDE
    if laterality.opposite(text, label):
        side = _OTHER_SIDE
    return _RELATION[pair.relation] + _PLACE[pair.place] + side


def _assigned(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The best assignment; above ``_LARGEST`` the heaviest pair first, which is near it and fast."""
    if min(len(weights), len(weights[0])) <= _LARGEST:
        return assign(weights)
    ranked = sorted(
        ((weight, row, at) for row, line in enumerate(weights) for at, weight in enumerate(line) if weight > 0),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    rows: set[int] = set()
    columns: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for _, row, at in ranked:
        if row not in rows and at not in columns:
            rows.add(row)
            columns.add(at)
            chosen.append((row, at))
    return chosen
