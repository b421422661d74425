"""DICOM files of a synthetic study: image headers with tiny pixel data, TID 1500 structured reports, segmentations.

Every identifier is derived from the study's number, every date from the study's date, and nothing names the machine
or the library's version, so that a second run gives the same bytes.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import highdicom as hd
import numpy as np
import pydicom.uid as uids
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes

ROOT = f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, 'urn:clinnote:demo').int}"
SOP_CLASSES = {
    "DX": uids.DigitalXRayImageStorageForPresentation,
    "MG": uids.DigitalMammographyXRayImageStorageForPresentation,
    "CT": uids.CTImageStorage,
    "MR": uids.MRImageStorage,
    "US": uids.UltrasoundImageStorage,
}
PROCEDURES = {
    "DX": codes.LN.XRUnspecifiedBodyRegion,
    "MG": codes.SCT.Mammography,
    "CT": codes.LN.CTUnspecifiedBodyRegion,
    "MR": codes.LN.MRIUnspecifiedBodyRegion,
}
SLICES, SIZE, SPACING, THICKNESS = 8, 32, 10.0, 10.0
"""Grid of the segmentations: 32 x 32 x 8 voxels, 10 mm each, centred on the patient's midline."""
TIME = "120000"


def study_uid(index: int) -> str:
    return f"{ROOT}.{index}"


def study_files(index: int, study: dict[str, Any]) -> dict[str, FileDataset]:
    """Name and data set of every file of the study."""
    headers = [image_file(index, study, image, number) for number, image in enumerate(study["images"], start=1)]
    files = {f"image-{number}.dcm": header for number, header in enumerate(headers, start=1)}
    if study.get("sr"):
        files["sr.dcm"] = report_file(index, study, headers[0])
    if study.get("seg"):
        files["seg.dcm"] = segmentation_file(index, study)
    return files


def patient_id(study: dict[str, Any]) -> str:
    return str(study.get("image_patient", study["patient"]))


def base(index: int, study: dict[str, Any], sop_class: str, uid: str) -> FileDataset:
    """A data set with patient, study and general series attributes."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = uids.ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid
    ds.PatientName, ds.PatientID = f"Demo^{patient_id(study)}", patient_id(study)
    ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = "", study["sex"], study["age"]
    ds.StudyInstanceUID, ds.StudyID, ds.AccessionNumber = study_uid(index), str(index), f"ACC{index:04d}"
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = ds.AcquisitionDate = study["date"].replace("-", "")
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = ds.AcquisitionTime = TIME
    ds.StudyDescription, ds.ReferringPhysicianName = study["description"], ""
    ds.Manufacturer, ds.ManufacturerModelName = "clinnote", "synthetic demo data"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "0", "1"
    return ds


def image_file(index: int, study: dict[str, Any], image: dict[str, Any], number: int) -> FileDataset:
    """One image: the header that the cross-check reads, and a small drawn phantom."""
    modality = image["modality"]
    ds = base(index, study, SOP_CLASSES[modality], f"{ROOT}.{index}.{number}.1")
    ds.Modality = modality
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = f"{ROOT}.{index}.{number}", number, 1
    ds.BodyPartExamined = image["body_part"]
    if "orientation" in image:
        ds.PatientOrientation = image["orientation"].split("\\")
    if "view" in image:
        ds.ViewPosition = image["view"]
    if modality in ("CT", "MR"):
        add_volume_header(ds, f"{ROOT}.{index}.90", 0)
        if "laterality" in image:
            ds.Laterality = image["laterality"]
        pixels = np.zeros((SIZE, SIZE), np.uint16)
    else:
        if modality in ("DX", "MG"):
            add_projection_header(ds, image)
        else:
            ds.ImageType, ds.PatientOrientation, ds.Laterality = ["ORIGINAL", "PRIMARY", ""], "", ""
        pixels = phantom(image["body_part"])
    add_pixels(ds, pixels)
    if modality == "DX":
        ds.compress(uids.RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return ds


def add_projection_header(ds: FileDataset, image: dict[str, Any]) -> None:
    """What the DX and MG modules ask for besides the general attributes."""
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.ImageLaterality = image.get("laterality", "U")
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "00"
    ds.PresentationLUTShape = "IDENTITY"
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    ds.WindowCenter, ds.WindowWidth = 128, 256
    ds.ImagerPixelSpacing = [1.5, 1.5]
    ds.DetectorType, ds.DetectorConfiguration = "DIRECT", "AREA"
    ds.PositionerType = "MAMMOGRAPHIC" if ds.Modality == "MG" else "NONE"
    region = codes.SCT.Breast if ds.Modality == "MG" else codes.SCT.Chest
    ds.AnatomicRegionSequence = [coded(region)]
    ds.AcquisitionContextSequence = []
    ds.PatientOrientation = image["orientation"].split("\\")
    if ds.Modality == "MG":
        ds.OrganExposed = "BREAST"
        view = coded(codes.SCT.CranioCaudal)
        view.ViewModifierCodeSequence = []
        ds.ViewCodeSequence = [view]


def add_volume_header(ds: FileDataset, frame: str, slice_index: int) -> None:
    """Position and orientation of one axial slice, supine: rows run to the patient's left, columns to the back."""
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = frame, ""
    ds.PatientPosition = "HFS"
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    corner = -SPACING * (SIZE - 1) / 2
    ds.ImagePositionPatient = [corner, corner, slice_index * THICKNESS]
    ds.PixelSpacing, ds.SliceThickness = [SPACING, SPACING], THICKNESS
    ds.AcquisitionNumber = 1
    if ds.Modality == "CT":
        ds.KVP, ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 120, -1024, 1, "HU"
    if ds.Modality == "MR":
        ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "SE", "NONE", "", "2D"
        ds.EchoTime, ds.RepetitionTime, ds.EchoTrainLength = 80, 3000, 1


def add_pixels(ds: FileDataset, pixels: np.ndarray) -> None:
    bits = pixels.dtype.itemsize * 8
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits, bits - 1, 0
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW" if bits == 16 else "OB"


def phantom(body_part: str) -> np.ndarray:
    """A grey square; for the chest with two lungs, 256 x 256, so that boxes have something to lie on."""
    if body_part != "CHEST":
        return np.full((32, 32), 96, np.uint8)
    y, x = np.mgrid[0:256, 0:256]
    lungs = [((x - cx) / 44) ** 2 + ((y - 128) / 92) ** 2 < 1 for cx in (70, 186)]
    return np.where(lungs[0] | lungs[1], 40, 150).astype(np.uint8)


def coded(code: Any) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def sct(name: str) -> Any:
    return getattr(codes.SCT, name)


def report_file(index: int, study: dict[str, Any], image: FileDataset) -> FileDataset:
    """A Comprehensive 3D SR after TID 1500 with one measurement group (TID 1501) per finding."""
    observer = hd.sr.ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes(name="Reader^Demo"),
    )
    groups = [finding_group(f"{ROOT}.{index}.70.{n}", n, row) for n, row in enumerate(study["sr"], start=1)]
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=observer),
        procedure_reported=PROCEDURES[image.Modality],
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    document = hd.sr.Comprehensive3DSR(
        evidence=[image],
        content=content[0],
        series_instance_uid=f"{ROOT}.{index}.7",
        series_number=7,
        sop_instance_uid=f"{ROOT}.{index}.7.1",
        instance_number=1,
        manufacturer="clinnote",
    )
    return fixed(document, index, study)


def finding_group(uid: str, number: int, row: dict[str, Any]) -> hd.sr.MeasurementsAndQualitativeEvaluations:
    site = hd.sr.FindingSite(anatomic_location=sct(row["site"]), laterality=sct(row["side"]))
    size = []
    if "size_mm" in row:
        size = [hd.sr.Measurement(name=codes.SCT.Diameter, value=row["size_mm"], unit=codes.UCUM.Millimeter)]
    return hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=uid, identifier=f"Finding {number}"),
        finding_type=sct(row["finding"]),
        finding_sites=[site],
        measurements=size,
    )


def segmentation_file(index: int, study: dict[str, Any]) -> FileDataset:
    """A binary segmentation of small cubes; each segment codes its type, its region and its side."""
    slices = []
    for n in range(SLICES):
        image = image_file(index, study, study["images"][0], 1)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.{index}.1.{n + 1}"
        image.InstanceNumber = n + 1
        add_volume_header(image, f"{ROOT}.{index}.90", n)
        slices.append(image)
    masks = np.stack([cube(row["centre"]) for row in study["seg"]], axis=-1)
    segmentation = hd.seg.Segmentation(
        source_images=slices,
        pixel_array=masks,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[segment(index, n, row) for n, row in enumerate(study["seg"], start=1)],
        series_instance_uid=f"{ROOT}.{index}.8",
        series_number=8,
        sop_instance_uid=f"{ROOT}.{index}.8.1",
        instance_number=1,
        manufacturer="clinnote",
        manufacturer_model_name="synthetic demo data",
        software_versions="1",
        device_serial_number="0",
        content_label="DEMO",
    )
    for item, row in zip(segmentation.SegmentSequence, study["seg"], strict=True):
        # highdicom has no argument for the modifier that carries the side (PS3.3 C.8.20.2).
        item.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [coded(sct(row["side"]))]
    return fixed(segmentation, index, study)


def segment(index: int, number: int, row: dict[str, Any]) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=row["label"],
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=sct(row["type"]),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        anatomic_regions=[sct(row["site"])],
        tracking_uid=f"{ROOT}.{index}.80.{number}",
        tracking_id=f"Segment {number}",
    )


def cube(centre: list[float]) -> np.ndarray:
    """A cube of 3 x 3 x 3 voxels around a point in patient coordinates (mm), as slices x rows x columns."""
    corner = -SPACING * (SIZE - 1) / 2
    column, row = (round((value - corner) / SPACING) for value in centre[:2])
    plane = round(centre[2] / THICKNESS)
    mask = np.zeros((SLICES, SIZE, SIZE), np.uint8)
    mask[plane - 1 : plane + 2, row - 1 : row + 2, column - 1 : column + 2] = 1
    return mask


def fixed(ds: Dataset, index: int, study: dict[str, Any]) -> FileDataset:
    """The data set with every generated identifier, date and library version replaced by a fixed one."""
    date = study["date"].replace("-", "")
    names: dict[str, str] = {}
    for element in walk(ds):
        if element.VR == "DA" and element.value:
            element.value = date
        elif element.VR == "TM" and element.value:
            element.value = TIME
        elif element.VR == "DT" and element.value:
            element.value = date + TIME
        elif element.VR == "UI" and str(element.value).startswith("1.2.826.0.1.3680043"):
            element.value = names.setdefault(str(element.value), f"{ROOT}.{index}.99.{len(names) + 1}")
    for keyword in ("ContributingEquipmentSequence", "TimezoneOffsetFromUTC"):
        if keyword in ds:
            delattr(ds, keyword)
    out = base(index, study, ds.SOPClassUID, ds.SOPInstanceUID)
    out.update({element.tag: element for element in ds})
    return out


def walk(ds: Dataset) -> Iterator[Any]:
    for element in ds:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from walk(item)
