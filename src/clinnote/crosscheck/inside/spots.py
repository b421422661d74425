"""The report against itself by what tells one lesion from the next: its exact place, or its measure.

Two findings of one kind on two sides are common, so a side alone proves nothing. The left orbital floor, which the
description never names, or 2.8 cm, which it measured on the other side, does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clinnote.crosscheck.align import STRONG, place
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact, implied_side
from clinnote.crosscheck.inside.common import Report, concludes, relation, sentence
from clinnote.crosscheck.inside.places import elsewhere, says_normal
from clinnote.crosscheck.inside.sizes import millimetres
from clinnote.crosscheck.inside.titles import inherited
from clinnote.crosscheck.study import Study
from clinnote.crosscheck.superseded import corrects
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT

_FINDINGS = ("finding", "disorder")


def check_internal_spots(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal``: the impression sees a finding at a place that is described on the other side alone.

    The place has to be narrower than a region, lung or limb. Nothing may lie there on the impression's side, unless it
    is called normal, nothing without a side, and the impression may not speak of the other side too. Findings that are
    not related need a normal place.
    """
    if not report.concluding or any(corrects(fact, report.texts, study.knowledge) for fact in report.texts):
        return
    ends = [fact for fact in report.concluding if fact.sides in (LEFT, RIGHT) and _own_side(fact, study)]
    if not ends:
        return
    body = [fact for fact in report.texts if fact.excluded != "negated" and _described(fact, study)]
    described, concluded = _by_site(body, study), _by_site(report.concluding, study)
    told: set[str] = set()
    for end in ends:
        for spot in sorted(_spots(end, study) - told):
            other = _other_side(end, spot, _placed(end, spot, described, study), body, study)
            if other is None or any(fact.sides != end.sides for fact in _placed(end, spot, concluded, study)):
                continue
            told.add(spot)
            yield Claim("side_internal", f"{say_text(other)}; {say_text(end)}", end, other, ("several",))
            break


def _by_site(facts: Iterable[TextFact], study: Study) -> Mapping[str, Sequence[TextFact]]:
    """The mentions of each place that is no wide one; operations are no findings of a place."""
    found: dict[str, list[TextFact]] = {}
    for fact in facts:
        if fact.mention.label != "procedure":
            for site in (fact.places | fact.implied) - study.knowledge.inside.wide:
                found.setdefault(site, []).append(fact)
    return found


def _described(fact: TextFact, study: Study) -> bool:
    """Whether a mention, a denied one and a place among them, describes what this study shows."""
    return not concludes(fact, study) and not (fact.excluded or "").startswith(("section", "about"))


def _own_side(fact: TextFact, study: Study) -> bool:
    """Whether words beside the finding give its side, and not to compare it with the other."""
    if fact.mention.label not in _FINDINGS or inherited(fact) or implied_side(fact.mention):
        return False
    return study.knowledge.inside.reference.search(sentence(fact)) is None


def _spots(fact: TextFact, study: Study) -> frozenset[str]:
    """The places of a finding at which no more than one lesion is to be expected."""
    wide, anatomy = study.knowledge.inside.wide, study.knowledge.anatomy
    named = fact.places or fact.implied
    return frozenset(
        spot
        for spot in named
        if spot not in wide
        and spot not in study.knowledge.rules.tissues
        and not anatomy.has(spot, "side_in_name")
        and not anatomy.has(spot, "quadrant")
        and anatomy.nodes[spot].side == laterality.UNKNOWN
    )


def _placed(end: TextFact, spot: str, by_site: Mapping[str, Sequence[TextFact]], study: Study) -> Sequence[TextFact]:
    """The mentions about the spot; those at a place that only overlaps it, if the findings are related."""
    found: dict[int, TextFact] = {}
    for site, facts in by_site.items():
        if study.knowledge.meet(spot, site):
            within = study.knowledge.anatomy.related(spot, site)
            for fact in facts:
                if within or relation(fact, end, study) is not None:
                    found[id(fact)] = fact
    return tuple(found.values())


def _other_side(
    end: TextFact, spot: str, placed: Sequence[TextFact], body: Sequence[TextFact], study: Study
) -> TextFact | None:
    """The finding described at the spot on the other side, if the spot is described on that side alone."""
    other = [fact for fact in placed if laterality.opposite(fact.sides, end.sides)]
    found = [fact for fact in other if not fact.is_place and fact.excluded is None]
    if not found:
        return None
    normal = False
    for fact in placed:
        if laterality.opposite(fact.sides, end.sides) or (fact.is_place and len(fact.sides) != 1):
            continue
        if not (fact.is_place and spot in fact.places and says_normal(fact)):
            return None
        normal = True
    if any(_unplaced(fact, spot, end, study) for fact in body):
        return None
    kin = [fact for fact in found if relation(fact, end, study) is not None]
    return next(iter(kin or (found if normal else ())), None)


def _unplaced(fact: TextFact, spot: str, end: TextFact, study: Study) -> bool:
    """Whether a mention may be about the spot: the same finding, not on the other side, placed nowhere or widely."""
    if fact.is_place or laterality.opposite(fact.sides, end.sides) or relation(fact, end, study) not in STRONG:
        return False
    places, wide = fact.places, study.knowledge.inside.wide
    return not places or any(site in wide and study.knowledge.meet(spot, site) for site in places)


def check_internal_measures(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal`` and ``site_mismatch``: the lesion of one measure is on another side or place in the impression.

    In the description the measure has to be that of one lesion, and the impression may not give it to a second one. A
    lesion without a measure that is described where the impression sees it may be the one that it means.
    """
    ends = [(fact, measure) for fact in report.concluding if (measure := _measure(fact, study)) is not None]
    if not ends or any(corrects(fact, report.texts, study.knowledge) for fact in report.texts):
        return
    described = (fact for fact in report.texts if fact.excluded is None and not concludes(fact, study))
    body = [(fact, measure) for fact in described if (measure := _measure(fact, study)) is not None]
    for end, measure in ends:
        own = [fact for fact, other in body if other == measure and _one_thing(fact, end, study)]
        rivals = [fact for fact, other in ends if other == measure and fact is not end]
        if len(own) != 1 or any(_one_thing(own[0], fact, study) for fact in rivals):
            continue
        kind = _displaced(end, own[0], study)
        if kind is not None and not any(_meant(fact, end, own[0], study) for fact in report.describing):
            yield Claim(kind, f"{say_text(own[0])}; {say_text(end)}", end, own[0], ("several",))
            return


def _one_thing(fact: TextFact, end: TextFact, study: Study) -> bool:
    """Whether two measured mentions can be one: related findings, or the very place that the finding is of."""
    shared = fact.places & (end.places or end.implied)
    return bool(shared - study.knowledge.inside.wide) or (not fact.is_place and relation(fact, end, study) is not None)


def _measure(fact: TextFact, study: Study) -> tuple[float, str] | None:
    """The largest current diameter in millimetres, or the one percentage."""
    if not fact.mention.measurements or not fact.note.text or fact.mention.label not in (*_FINDINGS, "body_site"):
        return None
    sizes = [size for item in fact.mention.measurements if (size := millimetres(item, fact, study)) is not None]
    if sizes:
        return round(max(sizes), 2), "mm"
    shares = [item.high or item.value for item in fact.mention.measurements if item.unit == "%"]
    return (shares[0], "%") if len(shares) == 1 else None


def _displaced(end: TextFact, fact: TextFact, study: Study) -> str | None:
    """What is at odds about two claims on one measured lesion."""
    if laterality.opposite(end.sides, fact.sides) and _own_side(end, study):
        where = place(end.places or end.implied, fact.places or fact.implied, study.knowledge)
        return "side_internal" if where in ("same", "near", "unknown") else None
    if end.sides != fact.sides or not (end.places and fact.places):
        return None
    if relation(end, fact, study) not in (*STRONG, "named"):
        return None
    return "site_mismatch" if elsewhere(fact, end, study) else None


def _meant(fact: TextFact, end: TextFact, own: TextFact, study: Study) -> bool:
    """Whether the impression may mean another lesion, described without a measure where the impression sees it."""
    if fact is own or relation(fact, end, study) not in (*STRONG, "named") or _measure(fact, study) is not None:
        return False
    if laterality.opposite(fact.sides, end.sides):
        return False
    places = end.places or end.implied
    return not fact.places or any(study.knowledge.meet(x, y) for x in fact.places for y in places)
