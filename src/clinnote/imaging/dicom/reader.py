"""One DICOM file to labels: tolerant of missing preambles and damaged ends, and never louder than a reject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from clinnote.errors import Reject
from clinnote.imaging.dicom.elements import Faults
from clinnote.imaging.dicom.file import DicomFile, open_dicom
from clinnote.imaging.dicom.gsps import read_gsps
from clinnote.imaging.dicom.header import HEADER, read_header
from clinnote.imaging.dicom.key_objects import read_key_object
from clinnote.imaging.dicom.mask_pixels import MaskError
from clinnote.imaging.dicom.masks import Mask, is_tiled, masks_of
from clinnote.imaging.dicom.rtstruct import read_rtstruct
from clinnote.imaging.dicom.seg import read_seg
from clinnote.imaging.dicom.sr import read_sr
from clinnote.imaging.dicom.study import Origin, study_of
from clinnote.imaging.dicom.values import has, malformed, quiet_pydicom, text_of
from clinnote.imaging.events import Event, Header
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import ImageLabel

_SEGMENTATIONS: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_RTSTRUCT: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_KEY_OBJECT: Final = "1.2.840.10008.5.1.4.1.1.88.59"
_PRESENTATION_STATES: Final = "1.2.840.10008.5.1.4.1.1.11."
_MOST_NAMED: Final = 50
_CODES_ALONE: Final = "labels come from the codes alone; export it again for those of its masks"
_SR: Final = "1.2.840.10008.5.1.4.1.1.88."
_LABELS: Final = (*_SEGMENTATIONS, _RTSTRUCT)
_NO_LABELS: Final = (
    "1.2.840.10008.1.3.10",  # media directory
    "1.2.840.10008.5.1.4.1.1.9.",  # waveforms
    "1.2.840.10008.5.1.4.1.1.66",  # raw data, registrations, surfaces, tractography
    "1.2.840.10008.5.1.4.1.1.67",  # real world value mapping
    "1.2.840.10008.5.1.4.1.1.104.",  # encapsulated documents
    "1.2.840.10008.5.1.4.1.1.481.",  # radiotherapy objects other than structure sets
    "1.2.840.10008.5.1.4.34.",  # worklists and procedures
    "1.2.840.10008.5.1.4.38.",  # hanging protocols
    "1.2.840.10008.5.1.4.39.",  # colour palettes
    "1.2.840.10008.5.1.4.1.1.200.",  # display and acquisition protocols
)


@dataclass(frozen=True, slots=True)
class DicomResult:
    """What one file gave; ``is_header`` marks labels that repeat for every image of a series."""

    labels: tuple[ImageLabel, ...] = ()
    rejects: tuple[Reject, ...] = ()
    is_header: bool = False

    def events(self) -> Iterator[Event]:
        """What the file tells, for the run that it belongs to."""
        yield from self.rejects
        yield from (Header(label) if self.is_header else label for label in self.labels)


def read_dicom(stream: BinaryIO, file: str, places: Places) -> DicomResult:
    """The labels of one DICOM object, or why it gives none. Never raises for what stands in the file."""
    with quiet_pydicom():
        try:
            opened = open_dicom(stream)
            found = _read(opened, file, places)
        except malformed() as error:
            kind = type(error).__name__
            return _rejected(file, "malformed_dicom", f"not readable as DICOM ({kind}); check or re-export the file")
    if not opened.faults:
        return found
    # of a damaged file, what is missing weighs more than what an undamaged one would have been skipped for
    rejects = tuple(reject for reject in found.rejects if not reject.skipped)
    return replace(found, rejects=(_fault(file, opened.faults), *rejects))


def _fault(file: str, faults: Faults) -> Reject:
    if faults.truncated:
        message = "the file ends too early; what stands before was read; copy it again"
        return Reject(file, None, "truncated_dicom", message)
    if faults.damaged:
        message = "its structure is broken; what stands before that was read; check or re-export the file"
        return Reject(file, None, "damaged_dicom", message)
    message = "its sequences nest deeper than any report does; the rest was read; check or re-export the file"
    return Reject(file, None, "nested_too_deep", message)


def _read(opened: DicomFile, file: str, places: Places) -> DicomResult:
    elements = opened.elements
    if not elements:
        return _rejected(file, "malformed_dicom", "holds no data element; copy or export it again")
    uid = text_of(elements, "SOPClassUID") or text_of(opened.meta, "MediaStorageSOPClassUID")
    if uid.startswith(_NO_LABELS) and uid not in _LABELS:
        message = f"{_name(uid)}: clinnote reads no labels from this kind of object"
        return _rejected(file, "unsupported_sop_class", message, skipped=True)
    study = study_of(elements)
    if study is None:
        message = "has neither Study Instance UID nor accession number; export it with one of them"
        return _rejected(file, "missing_study_id", message)
    return _labels(opened, uid, Origin(study, file, places))


def _name(uid: str) -> str:
    from pydicom.uid import UID

    return UID(uid).name if uid else "object without SOP Class UID"


def _labels(opened: DicomFile, uid: str, origin: Origin) -> DicomResult:
    elements = opened.elements
    rejects: tuple[Reject, ...] = ()
    if uid in _SEGMENTATIONS or has(elements, "SegmentSequence"):
        masks, rejects = _masks(opened, origin.file)
        labels = read_seg(elements, origin, masks)
        nothing = "holds no segment with voxels"
    elif uid == _RTSTRUCT:
        labels, aside = read_rtstruct(elements, origin)
        if aside:
            rejects = (
                Reject(origin.file, None, "regions_set_aside", "; ".join(aside[:_MOST_NAMED]), _all_empty(aside)),
            )
        nothing = "holds no region of interest other than equipment and references"
    elif uid == _KEY_OBJECT:
        labels = read_key_object(elements, origin)
        nothing = "holds neither text nor images"
    elif uid.startswith(_PRESENTATION_STATES):
        labels = read_gsps(elements, origin)
        nothing = "holds no text, and shows the image as it is stored"
    elif uid.startswith(_SR) or text_of(elements, "Modality") in ("SR", "KO"):
        report = read_sr(elements, origin)
        labels, nothing = list(report.labels), report.nothing
        if report.unread:
            message = f"content items without a readable value: {', '.join(report.unread)}"
            rejects = (Reject(origin.file, None, "items_not_read", message, skipped=True),)
    else:
        label = read_header(elements, origin)
        labels = [label] if label else []
        nothing = "the header names no body part, no side and no patient"
    if not labels:
        none = Reject(origin.file, None, "no_labels_in_object", f"{_name(uid)}: {nothing}", skipped=True)
        return DicomResult((), (none, *rejects))
    return DicomResult(tuple(labels), rejects, labels[0].source.format == HEADER)


def _all_empty(aside: Sequence[str]) -> bool:
    """Whether nothing is broken: a region that was never drawn is no damage."""
    return all(reason.endswith("no contour") for reason in aside)


def _masks(opened: DicomFile, file: str) -> tuple[dict[int, Mask] | None, tuple[Reject, ...]]:
    """The masks of a segmentation, or None and why they could not be read."""
    if opened.faults:
        return None, ()
    if is_tiled(opened.elements):
        message = "tiles of a slide have no place in a patient: labels come from the codes alone"
        return None, (Reject(file, None, "tiled_image", message, skipped=True),)
    try:
        return masks_of(opened), ()
    except MaskError as error:
        return None, (Reject(file, None, error.reason, f"{error}; {_CODES_ALONE}"),)
    except malformed() as error:
        message = f"the masks can't be decoded ({type(error).__name__}); {_CODES_ALONE}"
        return None, (Reject(file, None, "masks_not_readable", message),)


def _rejected(file: str, reason: str, message: str, skipped: bool = False) -> DicomResult:
    return DicomResult((), (Reject(file, None, reason, message, skipped),))
