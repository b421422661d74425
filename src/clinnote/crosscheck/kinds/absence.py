"""The report names what a source says is not there: ``present_but_absent``.

Silence of a source is no denial. It counts only where a label says absent in so many words, where the source declares
itself exhaustive for the finding, or where it calls the whole image normal ("No Finding").
"""

from collections.abc import Iterator
from typing import Final

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.explain import Claim, say_label, say_text
from clinnote.crosscheck.facts import LabelFact, TextFact, words
from clinnote.crosscheck.kinds.presence import narrowed
from clinnote.crosscheck.study import Study

_ABSENT: Final = "label absent"
_WORN: Final = ("device", "procedure")


def check_absent(study: Study) -> Iterator[Claim]:
    """One claim for each finding that the report affirms for certain and a source denies; no label may show it."""
    if not study.labels:
        return
    normal = [label for label in study.marks if label.excluded == _ABSENT and not label.concepts]
    complete = _exhaustive(study)
    seen: set[frozenset[str]] = set()
    for text in study.said:
        if not _stands(text) or text.concepts in seen or _shown(text, study):
            continue
        denied = _denying(text, study) or _missing(text, complete, study) or _called_normal(text, normal, study)
        if denied is not None:
            seen.add(text.concepts)
            yield _claim(text, denied, study)


def _stands(text: TextFact) -> bool:
    """Whether the report affirms the finding for certain."""
    mention = text.mention
    now = text.excluded is None and mention.temporality == "current"  # nobody need label an old, healed fracture
    return now and mention.certainty == "definite" and mention.label not in _WORN


def _shown(text: TextFact, study: Study) -> bool:
    """Whether some label may show the finding after all, under this name or another of its family."""
    return any(pair.label.excluded != _ABSENT and pair.place != "apart" for pair in study.of_text(text))


def _denying(text: TextFact, study: Study) -> LabelFact | None:
    """The label that says absent for this finding, its kind, and a place and side that hold the report's."""
    return next((pair.label for pair in study.of_text(text) if _covers(pair, study)), None)


def _covers(pair: Pair, study: Study) -> bool:
    text, label = pair.text, pair.label
    if label.excluded != _ABSENT or pair.relation not in ("equal", "narrower") or pair.place in ("near", "apart"):
        return False
    if label.sides and not (text.sides and text.sides <= label.sides):
        return False
    inside = study.knowledge.anatomy.is_part_of
    return not label.places or any(inside(place, whole) for place in text.places for whole in label.places)


def _exhaustive(study: Study) -> list[tuple[frozenset[str], LabelFact]]:
    """For every source the concepts for which its silence means absence, and one of its labels."""
    found: dict[tuple[str, ...], LabelFact] = {}
    for label in study.marks:
        if label.label.exhaustive_for:
            found.setdefault(label.label.exhaustive_for, label)
    return [(_concepts(names, study), label) for names, label in found.items()]


def _concepts(names: tuple[str, ...], study: Study) -> frozenset[str]:
    known = study.knowledge
    found: set[str] = set()
    for name in names:
        meanings = known.maps.find(name)
        found.update(concept for meaning in meanings for concept in meaning.concepts)
        if not meanings:
            found |= words(name, known)[0]
    return frozenset(found)


def _missing(text: TextFact, complete: list[tuple[frozenset[str], LabelFact]], study: Study) -> LabelFact | None:
    """A label of a source that would show the finding if it were there."""
    is_a = study.knowledge.concepts.is_a
    for concepts, label in complete:
        if any(is_a(own, listed) for own in text.concepts for listed in concepts):
            return label
    return None


def _called_normal(text: TextFact, normal: list[LabelFact], study: Study) -> LabelFact | None:
    """A label that calls the image normal, of a set that has a class for this very finding."""
    for label in normal:
        metadata = label.label.metadata.get("label_set")
        meanings = study.knowledge.maps.find(label.label.finding.text, metadata if isinstance(metadata, str) else None)
        sets = {meaning.set for meaning in meanings if meaning.absence}
        classes = [
            frozenset(
                concept for meaning in study.knowledge.maps if meaning.set == name for concept in meaning.concepts
            )
            for name in sets
        ]
        if classes and text.concepts & frozenset.intersection(*classes):
            return label
    return None


def _claim(text: TextFact, label: LabelFact, study: Study) -> Claim:
    """The claim, a low one where the report makes little of the finding or elsewhere denies more of it than a trace."""
    mention = text.mention
    denials = [
        other
        for other in study.texts
        if other.excluded == "negated" and other.concepts & text.concepts and narrowed(other, study)
    ]
    slight = mention.severity in ("minimal", "mild") or mention.change == "decreased" or bool(denials)
    said = say_label(label)
    if label.excluded == _ABSENT:
        said = said.replace("label ", "labelled absent: ", 1)
    else:
        said = f"none in a source that labels every one ({label.label.source.format})"
    doubts = ("slight",) if slight else ()
    return Claim(
        "present_but_absent",
        f"{say_text(text)}; {said}",
        text,
        label,
        (*doubts, "chosen_labels"),
        "low" if slight else None,
        pairs=tuple(pair for pair in study.of_text(text) if pair.label is label),
    )
