"""The report against itself: the same finding on one side in the findings, on the other in the impression."""

from collections.abc import Iterator, Sequence
from itertools import product

from clinnote.crosscheck.align import STRONG, related, where_of
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT, Sides


def check_internal(study: Study) -> Iterator[Claim]:
    """``side_internal``: findings and impression of one note agree on the finding, not on its side.

    Both sections must commit themselves: every sided mention of the finding is on one side there, on the other here.
    Two lesions of one kind on two sides are common and are never flagged.
    """
    for note in study.notes:
        facts = [fact for fact in study.stated if fact.note is note]
        concluding = [fact for fact in facts if _concluding(fact, study)]
        describing = [fact for fact in facts if not _concluding(fact, study)]
        seen: set[frozenset[str]] = set()
        for here, there in product(concluding, describing):
            if not laterality.opposite(here.sides, there.sides) or here.concepts in seen:
                continue
            if not _one_finding(here, there, study):
                continue
            sure = _certain(here) and _certain(there)
            both = ((concluding, here), (describing, there))
            if all(_sides(section, fact, sure, study) == fact.sides for section, fact in both):
                seen.add(here.concepts)
                yield Claim(
                    "side_internal", f"{say_text(there)}; {say_text(here)}", here, there, _doubts(here, there, study)
                )


def _concluding(fact: TextFact, study: Study) -> bool:
    return (fact.mention.section or "") in study.knowledge.rules.concluding


def _one_finding(a: TextFact, b: TextFact, study: Study) -> bool:
    """Whether two mentions can be one lesion: one finding, and places that are not at odds."""
    how = related(a.concepts, a.codes, b.concepts, b.codes, study.knowledge)
    return how in STRONG and where_of(a, b, study.knowledge) in ("same", "unknown")


def _certain(fact: TextFact) -> bool:
    return fact.mention.certainty == "definite"


def _sides(facts: Sequence[TextFact], of: TextFact, sure: bool, study: Study) -> Sides:
    """All sides that the mentions give the finding, and its relatives unless the statements are ``sure``.

    A guess may be about a relative: "the left could be atelectasis" explains the consolidation there.
    """
    relations = (*STRONG, *(() if sure else ("family",)))
    return frozenset(
        side
        for fact in facts
        if related(fact.concepts, fact.codes, of.concepts, of.codes, study.knowledge) in relations
        for side in fact.sides
        if fact.sides & (LEFT | RIGHT)
    )


def _doubts(a: TextFact, b: TextFact, study: Study) -> tuple[str, ...]:
    doubts = ["several"]
    if not (_certain(a) and _certain(b)):
        doubts.append("uncertain")
    if "device" in (a.mention.label, b.mention.label):
        doubts.append("device")
    if not a.concepts & b.concepts:
        doubts.append("broader")
    return tuple(doubt for doubt in doubts if doubt in study.knowledge.rules.traps)
