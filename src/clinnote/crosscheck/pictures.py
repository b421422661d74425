"""Pictures on which the place of a shape tells no side of the patient.

An image of one limb is centred on the limb; a mammogram and a sagittal slice show one side; a sonogram has the side of
the probe.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from clinnote.crosscheck.align import CONVENTION, DRAWN
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model.laterality import BILATERAL, UNKNOWN

_TITLES: Final = (None, "technique")
"""Where the title of an examination stands."""
_NO_SIDE: Final = "ultrasound"
_STUDY: Final = "procedure"
"""The label of the name of a study."""


def sideless_bases(texts: Sequence[TextFact], labels: Sequence[LabelFact], knowledge: Knowledge) -> frozenset[str]:
    """The bases of a label's side that say nothing in this study.

    What it shows is told by its title, else by its image headers, else by every place that the report names.
    """
    rules = knowledge.rules
    titles = [text for text in texts if text.mention.section in _TITLES]
    studies = [title for title in titles if title.mention.label == _STUDY and (title.places or title.implied)]
    headers = [label for label in labels if knowledge.normalise(label.label.finding.text) in rules.whole_image]
    here = [text for text in texts if not (text.excluded or "").startswith("section")]
    if any(knowledge.concepts.is_a(concept, _NO_SIDE) for title in titles for concept in title.concepts):
        return CONVENTION
    for told in (studies, titles, headers, here):
        places = [place for claim in told for place in claim.places or claim.implied]
        if not places:
            continue
        sides = frozenset(chain.from_iterable(claim.sides for claim in (*told, *here)))
        each, limbs = _one_each(studies), tuple(knowledge.inside.limbs)
        if (sides != BILATERAL or each) and _within(places, limbs, knowledge):
            return DRAWN
        one_sided = (*rules.one_sided_pictures, *(limbs if each else ()))
        return CONVENTION if _within(places, one_sided, knowledge) else frozenset()
    return frozenset()


def without_sides(labels: Iterable[LabelFact], bases: frozenset[str]) -> tuple[LabelFact, ...]:
    """The labels without the sides that rest on one of the bases."""
    return tuple(replace(label, sides=UNKNOWN, basis=None) if label.basis in bases else label for label in labels)


def _one_each(studies: Iterable[TextFact]) -> bool:
    """Whether every study that a title names is of one side ("XR RIGHT SHOULDER, XR LEFT CLAVICLE")."""
    sides = [study.sides for study in studies]
    return bool(sides) and all(len(one) == 1 for one in sides)


def _within(places: Iterable[str], parts: Iterable[str], knowledge: Knowledge) -> bool:
    inside = knowledge.anatomy.is_part_of
    return all(any(inside(place, part) for part in parts) for place in places)
