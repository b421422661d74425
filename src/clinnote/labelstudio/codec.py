"""Tagged notes <-> Label Studio tasks and annotations. Pure: no network, no clock.

Offsets are code points of the raw text on both sides (measured with server 1.23.2), so they are never converted, only
proven: before the push the quote of every span must be the mention's text, after the pull it must agree with the
words Label Studio stored. What does not agree is quarantined, never repaired.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.labelstudio.regions import mention_items, region_id, relation_items
from clinnote.model.mention import Mention, TaggedNote, text_sha256
from clinnote.model.schema import from_dict, to_dict
from clinnote.model.spans import valid
from clinnote.ontology.guideline import Guideline

FORMAT: Final = 1
"""Version of the task layout, kept in every task."""
DATA_KEY: Final = "clinnote"
MODEL_VERSION: Final = "clinnote"
"""Name of the pre-tags in Label Studio; one for all rule versions, because a project shows one version only."""
_IDENTIFYING: Final = ("patient_id", "study_id", "accession", "date")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An annotation or task that can't be trusted or used, and why. Never holds note text."""

    note_id: str | None
    task_id: int | None
    annotation_id: int | None
    reason: str
    message: str
    skipped: bool = False
    """True for what is in order but not finished: skipped tasks and drafts."""

    def to_reject(self, source: str) -> Reject:
        """The same as a line of a rejects file; ``source`` names server and project."""
        where = f"{source}, task {self.task_id}" + (f", annotation {self.annotation_id}" if self.annotation_id else "")
        return Reject(where, None, self.reason, self.message, self.skipped)


def encode_task(
    tagged: TaggedNote, guideline: Guideline, model_version: str = MODEL_VERSION, identifiers: bool = False
) -> dict[str, Any]:
    """The import task of a tagged note: its text as data, its mentions as one prediction.

    Patient, study and accession numbers, the date and the note's metadata leave clinnote only with ``identifiers``.

    Raises:
        RecordError: the note has no text or the wrong hash; a span, quote or label that can't be shown
            (``bad_span``, ``quote_mismatch``, ``unknown_label``, ``duplicate_id``); or a value JSON can't hold.
    """
    text = _checked_text(tagged)
    seen: set[str] = set()
    for number, mention in enumerate(tagged.mentions):
        _check_mention(mention, f"mentions[{number}]", text, guideline, seen)
    result = [item for mention in tagged.mentions for item in mention_items(mention, guideline)]
    result += relation_items(tagged.mentions)
    data: dict[str, Any] = {"note_id": tagged.note_id, "text": text, "sha256": tagged.text_sha256}
    if tagged.note_type is not None:
        data["note_type"] = tagged.note_type
    own: dict[str, Any] = {"format": FORMAT, "guideline": guideline.id}
    if identifiers:
        data |= {key: getattr(tagged, key) for key in _IDENTIFYING if getattr(tagged, key) is not None}
        own["metadata"] = dict(tagged.metadata)
    if tagged.run is not None:
        own["run"] = to_dict(replace(tagged.run, started=None))
    scores = [mention.score for mention in tagged.mentions]
    prediction = {"model_version": model_version, "score": min(scores, default=1.0), "result": result}
    task: dict[str, Any] = {"data": {**data, DATA_KEY: own}, "predictions": [prediction]}
    own["pretags"] = digest(task)
    if tagged.run is not None:  # after the digest: tagging the same again later is no change
        own["run"]["started"] = tagged.run.started
    return task


def _checked_text(tagged: TaggedNote) -> str:
    if tagged.text is None:
        raise RecordError("no_text", "the note has no 'text'; tag it with the text kept in the output")
    if not tagged.text:
        raise RecordError("empty_text", "the note is empty, there is nothing to annotate")
    if text_sha256(tagged.text) != tagged.text_sha256:
        raise RecordError("text_changed", "'text' is not the text that 'text_sha256' was made from; tag the note again")
    if not tagged.note_id:
        raise RecordError("missing_key", "'note_id' is empty")
    return tagged.text


def _check_mention(mention: Mention, where: str, text: str, guideline: Guideline, seen: set[str]) -> None:
    if not valid(mention.start, mention.end, len(text)):
        raise RecordError("bad_span", f"{where}: [{mention.start}, {mention.end}) is no stretch of the text")
    if text[mention.start : mention.end] != mention.text:
        raise RecordError("quote_mismatch", f"{where}: 'text' is not what stands at its offsets")
    if mention.label not in guideline.label_names:
        raise RecordError("unknown_label", f"{where}: its label is not in the guideline {guideline.id}")
    rid = region_id(mention.id)
    if not mention.id or rid in seen:
        raise RecordError("duplicate_id", f"{where}: its id is empty or used twice")
    seen.add(rid)


def digest(task: Mapping[str, Any]) -> str:
    """Hash of everything that is sent, so that a later push knows whether anything changed."""
    try:
        raw = json.dumps(task, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise RecordError("lone_surrogate", "the record holds half a surrogate pair; repair its encoding") from None
    except (ValueError, TypeError):
        raise RecordError("not_json", "the record holds a number or value that JSON does not know") from None
    return hashlib.sha256(raw).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TaskNote:
    """The note of a task as it was pushed, without its mentions."""

    note: TaggedNote
    text: str


def task_note(task: Mapping[str, Any]) -> TaskNote:
    """The note a task was made from.

    Raises:
        RecordError: the task was not pushed by clinnote, or its text is no longer the one that was pushed.
    """
    data = task.get("data")
    own = data.get(DATA_KEY) if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(own, Mapping) or own.get("format") != FORMAT:
        hint = "; a review project is pulled with --review" if isinstance(own, Mapping) and "review" in own else ""
        raise RecordError("foreign_task", f"the task was not made by this version of clinnote push{hint}")
    text, sha = data.get("text"), data.get("sha256")
    if not isinstance(text, str) or text_sha256(text) != sha:
        raise RecordError("text_changed", "the task's text was changed after the push, so its offsets mean nothing")
    plain = {key: data.get(key) for key in ("note_id", "note_type", *_IDENTIFYING)}
    run = own.get("run")
    extra = own.get("metadata")
    note = from_dict(TaggedNote, {**plain, "text_sha256": sha, "text": text, "run": run, "metadata": extra or {}})
    return TaskNote(note, text)


def task_state(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(hash of the text, digest of everything sent) as a task on the server has them; None where it has none."""
    own = data.get(DATA_KEY)
    pretags = own.get("pretags") if isinstance(own, Mapping) else None
    sha = data.get("sha256")
    return (sha if isinstance(sha, str) else None, pretags if isinstance(pretags, str) else None)
