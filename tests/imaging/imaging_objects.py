"""Small DICOM objects, built item by item, so that a test says what stands in them."""

import io

import highdicom
import numpy as np
from highdicom.seg import SegmentationTypeValues, SegmentDescription
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.coding import Code
from pydicom.uid import (
    ComprehensiveSRStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
)

STUDY = "2.25.1001"
SERIES = "2.25.1002"

LEFT = ("7771000", "SCT", "Left")
RIGHT = ("24028007", "SCT", "Right")
BOTH = ("51440002", "SCT", "Bilateral")
FINDING = ("121071", "DCM", "Finding")
FINDING_SITE = ("363698007", "SCT", "Finding Site")
LATERALITY = ("272741003", "SCT", "Laterality")
IMAGE_LATERALITY = ("111027", "DCM", "Image Laterality")
GROUP = ("125007", "DCM", "Measurement Group")
NODULE = ("27925004", "SCT", "Nodule")
LUNG = ("39607008", "SCT", "Lung")
KIDNEY = ("64033007", "SCT", "Kidney")


def code(triple):
    """A code sequence item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = triple
    return item


def to_bytes(dataset, uid, syntax=ExplicitVRLittleEndian):
    """The data set as the bytes of a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "2.25.9")
    meta.TransferSyntaxUID = syntax
    file = FileDataset(None, dataset, file_meta=meta, preamble=b"\0" * 128)
    stream = io.BytesIO()
    file.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def header(uid, modality, **tags):
    """The common attributes of an instance, and any others by keyword; None leaves one out."""
    dataset = Dataset()
    values = {
        "SOPClassUID": uid,
        "SOPInstanceUID": "2.25.1003",
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": SERIES,
        "StudyDate": "20240317",
        "Modality": modality,
        "PatientID": "P-1",
        "PatientName": "",
        "PatientBirthDate": "",
        "PatientSex": "F",
        "AccessionNumber": "A-1",
        "StudyTime": "",
        "StudyID": "",
        "ReferringPhysicianName": "",
        **tags,
    }
    for keyword, value in values.items():
        if value is not None:
            element = DataElement(tag_for_keyword(keyword), dictionary_VR(keyword), value, validation_mode=IGNORE)
            dataset.add(element)
    return dataset


def dx(**tags):
    """A digital radiograph with 8 x 8 pixels."""
    dataset = header(DigitalXRayImageStorageForPresentation, "DX", Rows=8, Columns=8, **tags)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.SamplesPerPixel, dataset.PixelRepresentation = 7, 1, 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = bytes(64)
    return to_bytes(dataset, DigitalXRayImageStorageForPresentation)


def item(kind, name=None, value=None, *children, relation="CONTAINS"):
    """One content item; ``value`` is a code triple for CODE items, else text."""
    made = Dataset()
    made.RelationshipType, made.ValueType = relation, kind
    if name:
        made.ConceptNameCodeSequence = Sequence([code(name)])
    if kind == "CODE":
        made.ConceptCodeSequence = Sequence([code(value)])
    elif kind == "TEXT":
        made.TextValue = value
    if children:
        made.ContentSequence = Sequence(children)
    return made


def number(name, value, unit, *children):
    """A NUM content item."""
    made = item("NUM", name, None, *children)
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = Sequence([code((unit, "UCUM", unit))])
    made.MeasuredValueSequence = Sequence([measured])
    return made


def site(structure, side=None, site_name=FINDING_SITE, side_name=LATERALITY):
    """A finding site with its laterality."""
    sides = (item("CODE", side_name, side, relation="HAS CONCEPT MOD"),) if side else ()
    return item("CODE", site_name, structure, *sides, relation="HAS CONCEPT MOD")


def group(*children):
    """A measurement group."""
    return item("CONTAINER", GROUP, None, *children)


def sr(*groups, uid=ComprehensiveSRStorage, change=None, **tags):
    """A measurement report around the groups; ``change`` may alter the data set before it is written."""
    dataset = header(uid, tags.pop("Modality", "SR"), **tags)
    dataset.ValueType = "CONTAINER"
    dataset.ConceptNameCodeSequence = Sequence([code(("126000", "DCM", "Imaging Measurement Report"))])
    measurements = item("CONTAINER", ("126010", "DCM", "Imaging Measurements"), None, *groups)
    dataset.ContentSequence = Sequence([measurements])
    if change:
        change(dataset)
    return to_bytes(dataset, uid)


def on_image(side, *marks, view=None, library=None):
    """An image library with one image of a side (by code), and marks that refer to it by its place in the tree.

    The marks stand in a container of findings, second in the report.
    """
    image = item("IMAGE", None, None, item("CODE", IMAGE_LATERALITY, side))
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", "2.25.71"
    image.ReferencedSOPSequence = Sequence([reference])
    if view:
        image.ContentSequence.append(item("CODE", ("111031", "DCM", "Image View"), view))
    for child in library or ():
        image.ContentSequence.append(child)
    for mark in marks:
        region = item("SCOORD", ("111010", "DCM", "Center"))
        region.GraphicType, region.GraphicData = "POINT", [6.0, 4.0]
        by_place = Dataset()
        by_place.RelationshipType, by_place.ReferencedContentItemIdentifier = "SELECTED FROM", [1, 1, 1, 1]
        region.ContentSequence = Sequence([by_place])
        mark.ContentSequence = Sequence([*mark.get("ContentSequence", ()), region])
    return (
        item("CONTAINER", ("111028", "DCM", "Image Library"), None, image),
        item("CONTAINER", ("121070", "DCM", "Findings"), None, *marks),
    )


def measured_report(side, kind="planar", x=60.0):
    """A report of highdicom with one measurement group: a nodule in a lung of a side (a code triple)."""
    about = {
        "tracking_identifier": highdicom.sr.TrackingIdentifier(highdicom.UID(), "lesion 1"),
        "finding_type": Code(*NODULE),
        "finding_sites": [highdicom.sr.FindingSite(Code(*LUNG), laterality=Code(*side))],
        "measurements": [
            highdicom.sr.Measurement(Code("81827009", "SCT", "Diameter"), 11.0, Code("mm", "UCUM", "millimeter"))
        ],
    }
    images = [ct_slice(1)]
    if kind == "planar":
        point = highdicom.sr.ImageRegion3D("POINT", np.array([[x, 0.0, 10.0]]), frame_of_reference_uid="2.25.30")
        made = highdicom.sr.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=point, **about)
    elif kind == "volumetric":
        source = highdicom.sr.SourceImageForSegmentation.from_source_image(images[0])
        point = np.array([[x, 0.0, 10.0]])
        surface = highdicom.sr.VolumeSurface("POINT", [point], "2.25.30", [source])
        volumetric = highdicom.sr.VolumetricROIMeasurementsAndQualitativeEvaluations
        made = volumetric(referenced_volume_surface=surface, **about)
    else:
        made = highdicom.sr.MeasurementsAndQualitativeEvaluations(**about)
    observer = highdicom.sr.PersonObserverIdentifyingAttributes(name="Reader^One")
    person = highdicom.sr.ObserverContext(Code("121006", "DCM", "Person"), observer)
    content = highdicom.sr.MeasurementReport(
        highdicom.sr.ObservationContext(observer_person_context=person),
        Code("25045-6", "LN", "CT unspecified body region"),
        imaging_measurements=[made],
    )
    document = highdicom.sr.Comprehensive3DSR(images, content, "2.25.50", 5, "2.25.51", 1, "clinnote")
    stream = io.BytesIO()
    document.save_as(stream)
    return stream.getvalue()


def rt_utils_rois(*rois):
    """A structure set of rt-utils over two slices of a CT: (name, (first, last) column) of each region."""
    import contextlib
    import tempfile
    import warnings
    from pathlib import Path

    import rt_utils

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for number in (1, 2):
            made = ct_slice(number)
            made.SliceLocation = float(number)
            (Path(folder) / f"{number}.dcm").write_bytes(to_bytes(made, CTImageStorage))
        structures = rt_utils.RTStructBuilder.create_new(dicom_series_path=folder)
        for name, (first, last) in rois:
            mask = np.zeros((16, 16, 2), dtype=bool)
            mask[4:8, first:last] = True
            structures.add_roi(mask=mask, name=name)
        out = Path(folder) / "rtstruct.dcm"
        structures.save(str(out))
        return out.read_bytes()


def rtstruct(*rois):
    """A structure set of (name, interpreted type, x positions); a contour is a triangle around each x."""
    dataset = header(RTStructureSetStorage, "RTSTRUCT")
    structures, contours, observations = [], [], []
    for index, (name, kind, xs) in enumerate(rois, 1):
        structure, contour, observation = Dataset(), Dataset(), Dataset()
        structure.ROINumber, structure.ROIName = index, name
        contour.ReferencedROINumber = observation.ReferencedROINumber = index
        observation.RTROIInterpretedType = kind
        parts = []
        for x in xs:
            part = Dataset()
            part.ContourData = [x - 5, 0, 0, x + 5, 0, 0, x, 8, 0]
            part.NumberOfContourPoints, part.ContourGeometricType = 3, "CLOSED_PLANAR"
            parts.append(part)
        contour.ContourSequence = Sequence(parts)
        structures.append(structure)
        contours.append(contour)
        observations.append(observation)
    dataset.StructureSetROISequence = Sequence(structures)
    dataset.ROIContourSequence = Sequence(contours)
    dataset.RTROIObservationsSequence = Sequence(observations)
    return to_bytes(dataset, RTStructureSetStorage)


def ct_slice(number):
    """One 16 x 16 slice of a CT, 10 mm pixels, x from -80 mm (patient's right) to +70 mm."""
    dataset = header(CTImageStorage, "CT", SOPInstanceUID=f"2.25.20{number}", Rows=16, Columns=16)
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = "2.25.30", ""
    dataset.ImagePositionPatient = [-80.0, -80.0, 10.0 * number]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [10.0, 10.0], 10.0
    dataset.SeriesNumber, dataset.InstanceNumber = 1, number
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.SamplesPerPixel, dataset.PixelRepresentation = 15, 1, 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = bytes(512)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def segment(number, label, kind, category=("49755003", "SCT", "Morphologically Abnormal Structure"), region=None):
    """A segment description; ``kind`` and ``region`` are code triples, the region without a modifier."""
    return SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=Code(*category),
        segmented_property_type=Code(*kind),
        algorithm_type="MANUAL",
        anatomic_regions=[Code(*region)] if region else None,
    )


def seg(segments, columns, kind=SegmentationTypeValues.BINARY, change=None, syntax=ExplicitVRLittleEndian):
    """A segmentation over two slices; segment n covers rows 4 to 8 of the given (first, last) columns.

    ``change`` may alter the data set before it is written.
    """
    sources = [ct_slice(1), ct_slice(2)]
    masks = np.zeros((2, 16, 16, len(segments)), dtype=np.uint8)
    for index, (first, last) in enumerate(columns):
        masks[:, 4:8, first:last, index] = 1
    if kind is SegmentationTypeValues.LABELMAP:
        masks = (masks * np.arange(1, len(segments) + 1, dtype=np.uint8)).max(axis=3)
    made = highdicom.seg.Segmentation(
        source_images=sources,
        pixel_array=masks.astype(np.float32) if kind is SegmentationTypeValues.FRACTIONAL else masks,
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid="2.25.40",
        series_number=2,
        sop_instance_uid="2.25.41",
        instance_number=1,
        manufacturer="clinnote",
        manufacturer_model_name="tests",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=syntax,
        omit_empty_frames=False,
    )
    if change:
        change(made)
    stream = io.BytesIO()
    made.save_as(stream)
    return stream.getvalue()
