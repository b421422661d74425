"""The examination against the report: another side, another part of the body, or a side that nobody names.

Taxonomy as in Azure Health Insights' laterality inferences: order against text, and side missing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, concludes, relation, sentence
from clinnote.crosscheck.inside.titles import Title, inherited, titles
from clinnote.crosscheck.kinds.body_part import place_regions
from clinnote.crosscheck.study import Study
from clinnote.crosscheck.superseded import corrects
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT

_ANY_SIDE: Final = re.compile(
    r"(?<![\w])(?:left|right|lt|rt|lft|rgt|bilat\w*|both|either|ipsilateral|contralateral|unilateral|l|r|sides?|sided|os|od|ou|"
    r"leftward|rightward|(?:left|right)-\w+)(?![\w])",
    re.IGNORECASE,
)
_EXAMINED: Final = ("device", "procedure")
_ASKED: Final = ("indication", "clinical_history", "reason_for_visit", "chief_complaint")


def check_title(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal``: title or order name one side of a part of the body, the report the other side only.

    Two forms: every sided statement about the part is on the other side, one of them a finding or two of them in
    sentences of their own; or, for a limb or a paired bone or organ, every finding of the impression is on the other
    side and none of the description is. Where the description leaves the side to the title, the impression has to put
    what is described on the other side. Sides named for comparison don't count, and a report whose addendum corrects a
    side is left alone.
    """
    if any(corrects(fact, report.texts, study.knowledge) for fact in report.texts):
        return
    named = titles(report, study)
    sided = [title for title in named if title.sides]
    if len({title.sides for title in sided}) != 1 or any(title.both for title in named):
        return
    title = sided[0]
    about = [fact for fact in report.texts if _about(fact, title, study)]
    other = _all_other(title, about) or _impression_other(title, about, study)
    if other is not None and _borne_out(other, report, title, study):
        hardware = other.mention.label in _EXAMINED
        doubts = ("other_side_device",) if hardware else ()
        line = f"{_quoted(title)}; {say_text(other)}"
        low = hardware or _lone(other, about, report, study)
        yield Claim("side_internal", line, other, title.fact, doubts, "low" if low else None)


def _quoted(title: Title) -> str:
    side = (laterality.word(title.sides) or "").upper()
    return f"{_named(title)} says {side} ('{title.fact.mention.text.strip()}')"


def _named(title: Title) -> str:
    return "its title" if title.span != (0, 0) else "the order"


def _about(fact: TextFact, title: Title, study: Study) -> bool:
    """Whether a mention gives one side to the examined part, in a section about this study, and not to compare."""
    start, end = title.span
    if start <= fact.mention.start < end or not fact.sides or inherited(fact):
        return False
    if fact.excluded is not None and fact.excluded != "negated":
        return False
    if study.knowledge.inside.reference.search(sentence(fact)) is not None:
        return False
    return any(study.knowledge.meet(x, y) for x in fact.places or fact.implied for y in title.places)


def _all_other(title: Title, about: Sequence[TextFact]) -> TextFact | None:
    """A statement on the other side, if all sided statements about the part are; findings before places."""
    if not about or not all(laterality.opposite(fact.sides, title.sides) for fact in about):
        return None
    stated = [fact for fact in about if fact.excluded is None and not fact.is_place]
    findings = [fact for fact in stated if fact.mention.label not in _EXAMINED]
    return next(iter((*findings, *stated, *about)))


def _borne_out(other: TextFact, report: Report, title: Title, study: Study) -> bool:
    """Whether nothing is described under the title's side alone, or the other side is that of what is described."""
    places = title.places
    titled = [
        fact
        for fact in report.describing
        if inherited(fact) and fact.sides == title.sides and _meets(fact, places, study)
    ]
    if not titled:
        return True
    if not concludes(other, study):
        return False
    if other.is_place:
        return any(not fact.places.isdisjoint(other.places) for fact in titled)
    return any(relation(fact, other, study) is not None for fact in titled)


def _lone(other: TextFact, about: Sequence[TextFact], report: Report, study: Study) -> bool:
    """Whether a single sentence is all there is on the other side, and neither affirms a finding nor concludes one."""
    if other.excluded is None and not other.is_place:
        return False
    if concludes(other, study) and any(fact.mention.sentence == other.mention.sentence for fact in report.concluding):
        return False
    return len({fact.mention.sentence for fact in about}) < 2


def _impression_other(title: Title, about: Sequence[TextFact], study: Study) -> TextFact | None:
    """A finding of the impression on the other side of a limb, where the description knows nothing of that side."""
    if not any(
        study.knowledge.anatomy.is_part_of(place, limb)
        for place in title.places
        for limb in (*study.knowledge.inside.limbs, *study.knowledge.inside.owed)
    ):
        return None
    ends = [fact for fact in about if concludes(fact, study) and fact.excluded is None and not fact.is_place]
    rest = [fact for fact in about if not concludes(fact, study)]
    if not ends or not all(laterality.opposite(fact.sides, title.sides) for fact in ends):
        return None
    return None if any(fact.sides != title.sides for fact in rest) else ends[0]


def check_title_region(report: Report, study: Study) -> Iterator[Claim]:
    """``body_part_mismatch``: the title names one region, and the report speaks of others only.

    Every title has to name a region, none may be an examination of the whole body, and the report has to place
    ``body_part_mentions`` statements in one region that neither is nor adjoins one of theirs.
    """
    rules = study.knowledge.rules
    named = titles(report, study)
    if not named or any(title.whole_body for title in named):
        return
    per_title = [place_regions(title.places, study) for title in named]
    if not all(per_title):
        return
    shown = frozenset[str]().union(*per_title)
    shown = shown.union(*(rules.adjoining.get(region, ()) for region in shown))
    said: Counter[str] = Counter()
    first: TextFact | None = None
    for fact in report.texts:
        regions = _spoken_regions(fact, named, study)
        if regions and first is None and fact.excluded is None and not fact.is_place:
            first = fact
        said.update(regions)
    if first is None or not shown.isdisjoint(said) or max(said.values()) < rules.body_part_mentions:
        return
    most = max(said.values())
    about = sorted(region for region, count in said.items() if count > most / 2)
    spoken = " and ".join(about).replace("_", " ")
    line = f"The report is about the {spoken}; {_named(named[0])} says '{named[0].fact.mention.text.strip()}'"
    yield Claim("body_part_mismatch", line, first, named[0].fact, ("template",), None, {"report": about})


def _spoken_regions(fact: TextFact, named: Sequence[Title], study: Study) -> frozenset[str]:
    """The regions of a mention of this study outside the titles; negated ones count too."""
    if any(start <= fact.mention.start < end for start, end in (title.span for title in named)):
        return frozenset()
    if (fact.excluded or "").startswith(("section", "about", "historical")):
        return frozenset()
    return place_regions(fact.places or fact.implied, study)


def check_order(report: Report, study: Study) -> Iterator[Claim]:
    """``side_internal``, low: the indication names one side of a limb, title or report the other side only.

    Low, because the indication gives the side as patient or ward named it, and pain is felt where the cause is not.
    """
    asked = [fact for fact in report.texts if fact.mention.section in _ASKED and _one_limb(fact, study)]
    if not asked or len({fact.sides for fact in asked}) != 1:
        return
    places = frozenset[str]().union(*(fact.places or fact.implied for fact in asked))
    answered = [
        fact
        for fact in (*report.describing, *report.concluding)
        if _one_limb(fact, study) and _meets(fact, places, study)
    ]
    answered += [title.fact for title in titles(report, study) if title.sides and _meets(title.fact, places, study)]
    if answered and all(laterality.opposite(fact.sides, asked[0].sides) for fact in answered):
        line = f"{say_text(asked[0])}; {say_text(answered[0])}"
        yield Claim("side_internal", line, answered[0], asked[0], ("reported",), "low")


def _one_limb(fact: TextFact, study: Study) -> bool:
    if fact.sides not in (LEFT, RIGHT) or fact.mention.polarity != "affirmed" or fact.mention.temporality != "current":
        return False
    inside = study.knowledge.anatomy.is_part_of
    return any(inside(place, limb) for place in fact.places or fact.implied for limb in study.knowledge.inside.limbs)


def _meets(fact: TextFact, places: frozenset[str], study: Study) -> bool:
    return any(study.knowledge.meet(x, y) for x in fact.places or fact.implied for y in places)


def check_side_owed(report: Report, study: Study) -> Iterator[Claim]:
    """``side_subset``, low: a finding of a paired limb, breast or hip in a report that names no side anywhere.

    One claim per note. Nothing is owed where half of the placed findings are elsewhere, nor where the image labels or
    the order give the side.
    """
    text = report.text
    if not text or _ANY_SIDE.search(text) is not None or any(fact.sides for fact in report.texts):
        return
    if any(label.sides for label in study.labels) or any(
        _ANY_SIDE.search(str(v)) for v in report.note.metadata.values()
    ):
        return
    placed = [fact for fact in (*report.concluding, *report.describing) if fact.places or fact.implied]
    owing = [fact for fact in placed if _owes(fact, study)]
    if owing and 2 * len(owing) > len(placed):
        line = f"{say_text(owing[0])}: no side is named in the report"
        yield Claim("side_subset", line, owing[0], None, (), "low", {"missing": "side"})


def _owes(fact: TextFact, study: Study) -> bool:
    if fact.mention.label not in ("finding", "disorder") or fact.mention.certainty != "definite":
        return False
    anatomy, inside = study.knowledge.anatomy, study.knowledge.inside
    places = fact.places or fact.implied
    return bool(places) and all(
        anatomy.nodes[place].side == laterality.UNKNOWN
        and any(anatomy.is_part_of(place, part) for part in (*inside.limbs, *inside.owed))
        for place in places
    )
