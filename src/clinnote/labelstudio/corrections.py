"""What a reader made of one pre-tag: the mention that stands now, and how it differs from the machine's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from clinnote.labelstudio.regions import shown_codes, shown_value
from clinnote.model.codes import SHORT_NAMES, Code, canonical_system, well_formed
from clinnote.model.mention import Mention, SiteMention, mention_id
from clinnote.model.spans import Span
from clinnote.ontology.guideline import DEFAULTS, Guideline

_CODE_LINE: Final = re.compile(
    r"(?P<system>[a-z]+://[^\s|]*[^\s|:]|urn:[^\s|]*[^\s|:]|[a-z][a-z0-9]*)[:|]\s*"
    r"(?P<code>[^\s|:]+)(?:[\s|]+(?P<display>.*))?",
    re.IGNORECASE,
)
_NOT_COMPARED: Final = frozenset({"id", "text", "score", "evidence", "origin", "metadata", "section", "sentence"})


@dataclass(frozen=True, slots=True)
class Region:
    """One span of an annotation with everything the reader answered about it."""

    id: str
    span: Span
    label: str
    answers: Mapping[str, str]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What the pre-tags around tell about the place of a new span: its section and its sentence."""

    section: str | None
    sentence: tuple[int, int]


def corrected(region: Region, pretag: Mention, text: str, text_hash: str, guideline: Guideline) -> Mention:
    """The reader's mention (``origin`` human) in place of a pre-tag; ``metadata["correction"]`` says what became of it.

    ``kind`` is ``unchanged`` or ``changed`` (with ``fields`` and the machine's values under ``was``). Unchanged
    pre-tags keep everything the screen doesn't show; changed ones lose the evidence of the changed values.
    """
    codes, unreadable = read_codes(region.codes, pretag)
    now = _answered(pretag, region, pretag, codes, text, guideline)
    return settle(now, pretag, human_id(region, text_hash, guideline), _unreadable(unreadable))


def added(region: Region, text: str, text_hash: str, guideline: Guideline, place: Place) -> Mention:
    """The mention that a reader marked where no pre-tag was; its correction is of the kind ``added``."""
    codes, unreadable = read_codes(region.codes, None)
    empty = Mention(human_id(region, text_hash, guideline), *region.span, region.span.quote(text), region.label)
    now = _answered(empty, region, None, codes, text, guideline)
    note = {"kind": "added", **_unreadable(unreadable)}
    return replace(now, section=place.section, sentence=place.sentence, metadata={"correction": note})


def _answered(
    base: Mention, region: Region, pretag: Mention | None, codes: tuple[Code, ...], text: str, guideline: Guideline
) -> Mention:
    return replace(
        base,
        start=region.span.start,
        end=region.span.end,
        text=region.span.quote(text),
        label=region.label,
        codes=codes,
        origin="human",
        **_answers(region, pretag, guideline),
    )


def _unreadable(lines: Sequence[str]) -> dict[str, Any]:
    return {"unreadable_codes": list(lines)} if lines else {}


def human_id(region: Region, text_hash: str, guideline: Guideline) -> str:
    """The id of a mention that a reader marked: text, span, label and guideline decide it."""
    return mention_id(text_hash, *region.span, region.label, f"human:{guideline.id}")


def settle(now: Mention, pretag: Mention, new_id: str, note: Mapping[str, Any]) -> Mention:
    """``now`` with its id, score, evidence and correction note as its difference from ``pretag`` demands."""
    changed = [
        f.name
        for f in fields(Mention)
        if f.name not in _NOT_COMPARED and getattr(now, f.name) != getattr(pretag, f.name)
    ]
    if not changed:
        note = {"kind": "unchanged", "pretag": pretag.id, **note}
        return replace(now, id=pretag.id, metadata={**pretag.metadata, "correction": note})
    was = {name: _value(getattr(pretag, name)) for name in changed}
    moved = not {"start", "end", "label"}.isdisjoint(changed)
    return replace(
        now,
        id=new_id if moved else pretag.id,
        score=1.0,
        evidence=tuple(e for e in pretag.evidence if e.gives.partition("=")[0] not in changed),
        metadata={
            **pretag.metadata,
            "correction": {"kind": "changed", "pretag": pretag.id, "fields": changed, "was": was, **note},
        },
    )


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(v) for v in value]
    if isinstance(value, Code):
        return f"{value.system}|{value.code}"
    if isinstance(value, SiteMention):
        return {"start": value.start, "end": value.end, "site": value.site}
    return value


def _answers(region: Region, pretag: Mention | None, guideline: Guideline) -> dict[str, Any]:
    """Attribute values: what is ticked; else the default where an answer was taken back; else what nobody showed."""
    found: dict[str, Any] = {}
    for attribute in guideline.attributes:
        if attribute.name in region.answers:
            found[attribute.name] = region.answers[attribute.name]
        elif pretag is None or shown_value(pretag, attribute) is not None:
            found[attribute.name] = DEFAULTS.get(attribute.name)
    return found


def read_codes(lines: Sequence[str], pretag: Mention | None) -> tuple[tuple[Code, ...], tuple[str, ...]]:
    """(codes, lines that hold none). Lines that stand as they were pre-filled give the original codes.

    The project's own concept ids are not on the screen; they stay only as long as the lines are untouched.
    """
    known: dict[str, Code] = {}
    if pretag is not None:
        shown = shown_codes(pretag.codes)
        if tuple(lines) == shown:
            return pretag.codes, ()
        known = {line: code for code in pretag.codes for line in shown_codes((code,))}
    codes: dict[tuple[str, str], Code] = {}
    unreadable: list[str] = []
    for line in lines:
        code = known.get(line) or parse_code(line)
        if code is None:
            unreadable.append(line)
        else:
            codes.setdefault(code.key, code)
    return tuple(codes.values()), tuple(unreadable)


def parse_code(line: str) -> Code | None:
    """The code of a typed line ``system:code display``; None when the system is unknown or the check digit fails."""
    match = _CODE_LINE.fullmatch(line)
    if match is None:
        return None
    system, code = canonical_system(match["system"]), match["code"]
    if system not in SHORT_NAMES.values() or not well_formed(system, code):
        return None
    return Code(system, code, (match["display"] or "").strip() or None)
