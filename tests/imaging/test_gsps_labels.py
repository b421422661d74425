"""Presentation states: texts and shapes drawn on an image, mirrored and turned displays."""

import pytest
from imaging_objects import dx, header, to_bytes
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DigitalXRayImageStorageForPresentation, GrayscaleSoftcopyPresentationStateStorage

IMAGE = "2.25.90"


def reference():
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = DigitalXRayImageStorageForPresentation, IMAGE
    return made


def text(words, anchor=None, units="PIXEL"):
    made = Dataset()
    made.UnformattedTextValue = words
    if anchor:
        made.AnchorPoint, made.AnchorPointAnnotationUnits, made.AnchorPointVisibility = list(anchor), units, "Y"
    else:
        made.BoundingBoxAnnotationUnits = "DISPLAY"
        made.BoundingBoxTopLeftHandCorner, made.BoundingBoxBottomRightHandCorner = [0.1, 0.1], [0.2, 0.2]
    return made


def shape(kind, data, units="PIXEL"):
    made = Dataset()
    made.GraphicAnnotationUnits, made.GraphicType, made.GraphicData = units, kind, data
    made.GraphicDimensions, made.NumberOfGraphicPoints = 2, len(data) // 2
    return made


def gsps(*annotations, flip=None, rotation=0):
    """A presentation state of one image; an annotation is (texts, shapes)."""
    dataset = header(GrayscaleSoftcopyPresentationStateStorage, "PR", ContentCreatorName="Reader^One")
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = "2.25.91", Sequence([reference()])
    dataset.ReferencedSeriesSequence = Sequence([series])
    made = []
    for texts, shapes in annotations:
        annotation = Dataset()
        annotation.ReferencedImageSequence = Sequence([reference()])
        annotation.GraphicLayer = "ONE"
        annotation.TextObjectSequence, annotation.GraphicObjectSequence = Sequence(texts), Sequence(shapes)
        made.append(annotation)
    dataset.GraphicAnnotationSequence = Sequence(made)
    if flip:
        dataset.ImageHorizontalFlip, dataset.ImageRotation = flip, rotation
    return to_bytes(dataset, GrayscaleSoftcopyPresentationStateStorage)


def film(**tags):
    return dx(SOPInstanceUID=IMAGE, SeriesInstanceUID="2.25.91", BodyPartExamined="CHEST", **tags)


def test_a_text_with_an_anchor_is_a_label_at_that_point(labels_in):
    (label,) = labels_in(gsps(([text("nodule", (2.0, 3.0))], [])))
    assert (label.finding.text, label.source.format, label.source.pointer) == (
        "nodule", "dicom-gsps", "annotation 1 text 1",
    )  # fmt: skip
    assert (label.geometry.kind, label.geometry.x, label.geometry.y) == ("point", 2.0, 3.0)
    assert (label.image_id, label.series_id, label.modality, label.annotator) == (IMAGE, "2.25.91", "DX", "Reader^One")


@pytest.mark.parametrize(("words", "side"), [("left effusion", "left"), ("RLL opacity", "right")])
def test_a_side_in_the_text(labels_in, words, side):
    (label,) = labels_in(gsps(([text(words)], [])))
    assert (label.sides.values, label.sides.basis, label.geometry) == ((side,), "label_text", None)


def test_a_text_beside_one_shape_is_about_that_shape(labels_in):
    (label,) = labels_in(gsps(([text("mass")], [shape("CIRCLE", [2.0, 2.0, 3.0, 2.0])])))
    assert (label.geometry.kind, label.geometry.x, label.geometry.width) == ("box", 1.0, 2.0)


def test_coordinates_of_the_display_place_nothing(labels_in):
    (label,) = labels_in(gsps(([text("mass", (0.2, 0.3), "DISPLAY")], [shape("POINT", [0.1, 0.1], "DISPLAY")])))
    assert (label.geometry, label.sides.values) == (None, ())


@pytest.mark.parametrize(
    ("flip", "rotation", "tags", "values", "basis"),
    [
        ("N", 0, {"ViewPosition": "PA"}, ("right",), "convention_geometry"),
        ("Y", 0, {"ViewPosition": "PA"}, ("left",), "convention_geometry"),
        ("N", 180, {"ViewPosition": "PA"}, ("left",), "convention_geometry"),
        ("Y", 180, {"ViewPosition": "PA"}, ("right",), "convention_geometry"),
        ("N", 90, {"ViewPosition": "PA"}, (), None),
        ("Y", 0, {"ViewPosition": "PA", "PatientOrientation": ["L", "F"]}, ("right",), "oriented_geometry"),
        ("N", 0, {"ViewPosition": "PA", "PatientOrientation": ["R", "F"]}, ("left",), "oriented_geometry"),
        ("N", 0, {"ViewPosition": "LL"}, (), None),
    ],
)
def test_the_side_on_an_image_that_was_displayed_mirrored_or_turned(
    tmp_path, home, flip, rotation, tags, values, basis
):
    from clinnote.imaging.read import read_image_labels

    (tmp_path / "a.dcm").write_bytes(gsps(([text("nodule", (1.0, 4.0))], []), flip=flip, rotation=rotation))
    (tmp_path / "b.dcm").write_bytes(film(**tags))
    (label,) = [
        x for x in read_image_labels([tmp_path], home) if getattr(x, "finding", None) and x.finding.text == "nodule"
    ]
    assert (label.sides.values, label.sides.basis) == (values, basis)


def test_a_mirrored_display_is_told_also_without_a_text(labels_in):
    (label,) = labels_in(gsps(flip="Y"))
    assert (label.finding.text, label.image_id) == ("image", IMAGE)
    assert (label.metadata["display_flip"], label.metadata["display_mirrored"]) == (True, True)


def test_markers_and_measurements_are_no_findings_but_kept(labels_in):
    (label,) = labels_in(gsps(([text("L"), text("12.3 mm"), text("PORTABLE")], [shape("POINT", [1.0, 1.0])])))
    assert (label.finding.text, label.sides.values) == ("image", ())
    assert label.metadata["texts"] == ["L", "12.3 mm", "PORTABLE"]


def test_a_state_that_only_sets_the_window_says_so(reject_of):
    reject = reject_of(gsps())
    assert (reject.reason, reject.skipped) == ("no_labels_in_object", True)


def test_a_text_without_a_place_has_the_side_of_an_image_of_one_limb(tmp_path, home):
    from clinnote.imaging.read import read_image_labels

    (tmp_path / "a.dcm").write_bytes(gsps(([text("fracture")], [])))
    (tmp_path / "b.dcm").write_bytes(
        dx(SOPInstanceUID=IMAGE, SeriesInstanceUID="2.25.91", BodyPartExamined="KNEE", ImageLaterality="R")
    )
    found = {x.finding.text: x for x in read_image_labels([tmp_path], home) if hasattr(x, "finding")}
    assert (found["fracture"].sides.values, found["fracture"].sides.basis) == (("right",), "header")
