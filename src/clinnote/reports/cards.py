"""A conflict as the card that a reviewer reads: words, marked quote, facts and drawing, ready for JSON.

The contents follow the reviewer's card of the project's imaging notes: what is claimed, where it stands, how the two
claims relate to the patient's sides, and why the alarm might be false.
"""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from clinnote.model.codes import Code, short_system
from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.conflict_features import features_of
from clinnote.model.image_label import Geometry
from clinnote.model.schema import to_dict
from clinnote.model.stated import STATED, stated_elsewhere
from clinnote.reports.headlines import WHOLE_IMAGE, WHOLE_KINDS, headline, section_words, sideless
from clinnote.reports.quotes import clipped, segments, shortened, visible
from clinnote.reports.schematic import schematic
from clinnote.reports.words import BASIS_WORDS, format_words, plain, pointer_words

_TALLY: Final = ("left", "right", "bilateral")
_LISTED: Final = 12
_LINE: Final = 300
_NAME: Final = 120
_DAY: Final = 10
"""Characters of an ISO 8601 date without its time."""
_SHOWN_ELSEWHERE: Final = ("note", "other_mentions", "blames", "suppressed_by", "severity_was", STATED, *_TALLY)


def card(conflict: Conflict) -> dict[str, Any]:
    """The JSON object of one card; every value in it is text, a number, a list or an object."""
    image, stated = conflict.image, stated_elsewhere(conflict)
    shown = {
        "explanation": clipped(conflict.explanation),
        "headline": [[clipped(words, _LINE), role] for words, role in headline(conflict)],
        "site": clipped(_site_name(conflict), _NAME),
        "source": _source_name(conflict),
        "reader": clipped(image.annotator, _NAME) if isinstance(image, ImageSide) and image.annotator else "not named",
        "text": _text_block(conflict.text, stated.get("text")),
        "image": _image_block(image, stated.get("image")),
        "drawing": None if conflict.kind in WHOLE_KINDS else dataclasses.asdict(schematic(conflict)),
        "traps": [clipped(trap) for trap in conflict.could_be_false_because],
        "others": _others(conflict.metadata),
        "tally": _tally(conflict),
        "same": _same(conflict),
        "facts": _facts(conflict),
        "muted": _muted(conflict.metadata),
    }
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "severity": conflict.severity,
        "confidence": conflict.confidence,
        "study": conflict.study_id,
        "note": conflict.note_id or conflict.metadata.get("note"),
        **visible(shown),
        "features": {name: [clipped(value) for value in values] for name, values in features_of(conflict).items()},
        "verdict": None if conflict.verdict is None else to_dict(conflict.verdict),
    }


def _text_block(side: TextSide | None, stated: TextSide | None) -> dict[str, Any] | None:
    """A statement; ``stated`` is the line that gives its side, where that is another one."""
    if side is None:
        return None
    return {
        "section": section_words(side),
        "quote": _marked(side),
        "stated": _marked(stated) if stated else None,
        "laterality": side.laterality,
        "polarity": side.polarity,
        "certainty": side.certainty,
    }


def _marked(side: TextSide) -> list[list[Any]]:
    return shortened(segments(side.quote, side.start, side.highlights))


def _image_block(side: ImageSide | TextSide | None, stated: TextSide | None) -> dict[str, Any] | None:
    if side is None:
        return None
    if isinstance(side, TextSide):
        return {"kind": "text", **(_text_block(side, stated) or {})}
    return {"kind": "label", "rows": label_rows(side)}


def label_rows(side: ImageSide, traceable: bool = True) -> list[list[str]]:
    """What a label says and where it comes from, as (name, value); ``traceable``: with the file and the date."""
    geometry = side.geometry
    stored = f"Patient Orientation {geometry.orientation}" if geometry and geometry.orientation else ""
    unknown = "" if side.finding == WHOLE_IMAGE else "not stated"
    said = _listed(plain(side.finding), plain(side.site or ""), side.presence, _codes(side.codes))
    file, date = (side.file, side.date) if traceable else ("", "")
    rows = [
        ["Body part", plain(side.site or "")] if side.finding == WHOLE_IMAGE else ["Finding", said],
        ["Side", _listed(" and ".join(side.sides) or unknown, BASIS_WORDS.get(side.basis or "", ""))],
        ["Source", _listed(format_words(side.format), pointer_words(side.pointer), file)],
        ["Reader", side.annotator or ""],
        ["Image", _listed(side.modality, side.view and f"view {side.view}", stored, date)],
        ["Position", position(geometry)],
    ]
    return [[name, clipped(value)] for name, value in rows if value]


def _codes(codes: Sequence[Code]) -> str:
    return ", ".join(f"{short_system(code.system)} {code.code}" for code in codes[:2])


def _listed(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def position(geometry: Geometry | None) -> str:
    """The numbers of a geometry as a reviewer reads them; empty when there is none."""
    g = geometry
    if g is None:
        return ""
    unit = {"percent": "%"}.get(g.unit, f" {g.unit}")
    corner = ", ".join(
        f"{name} = {value:+.0f}{unit}" for name, value in (("x", g.x), ("y", g.y), ("z", g.z)) if value is not None
    )
    if g.kind != "box" or g.x is None or g.width is None:
        return f"{g.kind} {corner}".strip()
    total = 100.0 if g.unit == "percent" else g.image_width
    box = f"box {g.x:.0f}, {g.y or 0:.0f}, {g.width:.0f} by {g.height or 0:.0f}{unit}"
    return f"{box}, centre at {(g.x + g.width / 2) / total:.0%} of the image width" if total else box


def _site_name(conflict: Conflict) -> str:
    """The site by which the page filters: the text's own, else the label's, without its side."""
    for side in (conflict.text, conflict.image):
        if side is not None and side.site:
            return (sideless(side.site) or plain(side.site)).lower()
    return "no site"


def _source_name(conflict: Conflict) -> str:
    """What is counted as the source of a conflict: the label's format, the report alone, or a whole source."""
    if isinstance(conflict.image, ImageSide):
        return format_words(conflict.image.format)
    return "Report alone" if conflict.text is not None else "Whole study or source"


def _others(metadata: Mapping[str, Any]) -> list[list[str]]:
    """Other mentions of the finding in the report: (what is said, section, quote)."""
    found = [item for item in metadata.get("other_mentions") or () if isinstance(item, Mapping)]
    return [
        [
            _listed(plain(str(item.get("laterality") or "no side")), *_unusual(item)),
            plain(str(item.get("section") or "")),
            clipped(str(item.get("quote") or item.get("text") or ""), _LINE),
        ]
        for item in found[:_LISTED]
    ]


def _unusual(mention: Mapping[str, Any]) -> list[str]:
    plain_values = {"polarity": "affirmed", "temporality": "current"}
    return [str(value) for key, usual in plain_values.items() if (value := mention.get(key)) and value != usual]


def _tally(conflict: Conflict) -> str:
    """How many mentions of the finding say left, right or both, this one with them; denied and past ones left out."""
    metadata = conflict.metadata
    counts = Counter({side: metadata[side] for side in _TALLY if isinstance(metadata.get(side), int)})
    if not counts:
        found = [item for item in metadata.get("other_mentions") or () if isinstance(item, Mapping)]
        said = [item.get("laterality") for item in found if not _unusual(item)]
        counts = Counter(str(side) for side in said if side in _TALLY)
        if counts and conflict.text is not None and conflict.text.laterality in _TALLY:
            counts[conflict.text.laterality] += 1
    return ", ".join(f"{counts[side]} {side}" for side in _TALLY if counts[side])


def _same(conflict: Conflict) -> list[list[str]]:
    """Who is suspected, and whether the two sides belong together: (words, ``ok``, ``warn``, ``hint`` or nothing)."""
    blamed = conflict.metadata.get("blames")
    said = "Not clear which of the two is wrong" if blamed == "unclear" else f"Suspected: the {plain(str(blamed))}"
    return [*([[said, "hint"]] if blamed else []), *_belong(conflict)]


def _belong(conflict: Conflict) -> list[list[str]]:
    text, image = conflict.text, conflict.image
    if conflict.kind == "identity":
        return [[f"{plain(str(conflict.metadata.get('differs') or 'identity'))} differs", "warn"]]
    if isinstance(text, TextSide) and isinstance(image, TextSide):
        return [["One report, one study", "ok"]]
    if text is None or not isinstance(image, ImageSide):
        return []
    study = [["Same study id", "ok"]] if conflict.study_id else [["No study id", "warn"]]
    said, made = (text.date or "")[:_DAY], (image.date or "")[:_DAY]
    if not said or not made:
        return [*study, [f"{'Report' if not said else 'Label'} has no date", ""]]
    same = said == made
    return [*study, [f"Same day, {said}" if same else f"Report of {said}, label of {made}", "ok" if same else "warn"]]


def _muted(metadata: Mapping[str, Any]) -> str:
    rule = metadata.get("suppressed_by")
    return f"Muted by rule {rule}; was {metadata.get('severity_was', 'not recorded')}" if rule else ""


def _places(side: TextSide) -> str:
    """Where in the note a sentence and its marked words stand, as half-open offsets in code points."""
    marks = [f"{h.role} {h.start} to {h.end}" for h in side.highlights[:_LISTED]]
    return _listed(f"{section_words(side)} {side.start} to {side.end}", *marks)


def _facts(conflict: Conflict) -> list[list[str]]:
    """The cross-check's own line, study identifiers, then the plain values of the metadata."""
    rows = [
        *([] if headline(conflict) == [[conflict.explanation, ""]] else [["In full", conflict.explanation]]),
        ["Study", conflict.study_id or "not stated"],
        ["Note", str(conflict.note_id or conflict.metadata.get("note") or "not stated")],
        ["Conflict", conflict.id],
        *(["Characters", _places(side)] for side in (conflict.text, conflict.image) if isinstance(side, TextSide)),
    ]
    for key, value in conflict.metadata.items():
        if key in _SHOWN_ELSEWHERE:
            continue
        if isinstance(value, list | tuple):
            value = ", ".join(str(item) for item in value[:_LISTED]) + (" ..." if len(value) > _LISTED else "")
        if isinstance(value, str | int | float) and str(value):
            rows.append([plain(key).capitalize(), str(value)])
    return [[name, clipped(value)] for name, value in rows]
