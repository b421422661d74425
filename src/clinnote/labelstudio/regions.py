"""Mention -> the result items Label Studio draws: one span, one item per answered question, codes, and arrows.

All items of one span share the region id, which is derived from the mention's id: the same input gives the same
bytes. The whole mention travels in the ``meta`` of the span's item, for all that the screen can't show.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from clinnote.labelstudio.config_xml import CODES, LABEL, LOCATED_AT, TEXT
from clinnote.model.codes import CLINNOTE, Code, short_system
from clinnote.model.mention import Mention
from clinnote.ontology.guideline import Attribute, Guideline

META: Final = "clinnote"
"""Key under a span item's ``meta`` that holds the mention, less its words."""
BODY_SITE: Final = "body_site"
"""Label whose spans may be the far end of a ``located_at`` arrow."""

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def region_id(mention_id: str) -> str:
    """The region id for a mention: its own id where Label Studio can hold it, else 16 hex digits of its hash."""
    if _SAFE_ID.fullmatch(mention_id):
        return mention_id
    return hashlib.sha256(mention_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shown_value(mention: Mention, attribute: Attribute) -> str | None:
    """The answer that stands pre-filled on the screen; None when the question is not asked or has no such answer."""
    value: str | None = getattr(mention, attribute.name)
    return value if mention.label in attribute.labels and value in attribute.values else None


def shown_codes(codes: Sequence[Code]) -> tuple[str, ...]:
    """The lines of the codes field: every code but the project's own concept ids, best first."""
    return tuple(code_line(code) for code in codes if code.key[0] != CLINNOTE)


def code_line(code: Code) -> str:
    """One code as readers see it: ``snomed:60046008 Pleural effusion``."""
    return one_line(f"{short_system(code.system)}:{code.code} {code.display or ''}")


def one_line(text: str) -> str:
    """The text with every run of white space (and Label Studio's literal backslash-n) as one space, trimmed."""
    return " ".join(re.sub(r"\\[nrt]", " ", text).split())


def mention_items(mention: Mention, guideline: Guideline) -> Iterator[dict[str, Any]]:
    """The items of one mention: its span (with the whole mention in ``meta``), its answers, its codes."""
    rid = region_id(mention.id)
    span = {"start": mention.start, "end": mention.end}
    quoted = {**span, "text": mention.text}
    yield {
        **_head(rid, LABEL, "labels"),
        "value": {**quoted, "labels": [mention.label]},
        "score": mention.score,
        "meta": {META: compact(dataclasses.replace(mention, text=""))},
    }
    for attribute in guideline.attributes:
        value = shown_value(mention, attribute)
        if value is not None:
            yield {**_head(rid, attribute.name, "choices"), "value": {**quoted, "choices": [value]}}
    lines = shown_codes(mention.codes)
    if lines:
        yield {**_head(rid, CODES, "textarea"), "value": {**span, "text": list(lines)}}


def compact(value: Any) -> Any:
    """A record as JSON without what has its default value. Label Studio copies ``meta`` into every item of a span."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: compact(getattr(value, f.name))
            for f in dataclasses.fields(value)
            if not (getattr(value, f.name) == f.default or (f.default_factory is dict and not getattr(value, f.name)))
        }
    if isinstance(value, tuple | list):
        return [compact(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): compact(item) for key, item in value.items()}
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _head(rid: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": rid, "from_name": name, "to_name": TEXT, "type": kind}


def relation_items(mentions: Sequence[Mention]) -> Iterator[dict[str, Any]]:
    """An arrow from every mention to each body site that is itself marked."""
    marked: dict[tuple[int, int], Mention] = {}
    for mention in mentions:
        if mention.label == BODY_SITE:
            marked.setdefault((mention.start, mention.end), mention)
    for mention in mentions:
        ends = {(site.start, site.end): None for site in mention.sites}
        for end in ends:
            target = marked.get(end)
            if target is not None and target.id != mention.id:
                yield {
                    "type": "relation",
                    "from_id": region_id(mention.id),
                    "to_id": region_id(target.id),
                    "direction": "right",
                    "labels": [LOCATED_AT],
                }


def relations_of(items: Sequence[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """(from region, to region) of every arrow, turned the way it points; a two-headed arrow counts both ways."""
    pairs: set[tuple[str, str]] = set()
    for item in items:
        if item.get("type") == "relation":
            tail, head = str(item.get("from_id")), str(item.get("to_id"))
            direction = item.get("direction")
            if direction != "left":
                pairs.add((tail, head))
            if direction in ("left", "bi"):
                pairs.add((head, tail))
    return frozenset(pairs)
