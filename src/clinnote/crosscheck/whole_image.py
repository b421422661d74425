"""The side of the images as a whole, as their header gives it, against the side the report speaks about."""

from collections.abc import Iterator

from clinnote.crosscheck.explain import Claim, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT


def check_image_side(study: Study) -> Iterator[Claim]:
    """``side_opposite``: images of one knee, and a report that speaks of the other knee only.

    Every sided mention of the imaged part counts, denied findings too; one on the imaged side acquits the report.
    """
    images = [label for label in study.labels if _is_whole_image(label, study)]
    if len({label.sides for label in images}) != 1:
        return
    label = images[0]
    about = [text for text in study.texts if _about(text, label, study)]
    if about and all(laterality.opposite(text.sides, label.sides) for text in about):
        first = next((text for text in about if text.excluded is None and not text.is_place), about[0])
        yield Claim("side_opposite", f"{say_text(first)}; {say_label(label)}", first, label)


def _is_whole_image(label: LabelFact, study: Study) -> bool:
    """Whether the label is about the images themselves, with one side and a part of the body."""
    finding = study.knowledge.normalise(label.label.finding.text)
    return finding in study.knowledge.rules.whole_image and label.sides in (LEFT, RIGHT) and bool(label.places)


def _about(text: TextFact, label: LabelFact, study: Study) -> bool:
    """Whether a mention gives a side to the imaged part, in a section about this study."""
    if not text.sides or (text.excluded is not None and text.excluded != "negated"):
        return False
    anatomy = study.knowledge.anatomy
    return any(anatomy.is_part_of(x, y) for x in (text.places or text.implied) for y in label.places)
