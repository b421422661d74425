"""The report's side against the labels' side.

A mention is compared on its own, not merged with others of its finding: that is how one wrong word among several
right ones is found. Two lesions on two sides are common, so a mention and a label on opposite sides contradict each
other only if one of them stands alone: no label accounts for the mention, or no mention for the label.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from clinnote.crosscheck.align import DRAWN, Pair, where_of
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.kinds.beside import beside, check_beside
from clinnote.crosscheck.kinds.blame import suspect
from clinnote.crosscheck.partners import components
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import BILATERAL, Sides

_RANK: Final = {"equal": 0, "narrower": 1, "broader": 2, "family": 3}


def check_opposite(study: Study) -> Iterator[Claim]:
    """Text one side, label the other, and no second lesion explains it: ``side_opposite``, one claim per mistake."""
    hits = [pair for pair in study.pairs if _contradicts(pair, study)]
    yield from _merged(hits, study)
    yield from check_beside(study, {id(pair.label) for pair in hits})


def _contradicts(pair: Pair, study: Study) -> bool:
    """Whether a pair on opposite sides can't be explained by a second lesion."""
    if not laterality.opposite(pair.text.sides, pair.label.sides):
        return False
    if not pair.strong:
        return _alone(pair, study)
    homes = [other for other in study.of_text(pair.text) if _agrees(other)]
    supports = [other for other in study.of_label(pair.label) if _agrees(other)]
    if any(other.strong for other in supports) and (_one_more(pair, study) or _elsewhere(pair, study)):
        return False
    if not homes:
        if pair.place == "near" and pair.relation != "equal":
            return False
        fits = (*supports, *(other for other in study.of_label(pair.label) if other.strong and not other.text.sides))
        return not _on_both_sides(pair, study) and not any(_better(other, pair) for other in fits)
    if not supports:
        return _orphaned(pair, homes, study)
    return _misnamed(pair, homes, supports)


def _alone(pair: Pair, study: Study) -> bool:
    """Whether two names of one family at one named place can only be one lesion: nothing else accounts for either."""
    if pair.excluded is not None or pair.place != "same" or pair.text.mention.certainty != "definite":
        return False
    others = [other for other in (*study.of_text(pair.text), *study.of_label(pair.label)) if other is not pair]
    return all(
        other.excluded is not None
        or (other.relation == "family" and laterality.opposite(other.text.sides, other.label.sides))
        for other in others
    )


def _one_more(pair: Pair, study: Study) -> bool:
    """Whether the sentence says that its lesion comes on top of others ("there is also ... on the left")."""
    return not study.knowledge.rules.one_more.isdisjoint(study.knowledge.normalise(_sentence(pair.text)).split())


def _elsewhere(pair: Pair, study: Study) -> bool:
    """Whether a mention without a place may be of a lesion the report describes on its side, away from the label.

    "C3-C4: mild right foraminal narrowing. C4-C5: left foraminal stenosis", then "left foraminal stenosis".
    """
    text = pair.text
    if pair.place != "unknown":
        return False
    share = study.knowledge.families.share
    return any(
        other.sides == text.sides
        and other.excluded is None
        and other.note is text.note
        and (other.concepts & text.concepts or share(other.concepts, text.concepts))
        and where_of(other, pair.label, study.knowledge) in ("near", "apart")
        for other in study.texts
        if other is not text
    )


def _sentence(text: TextFact) -> str:
    return (text.note.text or "")[slice(*text.mention.sentence)]


def _orphaned(pair: Pair, homes: Sequence[Pair], study: Study) -> bool:
    """Whether a label that no mention accounts for must mean this mention, although other labels account for that.

    So it is when those labels have other names ("calcified nodule, left" labelled granuloma left, nodule right) or lie
    at another place; a label of the same name and place on each side means two lesions.
    """
    if not any(home.strong for home in homes):
        return True
    fits = pair.place == "same" or (pair.place == "unknown" and pair.relation in ("equal", "narrower"))
    if fits and _some_unplaced(pair, study):
        return False
    left_over = pair.relation == "equal" and study.partners.paired(pair)
    return fits and not any(
        _twins(home.label, pair.label, study) and not (left_over and _of_another(home.label, pair, study))
        for home in homes
    )


def _some_unplaced(pair: Pair, study: Study) -> bool:
    """Whether the report also speaks of several such lesions without a side ("multiple lesions")."""
    rules = study.knowledge.rules
    for other in study.of_label(pair.label):
        if other.strong and not other.text.sides and other.place != "near":
            words = set(study.knowledge.normalise(_sentence(other.text)).split())
            if not rules.several_lesions.isdisjoint(words) or not rules.scattered.isdisjoint(words):
                return True
    return False


def _of_another(label: LabelFact, pair: Pair, study: Study) -> bool:
    """Whether a label belongs to a lesion that the report places elsewhere than the mention of ``pair``."""
    holder = study.partners.holder(label)
    return bool(holder) and where_of(holder[0], pair.text, study.knowledge) in ("near", "apart")


def _twins(a: LabelFact, b: LabelFact, study: Study) -> bool:
    """Whether one reader's two labels, of one file or several, state the same finding at places not at odds."""
    if (a.label.source.format, a.label.annotator) != (b.label.source.format, b.label.annotator):
        same_file = a.label.source.file == b.label.source.file
        if not same_file or a.label.source.format != b.label.source.format:
            return False
    normalise = study.knowledge.normalise
    return normalise(a.label.finding.text) == normalise(b.label.finding.text) and where_of(a, b, study.knowledge) in (
        "same",
        "unknown",
    )


def _misnamed(pair: Pair, homes: Sequence[Pair], supports: Sequence[Pair]) -> bool:
    """Whether a mention of the very finding says the other side, although labels of other findings lie there.

    A guess at what such another shadow is does not count ("left opacity, possibly atelectasis").
    """
    if pair.relation != "equal" or any(home.relation == "equal" for home in homes):
        return False
    return pair.text.mention.certainty == "definite" or not any(other.relation == "equal" for other in supports)


def _agrees(pair: Pair) -> bool:
    return pair.excluded is None and pair.place != "near" and bool(pair.text.sides & pair.label.sides)


def _on_both_sides(pair: Pair, study: Study) -> bool:
    """Whether some section of the report names the finding on both sides: two lesions, of which one is labelled."""
    said: dict[tuple[str, str | None], Sides] = {}
    for other in study.of_label(pair.label):
        if other.strong and other.place != "near" and _RANK[other.relation] <= max(1, _RANK[pair.relation]):
            if _named_by_another(other, pair, study):
                continue
            section = (other.text.note.note_id, other.text.mention.section)
            said[section] = said.get(section, laterality.UNKNOWN) | other.text.sides
    return any(sides >= BILATERAL for sides in said.values())


def _second_name(pair: Pair, study: Study) -> bool:
    """Whether the label may be one more name for a finding of the other side that another label names."""
    return any(
        other.strong and _agrees(other) and _named_by_another(other, pair, study)
        for other in study.of_label(pair.label)
    )


def _named_by_another(other: Pair, pair: Pair, study: Study) -> bool:
    """Whether a second label has the very name of a mention on the label's side, so that this one need not mean it."""
    return other.relation != "equal" and any(
        home.relation == "equal" and _agrees(home) and home.label.sides == pair.label.sides
        for home in study.of_text(other.text)
    )


def _better(support: Pair, pair: Pair) -> bool:
    """Whether the label has a mention of its own that fits it better, so that this mention is another lesion."""
    if pair.place == "near":
        return support.place == "same"
    return pair.relation != "equal" and _RANK[support.relation] < _RANK[pair.relation] and support.place != "near"


def _merged(hits: Iterable[Pair], study: Study) -> Iterator[Claim]:
    """One claim for each mistake: pairs that share a mention or a label are one."""
    for group in components(hits):
        first = min(group, key=lambda pair: (_RANK[pair.relation], not _concluding(pair.text, study)))
        also = {like.label.label_id for pair in group for like in study.like_label(pair.label)}
        others = sorted(also - {first.label.label.label_id})
        blames, why = suspect(first, study)
        second = all(_second_name(pair, study) for pair in group)
        yield Claim(
            "side_opposite",
            f"{say_text(first.text)}; {say_label(first.label)}{why}",
            first.text,
            first.label,
            (*doubts_of(first, study.of_label(first.label)), *(("second_name",) if second else ())),
            "low" if second else "medium" if first.relation == "family" else None,
            {**_tally(first, study), **blames, **({"other_labels": others} if others else {})},
            pairs=tuple(group),
        )


def _concluding(text: TextFact, study: Study) -> bool:
    return (text.mention.section or "") in study.knowledge.rules.concluding


def _tally(pair: Pair, study: Study) -> dict[str, Any]:
    """How many mentions of the finding say left, right or both: the reviewer's first question."""
    said = [
        laterality.word(other.text.sides) for other in study.of_label(pair.label) if other.strong and other.text.sides
    ]
    return {word: said.count(word) for word in ("left", "right", "bilateral") if word in said}


def check_subset(study: Study) -> Iterator[Claim]:
    """One says both sides and the other one side only, over all mentions and labels: ``side_subset``.

    It is a low one if the two sides come from two sentences or from two labels: one of the lesions was left out. So it
    is if the label is a shape, which marks one lesion and does not say that there is no other, or if the report singles
    one out ("bilateral nodules, the largest in the right apex").
    """
    for label in study.marks:
        if label.excluded is not None or not label.sides:
            continue
        own = [pair for pair in study.of_label(label) if pair.strong]
        if any(pair.relation == "equal" for pair in own) and (claim := _subset(label, own, study)):
            yield claim


def _subset(label: LabelFact, own: list[Pair], study: Study) -> Claim | None:
    """The claim, if every mention of the finding gives a side and all labels of the family together do not match it."""
    sides = [pair.text.sides or beside(pair.text, study)[0] for pair in own]
    if not all(sides) or any(pair.place == "near" for pair in own):
        return None
    said = frozenset(side for one in sides for side in one)
    if not laterality.subset(said, _labelled(label, study)):
        return None
    one_of_many = label.basis in DRAWN and not label.label.exhaustive_for
    one_of_many = one_of_many or any(_singled_out(pair.text, study) for pair in own)
    at_once = not one_of_many and (label.sides == BILATERAL or any(_both_at_once(pair.text) for pair in own))
    one_by_one = said == BILATERAL == frozenset(side for p in own if p.relation == "equal" for side in p.text.sides)
    beyond = not said & label.sides
    if not (at_once or one_of_many or one_by_one or beyond):
        return None
    stated = [pair for pair in own if pair.text.sides]
    if not stated:
        return None
    first = min(stated, key=lambda pair: (not _concluding(pair.text, study), pair.text.sides != said))
    one_text, one_label = ("", " only") if said == BILATERAL else (" only", "")
    return Claim(
        "side_subset",
        f"{say_text(first.text)}{one_text}; {say_label(label)}{one_label}",
        first.text,
        label,
        (*doubts_of(first, own), "one_sided_label", *(() if at_once else ("one_by_one",))),
        ("high" if label.label.exhaustive_for else None) if at_once else "low",
        _tally(first, study),
        tuple(own),
    )


def _both_at_once(text: TextFact) -> bool:
    """Whether a mention says both sides in one word, not by a list of places ("right hilar, left axillary nodes")."""
    mention = text.mention
    if text.sides != BILATERAL or any(e.gives == "laterality=bilateral" for e in mention.evidence):
        return text.sides == BILATERAL
    return not {"left", "right"} <= {site.laterality for site in mention.sites}


def _singled_out(text: TextFact, study: Study) -> bool:
    """Whether the sentence singles out one lesion, or the side that is worse: a side beside it is not the only one."""
    return not study.knowledge.rules.singled_out.isdisjoint(study.knowledge.normalise(_sentence(text)).split())


def _labelled(label: LabelFact, study: Study) -> Sides:
    """All sides that the labels give the finding or a related one."""
    families = study.knowledge.families
    return frozenset(
        side
        for other in study.marks
        if other.excluded is None and families.share(other.concepts, label.concepts)
        for side in other.sides
    )
