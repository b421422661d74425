"""How fast DICOM labels are read, beside the libraries that read the same: highdicom, pydicom, and the bare disk.

Writes structured reports of three measurement groups each (and headers, and one large segmentation) with highdicom to
a temporary folder, reads them all in this process, checks that every reader found the same, and prints CPU time.

    python benchmarks/sr_reading.py [--reports 1000] [--images 1000] [--frames 500]
"""

import argparse
import multiprocessing
import re
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import CTImageStorage, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from clinnote.imaging.dicom.reader import read_dicom
from clinnote.imaging.sides.places import load_places
from clinnote.settings import find_home

SIDES = {"left": Code("7771000", "SCT", "Left"), "right": Code("24028007", "SCT", "Right")}
BOTH = Code("51440002", "SCT", "Bilateral")
HEADER_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "StudyDate", "Modality", "PatientID",
    "PatientSex", "AccessionNumber", "Laterality", "ImageLaterality", "MeasurementLaterality", "PatientOrientation",
    "ImageOrientationPatient", "BodyPartExamined", "AnatomicRegionSequence", "PrimaryAnatomicStructureSequence",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "ViewPosition", "ViewCodeSequence", "Rows",
    "Columns", "StudyDescription", "SeriesDescription",
]  # fmt: skip


def image(uid: str, sop_class: str, modality: str, size: int, **tags: Any) -> Dataset:
    """An image of ``size`` x ``size`` pixels of 16 bits."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID, made.Modality = sop_class, uid, modality
    made.StudyInstanceUID, made.SeriesInstanceUID = "2.25.1", "2.25.2"
    made.StudyDate, made.StudyTime, made.StudyID, made.AccessionNumber = "20240317", "", "", "A-1"
    made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = "P-1", "", "", "F"
    made.ReferringPhysicianName, made.SeriesNumber, made.InstanceNumber = "", 1, 1
    made.Rows, made.Columns, made.SamplesPerPixel, made.PixelRepresentation = size, size, 1, 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 16, 15
    made.PhotometricInterpretation = "MONOCHROME2"
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = sop_class, uid
    return made


def ct_slice(number: int, size: int) -> Dataset:
    """One slice of a CT in space."""
    return image(
        f"2.25.3{number}",
        CTImageStorage,
        "CT",
        size,
        FrameOfReferenceUID="2.25.4",
        PositionReferenceIndicator="",
        ImagePositionPatient=[-180.0, -180.0, float(number)],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[360 / size, 360 / size],
        SliceThickness=1.0,
    )


def report(number: int, source: Dataset) -> hd.sr.Comprehensive3DSR:
    """A measurement report with a group on the left, one on the right, and one on both sides."""

    def group(place: int, side: Code) -> hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations:
        return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(hd.UID(), f"lesion {place}"),
            referenced_region=hd.sr.ImageRegion3D(
                graphic_type=hd.sr.GraphicTypeValues3D.POINT,
                graphic_data=np.array([[50.0, 0.0, 10.0 * place]]),
                frame_of_reference_uid="2.25.4",
            ),
            finding_type=Code("27925004", "SCT", "Nodule"),
            finding_sites=[hd.sr.FindingSite(Code("39607008", "SCT", "Lung"), laterality=side)],
            measurements=[hd.sr.Measurement(name=codes.SCT.Diameter, value=10.0 + place, unit=codes.UCUM.Millimeter)],
        )

    observer = hd.sr.PersonObserverIdentifyingAttributes(name="Reader^One")
    person = hd.sr.ObserverContext(observer_type=codes.DCM.Person, observer_identifying_attributes=observer)
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=person),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[group(1, SIDES["left"]), group(2, SIDES["right"]), group(3, BOTH)],
    )
    return hd.sr.Comprehensive3DSR(
        evidence=[source],
        content=content,
        series_number=5,
        series_instance_uid=f"2.25.5{number}",
        sop_instance_uid=f"2.25.6{number}",
        instance_number=1,
        manufacturer="clinnote",
    )


def timed(name: str, read: Callable[[Path], object], files: list[Path]) -> tuple[float, list[object]]:
    """(CPU seconds, what was read from each file), after one file to warm up."""
    read(files[0])
    start = time.process_time()
    found = [read(file) for file in files]
    spent = time.process_time() - start
    print(
        f"  {name:<46} {spent / len(files) * 1000:8.2f} ms a file   {len(files) / max(spent, 1e-9):9.0f} files a second"
    )
    return spent, found


def sites_of_highdicom(file: Path) -> object:
    """(site code, laterality code) of every planar group."""
    groups = hd.sr.srread(file).content.get_planar_roi_measurement_groups()
    return [(site.value.value, site.laterality.value) for group in groups for site in group.finding_sites]


def structured_reports(folder: Path, count: int) -> None:
    source = ct_slice(1, 16)
    source.PixelData = bytes(512)
    for number in range(count):
        report(number, source).save_as(folder / f"{number}.dcm")
    files = sorted(folder.glob("*.dcm"))
    size = sum(file.stat().st_size for file in files) / count
    print(f"{count} structured reports, 3 groups each, {size / 1000:.1f} kB a file:")
    places = load_places(find_home())
    by_side = {("left",): SIDES["left"].value, ("right",): SIDES["right"].value, ("left", "right"): BOTH.value}

    def ours(file: Path) -> object:
        with file.open("rb") as stream:
            found = read_dicom(stream, str(file), places).labels
        return [(label.site.codes[0].code, by_side[label.sides.values]) for label in found if label.site]

    timed("the bare disk (bytes of the file)", Path.read_bytes, files)
    timed("pydicom.dcmread alone (sequences unread)", dcmread, files)
    spent, found = timed("clinnote", ours, files)
    theirs, expected = timed("highdicom: srread, groups, sites", sites_of_highdicom, files)
    assert found == expected, "the readers do not agree"
    print(f"  same {sum(map(len, found))} sites; clinnote is {theirs / spent:.1f} times as fast as highdicom\n")  # type: ignore[arg-type]


def headers(folder: Path, count: int) -> None:
    for number in range(count):
        tags = {"ImageLaterality": "LR"[number % 2], "BodyPartExamined": "KNEE", "PatientOrientation": ["L", "F"]}
        made = image(f"2.25.7{number}", DigitalXRayImageStorageForPresentation, "DX", 256, **tags)
        made.PixelData = bytes(256 * 256 * 2)
        made.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    files = sorted(folder.glob("*.dcm"))
    print(f"{count} image headers, {files[0].stat().st_size / 1000:.0f} kB a file:")
    places = load_places(find_home())

    def ours(file: Path) -> object:
        with file.open("rb") as stream:
            (label,) = read_dicom(stream, str(file), places).labels
        return label.sides.values

    def pydicom_tags(file: Path) -> object:
        read = dcmread(file, stop_before_pixels=True, specific_tags=HEADER_TAGS)
        for keyword in HEADER_TAGS:
            read.get(keyword)
        return ({"L": "left", "R": "right"}[read.ImageLaterality],)

    disk, _ = timed("the bare disk (bytes of the file)", Path.read_bytes, files)
    theirs, expected = timed("pydicom.dcmread of the same tags, values read", pydicom_tags, files)
    spent, found = timed("clinnote: labels", ours, files)
    assert found == expected, "the readers do not agree"
    print(
        f"  clinnote takes {spent / theirs:.2f} of pydicom's time and {spent / disk:.1f} times that of the bare disk\n"
    )


def in_child(work: Callable[[Path, Connection], None], file: Path) -> tuple[float, float, object]:
    """(CPU seconds, peak MB, result) of reading one file in a process of its own."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=work, args=(file, there))
    child.start()
    spent, peak, found = here.recv()
    child.join()
    return spent, peak, found


def peak_memory() -> float:
    """Most memory that this process has held, MB (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1000 if found else float("nan")


def seg_ours(file: Path, answer: Connection) -> None:
    places = load_places(find_home())
    start = time.process_time()
    with file.open("rb") as stream:
        found = [round(label.geometry.x or 0) for label in read_dicom(stream, "s", places).labels if label.geometry]
    answer.send((time.process_time() - start, peak_memory(), found))


def seg_highdicom(file: Path, answer: Connection) -> None:
    start = time.process_time()
    volume = hd.seg.segread(file).get_volume(combine_segments=False)
    centres = [np.argwhere(volume.array[..., number]).mean(axis=0) for number in range(volume.array.shape[-1])]
    found = [round(float((volume.affine @ [*centre, 1.0])[0])) for centre in centres]
    answer.send((time.process_time() - start, peak_memory(), found))


def segmentation(folder: Path, frames: int) -> None:
    size = 512
    sources = [ct_slice(number, size) for number in range(frames)]
    masks = np.zeros((frames, size, size, 2), dtype=np.uint8)
    masks[:, 200:300, 300:400, 0] = 1
    masks[:, 200:300, 100:220, 1] = 1
    described = [
        hd.seg.SegmentDescription(
            number,
            f"lesion {number}",
            codes.SCT.MorphologicallyAbnormalStructure,
            Code("27925004", "SCT", "Nodule"),
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number in (1, 2)
    ]
    made = hd.seg.Segmentation(
        sources, masks, "BINARY", described, "2.25.8", 1, "2.25.9", 1, "clinnote", "benchmark", "1", "1"
    )
    file = folder / "seg.dcm"
    made.save_as(file)
    print(f"one segmentation, 2 segments of {frames} frames of {size} x {size}, {file.stat().st_size / 1e6:.0f} MB:")
    ours, peak, found = in_child(seg_ours, file)
    print(f"  {'clinnote: centroids and sides':<46} {ours:8.2f} s   {peak:6.0f} MB at most")
    theirs, most, expected = in_child(seg_highdicom, file)
    print(f"  {'highdicom: segread, get_volume, centroids':<46} {theirs:8.2f} s   {most:6.0f} MB at most")
    assert found == expected, "the readers do not agree"
    print(f"  same centroids; clinnote is {theirs / ours:.1f} times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=500)
    given = parser.parse_args()
    for work, count in ((structured_reports, given.reports), (headers, given.images), (segmentation, given.frames)):
        if count:
            with tempfile.TemporaryDirectory() as folder:
                work(Path(folder), count)


if __name__ == "__main__":
    main()
