"""Which text claim is comparable with which label claim: by finding, by place, and by what may be compared at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model import laterality

STRONG: Final = ("equal", "narrower", "broader")
"""Relations that make two claims about one finding; ``family`` only makes their sides comparable."""
CONVENTION: Final = frozenset({"convention_geometry"})
DRAWN: Final = frozenset({"oriented_geometry"}) | CONVENTION
"""Bases of a side that only the place of a shape gives."""
_Finding = tuple[frozenset[str], frozenset[tuple[str, str]]]
"""Concepts and codes of a claim."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A mention and a label about related findings.

    ``relation``: ``equal``, ``narrower`` (the text says more), ``broader`` or ``family``. ``place``: ``same``
    (one holds or overlaps the other), ``unknown`` (one gives none), ``near`` (other part of the same organ) or
    ``apart``. ``excluded``: why the two can't be compared, None when they can.
    """

    text: TextFact
    label: LabelFact
    relation: str
    place: str
    excluded: str | None

    @property
    def strong(self) -> bool:
        """Whether both claims are about one finding and may be compared."""
        return self.excluded is None and self.relation in STRONG


def pairs(texts: Sequence[TextFact], labels: Sequence[LabelFact], knowledge: Knowledge) -> tuple[Pair, ...]:
    """Every mention and label that speak of related findings, comparable or not, in reading order.

    Findings are compared once for all claims of the same concepts, so the work grows with the pairs that are found.
    """
    by_finding: dict[_Finding, list[LabelFact]] = {}
    for label in labels:
        by_finding.setdefault((label.concepts, label.codes), []).append(label)
    known: dict[_Finding, list[tuple[str, list[LabelFact]]]] = {}
    found: list[Pair] = []
    for text in texts:
        if text.is_place:
            continue
        own = (text.concepts, text.codes)
        if own not in known:
            known[own] = [
                (how, group)
                for theirs, group in by_finding.items()
                if (how := related(*own, *theirs, knowledge)) is not None
            ]
        for how, group in known[own]:
            found.extend(_pair(text, label, how, knowledge) for label in group)
    return tuple(found)


def _pair(text: TextFact, label: LabelFact, how: str, knowledge: Knowledge) -> Pair:
    where = where_of(text, label, knowledge)
    why = text.excluded or label.excluded or ("another part of the body" if where == "apart" else None)
    return Pair(text, label, how, where, why or _route(text, label, knowledge))


def _route(text: TextFact, label: LabelFact, knowledge: Knowledge) -> str | None:
    """A line is named after the side where it enters; its shape lies where it leads, often on the other one."""
    if label.basis not in DRAWN or not laterality.opposite(text.sides, label.sides):
        return None
    of_none = knowledge.families.of_none(text.concepts, knowledge.rules.route_families)
    return None if of_none else "entry of a line against where it lies"


def related(
    a: frozenset[str],
    a_codes: frozenset[tuple[str, str]],
    b: frozenset[str],
    b_codes: frozenset[tuple[str, str]],
    knowledge: Knowledge,
) -> str | None:
    """``equal``, ``narrower`` (a is a kind of b), ``broader``, ``family``, or None."""
    if a & b or (not (a and b) and a_codes & b_codes):
        return "equal"
    if any(knowledge.concepts.is_a(x, y) for x in a for y in b):
        return "narrower"
    if any(knowledge.concepts.is_a(y, x) for x in a for y in b):
        return "broader"
    return "family" if knowledge.families.share(a, b) else None


def where_of(a: TextFact | LabelFact, b: TextFact | LabelFact, knowledge: Knowledge) -> str:
    """How the places of two claims relate; where one names none, what its finding implies can only set them apart."""
    named = place(a.places, b.places, knowledge)
    if named != "unknown":
        return named
    implied = place(a.places or a.implied, b.places or b.implied, knowledge)
    return "apart" if implied == "apart" else "unknown"


def place(a: frozenset[str], b: frozenset[str], knowledge: Knowledge) -> str:
    """How two sets of places relate: ``same``, ``unknown``, ``near`` or ``apart``."""
    if not a or not b:
        return "unknown"
    anatomy = knowledge.anatomy
    if any(knowledge.meet(x, y) for x in a for y in b):
        return "same"
    for group in knowledge.rules.neighbours:
        if all(any(anatomy.is_part_of(x, organ) for x in side for organ in group) for side in (a, b)):
            return "near"
    return "apart"
