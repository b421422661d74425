"""The modality of the images that a derived object (SR, SEG, RTSTRUCT) was made from."""

from collections.abc import Iterator
from typing import Final

from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.values import items, text_of

_BY_NAME: Final = (
    ("CT Image", "CT"),
    ("Enhanced CT", "CT"),
    ("Legacy Converted Enhanced CT", "CT"),
    ("MR Image", "MR"),
    ("Enhanced MR", "MR"),
    ("Legacy Converted Enhanced MR", "MR"),
    ("Positron Emission", "PT"),
    ("Enhanced PET", "PT"),
    ("Computed Radiography", "CR"),
    ("Digital X-Ray", "DX"),
    ("Digital Mammography", "MG"),
    ("Breast Tomosynthesis", "MG"),
    ("Ultrasound", "US"),
    ("Nuclear Medicine", "NM"),
    ("X-Ray Angiographic", "XA"),
    ("Enhanced XA", "XA"),
    ("X-Ray Radiofluoroscopic", "RF"),
    ("Ophthalmic", "OP"),
    ("VL Whole Slide", "SM"),
)
"""Beginning of the name of an image SOP class (PS3.4 B.5), and its modality (PS3.3 C.7.3.1.1.1)."""
MAX_REFERENCES: Final = 64
"""References looked at; the images of one object share a modality, so the first ones tell."""


def modality_of_references(dataset: Elements) -> str | None:
    """The modality that the referenced images share, or None when they name none or differ."""
    from pydicom.uid import UID

    found = set()
    for number, uid in enumerate(_referenced_classes(dataset)):
        if number >= MAX_REFERENCES:
            break
        name = UID(uid).name
        found |= {modality for start, modality in _BY_NAME if name.startswith(start)}
    return found.pop() if len(found) == 1 else None


def _referenced_classes(dataset: Elements) -> Iterator[str]:
    """SOP class UIDs in the places where SEG, RTSTRUCT and SR keep them."""
    for series in items(dataset, "ReferencedSeriesSequence"):
        for keyword in ("ReferencedInstanceSequence", "ReferencedImageSequence"):
            for image in items(series, keyword):
                yield text_of(image, "ReferencedSOPClassUID")
    for frame in items(dataset, "PerFrameFunctionalGroupsSequence"):
        for derivation in items(frame, "DerivationImageSequence"):
            for image in items(derivation, "SourceImageSequence"):
                yield text_of(image, "ReferencedSOPClassUID")
    for contour in items(dataset, "ROIContourSequence"):
        for part in items(contour, "ContourSequence"):
            for image in items(part, "ContourImageSequence"):
                yield text_of(image, "ReferencedSOPClassUID")
    for study in items(dataset, "CurrentRequestedProcedureEvidenceSequence"):
        for series in items(study, "ReferencedSeriesSequence"):
            for image in items(series, "ReferencedSOPSequence"):
                yield text_of(image, "ReferencedSOPClassUID")
