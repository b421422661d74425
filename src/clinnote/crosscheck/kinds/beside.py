"""The side of a finding that has none of its own, from the other findings of its sentence.

"Blunting on the right, a small effusion or scar": one shadow under three names, of which only the first has the side.
"""

from collections.abc import Collection, Iterator
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import Claim, doubts_of, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT, UNKNOWN, Sides

_ITSELF: Final = ("equal", "narrower")


def beside(text: TextFact, study: Study) -> tuple[Sides, TextFact | None]:
    """The one side in the sentence of a mention without a side, and the related finding that has it.

    Unknown as soon as anything in the sentence, a place or what it denies, is on another side.
    """
    if text.sides or text.excluded is not None:
        return UNKNOWN, None
    others = [
        other
        for other in study.texts
        if other.sides and other.note is text.note and other.mention.sentence == text.mention.sentence
    ]
    sides = others[0].sides if others else UNKNOWN
    if sides not in (LEFT, RIGHT) or any(other.sides != sides for other in others):
        return UNKNOWN, None
    share = study.knowledge.families.share
    related = (other for other in others if other.excluded is None and share(other.concepts, text.concepts))
    holder = next(related, None)
    return (sides, holder) if holder is not None else (UNKNOWN, None)


def check_beside(study: Study, settled: Collection[int]) -> Iterator[Claim]:
    """``side_opposite``: no mention of a label's finding has a side, but its sentence has one, and it is the other.

    ``settled``: the id() of the labels that a mention with a side contradicts.
    """
    for label in study.marks:
        own = [pair for pair in study.of_label(label) if pair.excluded is None]
        if id(label) in settled or label.excluded is not None or label.sides not in (LEFT, RIGHT):
            continue
        if any(pair.text.sides & label.sides or (pair.text.sides and pair.relation in _ITSELF) for pair in own):
            continue
        claim = next((found for pair in own if (found := _claim(pair, label, own, study))), None)
        if claim is not None:
            yield claim


def _claim(pair: Pair, label: LabelFact, own: list[Pair], study: Study) -> Claim | None:
    if not pair.strong or pair.place == "near":
        return None
    sides, holder = beside(pair.text, study)
    if holder is None or not laterality.opposite(sides, label.sides) or _accounted(pair, sides, study):
        return None
    return Claim(
        "side_opposite",
        f"{say_text(holder)}, in one sentence with '{pair.text.mention.text}'; {say_label(label)}",
        pair.text,
        label,
        (*doubts_of(pair, own), "beside"),
        "low",
        pairs=(pair,),
    )


def _accounted(pair: Pair, sides: Sides, study: Study) -> bool:
    """Whether another label of the finding lies on the side of the sentence."""
    return any(
        other.strong and other.label is not pair.label and other.label.sides & sides
        for other in study.of_text(pair.text)
    )
