"""Segmentations: the four places where a side can stand, and the voxels."""

import io

import pytest
from highdicom.seg import SegmentationTypeValues
from imaging_objects import KIDNEY, LEFT, LUNG, RIGHT, code, seg, segment
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless

from clinnote.imaging.dicom.reader import read_dicom
from clinnote.model.codes import SNOMED

ANATOMY = ("123037004", "SCT", "Anatomical Structure")
ABNORMAL = ("49755003", "SCT", "Morphologically Abnormal Structure")
NEOPLASM = ("108369006", "SCT", "Neoplasm")
TISSUE = ("85756007", "SCT", "Tissue")
# columns of the image: 0 is x = -80 mm (the patient's right), 15 is x = +70 mm
ON_THE_LEFT, ON_THE_RIGHT, ACROSS, NEAR_MIDDLE = (12, 15), (1, 4), (3, 14), (8, 9)


def type_modifier(side):
    def change(dataset):
        kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = Sequence([code(side)])

    return change


def region_modifier(side):
    def change(dataset):
        region = dataset.SegmentSequence[0].AnatomicRegionSequence[0]
        region.AnatomicRegionModifierSequence = Sequence([code(side)])

    return change


def basis_of(label):
    return label.sides.values, label.sides.basis


def test_side_in_the_modifier_of_the_type(labels_in):
    (label,) = labels_in(seg([segment(1, "Kidney", KIDNEY, ANATOMY)], [ON_THE_LEFT], change=type_modifier(LEFT)))
    assert basis_of(label) == (("left",), "code")
    assert (label.finding.text, label.site.site) == ("Kidney", "kidney")


def test_side_in_the_modifier_of_the_region(labels_in):
    mass = segment(1, "lesion", NEOPLASM, ABNORMAL, region=LUNG)
    (label,) = labels_in(seg([mass], [ON_THE_RIGHT], change=region_modifier(RIGHT)))
    assert basis_of(label) == (("right",), "code")
    assert (label.finding.text, label.site.text, label.site.site) == ("Neoplasm", "Lung", "lung")


def test_side_in_the_name_of_the_type(labels_in):
    atrium = segment(1, "LA", ("82471001", "SCT", "Left atrium"), ANATOMY)
    (label,) = labels_in(seg([atrium], [ON_THE_RIGHT]))
    assert basis_of(label) == (("left",), "code")
    assert label.site.site == "left_atrium"
    # a chamber exists once: where it lies says nothing, so its geometry is no contradiction
    assert [s["basis"] for s in label.metadata["sides_seen"]] == ["code"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Lung, R", ("right",)),
        ("Lung_L", ("left",)),
        ("lt lung", ("left",)),
        ("lung_lower_lobe_right", ("right",)),
        ("RUL nodule", ("right",)),
    ],
)
def test_side_in_the_label(labels_in, text, values):
    (label,) = labels_in(seg([segment(1, text, TISSUE, TISSUE)], [NEAR_MIDDLE]))
    assert basis_of(label) == (values, "label_text")
    assert label.finding.text == text


@pytest.mark.parametrize(
    ("columns", "values", "reason"),
    [
        (ON_THE_LEFT, ("left",), "midline_assumed_at_0"),
        (ON_THE_RIGHT, ("right",), "midline_assumed_at_0"),
        (ACROSS, (), "near_midline"),
        ((6, 16), (), "spans_midline"),
        (NEAR_MIDDLE, (), "near_midline"),
    ],
)
@pytest.mark.parametrize("kind", list(SegmentationTypeValues), ids=lambda k: k.value)
def test_side_from_the_voxels(labels_in, kind, columns, values, reason):
    (label,) = labels_in(seg([segment(1, "lesion", NEOPLASM)], [columns], kind))
    assert label.sides.values == values
    assert label.sides.basis == ("oriented_geometry" if values else None)
    assert label.metadata["geometry_side"] == reason
    assert label.geometry.x == pytest.approx(-80 + 10 * (columns[0] + columns[1] - 1) / 2)
    assert (label.geometry.y, label.geometry.z) == (pytest.approx(-25), pytest.approx(15))
    assert label.modality == "CT"


def test_rle_compressed_voxels_give_the_same_centroid(labels_in):
    kind = SegmentationTypeValues.FRACTIONAL
    (plain,) = labels_in(seg([segment(1, "lesion", NEOPLASM)], [ON_THE_LEFT], kind))
    (packed,) = labels_in(seg([segment(1, "lesion", NEOPLASM)], [ON_THE_LEFT], kind, syntax=RLELossless))
    assert packed.geometry == plain.geometry


def test_the_midline_comes_from_the_pair_in_the_same_object(labels_in):
    kidneys = [segment(1, "Kidney left", KIDNEY, ANATOMY), segment(2, "Kidney right", KIDNEY, ANATOMY)]
    lesion = segment(3, "lesion", NEOPLASM)
    # the patient lies off-centre: kidneys at x = -75 and -5 mm, so the middle is -40 mm and x = 0 is on the left
    left, right, found = labels_in(seg([*kidneys, lesion], [(7, 9), (0, 2), (8, 9)]))
    assert found.metadata["midline_mm"] == -40.0
    assert (found.geometry.x, found.sides.values) == (0.0, ("left",))
    assert (left.sides.values, right.sides.values) == (("left",), ("right",))


def test_an_organ_that_exists_once_gets_no_side_from_where_it_lies(labels_in):
    (label,) = labels_in(seg([segment(1, "Liver", ("10200004", "SCT", "Liver"), ANATOMY)], [ON_THE_RIGHT]))
    assert (label.sides.values, label.metadata["geometry_side"]) == ((), "unpaired_structure")


def test_a_code_against_the_voxels_wins_and_both_are_kept(labels_in):
    (label,) = labels_in(seg([segment(1, "Kidney", KIDNEY, ANATOMY)], [ON_THE_RIGHT], change=type_modifier(LEFT)))
    assert basis_of(label) == (("left",), "code")
    assert [(s["values"], s["basis"]) for s in label.metadata["sides_seen"]] == [
        (["left"], "code"),
        (["right"], "oriented_geometry"),
    ]


def test_empty_segments_and_the_background_give_no_label(labels_in):
    empty, full = segment(1, "nothing", NEOPLASM), segment(2, "lesion", NEOPLASM)
    labels = labels_in(seg([empty, full], [(0, 0), ON_THE_LEFT]))
    assert [label.source.pointer for label in labels] == ["segment 2"]


def test_a_segmentation_without_one_voxel_says_so(reject_of):
    assert reject_of(seg([segment(1, "nothing", NEOPLASM)], [(0, 0)])).reason == "no_labels_in_object"


def test_without_the_per_frame_groups_the_codes_still_count(read_bytes):
    def change(dataset):
        type_modifier(LEFT)(dataset)
        del dataset.PerFrameFunctionalGroupsSequence

    data = seg([segment(1, "Kidney", KIDNEY, ANATOMY)], [ON_THE_LEFT], change=change)
    result = read_bytes(data)
    (label,) = result.labels
    assert [reject.reason for reject in result.rejects] == ["frames_without_groups"]
    assert basis_of(label) == (("left",), "code")
    assert (label.geometry, label.metadata["geometry_side"]) == (None, "voxels_not_readable")


def test_cut_pixel_data_leaves_labels_without_geometry(places):
    data = seg([segment(1, "Kidney", KIDNEY, ANATOMY)], [ON_THE_LEFT], change=type_modifier(LEFT))
    result = read_dicom(io.BytesIO(data[:-20]), "cut.dcm", places)
    assert [r.reason for r in result.rejects] == ["truncated_dicom"]
    assert [(x.sides.values, x.geometry) for x in result.labels] == [(("left",), None)]


def test_old_codes_of_the_type_become_snomed_ct(labels_in):
    def change(dataset):
        kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
        kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning = "M-80003", "SRT", "Neoplasm, Primary"

    (label,) = labels_in(seg([segment(1, "lesion", NEOPLASM)], [ON_THE_LEFT], change=change))
    assert label.finding.codes[0].key == (SNOMED, "86049000")
