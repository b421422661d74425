"""What the header of a DICOM object says of its study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.values import iso_date, text_of
from clinnote.imaging.sides.places import Places


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
