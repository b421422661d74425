"""Records for the cross-check's tests: a report as (section, sentence, finding ...) and labels in one line each."""

import re
from dataclasses import dataclass
from typing import Any

from clinnote.model.codes import CLINNOTE, Code
from clinnote.model.image_label import BASES, Geometry, ImageLabel, LabelFinding, LabelSides, LabelSite, Source
from clinnote.model.mention import Evidence, Mention, SiteMention, TaggedNote, text_sha256


@dataclass(frozen=True)
class Said:
    """One sentence and the one mention in it; ``words`` stand in the sentence."""

    sentence: str
    words: str
    concept: str
    side: str | None = None
    site: str | None = None
    site_words: str = ""
    section: str = "findings"
    label: str = "finding"
    polarity: str = "affirmed"
    certainty: str = "definite"
    temporality: str = "current"
    experiencer: str = "patient"
    change: str | None = None
    cue: str = ""
    gives: str = "polarity=negated"


def report(*said: Said, study: str | None = "S1", note: str = "N1", **keys: Any) -> TaggedNote:
    """A tagged note whose text is the sentences, one a line."""
    text, mentions = "", []
    for number, item in enumerate(said):
        start = len(text)
        text += item.sentence + "\n"
        end = len(text) - 1
        mentions.append(_mention(item, number, text, start, end))
    return TaggedNote(note, text_sha256(text), text, study_id=study, mentions=tuple(mentions), **keys)


def _mention(item: Said, number: int, text: str, start: int, end: int) -> Mention:
    at = text.index(item.words, start)
    evidence = []
    if item.side and item.side in text[start:end].lower():
        place = text.lower().index(item.side, start)
        evidence.append(Evidence("side", place, place + len(item.side), f"laterality={item.side}"))
    if item.cue:
        place = text.index(item.cue, start)
        evidence.append(Evidence("cue", place, place + len(item.cue), item.gives))
    sites: tuple[SiteMention, ...] = ()
    if item.site:
        words = item.site_words or item.site.replace("_", " ")
        place = text.index(words, start)
        sites = (SiteMention(place, place + len(words), words, item.site, (), item.side),)
    return Mention(
        id=f"m{number}",
        start=at,
        end=at + len(item.words),
        text=item.words,
        label=item.label,
        codes=(Code(CLINNOTE, item.concept),),
        polarity=item.polarity,
        certainty=item.certainty,
        temporality=item.temporality,
        experiencer=item.experiencer,
        change=item.change,
        laterality=item.side,
        sites=sites,
        section=item.section,
        sentence=(start, end),
        evidence=tuple(evidence),
    )


def label(
    finding: str,
    *sides: str,
    site: str | None = None,
    basis: str = "code",
    presence: str = "present",
    number: int = 1,
    study: str = "S1",
    file: str = "labels.csv",
    geometry: Geometry | None = None,
    **metadata: Any,
) -> ImageLabel:
    """An image label; ``sides`` are left and right, both when bilateral, none when unknown."""
    return ImageLabel(
        f"L{number}",
        study,
        LabelFinding(finding),
        Source("csv", file, f"row {number}"),
        presence,
        sides=LabelSides(tuple(sides), basis if sides else None),
        site=LabelSite(site) if site else None,
        geometry=geometry,
        metadata=metadata,
    )


_KEYS = ("size ", "reader ", "all ", "set ", "file ")
_WORDED = re.compile(r"(?P<finding>[^@=(]+)(@ (?P<site>[^=(]+))?(= (?P<side>\w+) ?)?(\((?P<notes>[^)]*)\))?")


def as_label(words: str, number: int) -> ImageLabel:
    """A label in words: "Nodule @ Upper lobe = left (size 12 x 9, reader A)"."""
    match = _WORDED.fullmatch(words)
    assert match, words
    notes = [note for note in (match["notes"] or "").split(", ") if note]
    told = {key: [note[len(key) :] for note in notes if note.startswith(key)] for key in _KEYS}
    plain = [note for note in notes if not note.startswith(_KEYS)]
    presence = next((note for note in plain if note in ("absent", "uncertain")), "present")
    sides = {"both": ("left", "right"), None: ()}.get(match["side"], (match["side"],))
    basis = next((note for note in plain if note in BASES), "code") if sides else None
    finding = match["finding"].strip()
    file = next(iter(told["file "]), f"{number}.dcm")
    return ImageLabel(
        f"L{number}",
        "S1",
        LabelFinding(finding),
        Source("dicom-header" if basis == "header" else "dicom-sr", file, f"1.{number}"),
        presence,
        sides=LabelSides(sides, basis),
        site=LabelSite(match["site"].strip()) if match["site"] else None,
        size_mm=tuple(float(size) for note in told["size "] for size in note.split(" x ")),
        annotator=next(iter(told["reader "]), None),
        exhaustive_for=tuple(told["all "]),
        metadata={"label_set": told["set "][0]} if told["set "] else {},
    )
