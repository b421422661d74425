"""The report against itself: the same finding on one side in the findings, on the other in the impression."""

from collections.abc import Iterator, Sequence
from itertools import product

from clinnote.crosscheck.align import STRONG, place
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, one_finding, relation, sentence
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT, Sides


def check_internal(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal``: findings and impression of one note agree on the finding, not on its side.

    Both sections must commit themselves: every sided mention of the finding is on one side there, on the other here.
    Two lesions of one kind on two sides are common and are never flagged.
    """
    concluding, describing = report.concluding, report.describing
    seen: set[frozenset[str]] = set()
    one_sided = ([fact for fact in facts if fact.sides in (LEFT, RIGHT)] for facts in (concluding, describing))
    for here, there in product(*one_sided):
        if not laterality.opposite(here.sides, there.sides) or here.concepts in seen or _another_study(here, study):
            continue
        named = one_finding(here, there, study)
        if not (named or _one_shadow(here, there, study)):
            continue
        sure = named and _certain(here) and _certain(there)
        both = ((concluding, here), (describing, there))
        if all(_sides(section, fact, sure, study) == fact.sides for section, fact in both):
            seen.add(here.concepts)
            doubts = _doubts(here, there, named, study)
            yield Claim("side_internal", f"{say_text(there)}; {say_text(here)}", here, there, doubts)


def _another_study(fact: TextFact, study: Study) -> bool:
    """Whether an examination or operation is named beside this one, not as this one."""
    return fact.mention.label == "procedure" and study.knowledge.inside.reference.search(sentence(fact)) is not None


def _one_shadow(a: TextFact, b: TextFact, study: Study) -> bool:
    """Whether two mentions may be one lesion under two names: consolidation and pneumonia of one lobe."""
    how, narrow = relation(a, b, study), study.knowledge.within_organ
    if how == "named":
        return _certain(b) and place(a.places or a.implied, b.places or b.implied, study.knowledge) == "same"
    return how == "family" and bool(a.places) and a.places == b.places and all(map(narrow, a.places)) and _certain(b)


def _certain(fact: TextFact) -> bool:
    return fact.mention.certainty == "definite"


def _sides(facts: Sequence[TextFact], of: TextFact, sure: bool, study: Study) -> Sides:
    """All sides that the mentions give the finding, and its relatives unless the statements are ``sure``.

    A guess may be about a relative: "the left could be atelectasis" explains the consolidation there.
    """
    relations = (*STRONG, *(() if sure else ("family", "named")))
    return frozenset(
        side
        for fact in facts
        if relation(fact, of, study) in relations
        for side in fact.sides
        if fact.sides & (LEFT | RIGHT)
    )


def _doubts(a: TextFact, b: TextFact, named: bool, study: Study) -> tuple[str, ...]:
    doubts = ["several"] if named else ["several", "family"]
    if not (_certain(a) and _certain(b)):
        doubts.append("uncertain")
    if "device" in (a.mention.label, b.mention.label):
        doubts.append("device")
    if named and not a.concepts & b.concepts:
        doubts.append("broader")
    return tuple(doubt for doubt in doubts if doubt in study.knowledge.rules.traps)
