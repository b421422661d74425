"""What the stages of the pipeline hand to each other: frozen records over the raw text, no spaCy objects.

All offsets are half-open and count code points of the note's text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clinnote.model.codes import Code
from clinnote.model.mention import Dosage, Evidence, Measurement, SiteMention, When
from clinnote.model.record import record
from clinnote.model.spans import Span


@dataclass(slots=True, unsafe_hash=True)
class Section:
    """One section: the heading is [start, body_start), the body [body_start, end). To be treated as frozen."""

    kind: str
    start: int
    body_start: int
    end: int
    rule: str
    temporality: str | None = None
    """Default that the heading gives to mentions in the body, or None."""
    experiencer: str | None = None
    part: str | None = None
    """The part of the section that this stretch is ("cardiovascular" of a physical examination), or None."""
    by_label: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Default temporality for the mentions of one label."""


@dataclass(slots=True, unsafe_hash=True)
class Concept:
    """A span that names a finding, disorder, device, procedure, drug, lab, vital or body site.

    Treat it as frozen like the other records; it is not declared so because making one would take four times as long.
    """

    start: int
    end: int
    label: str
    concept: str | None = None
    """Id of the row in ``ontologies/terms`` (or the node id, for a body site); None for given spans and for
    entries of a user's vocabulary."""
    codes: tuple[Code, ...] = ()
    sites: tuple[str, ...] = ()
    """Nodes of ``ontologies/anatomy`` that the concept itself implies (a body site implies itself)."""
    score: float = 1.0
    given: bool = False
    evidence: tuple[Evidence, ...] = ()
    """What made these words this concept, where they are no plain form of the vocabulary."""


class Context(NamedTuple):
    """What the words around a concept claim about it; every value other than the default has its evidence."""

    polarity: str = "affirmed"
    certainty: str = "definite"
    temporality: str = "current"
    experiencer: str = "patient"
    change: str | None = None
    severity: str | None = None
    when: When | None = None
    evidence: tuple[Evidence, ...] = ()


@record
class Place:
    """Where a concept is: its side and its sites, with the evidence."""

    laterality: str | None = None
    sites: tuple[SiteMention, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@record
class Annotations:
    """Everything found in one text so far.

    ``contexts``, ``places`` and ``measurements`` run parallel to ``concepts`` once their stage has run, and are empty
    before.
    """

    sentences: Sequence[Span] = ()
    sections: Sequence[Section] = ()
    concepts: Sequence[Concept] = ()
    contexts: Sequence[Context] = ()
    places: Sequence[Place] = ()
    measurements: Sequence[tuple[Measurement, ...]] = ()
    dosages: Sequence[Dosage | None] = ()
    """How each drug is given; empty when no drug says so."""
    readings: Sequence[tuple[Evidence, ...]] = ()
    """The evidence of flags and dosages; empty when there is none."""
    note_type: str | None = None
    """What the note says of its own type, as it came."""
    date: str | None = None
    """Reference date of the note, ISO 8601."""
