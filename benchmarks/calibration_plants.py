"""Contradictions and harmless look-alikes, planted into a report and its labels; see calibrate_confidence.py."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from clinnote.crosscheck.engine import Knowledge
from clinnote.crosscheck.facts import label_fact
from clinnote.model.image_label import ImageLabel, LabelFinding, LabelSides, LabelSite, Source
from clinnote.model.mention import TaggedNote

KINDS = (
    "side_opposite",
    "side_subset",
    "side_internal",
    "site_mismatch",
    "negated_but_labelled",
    "present_but_absent",
    "count_or_size",
    "image_internal",
    "body_part_mismatch",
)
SIDES = ("left", "right")
SWAP = {"left": "right", "right": "left"}
SIDE_WORD = re.compile(r"\b(left|right)\b", re.IGNORECASE)
SENTENCE = re.compile(r"[^.\n]+(?:\.|\n|$)")
NO_FINDING = ("normal", "No Indexing", "Technical Quality of Image Unsatisfactory")
CLASSES = ("Pneumothorax", "Pleural Effusion", "Cardiomegaly", "Consolidation", "Fracture", "Atelectasis", "Edema")
PARTS = ("KNEE", "HAND", "FOOT")
STEM = 6
"""Letters of a word that stand for all its forms."""


@dataclass(frozen=True)
class Case:
    """A report with its labels. ``kinds``: what may be said of the planted mistake, none if there is none.

    ``words`` are the stretches of the text that were changed, ``labels`` the ids of the labels that are in question.
    ``text`` is the changed text, None where ``note`` stands as it is.
    """

    report: str
    note: TaggedNote
    image: tuple[ImageLabel, ...]
    kinds: tuple[str, ...] = ()
    text: str | None = None
    words: tuple[tuple[int, int], ...] = ()
    labels: frozenset[str] = frozenset()
    look_alike: bool = False


def labels_of(report: str, majors: Sequence[str]) -> tuple[ImageLabel, ...]:
    """The coded headings of a report as image labels ("Opacity/lung/lower lobe/left")."""
    return tuple(
        _label(report, row, [part.strip() for part in major.split("/")])
        for row, major in enumerate(majors)
        if major not in NO_FINDING
    )


def _label(report: str, row: int, parts: list[str]) -> ImageLabel:
    said = [side for side in (*SIDES, "bilateral") if side in parts[1:]]
    sides = SIDES if "bilateral" in said else tuple(said)
    words = [part for part in parts[1:] if part not in (*SIDES, "bilateral")]
    place = [word for word in words if re.search(r"lobe|lingula|base|apex|hil|rib|clavicle|pleura|lung", word)]
    return ImageLabel(
        f"{report}-{row}",
        report,
        LabelFinding(parts[0]),
        Source("csv", "headings.csv", str(row)),
        sides=LabelSides(sides, "label_text" if sides else None),
        site=LabelSite(" ".join([*(sides if len(sides) == 1 else ()), *place])) if place else None,
    )


def cases(note: TaggedNote, labels: tuple[ImageLabel, ...], knowledge: Knowledge, rng: random.Random) -> Iterator[Case]:
    """The report as it is, its harmless variants, and its planted mistakes; ``rng`` chooses among several."""
    yield Case(note.note_id, note, labels)
    yield Case(note.note_id, note, (*labels, *_absent(note, labels, knowledge)))
    for case in _harmless(note, labels, knowledge, rng):
        yield replace(case, look_alike=True)
    yield from _sides(note, labels, knowledge, rng)
    yield from _places(note, labels)
    yield from _presence(note, labels, knowledge, rng)
    yield from _sizes(note, rng)
    if rng.random() < 0.2:
        part = rng.choice(PARTS)
        yield _with(note, labels, _own(note, "image", site=part), "body_part_mismatch")


def _with(note: TaggedNote, labels: tuple[ImageLabel, ...], label: ImageLabel, kind: str) -> Case:
    return Case(note.note_id, note, (*labels, label), (kind,), labels=frozenset({label.label_id}))


def _own(note: TaggedNote, finding: str, side: str | None = None, site: str | None = None) -> ImageLabel:
    return ImageLabel(
        f"{note.note_id}-planted",
        note.note_id,
        LabelFinding(finding),
        Source("csv", "planted.csv", "1"),
        sides=LabelSides((side,), "label_text") if side else LabelSides(),
        site=LabelSite(site) if site else None,
    )


def _absent(note: TaggedNote, labels: tuple[ImageLabel, ...], knowledge: Knowledge) -> Iterator[ImageLabel]:
    """What a label set with a class for each finding would say of those that no heading of the report names."""
    coded = [label_fact(label, knowledge).concepts for label in labels]
    for row, name in enumerate(CLASSES):
        label = replace(_own(note, name), label_id=f"{note.note_id}-absent-{row}", presence="absent")
        if not any(knowledge.families.share(label_fact(label, knowledge).concepts, concepts) for concepts in coded):
            yield label


def _harmless(
    note: TaggedNote, labels: tuple[ImageLabel, ...], knowledge: Knowledge, rng: random.Random
) -> Iterator[Case]:
    """What looks like a contradiction and is none: an old lesion, an unlabelled second one, a reader's other word."""
    sided = [label for label in labels if len(label.sides.values) == 1]
    if not sided or note.text is None:
        return
    label = rng.choice(sided)
    other, finding = SWAP[label.sides.values[0]], label.finding.text.split(",")[0].lower()
    old = f"\nFINDINGS: The {other} {finding} of the prior study has resolved. "
    yield Case(note.note_id, note, labels, text=note.text.replace("\nFINDINGS: ", old, 1))
    named = _sentences(note.text, label, knowledge)
    if named and not any(label.finding.text == also.finding.text and also is not label for also in labels):
        end = named[0][1]
        second = f" There is also a small {finding} on the {other}."
        yield Case(note.note_id, note, labels, text=note.text[:end] + second + note.text[end:])
    if len(labels) > 1:
        left_out = rng.choice(labels)
        yield Case(note.note_id, note, tuple(one for one in labels if one is not left_out))
    renamed = {"Opacity": "Consolidation", "Infiltrate": "Opacity", "Pulmonary Atelectasis": "Opacity"}
    if label.finding.text in renamed:
        again = replace(label, label_id=f"{label.label_id}-b", finding=LabelFinding(renamed[label.finding.text]))
        yield Case(note.note_id, note, (*labels, replace(again, annotator="second reader")))


def _sides(
    note: TaggedNote, labels: tuple[ImageLabel, ...], knowledge: Knowledge, rng: random.Random
) -> Iterator[Case]:
    """One side exchanged: in every sentence about the finding, in one of them, in the label, or one side for both."""
    sided = [label for label in labels if label.sides.values]
    alone = [label for label in sided if sum(other.finding.text == label.finding.text for other in sided) == 1]
    for label in rng.sample(alone, min(2, len(alone))):
        spans = _sentences(note.text or "", label, knowledge)
        if not spans:
            continue
        if len(label.sides.values) == 2:
            one = (rng.choice(SIDES),)
            yield _changed(note, labels, label, ("side_subset",), replace(label, sides=LabelSides(one, "label_text")))
            continue
        both = replace(
            label, sides=LabelSides(SIDES, "label_text"), site=_site(label, lambda words: SIDE_WORD.sub("", words))
        )
        yield _changed(note, labels, label, ("side_subset",), both)
        flipped = replace(
            label, sides=LabelSides((SWAP[label.sides.values[0]],), "label_text"), site=_site(label, _mirrored)
        )
        yield _changed(note, labels, label, ("side_opposite", "side_subset"), flipped)
        if label.site is not None and SIDE_WORD.search(label.site.text):
            torn = replace(label, sides=flipped.sides)
            yield _changed(note, labels, label, ("image_internal", "side_opposite"), torn)
        some = (rng.choice(spans),)
        for chosen in {tuple(spans), some}:
            text = note.text or ""
            for start, end in chosen:
                text = text[:start] + _mirrored(text[start:end]) + text[end:]
            kinds = ("side_opposite", "side_subset", "side_internal")
            if len(chosen) < len(spans):
                kinds = ("side_internal", "side_opposite", "side_subset")
            yield Case(note.note_id, note, labels, kinds, text, chosen, frozenset({label.label_id}))


def _changed(
    note: TaggedNote, labels: tuple[ImageLabel, ...], old: ImageLabel, kinds: tuple[str, ...], new: ImageLabel
) -> Case:
    image = tuple(new if label is old else label for label in labels)
    return Case(note.note_id, note, image, kinds, labels=frozenset({old.label_id}))


def _site(label: ImageLabel, change: Callable[[str], str]) -> LabelSite | None:
    return LabelSite(change(label.site.text).strip()) if label.site else None


def _mirrored(words: str) -> str:
    def other(match: re.Match[str]) -> str:
        word = SWAP[match[0].lower()]
        return word.upper() if match[0].isupper() else word.capitalize() if match[0][0].isupper() else word

    return SIDE_WORD.sub(other, words)


def _sentences(text: str, label: ImageLabel, knowledge: Knowledge) -> list[tuple[int, int]]:
    """Sentences of findings and impression that name the finding and just the label's sides."""
    stems = {
        word[:STEM].lower()
        for concept in label_fact(label, knowledge).concepts
        if concept in knowledge.concepts
        for form in knowledge.concepts[concept].forms
        for word in form.split()[-1:]
        if len(word) >= STEM
    }
    start = min((at for at in (text.find("FINDINGS:"), text.find("IMPRESSION:")) if at >= 0), default=len(text))
    found = []
    for match in SENTENCE.finditer(text, start):
        words = match[0].lower()
        said = set(SIDE_WORD.findall(words)) | ({*SIDES} if re.search("bilat|both|bibas", words) else set())
        if said == set(label.sides.values) and any(stem in words for stem in stems):
            found.append(match.span())
    return found


def _places(note: TaggedNote, labels: tuple[ImageLabel, ...]) -> Iterator[Case]:
    """A lobe moved, where the report names upper or lower lobe, and not both."""
    named = set(re.findall(r"(upper|lower) lobe", (note.text or "").lower()))
    for label in labels:
        if label.site and len(named) == 1 and f"{min(named)} lobe" in label.site.text:
            moved = _site(
                label, lambda words: re.sub("upper|lower", {"upper": "lower", "lower": "upper"}[min(named)], words)
            )
            yield _changed(note, labels, label, ("site_mismatch",), replace(label, site=moved))
            return


def _presence(
    note: TaggedNote, labels: tuple[ImageLabel, ...], knowledge: Knowledge, rng: random.Random
) -> Iterator[Case]:
    """A label for what the report denies in so many words, and a label turned to absent."""
    denied = re.findall(
        r"\bno (pneumothorax|pleural effusion|cardiomegaly|consolidation|fracture)\b", (note.text or "").lower()
    )
    if denied and rng.random() < 0.5:
        yield _with(note, labels, _own(note, rng.choice(denied)), "negated_but_labelled")
    stated = [label for label in labels if _sentences(note.text or "", label, knowledge)]
    if stated:
        label = rng.choice(stated)
        only = tuple(one for one in labels if one is label or one.finding.text != label.finding.text)
        yield replace(
            _changed(note, only, label, ("present_but_absent",), replace(label, presence="absent")),
            labels=frozenset({label.label_id}),
        )


def _sizes(note: TaggedNote, rng: random.Random) -> Iterator[Case]:
    """A label with the size of a measured finding, read by another person, and one of twice or ten times the size."""
    unit = {"mm": 1.0, "cm": 10.0}
    measured = [
        (mention, size.value * unit[size.unit])
        for mention in note.mentions
        for size in mention.measurements
        if mention.label == "finding" and size.unit in unit and mention.section in ("findings", "impression")
    ]
    if measured:
        mention, size = rng.choice(measured)
        side = mention.laterality if mention.laterality in SIDES else None
        label = _own(note, mention.text, side)
        near = replace(label, size_mm=(round(size * rng.uniform(0.85, 1.15), 1),))
        yield Case(note.note_id, note, (near,))
        far = replace(label, size_mm=(round(size * rng.choice((0.5, 2.0, 10.0)), 1),))
        yield Case(note.note_id, note, (far,), ("count_or_size",), labels=frozenset({label.label_id}))
