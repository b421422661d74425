"""Structure sets: names and contours."""

import pytest
from imaging_objects import rtstruct


@pytest.mark.parametrize(
    ("name", "site", "values"),
    [
        ("Lung_L", "lung", ("left",)),
        ("L_Lung", "lung", ("left",)),
        ("Kidney_R", "kidney", ("right",)),
        ("LT LUNG", "lung", ("left",)),
        ("lung lt", "lung", ("left",)),
        ("PTV_LtBreast", "breast", ("left",)),
        ("Femur_Head_R", "femoral_head", ("right",)),
        ("kidney_left", "kidney", ("left",)),
        ("Parotids", "parotid_gland", ()),
        ("GTV 1", None, ()),
    ],
)
def test_site_and_side_in_the_name(labels_in, name, site, values):
    (label,) = labels_in(rtstruct((name, "ORGAN", [0.0])))
    assert label.finding.text == name
    assert (label.site.site if label.site else None) == site
    assert label.sides.values == values
    assert label.sides.basis == ("label_text" if values else None)


def test_side_from_the_contours_where_the_name_has_none(labels_in):
    left, right, both = labels_in(
        rtstruct(("GTV1", "GTV", [50.0]), ("GTV2", "GTV", [-50.0]), ("N", "GTV", [-60.0, 20]))
    )
    assert (left.sides.values, left.sides.basis) == (("left",), "oriented_geometry")
    assert (right.sides.values, right.sides.basis) == (("right",), "oriented_geometry")
    assert (both.sides.values, both.metadata["geometry_side"]) == ((), "spans_midline")


def test_the_outline_of_the_body_gives_the_midline(labels_in):
    (label,) = labels_in(rtstruct(("BODY", "EXTERNAL", [-300.0, 100.0]), ("GTV", "GTV", [-50.0])))
    assert label.sides.values == ("left",)


def test_equipment_and_regions_without_contours_are_left_out(read_bytes):
    result = read_bytes(
        rtstruct(("Couch", "SUPPORT", [0.0]), ("Iso", "ISOCENTER", [0.0]), ("Empty", "GTV", []), ("GTV", "GTV", [30.0]))
    )
    assert [label.finding.text for label in result.labels] == ["GTV"]
    assert [(x.reason, x.message, x.skipped) for x in result.rejects] == [
        ("regions_set_aside", "ROI 3: no contour", True)
    ]


def test_only_equipment_says_so(reject_of):
    assert reject_of(rtstruct(("Couch", "SUPPORT", [0.0]))).reason == "no_labels_in_object"
