"""Image headers: side, body part and identity."""

import pytest
from imaging_objects import LEFT, LUNG, RIGHT, SERIES, STUDY, code, dx
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence


def frames(side):
    anatomy, shared = Dataset(), Dataset()
    anatomy.FrameLaterality = side
    shared.FrameAnatomySequence = Sequence([anatomy])
    return Sequence([shared])


@pytest.mark.parametrize(
    ("tags", "values"),
    [
        ({"Laterality": "R"}, ("right",)),
        ({"ImageLaterality": "L"}, ("left",)),
        ({"ImageLaterality": "B"}, ("left", "right")),
        ({"ImageLaterality": "U"}, ()),
        ({"MeasurementLaterality": "R"}, ("right",)),
        ({"SharedFunctionalGroupsSequence": frames("L")}, ("left",)),
        ({"Laterality": "", "BodyPartExamined": "KNEE"}, ()),
    ],
    ids=str,
)
def test_every_laterality_attribute(labels_in, tags, values):
    (label,) = labels_in(dx(**tags))
    assert label.sides.values == values
    assert label.sides.basis == ("header" if values else None)


def test_image_laterality_wins_over_the_series_and_both_are_kept(labels_in):
    (label,) = labels_in(dx(Laterality="L", ImageLaterality="R"))
    assert label.sides.values == ("right",)
    assert [s["values"] for s in label.metadata["sides_seen"]] == [["right"], ["left"]]


def test_frames_of_both_sides_make_it_bilateral(labels_in):
    both = Sequence([*frames("L"), *frames("R")])
    (label,) = labels_in(dx(PerFrameFunctionalGroupsSequence=both))
    assert label.sides.values == ("left", "right")


def test_region_and_modifier_as_codes_win_over_letters(labels_in):
    region = code(LUNG)
    region.AnatomicRegionModifierSequence = Sequence([code(LEFT)])
    (label,) = labels_in(dx(AnatomicRegionSequence=Sequence([region]), ImageLaterality="R"))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lung", ("left",), "code")


@pytest.mark.parametrize(
    ("term", "node"),
    [
        ("CHEST", "chest"),
        ("THORAX", "chest"),
        ("NON GRID CHEST", "chest"),
        ("CSPINE", "cervical_spine"),
        ("L-SPINE", "lumbar_spine"),
        ("TSPINE", "thoracic_spine"),
        ("KNEE", "knee"),
        ("BREAST", "breast"),
        ("HEAD", "head"),
        ("EXTREMETY", None),
        ("CHESTABDPELVIS", None),
        ("SOMETHING ELSE", None),
    ],
)
def test_body_part_terms_and_their_variants(labels_in, term, node):
    (label,) = labels_in(dx(BodyPartExamined=term))
    assert (label.site.text, label.site.site) == (term, node)


def test_a_side_in_the_body_part(labels_in):
    (label,) = labels_in(dx(BodyPartExamined="L KNEE"))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("knee", ("left",), "header")


def test_the_old_code_of_the_region(labels_in):
    region = code(("T-28000", "SNM3", "Lung"))
    (label,) = labels_in(dx(AnatomicRegionSequence=Sequence([region]), BodyPartExamined="CHEST"))
    assert label.site.site == "lung"


def test_what_the_label_of_a_header_holds(labels_in):
    (label,) = labels_in(dx(BodyPartExamined="CHEST", ViewPosition="PA", PatientOrientation=["L", "F"]))
    assert label.finding.text == "image"
    assert (label.study_id, label.series_id, label.image_id) == (STUDY, SERIES, "2.25.1003")
    assert (label.modality, label.view, label.date) == ("DX", "PA", "2024-03-17")
    assert label.metadata["orientation"] == "L\\F"
    assert {key: label.metadata[key] for key in ("patient_id", "accession", "patient_sex", "study_date")} == {
        "patient_id": "P-1",
        "accession": "A-1",
        "patient_sex": "F",
        "study_date": "2024-03-17",
    }
    assert (label.source.format, label.source.pointer) == ("dicom-header", "BodyPartExamined")


def test_the_view_may_be_a_code(labels_in):
    view = code(("399348003", "SCT", "antero-posterior"))
    (label,) = labels_in(dx(ViewCodeSequence=Sequence([view])))
    assert label.view == "antero-posterior"


def test_a_header_that_says_nothing_is_skipped(reject_of):
    reject = reject_of(dx(PatientID=None, AccessionNumber=None))
    assert (reject.reason, reject.skipped) == ("no_labels_in_object", True)


def test_the_accession_number_stands_in_for_a_missing_study_uid(labels_in):
    (label,) = labels_in(dx(StudyInstanceUID=None, ImageLaterality="L"))
    assert label.study_id == "A-1"


def test_without_study_and_accession_there_is_nothing_to_link(reject_of):
    assert reject_of(dx(StudyInstanceUID=None, AccessionNumber=None)).reason == "missing_study_id"


@pytest.mark.parametrize("date", ["", "20241350", "yesterday", "2024"])
def test_odd_dates_are_left_out(labels_in, date):
    (label,) = labels_in(dx(StudyDate=date))
    assert label.date is None


def test_right_and_left_modifiers_of_two_regions(labels_in):
    first, second = code(LUNG), code(LUNG)
    first.AnatomicRegionModifierSequence = Sequence([code(RIGHT)])
    second.AnatomicRegionModifierSequence = Sequence([code(LEFT)])
    (label,) = labels_in(dx(AnatomicRegionSequence=Sequence([first, second])))
    assert label.sides.values == ("right",)
    assert [s["values"] for s in label.metadata["sides_seen"]] == [["right"], ["left"]]
