"""Thresholds, severities and traps of the cross-check: ``configs/crosscheck.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinnote.errors import OntologyError
from clinnote.model.conflict import KINDS, SEVERITIES
from clinnote.model.image_label import BASES


@dataclass(frozen=True, slots=True)
class Rules:
    """The file as it stands; see the comments there."""

    sections: frozenset[str]
    concluding: frozenset[str]
    finding_labels: frozenset[str]
    place_labels: frozenset[str]
    visible_history: frozenset[str]
    whole_image: frozenset[str]
    partial_negation: frozenset[str]
    exceptions: tuple[str, ...]
    correcting: tuple[str, ...]
    route_families: frozenset[str]
    several_levels: frozenset[str]
    shadow_families: frozenset[str]
    landmarks: tuple[str, ...]
    projecting: frozenset[str]
    distances: frozenset[str]
    counted: frozenset[str]
    inexact: frozenset[str]
    several_lesions: frozenset[str]
    scattered: frozenset[str]
    one_more: frozenset[str]
    singled_out: frozenset[str]
    against_labels: Mapping[str, float]
    inherent: Mapping[str, frozenset[str]]
    """Doubts that every claim of a kind has; the kind's confidence holds them already."""
    tissues: frozenset[str]
    neighbours: tuple[frozenset[str], ...]
    regions: Mapping[str, tuple[str, ...]]
    adjoining: Mapping[str, frozenset[str]]
    body_part_mentions: int
    edges: Mapping[str, str]
    one_sided_pictures: tuple[str, ...]
    severity: Mapping[str, str]
    inside_cap: Mapping[str, str]
    cap: Mapping[str, str]
    confidence: Mapping[str, float]
    doubt: Mapping[str, float]
    traps: Mapping[str, str]
    systematic_share: float
    systematic_pairs: int
    systematic_studies: int

    def severity_of(self, kind: str, basis: str | None = None) -> str:
        """The severity of a kind, not above what the basis of the label's side allows."""
        severity = self.severity[kind]
        cap = self.cap.get(basis or "", severity)
        return max(severity, cap, key=SEVERITIES.index)

    def inside(self, kind: str, severity: str | None) -> str | None:
        """The severity of a claim of a report against itself; None leaves it to :meth:`severity_of`."""
        cap = self.inside_cap.get(kind)
        return severity if cap is None else max(severity or self.severity[kind], cap, key=SEVERITIES.index)


def load_rules(path: Path) -> Rules:
    """Read the file.

    Raises:
        OntologyError: it is missing or no TOML, lacks a key, or names a kind, severity or basis that does not exist.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OntologyError(f"{path.name} is missing in {path.parent}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path.name}: {error}") from None
    try:
        rules = _rules(data)
    except KeyError as error:
        raise OntologyError(f"{path.name}: key {error} is missing") from None
    for table, known, found in (
        ("severity", KINDS, rules.severity),
        ("confidence", KINDS, rules.confidence),
        ("against_labels", KINDS, rules.against_labels),
        ("inside_cap", KINDS, rules.inside_cap),
        ("cap", BASES, rules.cap),
    ):
        for key in found:
            if key not in known:
                raise OntologyError(f"{path.name}: [{table}] {key} must be one of {', '.join(known)}")
    for value in (*rules.severity.values(), *rules.inside_cap.values(), *rules.cap.values()):
        if value not in SEVERITIES:
            raise OntologyError(f"{path.name}: severity {value} must be one of {', '.join(SEVERITIES)}")
    return rules


def _rules(data: Mapping[str, Any]) -> Rules:
    return Rules(
        frozenset(data["sections"]),
        frozenset(data["concluding"]),
        frozenset(data["finding_labels"]),
        frozenset(data["place_labels"]),
        frozenset(data["visible_history"]),
        frozenset(data["whole_image"]),
        frozenset(data["partial_negation"]),
        tuple(data["exceptions"]),
        tuple(data["correcting"]),
        frozenset(data["route_families"]),
        frozenset(data["several_levels"]),
        frozenset(data["shadow_families"]),
        tuple(data["landmarks"]),
        frozenset(data["projecting"]),
        frozenset(data["distances"]),
        frozenset(data["counted"]),
        frozenset(data["inexact"]),
        frozenset(data["several_lesions"]),
        frozenset(data["scattered"]),
        frozenset(data["one_more"]),
        frozenset(data["singled_out"]),
        data["against_labels"],
        {kind: frozenset(doubts) for kind, doubts in data["inherent"].items()},
        frozenset(data["tissues"]),
        tuple(frozenset(group) for group in data["neighbours"]),
        {name: tuple(nodes) for name, nodes in data["regions"].items()},
        {name: frozenset(others) for name, others in data["adjoining"].items()},
        int(data["body_part_mentions"]),
        data["edges"],
        tuple(data["one_sided_pictures"]),
        data["severity"],
        data["inside_cap"],
        data["cap"],
        data["confidence"],
        data["doubt"],
        data["traps"],
        float(data["systematic"]["share"]),
        int(data["systematic"]["pairs"]),
        int(data["systematic"]["studies"]),
    )
