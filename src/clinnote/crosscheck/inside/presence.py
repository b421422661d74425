"""The report against itself: present here and denied there, or found in an organ that is called normal."""

import re
from collections.abc import Iterator
from typing import Final

from clinnote.crosscheck.align import STRONG
from clinnote.crosscheck.consistency import NormalRow
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, concludes, hedged, relation, sentence
from clinnote.crosscheck.kinds.presence import exempted
from clinnote.crosscheck.study import Study

_FINDINGS: Final = ("finding", "disorder")
_KIND: Final = "present_but_absent"
_NORMAL: Final = re.compile(
    r"[\w ,/&()'-]{0,60}?(?<![a-z])(?:is|are|appears?|remains?|demonstrates?|:)\s+"
    r"(?:(?:also|otherwise|grossly|both|all|within)\s+)?(?:normal(?: limits| in appearance)?|unremarkable|intact)"
    r"(?=\s*(?:[.;]|and (?:unremarkable|normal|intact)|without|with no|$))",
    re.IGNORECASE,
)
"""After a place: what follows says that it is normal, whole, and without reserve."""
_BROKEN: Final = frozenset({"tear", "rupture", "fracture"})
_MASKED: Final = re.compile(r"x{3,}|_{2,}|\*{2,}|\[[^\]]*\]", re.IGNORECASE)
"""A word that de-identification took out: it may have been the one that narrows a denial."""
_WORD: Final = re.compile(r"[a-z]+")


def check_internal_presence(report: Report, study: Study) -> Iterator[Claim]:
    """``present_but_absent``: findings and impression of one note disagree on whether something is there at all.

    Either section must commit itself: a definite, unreserved denial of this very finding or of its whole kind, and a
    definite statement of it at a place and side that the denial includes. Another lesion of the kind on the side of
    the denial, a guess, a comparison or an old state sets the pair aside.
    """
    if report.note.text is None:
        return
    claim = _denied(report, study) or _nothing_acute(report, study)
    if claim is not None:
        yield claim


def _denied(report: Report, study: Study) -> Claim | None:
    denials = [fact for fact in report.texts if _is_denial(fact, study)]
    for denial in denials:
        ends = concludes(denial, study)
        own, others = (report.concluding, report.describing) if ends else (report.describing, report.concluding)
        if any(relation(fact, denial, study) in STRONG for fact in own):
            continue
        for fact in others:
            if _is_statement(fact, study) and _covers(denial, fact, study):
                line = f"{say_text(fact)}; denied: {say_text(denial)}"
                return Claim(_KIND, line, fact, denial, ("partial", "template"))
    return None


def _is_denial(fact: TextFact, study: Study) -> bool:
    mention = fact.mention
    if fact.excluded != "negated" or mention.label not in _FINDINGS or mention.certainty != "definite":
        return False
    return study.knowledge.inside.not_now.search(sentence(fact)) is None and not exempted(fact, study)


def _is_statement(fact: TextFact, study: Study) -> bool:
    """Whether a mention affirms something that is there now; an old state may have been left out elsewhere."""
    mention = fact.mention
    return mention.label in _FINDINGS and mention.temporality == "current" and not hedged(fact, study)


def _covers(denial: TextFact, fact: TextFact, study: Study) -> bool:
    """Whether a denial is about the finding stated: this one or all its kind, at a place and side that hold it."""
    how = relation(denial, fact, study)
    if how == "narrower" and not _at_its_place(denial, fact, study):
        return False
    if how not in ("equal", "broader", "narrower") or not denial.concepts:
        return False
    if _MASKED.search(_stretch(denial)) or _narrowing(denial, study) - frozenset(_WORD.findall(sentence(fact).lower())):
        return False
    if denial.sides and not (fact.sides and fact.sides <= denial.sides):
        return False
    return _placed(denial, fact, study)


def _at_its_place(denial: TextFact, fact: TextFact, study: Study) -> bool:
    """Whether the general word stands for the finding denied: "no lung nodule", and a nodule in the middle lobe."""
    inside = study.knowledge.anatomy.is_part_of
    general = fact.concepts <= study.knowledge.inside.general
    return (
        general
        and bool(fact.places)
        and all(any(inside(here, whole) for whole in denial.implied) for here in fact.places)
    )


def _stretch(denial: TextFact) -> str:
    """The text from the negation to the end of the finding denied."""
    mention = denial.mention
    start = min((e.start for e in mention.evidence if e.gives.startswith("polarity=")), default=mention.start)
    return (denial.note.text or "")[min(start, mention.start) : mention.end]


def _narrowing(denial: TextFact, study: Study) -> frozenset[str]:
    """Words that narrow a denial, without those of another finding before it ("no focal consolidation or mass")."""
    mention, text = denial.mention, denial.note.text or ""
    start = min((e.start for e in mention.evidence if e.gives.startswith("polarity=")), default=mention.start)
    words: set[str] = set()
    at = min(start, mention.start)
    for other in denial.note.mentions:
        if start <= other.start and other.end <= mention.start:
            words.update(_WORD.findall(text[at : other.start].lower()))
            at = other.end
    words.update(_WORD.findall(text[at : mention.end].lower()))
    return study.knowledge.rules.partial_negation & words


def _placed(denial: TextFact, fact: TextFact, study: Study) -> bool:
    """Whether the place of the denial includes that of the finding.

    A denial without any place is about the whole examination only if its finding has a place of its own (pneumothorax),
    or the statement names no place either.
    """
    inside = study.knowledge.anatomy.is_part_of
    if denial.places:
        here = fact.places or fact.implied
        titled = any(evidence.rule == "site.heading" for evidence in denial.mention.evidence)
        within = study.knowledge.meet if titled else inside  # of a wrist film is the distal radius, too
        return bool(here) and all(any(within(place, whole) for whole in denial.places) for place in here)
    about = denial.implied or study.knowledge.inside.assumed(denial.concepts)
    if about:
        here = fact.places or fact.implied
        return not here or bool(fact.implied & about) or any(study.knowledge.meet(x, y) for x in here for y in about)
    return not fact.places


def _nothing_acute(report: Report, study: Study) -> Claim | None:
    """An acute finding described, and an impression that only says that there is nothing acute."""
    ends = [fact for fact in report.texts if concludes(fact, study)]
    nothing = next(
        (fact for fact in ends if fact.excluded == "negated" and fact.concepts & study.knowledge.inside.nothing), None
    )
    if nothing is None or any(fact.excluded is None and not fact.is_place for fact in ends):
        return None
    acute, is_a = study.knowledge.inside.acute, study.knowledge.concepts.is_a
    for fact in report.describing:
        if not any(concept == root or is_a(concept, root) for concept in fact.concepts for root in acute):
            continue
        if _is_statement(fact, study) and study.knowledge.inside.not_acute.search(sentence(fact)) is None:
            return Claim(
                _KIND,
                f"{say_text(fact)}; the impression says: {nothing.mention.text} denied",
                fact,
                nothing,
                ("template",),
            )
    return None


def check_normal_organ(report: Report, study: Study) -> Iterator[Claim]:
    """``present_but_absent``: a place called normal (intact) has a finding that rules that out; one per note."""
    if report.note.text is None:
        return
    for place in report.texts:
        claim = _contradicted(place, report, study) if place.is_place and _called_normal(place) else None
        if claim is not None:
            yield claim
            break


def _called_normal(place: TextFact) -> bool:
    mention = place.mention
    if place.excluded is not None or mention.temporality != "current":
        return False
    return _NORMAL.match((place.note.text or "")[mention.end : mention.sentence[1]]) is not None


def _contradicted(place: TextFact, report: Report, study: Study) -> Claim | None:
    ends = concludes(place, study)
    for fact in report.texts:
        if fact.mention.sentence == place.mention.sentence or not _holds(fact, study):
            continue
        if place.sides and fact.sides and not place.sides & fact.sides:
            continue
        severity = _rules_out(place, fact, concludes(fact, study) != ends, study)
        if severity is not None:
            line = f"{say_text(place)} called normal; {say_text(fact)}"
            return Claim(_KIND, line, fact, place, ("template",), severity)
    return None


def _holds(fact: TextFact, study: Study) -> bool:
    """Whether a finding is affirmed, or an organ was removed, now or at any time before."""
    mention = fact.mention
    if mention.label != "procedure":
        return fact.excluded is None and not fact.is_place and not hedged(fact, study)
    if mention.experiencer != "patient" or mention.polarity != "affirmed" or mention.certainty != "definite":
        return False
    done = mention.temporality in ("current", "historical")
    return done and study.knowledge.inside.not_whole.search(sentence(fact)) is None


def _rules_out(place: TextFact, fact: TextFact, other_section: bool, study: Study) -> str | None:
    """The severity of a finding at a place called normal; None if both can be true."""
    is_a = study.knowledge.concepts.is_a
    for row in study.knowledge.inside.normal:
        if (other_section or row.anywhere) and not place.places.isdisjoint(row.sites) and _is_any(fact, row, study):
            return row.severity
    if not other_section or not any(is_a(own, root) or own == root for own in fact.concepts for root in _BROKEN):
        return None
    return "medium" if place.places & (fact.places or fact.implied) else None


def _is_any(fact: TextFact, row: NormalRow, study: Study) -> bool:
    is_a = study.knowledge.concepts.is_a
    return any(own == concept or is_a(own, concept) for own in fact.concepts for concept in row.concepts)
