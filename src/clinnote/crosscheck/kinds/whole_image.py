"""The side of the examination as a whole, as the image header gives it: images of one knee, findings of the other only.

What the report's own title says is compared in :mod:`clinnote.crosscheck.inside.order`.
"""

from collections.abc import Iterator, Sequence

from clinnote.crosscheck.explain import Claim, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT


def check_image_side(study: Study) -> Iterator[Claim]:
    """``side_opposite``: every sided mention of the imaged part, denied findings too, is on the other side."""
    images = [label for label in study.labels if _is_whole_image(label, study)]
    if len({label.sides for label in images}) == 1 and (about := _other_side(images[0], study.texts, study)):
        # Where only a device or operation of the other side is named, that may be in the picture.
        hardware = about.mention.label in ("device", "procedure")
        doubts, severity = (("other_side_device",), "low") if hardware else ((), None)
        line = f"{say_text(about)}; {say_label(images[0])}"
        yield Claim("side_opposite", line, about, images[0], doubts, severity)


def _is_whole_image(label: LabelFact, study: Study) -> bool:
    """Whether the label is about the images themselves, with one side and a part of the body."""
    finding = study.knowledge.normalise(label.label.finding.text)
    return (
        finding in study.knowledge.rules.whole_image and label.sides in (LEFT, RIGHT) and _paired(label.places, study)
    )


def _paired(places: frozenset[str], study: Study) -> bool:
    """Whether the examined part has a counterpart; on a lateral chest film the side is only the one near the film."""
    return any(study.knowledge.anatomy.paired(place) for place in places)


def _other_side(image: LabelFact, texts: Sequence[TextFact], study: Study) -> TextFact | None:
    """A statement on the other side, if all sided statements about the part are; findings before places."""
    about = [text for text in texts if _about(text, image, study)]
    if not about or not all(laterality.opposite(text.sides, image.sides) for text in about):
        return None
    stated = [text for text in about if text.excluded is None and not text.is_place]
    findings = [text for text in stated if text.mention.label not in ("device", "procedure")]
    return next(iter((*findings, *stated, *about)))


def _about(text: TextFact, image: LabelFact, study: Study) -> bool:
    """Whether a mention gives a side to the examined part, in a section about this study."""
    if not text.sides or (text.excluded is not None and text.excluded != "negated"):
        return False
    places = image.places or image.implied
    return any(study.knowledge.meet(x, y) for x in (text.places or text.implied) for y in places)
