"""Annotation -> tagged note: every span proven against the text, every pre-tag accounted for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.labelstudio.codec import Quarantined, task_note
from clinnote.labelstudio.config_xml import CODES, LABEL, STATUS
from clinnote.labelstudio.corrections import Region, added, corrected
from clinnote.labelstudio.pretags import items_of, overlaps, place_of, read_pretags, with_sites
from clinnote.labelstudio.regions import one_line, relations_of
from clinnote.model.mention import Mention, TaggedNote
from clinnote.model.spans import Span, valid
from clinnote.ontology.guideline import Guideline

_COPIED: Final = ("created_at", "updated_at", "lead_time", "ground_truth", "parent_prediction")


def decode_annotation(
    task: Mapping[str, Any], annotation: Mapping[str, Any], guideline: Guideline
) -> TaggedNote | Quarantined:
    """The note with the reader's mentions (``origin`` human), or the reason why the annotation is set aside.

    ``metadata["annotation"]`` of the note names the annotation, who completed it and when, the pre-tags that were
    deleted, and counts per kind of correction. ``task`` needs ``data`` and, for what the screen doesn't show and for
    deletions, ``predictions`` with their results.
    """
    try:
        return _decode(task, annotation, guideline)
    except RecordError as error:
        data = task.get("data")
        note_id = data.get("note_id") if isinstance(data, Mapping) else None
        return Quarantined(
            note_id if isinstance(note_id, str) else None,
            _integer(task.get("id")),
            _integer(annotation.get("id")),
            error.reason,
            str(error),
            error.reason == "skipped",
        )


def _decode(task: Mapping[str, Any], annotation: Mapping[str, Any], guideline: Guideline) -> TaggedNote:
    if annotation.get("was_cancelled"):
        raise RecordError("skipped", "the reader skipped this task")
    source = task_note(task)
    items = items_of(annotation.get("result"), "annotation")
    regions, status, unread = _regions(items, source.text, guideline)
    pretags = read_pretags(task, annotation, items, source.text)
    kept = {rid: m for rid, m in pretags.mentions.items() if rid in regions and overlaps(m, regions[rid])}
    sha = source.note.text_sha256
    now = {
        rid: corrected(region, kept[rid], source.text, sha, guideline)
        if rid in kept
        else added(region, source.text, sha, guideline, place_of(region.span, pretags.mentions))
        for rid, region in regions.items()
    }
    now = with_sites(now, kept, pretags, relations_of(items), regions, sha, guideline)
    mentions = _distinct(sorted(now.items(), key=lambda pair: (pair[1].start, pair[1].end, pair[1].label, pair[0])))
    deleted = [mention for rid, mention in pretags.shown.items() if rid not in kept]
    about = _about(task, annotation, guideline, status, unread)
    about["deleted"] = [{"id": m.id, "start": m.start, "end": m.end, "label": m.label} for m in deleted]
    kinds = [mention.metadata["correction"]["kind"] for mention in mentions]
    about["corrections"] = {kind: kinds.count(kind) for kind in ("unchanged", "changed", "added")}
    about["corrections"]["deleted"] = len(deleted)
    return replace(source.note, mentions=mentions, metadata={**source.note.metadata, "annotation": about})


@dataclass(slots=True)
class _Draft:
    """A region while its items are being gathered."""

    span: Span | None = None
    label: str = ""
    answers: dict[str, str] | None = None
    codes: tuple[str, ...] = ()


def _regions(
    items: Sequence[Mapping[str, Any]], text: str, guideline: Guideline
) -> tuple[dict[str, Region], str | None, list[str]]:
    """(regions by id, the reader's verdict on the note, names of controls this guideline does not know)."""
    answers = {attribute.name: attribute.values for attribute in guideline.attributes}
    drafts: dict[str, _Draft] = {}
    status: str | None = None
    unread: set[str] = set()
    for item in items:
        name, kind = item.get("from_name"), item.get("type")
        if kind == "relation":
            continue
        value = item.get("value")
        if not isinstance(value, Mapping):
            raise RecordError("bad_result", "an item of the annotation has no value")
        if name == STATUS:
            status = _one(value.get("choices"), None, STATUS)
            continue
        if name not in (LABEL, CODES) and name not in answers:
            unread.add(str(name))
            continue
        draft = drafts.setdefault(str(item.get("id")), _Draft(answers={}))
        span = _span(value, text, draft)
        if name == LABEL:
            _check_quote(value, span, text)
            draft.label = _one(value.get("labels"), guideline.label_names, LABEL)
        elif name == CODES:
            draft.codes = _lines(value.get("text"))
        elif draft.answers is not None:
            draft.answers[str(name)] = _one(value.get("choices"), answers[str(name)], str(name))
    return {rid: _region(rid, draft) for rid, draft in drafts.items()}, status, sorted(unread)


def _region(rid: str, draft: _Draft) -> Region:
    if draft.span is None or not draft.label:
        raise RecordError("unlabelled_span", "a span has no label")
    return Region(rid, draft.span, draft.label, draft.answers or {}, draft.codes)


def _span(value: Mapping[str, Any], text: str, draft: _Draft) -> Span:
    start, end = value.get("start"), value.get("end")
    if not valid(start, end, len(text)):
        raise RecordError("bad_span", "a span of the annotation is no stretch of the text")
    span = Span(int(start or 0), int(end or 0))
    if draft.span is not None and draft.span != span:
        raise RecordError("offsets_disagree", "the items of one span have different offsets")
    draft.span = span
    return span


def _check_quote(value: Mapping[str, Any], span: Span, text: str) -> None:
    quoted = value.get("text")
    if not isinstance(quoted, str):
        raise RecordError("no_quote", "a span came back without its words, so its offsets can't be proven")
    if one_line(quoted) != one_line(span.quote(text)):
        raise RecordError("quote_mismatch", "the words of a span are not what stands at its offsets")


def _one(values: Any, allowed: Sequence[str] | None, name: str) -> str:
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise RecordError("not_one_value", f"'{name}' must have exactly one value")
    if allowed is not None and values[0] not in allowed:
        raise RecordError("unknown_value", f"'{name}' has a value that the guideline does not know")
    return values[0]


def _lines(values: Any) -> tuple[str, ...]:
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RecordError("bad_result", "the codes of a span are not a list of texts")
    return tuple(line for line in map(one_line, values) if line)


def _distinct(pairs: Sequence[tuple[str, Mention]]) -> tuple[Mention, ...]:
    """The mentions with unique ids; the same span marked twice with one label gets its region id into the second."""
    seen: set[str] = set()
    mentions: list[Mention] = []
    for rid, mention in pairs:
        unique = mention if mention.id not in seen else replace(mention, id=f"{mention.id}-{rid}")
        seen.add(unique.id)
        mentions.append(unique)
    return tuple(mentions)


def _about(
    task: Mapping[str, Any],
    annotation: Mapping[str, Any],
    guideline: Guideline,
    status: str | None,
    unread: Sequence[str],
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": annotation.get("id"),
        "task": task.get("id"),
        "project": annotation.get("project", task.get("project")),
        "completed_by": who(annotation.get("completed_by")),
        **{key: annotation.get(key) for key in _COPIED},
        "guideline": guideline.id,
        "status": status,
    }
    if unread:
        about["unread_controls"] = list(unread)
    return about


def who(value: Any) -> str | int | None:
    """The reader: a number in exports, an object with the e-mail address in task answers."""
    if isinstance(value, Mapping):
        value = value.get("email") or value.get("id")
    return value if isinstance(value, str | int) else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) else None
