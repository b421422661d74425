"""Conflicts <-> tasks and annotations of a review project. Pure: no network, no clock.

The verdict is left empty: one that stands there already invites agreement with the machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.labelstudio.annotations import who
from clinnote.labelstudio.codec import DATA_KEY, MODEL_VERSION, Quarantined, digest
from clinnote.labelstudio.pretags import items_of
from clinnote.labelstudio.regions import one_line
from clinnote.labelstudio.review_config import (
    ABOUT,
    BOX,
    COMMENT,
    EDGES,
    IMAGE,
    IMAGE_LABEL,
    MARK,
    QUOTES,
    REASON,
    ROLES,
    TEXT,
    TITLE,
    VERDICT,
)
from clinnote.model.conflict import Conflict, ImageSide, TextSide, Verdict
from clinnote.model.image_label import Geometry
from clinnote.model.mention import text_sha256
from clinnote.model.schema import from_dict, to_dict
from clinnote.model.stated import stated_elsewhere
from clinnote.model.verdicts import COMMENT as COMMENT_KEY
from clinnote.model.verdicts import REASONS, VERDICT_TITLES, verdict_record

FORMAT: Final = 1
"""Version of the layout of a review task, kept in every task."""
_VALUES: Final = {title: value for value, title in VERDICT_TITLES.items()}
_CODES: Final = {reason.title: reason.code for reason in REASONS}
_CHANGED: Final = ("manual", "prediction-changed")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reviewer is shown besides the conflict itself."""

    image: str
    """Address or data URI of a picture; the schematic where there is none of the patient."""
    with_box: bool
    """The label's box is drawn on the picture: it is the very image that the label is about."""
    about: str
    """Lines about the label and the doubts."""
    quotes: str = ""
    """The sentences that disagree, a line each: in a long note their marks may lie out of sight."""
    note_text: str | None = None
    """The whole note; without it the quotes alone are shown."""
    title: str = ""
    """What disagrees, in one plain sentence; else the cross-check's own line stands there."""
    edges: tuple[str, str] = ("", "")
    """What of the patient lies at the viewer's left and right edge of the picture, where that is known."""


def encode_review(conflict: Conflict, shown: Shown, identifiers: bool = False) -> dict[str, Any]:
    """The import task of a conflict. Study, note and file names leave only with ``identifiers``.

    Raises:
        RecordError: the conflict has no id, or a value JSON can't hold.
    """
    if not conflict.id:
        raise RecordError("missing_key", "'id' is empty")
    text, marks = _text(conflict, shown.note_text)
    result = [*marks, *(_box(conflict.image) if shown.with_box else ())]
    kept = verdict_record(conflict, None)
    if not identifiers:
        kept = replace(kept, study_id=None, note_id=None)
    own: dict[str, Any] = {"review": FORMAT, "conflict": to_dict(kept)}
    data: dict[str, Any] = {
        "note_id": conflict.id,
        "sha256": text_sha256(text),
        TITLE: shown.title or conflict.explanation,
        TEXT: text,
        IMAGE: shown.image,
        QUOTES: shown.quotes,
        ABOUT: shown.about,
        **dict(zip(EDGES, shown.edges, strict=True)),
        "kind": conflict.kind,
        "severity": conflict.severity,
        "confidence": conflict.confidence,
    }
    if identifiers:
        data |= {"study_id": conflict.study_id, "note": conflict.note_id}
    predictions = [{"model_version": MODEL_VERSION, "score": conflict.confidence, "result": result}]
    task: dict[str, Any] = {"data": {**data, DATA_KEY: own}, "predictions": predictions}
    own["pretags"] = digest(task)
    return task


def _text(conflict: Conflict, note: str | None) -> tuple[str, list[dict[str, Any]]]:
    """What stands on the left, and the marks in it. A note whose words are not those of the quotes is not shown."""
    sides = [side for side in (conflict.text, conflict.image) if isinstance(side, TextSide)]
    sides += stated_elsewhere(conflict).values()
    if note is not None and all(note[side.start : side.end] == side.quote for side in sides) and note:
        return note, list(_marks([(side, 0) for side in sides]))
    parts: list[str] = []
    shifts = []
    length = 0
    for side in sides:
        head = f"{(side.section or 'report').replace('_', ' ').upper()}:\n"
        parts.append(f"{head}{side.quote}")
        shifts.append((side, length + len(head) - side.start))
        length += len(parts[-1]) + 2
    return "\n\n".join(parts) or conflict.explanation or conflict.kind, list(_marks(shifts))


def _marks(sides: list[tuple[TextSide, int]]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for side, shift in sides:
        for mark in side.highlights:
            start, end = mark.start + shift, mark.end + shift
            words = side.quote[mark.start - side.start : mark.end - side.start]
            rid = f"{mark.role}-{start}-{end}"
            if mark.role in ROLES and words and rid not in seen:
                seen.add(rid)
                value = {"start": start, "end": end, "text": words, "labels": [mark.role]}
                yield {"id": rid, "from_name": MARK, "to_name": TEXT, "type": "labels", "value": value}


def _box(side: ImageSide | TextSide | None) -> Iterator[dict[str, Any]]:
    """The label's box in percent of the image, where the image's size is known."""
    g: Geometry | None = side.geometry if isinstance(side, ImageSide) else None
    if g is None or g.kind != "box" or None in (g.x, g.y, g.width, g.height):
        return
    wide, high = (100.0, 100.0) if g.unit == "percent" else (g.image_width or 0.0, g.image_height or 0.0)
    if wide <= 0 or high <= 0:
        return
    x, y, w, h = (float(v or 0.0) for v in (g.x, g.y, g.width, g.height))
    place = {"x": 100 * x / wide, "y": 100 * y / high, "width": 100 * w / wide, "height": 100 * h / high}
    yield {
        "id": "label-box",
        "from_name": BOX,
        "to_name": IMAGE,
        "type": "rectanglelabels",
        "original_width": round(g.image_width or 100),
        "original_height": round(g.image_height or 100),
        "image_rotation": 0,
        "value": {**place, "rotation": 0, "rectanglelabels": [IMAGE_LABEL]},
    }


def decode_review(task: Mapping[str, Any], annotation: Mapping[str, Any]) -> Conflict | Quarantined:
    """The verdict of an annotation, as the line of a verdict file, or the reason why it is set aside.

    ``metadata["annotation"]`` names task, annotation, time spent, and how many marks the reviewer added or changed.
    """
    data = task.get("data")
    key = data.get("note_id") if isinstance(data, Mapping) else None
    try:
        return _decode(task, annotation)
    except RecordError as error:
        ids = [value if isinstance(value, int) else None for value in (task.get("id"), annotation.get("id"))]
        name = key if isinstance(key, str) else None
        return Quarantined(name, ids[0], ids[1], error.reason, str(error), error.reason == "skipped")


def _decode(task: Mapping[str, Any], annotation: Mapping[str, Any]) -> Conflict:
    if annotation.get("was_cancelled"):
        raise RecordError("skipped", "the reviewer skipped this conflict")
    data = task.get("data")
    own = data.get(DATA_KEY) if isinstance(data, Mapping) else None
    if not isinstance(own, Mapping) or own.get("review") != FORMAT:
        raise RecordError("foreign_task", "the task was not made by this version of clinnote push --review")
    conflict = from_dict(Conflict, own.get("conflict"))
    items = items_of(annotation.get("result"), "annotation")
    value = _VALUES.get(_answer(items, VERDICT, "choices") or "")
    if value is None:
        raise RecordError("no_verdict", "the annotation has no verdict that clinnote knows")
    said = _answer(items, REASON, "choices")
    reason = _CODES.get(said, said) if said else None
    reader = who(annotation.get("completed_by"))
    verdict = Verdict(value, reason, None if reader is None else str(reader), _time(annotation))
    comment = _answer(items, COMMENT, "text")
    about = {
        "task": task.get("id"),
        "id": annotation.get("id"),
        "lead_time": annotation.get("lead_time"),
        "marks_changed": len(
            {str(item.get("id")) for item in items if item.get("origin") in _CHANGED and _is_mark(item)}
        ),
    }
    more = {**({COMMENT_KEY: comment} if comment else {}), "annotation": about}
    return replace(conflict, verdict=verdict, metadata={**conflict.metadata, **more})


def _is_mark(item: Mapping[str, Any]) -> bool:
    return item.get("from_name") in (MARK, BOX)


def _answer(items: list[Mapping[str, Any]] | Any, name: str, key: str) -> str | None:
    for item in items:
        value = item.get("value")
        if item.get("from_name") == name and isinstance(value, Mapping):
            found = value.get(key)
            found = [found] if isinstance(found, str) else found
            words = [one_line(word) for word in found if isinstance(word, str)] if isinstance(found, list) else []
            return " ".join(words) or None
    return None


def _time(annotation: Mapping[str, Any]) -> str | None:
    when = annotation.get("updated_at") or annotation.get("created_at")
    return when if isinstance(when, str) else None
