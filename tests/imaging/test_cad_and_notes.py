"""CAD reports, key object notes, enhanced reports and private oddities of structured reports."""

import pytest
from imaging_objects import (
    FINDING,
    FINDING_SITE,
    LATERALITY,
    LEFT,
    LUNG,
    NODULE,
    RIGHT,
    group,
    item,
    number,
    on_image,
    site,
    sr,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedSRStorage, KeyObjectSelectionDocumentStorage, MammographyCADSRStorage

SINGLE = ("111059", "DCM", "Single Image Finding")
COMPOSITE = ("111015", "DCM", "Composite Feature")
CLUSTER = ("129769006", "SCT", "Calcification Cluster")
INTENT = ("111056", "DCM", "Rendering Intent")
REQUIRED = ("111150", "DCM", "Presentation Required: Rendering device is expected to present")
OPTIONAL = ("111151", "DCM", "Presentation Optional: Rendering device may present")
NOT_SHOWN = ("111152", "DCM", "Not for Presentation: Rendering device expected not to present")
QUADRANT = ("111048", "DCM", "Quadrant location")
UPPER_OUTER = ("76365002", "SCT", "Upper outer quadrant of breast")
CLOCK = ("111014", "DCM", "Clockface or region")
TEN = ("129781005", "SCT", "10 o'clock position")
BREAST = ("76752008", "SCT", "Breast")
ABSENT, PRESENT = ("272519000", "SCT", "Absent"), ("52101004", "SCT", "Present")
EFFUSION = ("60046008", "SCT", "Pleural effusion")


def mammography(*marks, side=LEFT):
    return sr(*on_image(side, *marks), uid=MammographyCADSRStorage)


def test_a_mark_of_mammography_cad_has_the_side_of_its_image(labels_in):
    mark = item(
        "CODE",
        SINGLE,
        CLUSTER,
        item("CODE", INTENT, REQUIRED),
        number(("111012", "DCM", "Certainty of Finding"), 87, "%"),
    )
    (label,) = labels_in(mammography(mark))
    assert (label.finding.text, label.presence) == ("Calcification Cluster", "present")
    assert (label.sides.values, label.sides.basis) == (("left",), "header")
    assert label.image_id == "2.25.71"
    assert (label.geometry.kind, label.geometry.x) == ("point", 6.0)
    assert label.metadata["measurements"] == ["Certainty of Finding = 87 %"]


def test_a_composite_feature_and_its_parts_give_a_label_each(labels_in):
    part = item("CODE", SINGLE, CLUSTER)
    whole = item("CODE", COMPOSITE, ("129788004", "SCT", "Mammographic breast mass"), part)
    labels = labels_in(mammography(whole, side=RIGHT))
    assert [label.finding.text for label in labels] == ["Mammographic breast mass", "Calcification Cluster"]
    assert labels[0].sides.values == ("right",)


@pytest.mark.parametrize(("intent", "presence"), [(REQUIRED, "present"), (OPTIONAL, "uncertain")])
def test_the_rendering_intent_tells_how_sure_the_mark_is(labels_in, intent, presence):
    (label,) = labels_in(mammography(item("CODE", SINGLE, CLUSTER, item("CODE", INTENT, intent))))
    assert label.presence == presence


@pytest.mark.parametrize(
    "mark",
    [
        item("CODE", SINGLE, CLUSTER, item("CODE", INTENT, NOT_SHOWN)),
        item("CODE", SINGLE, ("111100", "DCM", "Breast geometry")),
        item("CODE", SINGLE, ("24142002", "SCT", "Nipple")),
        item("CODE", SINGLE, ("111101", "DCM", "Image Quality")),
    ],
    ids=["not for presentation", "geometry", "nipple", "quality"],
)
def test_marks_that_are_no_findings_give_no_label_and_are_counted(reject_of, mark):
    assert "1 marks of CAD" in reject_of(mammography(mark)).message


def test_quadrant_and_clock_face_place_the_finding(labels_in):
    in_quadrant = group(item("CODE", FINDING, CLUSTER), site(BREAST, LEFT), item("CODE", QUADRANT, UPPER_OUTER))
    at_ten = group(item("CODE", FINDING, CLUSTER), site(BREAST, RIGHT), item("CODE", CLOCK, TEN))
    one, two = labels_in(sr(in_quadrant, at_ten))
    assert (one.site.site, one.sides.values) == ("breast_upper_outer_quadrant", ("left",))
    assert (two.sides.values, two.metadata["topographical_modifier"]) == (("right",), "10 o'clock position")


def test_orientation_and_size_in_the_image_library_give_the_side_of_a_mark(labels_in):
    library = [
        item("TEXT", ("111044", "DCM", "Patient Orientation Row"), "L"),
        item("TEXT", ("111043", "DCM", "Patient Orientation Column"), "F"),
        number(("110911", "DCM", "Pixel Data Columns"), 16, "{pixels}"),
        number(("110910", "DCM", "Pixel Data Rows"), 16, "{pixels}"),
    ]
    mark = item("CODE", SINGLE, NODULE)
    (label,) = labels_in(sr(*on_image(("66459002", "SCT", "Unilateral"), mark, library=library)))
    assert (label.sides.values, label.sides.basis) == (("right",), "oriented_geometry")
    assert (label.geometry.orientation, label.geometry.image_width) == ("L\\F", 16.0)


def test_qualitative_evaluations_outside_of_groups_state_findings(labels_in):
    container = item(
        "CONTAINER",
        ("C0034375", "UMLS", "Qualitative Evaluations"),
        None,
        item("CODE", EFFUSION, ABSENT, site(LUNG, LEFT)),
        item("CODE", NODULE, PRESENT),
        item("CODE", ("A1", "99LOCAL", "Pneumothorax"), ("N", "99LOCAL", "No")),
    )
    found = [(label.finding.text, label.presence, label.sides.values) for label in labels_in(sr(container))]
    assert found == [
        ("Pleural effusion", "absent", ("left",)),
        ("Nodule", "present", ()),
        ("Pneumothorax", "absent", ()),
    ]


def test_coded_findings_of_an_enhanced_report_take_the_site_of_their_container(labels_in):
    section = item(
        "CONTAINER",
        ("121070", "DCM", "Findings"),
        None,
        site(LUNG, LEFT),
        item("TEXT", FINDING, "Something typed"),
        item("CODE", FINDING, NODULE),
        item("CODE", FINDING, EFFUSION, site(LUNG, RIGHT)),
    )
    one, two = labels_in(sr(section, uid=EnhancedSRStorage))
    assert (one.site.site, one.sides.values) == ("lung", ("left",))
    assert two.sides.values == ("right",)


def test_a_finding_typed_into_a_group_counts_in_its_own_words(labels_in):
    (label,) = labels_in(sr(group(item("TEXT", FINDING, "Nodule"), item("TEXT", FINDING_SITE, "left upper lobe"))))
    assert (label.finding.text, label.finding.codes) == ("Nodule", ())
    assert (label.site.site, label.sides.values, label.sides.basis) == ("upper_lobe", ("left",), "label_text")


def test_groups_inside_of_groups_are_read(labels_in):
    inner = group(item("CODE", FINDING, EFFUSION), site(LUNG, RIGHT))
    outer = group(item("CODE", FINDING, NODULE), site(LUNG, LEFT), inner)
    assert [label.sides.values for label in labels_in(sr(outer))] == [("left",), ("right",)]


def test_all_measurements_and_texts_of_a_group_are_kept(labels_in):
    (label,) = labels_in(
        sr(
            group(
                item("CODE", FINDING, NODULE),
                number(("118565006", "SCT", "Volume"), 523.5, "mm3"),
                number(("131187009", "SCT", "Major Axis"), 1.25, "cm"),
                number(("131190003", "SCT", "Radius"), 5, "mm"),
                item("TEXT", ("121106", "DCM", "Comment"), "follow up"),
            )
        )
    )
    assert label.size_mm == (12.5,)
    assert label.metadata["measurements"] == ["Volume = 523.5 mm3", "Major Axis = 1.25 cm", "Radius = 5 mm"]
    assert label.metadata["other_values"] == ["Comment = follow up"]


def test_long_and_urn_code_values_and_private_value_types(read_bytes):
    finding = item("CODE", FINDING, NODULE)
    value = finding.ConceptCodeSequence[0]
    del value.CodeValue
    value.LongCodeValue = "urn-like-code-of-a-vendor-that-is-long"
    private = Dataset()
    private.ValueType, private.RelationshipType = "X_VENDOR", "CONTAINS"
    empty = Dataset()
    empty.ValueType, empty.ConceptNameCodeSequence = "CONTAINER", Sequence([])
    empty.ContentSequence = Sequence([])
    result = read_bytes(sr(empty, group(finding, site(LUNG, LEFT), private)))
    (label,) = result.labels
    assert label.finding.codes[0].code == "urn-like-code-of-a-vendor-that-is-long"
    assert [reject.message.split(": ")[1] for reject in result.rejects] == ["1.1.2.3 X_VENDOR"]


def test_content_that_nests_without_end_is_named(read_bytes):
    nested = item("CODE", FINDING, NODULE)
    for _ in range(80):
        nested = item("CONTAINER", ("121070", "DCM", "Findings"), None, nested)
    result = read_bytes(sr(group(item("CODE", FINDING, NODULE), item("CODE", LATERALITY, LEFT)), nested))
    assert [label.sides.values for label in result.labels] == [("left",)]
    assert [reject.reason for reject in result.rejects] == ["nested_too_deep"]


def test_a_group_without_finding_beside_others_is_named(read_bytes):
    named = group(item("CODE", FINDING, NODULE), site(LUNG, LEFT))
    result = read_bytes(sr(named, group(number(("103339001", "SCT", "Long Axis"), 5, "mm"))))
    assert len(result.labels) == 1
    assert [reject.message.split(": ")[1] for reject in result.rejects] == ["1.1.2 group without finding or site"]


def test_the_documents_that_a_report_replaces_are_told(labels_in):
    instance, series, study = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.33", "2.25.55"
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "2.25.54", Sequence([instance])
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "2.25.53", Sequence([series])
    (label,) = labels_in(
        sr(
            group(item("CODE", FINDING, NODULE), site(LUNG, LEFT)),
            PredecessorDocumentsSequence=Sequence([study]),
            CompletionFlag="PARTIAL",
            VerificationFlag="UNVERIFIED",
        )
    )
    assert (label.metadata["predecessors"], label.metadata["completion"]) == (["2.25.55"], "PARTIAL")


def key_object(*children, title=("113000", "DCM", "Of Interest")):
    image = item("IMAGE")
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.77"
    image.ReferencedSOPSequence = Sequence([reference])

    def change(dataset):
        dataset.ConceptNameCodeSequence[0].CodeValue = title[0]
        dataset.ConceptNameCodeSequence[0].CodeMeaning = title[2]
        dataset.ContentSequence = Sequence([*children, image])

    return sr(uid=KeyObjectSelectionDocumentStorage, change=change, Modality="KO")


DESCRIPTION = ("113012", "DCM", "Key Object Description")


@pytest.mark.parametrize(
    ("text", "finding", "sides", "presence"),
    [
        ("Nodule left upper lobe", "Nodule left upper lobe", ("left",), "present"),
        ("RIGHT PTX", "RIGHT PTX", ("right",), "present"),
        ("left or right effusion?", "left or right effusion?", (), "uncertain"),
        ("no fracture on the left", "no fracture on the left", (), "uncertain"),
        ("left", "image", (), "present"),
        ("series 3 image 12", "image", (), "present"),
    ],
)
def test_what_a_key_object_note_says(labels_in, text, finding, sides, presence):
    (label,) = labels_in(key_object(item("TEXT", DESCRIPTION, text)))
    assert (label.finding.text, label.sides.values, label.presence) == (finding, sides, presence)
    assert (label.source.format, label.image_id) == ("dicom-ko", "2.25.77")
    assert label.metadata["key_object"] == "Of Interest"


def test_a_key_object_note_without_text_is_about_its_images(labels_in):
    (label,) = labels_in(key_object(title=("113001", "DCM", "Rejected for Quality Reasons")))
    assert (label.finding.text, label.metadata["key_object"]) == ("image", "Rejected for Quality Reasons")
    assert label.metadata["key_images"] == ["2.25.77"]
