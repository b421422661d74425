"""Who is suspected of a wrong side: what more witnesses say stands against what fewer do."""

from typing import Any

from clinnote.crosscheck.align import Pair
from clinnote.crosscheck.study import Study
from clinnote.model import laterality


def suspect(pair: Pair, study: Study) -> tuple[dict[str, Any], str]:
    """``{"blames": report, label or unclear}`` and the reason in words, for a mention and a label on two sides.

    Witnesses are the sections of the report that name the finding and the sources that label it; each counts once.
    """
    spoken = {
        (other.text.note.note_id, other.text.mention.section): set[laterality.Sides]()
        for other in study.of_label(pair.label)
    }
    for other in study.of_label(pair.label):
        if other.strong and other.place != "near":
            spoken[other.text.note.note_id, other.text.mention.section].add(other.text.sides)
    sections_text = [key for key, sides in spoken.items() if pair.text.sides in sides]
    sections_label = [key for key, sides in spoken.items() if pair.label.sides in sides]
    drawn = {
        (like.label.source.format, like.label.source.file, like.label.annotator, other.label.sides)
        for other in study.of_text(pair.text)
        if other.strong and other.place != "near"
        for like in study.like_label(other.label)
    }
    sources_text = sum(sides == pair.text.sides for *_, sides in drawn)
    sources_label = sum(sides == pair.label.sides for *_, sides in drawn)
    for_text = len(sections_text) + sources_text
    for_label = len(sections_label) + sources_label
    if for_text > for_label:
        why = "another label agrees with the report" if sources_text else _listed(sections_text)
        return {"blames": "label"}, f"; the label is suspected: {why}"
    if for_label > for_text:
        why = "the report says so elsewhere" if sections_label else f"{sources_label} sources agree against it"
        return {"blames": "report"}, f"; the report is suspected: {why}"
    return {"blames": "unclear"}, ""


def _listed(sections: list[tuple[str, str | None]]) -> str:
    names = [(section or "report").replace("_", " ") for _, section in sections]
    return f"{' and '.join(dict.fromkeys(names))} agree"
