"""Where text and labels (or two places of one report) cannot both be right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry

KINDS: Final = (
    "side_opposite",
    "side_subset",
    "side_internal",
    "site_mismatch",
    "level_mismatch",
    "quadrant_mismatch",
    "negated_but_labelled",
    "present_but_absent",
    "labelled_not_mentioned",
    "body_part_mismatch",
    "image_internal",
    "count_or_size",
    "identity",
    "systematic_flip",
)
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
VERDICTS: Final = ("report_error", "label_error", "both", "not_a_conflict")


@dataclass(frozen=True, slots=True)
class Highlight:
    """Words to mark inside a quote; offsets are those of the note's text."""

    start: int
    end: int
    role: str
    """``finding``, ``side``, ``site`` or ``cue``."""


@dataclass(frozen=True, slots=True)
class TextSide:
    """One mention as a conflict shows it: the quote is the sentence, ``start``/``end`` its place in the note."""

    mention_id: str | None
    finding: str
    laterality: str | None
    site: str | None
    section: str | None
    quote: str
    start: int
    end: int
    highlights: tuple[Highlight, ...] = ()
    polarity: str | None = None
    certainty: str | None = None
    date: str | None = None
    """The note's own date."""


@dataclass(frozen=True, slots=True)
class ImageSide:
    """One image label as a conflict shows it."""

    label_id: str
    finding: str
    sides: tuple[str, ...]
    basis: str | None
    site: str | None
    presence: str
    format: str
    file: str
    pointer: str
    modality: str | None = None
    view: str | None = None
    date: str | None = None
    geometry: Geometry | None = None
    annotator: str | None = None
    codes: tuple[Code, ...] = ()
    """Of the finding, as the source gives them."""
    site_codes: tuple[Code, ...] = ()
    image_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reviewer decided."""

    value: str
    reason: str | None = None
    by: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One contradiction, explained in one line, with the traps that might make it a false alarm.

    ``text`` against ``image``; for a contradiction inside one report ``image`` holds the second mention
    (:class:`TextSide`). Both are None for a statement about a whole source (``systematic_flip``).
    """

    id: str
    kind: str
    severity: str
    confidence: float
    explanation: str
    study_id: str | None = None
    note_id: str | None = None
    text: TextSide | None = None
    image: ImageSide | TextSide | None = None
    could_be_false_because: tuple[str, ...] = ()
    verdict: Verdict | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
