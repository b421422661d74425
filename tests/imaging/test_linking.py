"""Regions and boxes get their orientation from the image they were drawn on."""

import json

import pytest
from imaging_objects import FINDING, LUNG, NODULE, dx, group, item, site, sr
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels

IMAGE = "2.25.1003"


def drawn(x, place=LUNG):
    """A report with one point on the image."""
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", IMAGE
    image = item("IMAGE")
    image.ReferencedSOPSequence = Sequence([reference])
    region = item("SCOORD", ("111030", "DCM", "Image Region"), None, image)
    region.GraphicType, region.GraphicData = "POINT", [x, 4.0]
    return sr(
        group(item("CODE", FINDING, NODULE), site(place), region), SOPInstanceUID="2.25.8", SeriesInstanceUID="2.25.7"
    )


@pytest.fixture
def label_of(tmp_path, home):
    def read(report, image=None, name="report.dcm"):
        (tmp_path / name).write_bytes(report)
        if image:
            (tmp_path / "z-image.dcm").write_bytes(image)
        found = [x for x in read_image_labels([tmp_path], home) if not isinstance(x, Reject)]
        return next(x for x in found if x.finding.text != "image")

    return read


@pytest.mark.parametrize(
    ("tags", "values", "basis"),
    [
        ({"PatientOrientation": ["L", "F"]}, ("left",), "oriented_geometry"),
        ({"PatientOrientation": ["R", "F"]}, ("right",), "oriented_geometry"),
        ({"PatientOrientation": ["A", "F"]}, (), None),
        ({"ViewPosition": "PA"}, ("left",), "convention_geometry"),
        ({"ViewPosition": "LL"}, (), None),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, ("left",), "oriented_geometry"),
        ({"ImageOrientationPatient": [-1, 0, 0, 0, 1, 0]}, ("right",), "oriented_geometry"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, (), None),
        ({"PatientOrientation": ["L", "F"], "BodyPartExamined": "CHEST", "ImageLaterality": "R"}, ("left",),
         "oriented_geometry"),
        ({"PatientOrientation": ["A", "R"], "BodyPartExamined": "BREAST", "ImageLaterality": "R"}, ("right",),
         "header"),
        ({"PatientOrientation": ["L", "F"], "BodyPartExamined": "KNEE", "ImageLaterality": "R"}, ("right",), "header"),
        ({"PatientOrientation": ["L", "F"], "BodyPartExamined": "KNEE"}, (), None),
    ],
    ids=str,
)  # fmt: skip
def test_the_header_of_the_image_gives_the_side(label_of, tags, values, basis):
    label = label_of(drawn(7.0), dx(**tags))
    assert (label.sides.values, label.sides.basis) == (values, basis)


def test_without_the_image_there_is_no_side(label_of):
    assert label_of(drawn(7.0)).sides.values == ()


def test_a_table_may_name_the_image_by_its_file(label_of):
    table = b"study_id,image_id,finding,x,y,w,h\ns,z-image.dcm,Mass,1,1,2,2\n"
    label = label_of(table, dx(PatientOrientation=["L", "F"]), "boxes.csv")
    assert (label.sides.values, label.sides.basis, label.geometry.image_width) == (("right",), "oriented_geometry", 8)


def test_the_words_of_the_label_still_win(label_of):
    table = b"study_id,image_id,finding,x,y,w,h\ns,z-image.dcm,Left lung mass,1,1,2,2\n"
    label = label_of(table, dx(PatientOrientation=["L", "F"]), "boxes.csv")
    assert (label.sides.values, label.sides.basis) == (("left",), "label_text")
    assert [s["values"] for s in label.metadata["sides_seen"]] == [["left"], ["right"]]


@pytest.mark.parametrize("seen", [None, "text", [{"values": 3}], [{"values": ["left"], "basis": "nonsense"}], [4]])
def test_ready_made_labels_keep_their_own_side(tmp_path, home, seen):
    label = {
        "label_id": "1", "study_id": "s", "image_id": IMAGE, "finding": {"text": "Mass"},
        "sides": {"values": ["left"], "basis": "code"}, "source": {"format": "x", "file": "f", "pointer": "1"},
        "geometry": {"kind": "point", "x": 1, "y": 1}, "metadata": {"sides_seen": seen} if seen else {},
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(label))
    (tmp_path / "b.dcm").write_bytes(dx(PatientOrientation=["L", "F"]))
    found = list(read_image_labels([tmp_path], home))[-1]
    assert (found.label_id, found.sides.values, found.sides.basis) == ("1", ("left",), "code")
