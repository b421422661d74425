"""The report against itself: the place of a finding in the findings and in the impression."""

from collections.abc import Iterator, Sequence

from clinnote.crosscheck.align import STRONG, place
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, hedged, relation
from clinnote.crosscheck.study import Study
from clinnote.model import laterality


def check_internal_places(report: Report, study: Study) -> Iterator[Claim]:
    """``site_mismatch`` and ``level_mismatch`` of one note: another lobe, tendon, bone or disc in the impression.

    Fires if every mention of the finding in either section names a place, none of the places of one section can be
    that of the other, and nothing at all is described where the impression sees it. One claim per note.
    """
    claim = next(_mismatches(report, study), None)
    if claim is not None:
        yield claim


def _mismatches(report: Report, study: Study) -> Iterator[Claim]:
    for end in report.concluding:
        if not end.places or end.mention.label not in ("finding", "disorder") or hedged(end, study):
            continue
        kin = [fact for fact in report.describing if relation(fact, end, study) is not None]
        same = [fact for fact in kin if relation(fact, end, study) in (*STRONG, "named")]
        if not same or any(not fact.places for fact in kin) or not all(elsewhere(fact, end, study) for fact in kin):
            continue
        if any(_confirms(fact, end, study) for fact in report.texts if fact is not end):
            continue
        first = next((fact for fact in same if not laterality.opposite(fact.sides, end.sides)), None)
        if first is None or _named_apart(report.concluding, first, end, study):
            continue
        steps = _steps(first, end, study)
        line = f"{say_text(first)}; {say_text(end)}"
        if steps:
            yield Claim("level_mismatch", f"{line}: {_levels(min(steps))} apart", end, first, ("several",), "medium")
        else:
            yield Claim("site_mismatch", line, end, first, ("several",), "medium")


def _levels(steps: int) -> str:
    return f"{steps} level{'s' if steps > 1 else ''}"


def elsewhere(fact: TextFact, end: TextFact, study: Study) -> bool:
    """Whether two places of one organ, one limb or one row of levels have nothing in common."""
    if any(study.knowledge.meet(x, y) for x in fact.places for y in end.places):
        return False
    return (
        bool(_steps(fact, end, study))
        or place(fact.places, end.places, study.knowledge) == "near"
        or _siblings(fact, end, study)
    )


def _siblings(fact: TextFact, end: TextFact, study: Study) -> bool:
    """Whether all places are parts of one limb or joint, so that one is easily said for the other."""
    anatomy = study.knowledge.anatomy
    every = fact.places | end.places
    return any(
        all(site != limb and anatomy.is_part_of(site, limb) for site in every) for limb in study.knowledge.inside.limbs
    )


def _steps(fact: TextFact, end: TextFact, study: Study) -> tuple[int, ...]:
    """How many levels lie between the two, for every two numbered places of one series."""
    anatomy = study.knowledge.anatomy
    return tuple(
        abs(here - there)
        for x in fact.places
        for y in end.places
        if x.split("_")[0] == y.split("_")[0]
        and (here := anatomy.level(x)) is not None
        and (there := anatomy.level(y)) is not None
    )


def _confirms(fact: TextFact, end: TextFact, study: Study) -> bool:
    """Whether another statement is about the impression's place: something is there, whatever it is called."""
    if fact.excluded is not None or fact.mention.sentence == end.mention.sentence:
        return False
    if laterality.opposite(fact.sides, end.sides) or not fact.places:
        return False
    if fact.is_place and says_normal(fact):
        return False
    inside, found = study.knowledge.anatomy.is_part_of, fact.mention.label in ("finding", "disorder")
    return any(inside(x, y) or (found and inside(y, x)) for x in fact.places for y in end.places)


def says_normal(fact: TextFact) -> bool:
    """Whether the sentence of a place says that nothing is wrong there."""
    start, end = fact.mention.sentence
    words = (fact.note.text or "")[start:end].lower()
    return any(word in words for word in ("normal", "clear", "intact", "unremarkable", "preserved", "maintained"))


def _named_apart(concluding: Sequence[TextFact], first: TextFact, end: TextFact, study: Study) -> bool:
    """Whether the impression also sees the finding where it was described: then it names a second lesion."""
    return any(
        fact is not end
        and relation(fact, end, study) is not None
        and (not fact.places or any(study.knowledge.meet(x, y) for x in fact.places for y in first.places))
        for fact in concluding
    )
