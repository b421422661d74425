"""What the text says: one finding, disorder, device, procedure, drug, lab, vital or body site in a note."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.model.codes import Code
from clinnote.model.record import record

POLARITIES: Final = ("affirmed", "negated")
CERTAINTIES: Final = ("definite", "probable", "possible", "unlikely")
TEMPORALITIES: Final = ("current", "historical", "hypothetical", "future")
EXPERIENCERS: Final = ("patient", "family", "other")
CHANGES: Final = ("new", "increased", "decreased", "stable", "resolved")
SEVERITIES: Final = ("minimal", "mild", "moderate", "severe")
LATERALITIES: Final = ("left", "right", "bilateral", "midline")
ORIGINS: Final = ("machine", "human", "adjudicated")
COMPARATORS: Final = ("<", "<=", ">", ">=", "~")
"""Below, at most, above, at least (as FHIR's Quantity.comparator has them), and about."""
FLAGS: Final = ("low", "high", "critical_low", "critical_high", "abnormal", "normal")
"""What the text itself says of a value: by a letter or word beside it, or by the reference range behind it."""
DRUG_STATUSES: Final = ("active", "started", "continued", "increased", "decreased", "changed", "held", "stopped")


@record
class Evidence:
    """Which rule, on which words, set which value (``gives`` is ``attribute=value``)."""

    rule: str
    start: int
    end: int
    gives: str


@record
class SiteMention:
    """A body site that locates a mention; ``site`` is a node of ``ontologies/anatomy``."""

    start: int
    end: int
    text: str
    site: str | None = None
    codes: tuple[Code, ...] = ()
    laterality: str | None = None


@record
class Measurement:
    """A number with its UCUM unit; ``high`` closes a range, ``dimension`` counts 1, 2, 3 of "3 x 2 x 1 cm".

    ``comparator`` is that of "<5 mm"; ``flag`` is what the text says of a lab value or vital sign: "K 3.2 (L)" is low.
    """

    start: int
    end: int
    value: float
    high: float | None = None
    unit: str | None = None
    dimension: int | None = None
    comparator: str | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Dosage:
    """How a drug is given; how much stands in ``measurements``. The values are rows of ``numbers/drug_words.tsv``."""

    form: str | None = None
    route: str | None = None
    frequency: str | None = None
    per_day: float | None = None
    """How many times in 24 hours the frequency means."""
    as_needed: str | None = None
    """The words that make it so: "as needed for pain"."""
    duration: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class When:
    """A normalised date (ISO 8601) of the event, with the words it came from."""

    start: str | None
    end: str | None
    granularity: str | None
    text: str


@record
class Mention:
    """One mention with everything that is claimed about it, and the evidence of every claim."""

    id: str
    start: int
    end: int
    text: str
    label: str
    codes: tuple[Code, ...] = ()
    polarity: str = "affirmed"
    certainty: str = "definite"
    temporality: str = "current"
    experiencer: str = "patient"
    change: str | None = None
    severity: str | None = None
    laterality: str | None = None
    sites: tuple[SiteMention, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    when: When | None = None
    section: str | None = None
    sentence: tuple[int, int] = (0, 0)
    evidence: tuple[Evidence, ...] = ()
    score: float = 1.0
    origin: str = "machine"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dosage: Dosage | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What made a record: versions and hashes, never the machine's name."""

    package: str
    pipeline: str
    vocabulary: str
    guideline: str | None = None
    started: str | None = None


@dataclass(frozen=True, slots=True)
class TaggedNote:
    """A note with its mentions. ``text`` may be left out of an output; ``text_sha256`` is always there."""

    note_id: str
    text_sha256: str
    text: str | None = None
    patient_id: str | None = None
    study_id: str | None = None
    accession: str | None = None
    note_type: str | None = None
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    run: Run | None = None


def text_sha256(text: str) -> str:
    """Hex SHA-256 of the text's UTF-8 bytes (lone surrogates are kept, so every str has a hash)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def mention_id(text_hash: str, start: int, end: int, label: str, rules: str) -> str:
    """Deterministic id: the same text, span, label and rule-set version always give the same 16 hex digits."""
    return mention_ids(text_hash, rules)(start, end, label)


def mention_ids(text_hash: str, rules: str) -> Callable[[int, int, str], str]:
    """:func:`mention_id` of one text and one rule set, for many spans."""
    seed = hashlib.sha256(f"{text_hash}|{rules}|".encode())

    def identify(start: int, end: int, label: str) -> str:
        digest = seed.copy()
        digest.update(f"{start}|{end}|{label}".encode())
        return digest.hexdigest()[:16]

    return identify
