"""A clinical note as it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """One note or report. ``text`` is never rewritten; keys that the contract does not name stay in ``metadata``."""

    note_id: str
    text: str
    patient_id: str | None = None
    study_id: str | None = None
    accession: str | None = None
    note_type: str | None = None
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
