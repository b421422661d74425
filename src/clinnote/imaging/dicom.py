"""One DICOM file to labels: tolerant of missing preambles and damaged ends, and never louder than a reject."""

from dataclasses import dataclass
from typing import BinaryIO, Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from clinnote.errors import Reject
from clinnote.imaging.header import HEADER, read_header
from clinnote.imaging.labels import Origin, study_of
from clinnote.imaging.masks import Mask, masks_of
from clinnote.imaging.places import Places
from clinnote.imaging.rtstruct import read_rtstruct
from clinnote.imaging.seg import read_seg
from clinnote.imaging.sr import read_sr
from clinnote.imaging.truncation import repaired
from clinnote.imaging.values import MALFORMED, quiet_pydicom, text_of
from clinnote.model.image_label import ImageLabel

_SEGMENTATIONS: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_RTSTRUCT: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_LABELS: Final = (*_SEGMENTATIONS, _RTSTRUCT)
_SR: Final = "1.2.840.10008.5.1.4.1.1.88."
_NO_LABELS: Final = (
    "1.2.840.10008.1.3.10",  # media directory
    "1.2.840.10008.5.1.4.1.1.11.",  # presentation states
    "1.2.840.10008.5.1.4.1.1.9.",  # waveforms
    "1.2.840.10008.5.1.4.1.1.66",  # raw data, registrations, surfaces, tractography
    "1.2.840.10008.5.1.4.1.1.67",  # real world value mapping
    "1.2.840.10008.5.1.4.1.1.104.",  # encapsulated documents
    "1.2.840.10008.5.1.4.1.1.481.",  # radiotherapy objects other than structure sets
    "1.2.840.10008.5.1.4.34.",  # worklists and procedures
)


@dataclass(frozen=True, slots=True)
class DicomResult:
    """What one file gave; ``is_header`` marks labels that repeat for every image of a series."""

    labels: tuple[ImageLabel, ...] = ()
    rejects: tuple[Reject, ...] = ()
    is_header: bool = False


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file, with preamble or (old files) without."""
    if head[128:132] == b"DICM":
        return True
    group, element = head[0:2], int.from_bytes(head[2:4], "little")
    return group in (b"\x02\x00", b"\x08\x00") and element <= 0x0100 and b"\0" in head[4:12]


def read_dicom(stream: BinaryIO, file: str, places: Places) -> DicomResult:
    """The labels of one DICOM object, or why it gives none. Never raises for what stands in the file."""
    with quiet_pydicom():
        try:
            return _read(stream, file, places)
        except MALFORMED as error:
            kind = type(error).__name__
            return _rejected(file, "malformed_dicom", f"not readable as DICOM ({kind}); check or re-export the file")


def _read(stream: BinaryIO, file: str, places: Places) -> DicomResult:
    whole = _whole_part(stream)
    cut = (
        ()
        if whole is None
        else (Reject(file, None, "truncated_dicom", "the file ends too early; what stands before was read"),)
    )
    stream = whole or stream
    stream.seek(0)
    return _dataset_labels(dcmread(stream, stop_before_pixels=True, force=True), file, places, stream, cut)


def read_dataset(dataset: Dataset, file: str, places: Places) -> DicomResult:
    """The labels of a data set without bulk data, such as the metadata that a server gives of an image.

    Never raises for what stands in the data set.
    """
    with quiet_pydicom():
        try:
            return _dataset_labels(dataset, file, places, None, ())
        except MALFORMED as error:
            kind = type(error).__name__
            return _rejected(file, "malformed_dicom", f"not readable as DICOM ({kind}); check or re-export the object")


def _dataset_labels(
    dataset: Dataset, file: str, places: Places, stream: BinaryIO | None, cut: tuple[Reject, ...]
) -> DicomResult:
    if not dataset:
        return DicomResult((), cut or (Reject(file, None, "malformed_dicom", "holds no data element"),))
    uid = _sop_class(dataset)
    if uid.startswith(_NO_LABELS) and uid not in _LABELS:
        message = f"{UID(uid).name}: clinnote reads no labels from this kind of object"
        return DicomResult((), cut or (Reject(file, None, "unsupported_sop_class", message, skipped=True),))
    study = study_of(dataset)
    if study is None:
        reason = Reject(file, None, "missing_study_id", "has neither Study Instance UID nor accession number")
        return DicomResult((), cut or (reason,))
    found = _labels(dataset, Origin(study, file, places), None if cut else stream)
    return DicomResult(found.labels, cut or found.rejects, found.is_header)


def _whole_part(stream: BinaryIO) -> BinaryIO | None:
    """The readable part of a file that is cut short; None for all others (damaged ones are left to pydicom)."""
    try:
        return repaired(stream)
    except ValueError:
        return None


def _sop_class(dataset: Dataset) -> str:
    return text_of(dataset, "SOPClassUID") or text_of(
        getattr(dataset, "file_meta", Dataset()), "MediaStorageSOPClassUID"
    )


def _labels(dataset: Dataset, origin: Origin, stream: BinaryIO | None) -> DicomResult:
    uid = text_of(dataset, "SOPClassUID")
    name = UID(uid).name if uid else "object without SOP Class UID"
    if uid in _SEGMENTATIONS or "SegmentSequence" in dataset:
        labels = read_seg(dataset, origin, _masks(stream))
        nothing = "holds no segment with voxels"
    elif uid == _RTSTRUCT:
        labels = read_rtstruct(dataset, origin)
        nothing = "holds no region of interest other than equipment and references"
    elif uid.startswith(_SR) or text_of(dataset, "Modality") in ("SR", "KO"):
        labels = read_sr(dataset, origin)
        nothing = "holds no coded finding and no finding site"
    else:
        label = read_header(dataset, origin)
        labels = [label] if label else []
        nothing = "the header names no body part, no side and no patient"
    if not labels:
        return _rejected(origin.file, "no_labels_in_object", f"{name}: {nothing}", skipped=True)
    return DicomResult(tuple(labels), (), labels[0].source.format == HEADER)


def _masks(stream: BinaryIO | None) -> dict[int, Mask] | None:
    """The voxels of a segmentation; None where the file is cut short or holds none."""
    if stream is None:
        return None
    try:
        stream.seek(0)
        return masks_of(dcmread(stream, force=True))
    except MALFORMED:
        return None


def _rejected(file: str, reason: str, message: str, skipped: bool = False) -> DicomResult:
    return DicomResult((), (Reject(file, None, reason, message, skipped),))
