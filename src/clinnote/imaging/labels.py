"""What the readers of all formats share: label ids, choosing among sides, and what a DICOM header says of the study."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.imaging.elements import Elements
from clinnote.imaging.geometry import GeometrySide, metadata_of
from clinnote.imaging.places import Places
from clinnote.imaging.seen_side import SeenSide
from clinnote.imaging.values import iso_date, text_of
from clinnote.model.image_label import BASES, LabelSides
from clinnote.model.laterality import Side, Sides

__all__ = [
    "DISPLAY_MIRRORED",
    "GEOMETRY",
    "MASK",
    "SIDES_SEEN",
    "Origin",
    "SeenSide",
    "Study",
    "join_sides",
    "label_id",
    "study_of",
    "values_of",
]

SIDES_SEEN: Final = "sides_seen"
"""Key of ``ImageLabel.metadata``: every side that the source states, strongest basis first."""

DISPLAY_MIRRORED: Final = "display_mirrored"
"""Key of ``ImageLabel.metadata``: True when a presentation state mirrors the image left to right, "rotated" when it
turns it by a right angle."""

MASK: Final = "mask"
"""Key of ``ImageLabel.metadata``: the source image of a mask and the rows and columns that both must have."""

GEOMETRY: Final = "geometry"
"""The ``where`` of what a geometry says in ``sides_seen``."""

_ORDER: Final = (Side.LEFT, Side.RIGHT, Side.MIDLINE)


@dataclass(frozen=True, slots=True)
class Study:
    """Identifiers that every label of one DICOM object shares."""

    study_id: str
    series_id: str | None = None
    image_id: str | None = None
    modality: str | None = None
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def study_of(dataset: Elements) -> Study | None:
    """What the header says of study and patient; None when there is no Study Instance UID and no accession number."""
    study_id = text_of(dataset, "StudyInstanceUID") or text_of(dataset, "AccessionNumber")
    if not study_id:
        return None
    date = iso_date(text_of(dataset, "StudyDate"))
    metadata = {
        "patient_id": text_of(dataset, "PatientID"),
        "accession": text_of(dataset, "AccessionNumber"),
        "patient_sex": text_of(dataset, "PatientSex"),
        "study_date": date,
    }
    return Study(
        study_id,
        text_of(dataset, "SeriesInstanceUID") or None,
        text_of(dataset, "SOPInstanceUID") or None,
        text_of(dataset, "Modality") or None,
        date,
        {key: value for key, value in metadata.items() if value},
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """What every label of one file shares: its study, the file's name, and the look-ups of body sites."""

    study: Study
    file: str
    places: Places


def label_id(*parts: str | None) -> str:
    """A deterministic id: 16 hexadecimal digits of the hash of what identifies the label in its source."""
    joined = "\x1f".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def join_sides(stated: Sequence[SeenSide], found: GeometrySide | None) -> tuple[LabelSides, dict[str, Any]]:
    """The sides of the strongest basis, and the metadata that keeps all of them (and why a geometry gave none).

    Of two statements with the same basis the first wins; ``metadata["sides_seen"]`` shows that they differ.

    Args:
        stated: what codes, header and words say.
        found: the side of the geometry, or None without geometry.
    """
    metadata: dict[str, Any] = {}
    every = list(dict.fromkeys(statement for statement in stated if statement.sides))
    if found is not None:
        metadata.update(metadata_of(found))
    if found is not None and found.value and found.basis:
        every.append(SeenSide(frozenset({Side(found.value)}), found.basis, GEOMETRY))
    every.sort(key=lambda statement: BASES.index(statement.basis))
    if not every:
        return LabelSides(), metadata
    metadata[SIDES_SEEN] = [
        {"values": list(values_of(statement.sides)), "basis": statement.basis, "where": statement.where}
        for statement in every
    ]
    return LabelSides(values_of(every[0].sides), every[0].basis), metadata


def values_of(sides: Sides) -> tuple[str, ...]:
    """A set of sides as the tuple of a record: left, right, midline in this order."""
    return tuple(side.value for side in _ORDER if side in sides)
