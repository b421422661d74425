"""The side of the examination as a whole, as the image header or the report's own title gives it.

The report must not speak of the other side alone: images of one knee, a title that says right knee, and findings of
the left knee only.
"""

from collections.abc import Iterator, Sequence

from clinnote.crosscheck.explain import Claim, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact
from clinnote.crosscheck.study import Study
from clinnote.crosscheck.superseded import corrects
from clinnote.model import laterality
from clinnote.model.laterality import LEFT, RIGHT


def check_image_side(study: Study) -> Iterator[Claim]:
    """``side_opposite``: every sided mention of the imaged part, denied findings too, is on the other side."""
    images = [label for label in study.labels if _is_whole_image(label, study)]
    if len({label.sides for label in images}) == 1 and (about := _other_side(images[0], study.texts, study)):
        yield _claim("side_opposite", f"{say_text(about)}; {say_label(images[0])}", about, images[0])


def check_title(study: Study) -> Iterator[Claim]:
    """``side_internal``: the title names one side of a part of the body, the statements the other one only.

    A report whose addendum corrects a side is left alone: the title stays as it was printed.
    """
    for note in study.notes:
        texts = [text for text in study.texts if text.note is note]
        if any(corrects(text, texts, study.knowledge) for text in texts):
            continue
        titles = [text for text in texts if _is_title(text, study)]
        if len({title.sides for title in titles}) == 1 and (about := _other_side(titles[0], texts, study)):
            yield _claim("side_internal", f"{say_text(titles[0])}; {say_text(about)}", about, titles[0])


def _claim(kind: str, line: str, about: TextFact, whole: LabelFact | TextFact) -> Claim:
    """The claim, a low one where only a device or operation of the other side is named: that may be in the picture."""
    hardware = about.mention.label in ("device", "procedure")
    return Claim(kind, line, about, whole, ("other_side_device",) if hardware else (), "low" if hardware else None)


def _is_whole_image(label: LabelFact, study: Study) -> bool:
    """Whether the label is about the images themselves, with one side and a part of the body."""
    finding = study.knowledge.normalise(label.label.finding.text)
    return (
        finding in study.knowledge.rules.whole_image and label.sides in (LEFT, RIGHT) and _paired(label.places, study)
    )


def _paired(places: frozenset[str], study: Study) -> bool:
    """Whether the examined part has a counterpart; on a lateral chest film the side is only the one near the film."""
    return any(study.knowledge.anatomy.paired(place) for place in places)


def _is_title(text: TextFact, study: Study) -> bool:
    """Whether a mention names the examination, with its side: in the technique section or the report's first line."""
    rules, note = study.knowledge.rules, text.note
    if text.sides not in (LEFT, RIGHT) or not _paired(text.places or text.implied, study):
        return False
    if not any(study.knowledge.concepts.is_a(concept, study_) for concept in text.concepts for study_ in rules.studies):
        return False
    first_line = (note.text or "").lstrip().split("\n", 1)[0]
    in_first_line = text.mention.section is None and text.mention.end <= (note.text or "").find(first_line) + len(
        first_line
    )
    return in_first_line or (text.mention.section or "") in rules.title_sections


def _other_side(whole: LabelFact | TextFact, texts: Sequence[TextFact], study: Study) -> TextFact | None:
    """A statement on the other side, if all sided statements about the part are; findings before places."""
    title = whole.mention.sentence if isinstance(whole, TextFact) else None
    about = [text for text in texts if text.mention.sentence != title and _about(text, whole, study)]
    if not about or not all(laterality.opposite(text.sides, whole.sides) for text in about):
        return None
    stated = [text for text in about if text.excluded is None and not text.is_place]
    findings = [text for text in stated if text.mention.label not in ("device", "procedure")]
    return next(iter((*findings, *stated, *about)))


def _about(text: TextFact, whole: LabelFact | TextFact, study: Study) -> bool:
    """Whether a mention gives a side to the examined part, in a section about this study."""
    if not text.sides or (text.excluded is not None and text.excluded != "negated"):
        return False
    places = whole.places or whole.implied
    return any(study.knowledge.meet(x, y) for x in (text.places or text.implied) for y in places)
