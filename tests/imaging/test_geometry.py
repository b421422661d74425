"""Which side is this on? Written for films: x grows to the viewer's right, the patient's left is on that side."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.imaging.sides.geometry import side_of, side_of_x, with_geometry_side
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSides, Source

OTHER = {"left": "right", "right": "left", None: None}


def box(x, width, **more):
    return Geometry("box", x=x, y=10, width=width, height=20, image_width=1000, image_height=800, **more)


@pytest.mark.parametrize(
    ("geometry", "view", "value", "basis", "reason"),
    [
        (box(700, 100, orientation="L\\F"), "PA", "left", "oriented_geometry", None),
        (box(100, 100, orientation="L\\F"), "AP", "right", "oriented_geometry", None),
        (box(700, 100, orientation="R\\F"), "PA", "right", "oriented_geometry", None),
        (box(700, 100, orientation="L\\F"), None, "left", "oriented_geometry", None),
        (box(700, 100, orientation="LH\\FP"), None, "left", "oriented_geometry", None),
        (box(700, 100), "PA", "left", "convention_geometry", "orientation_missing"),
        (box(100, 100), "AP", "right", "convention_geometry", "orientation_missing"),
        (box(100, 100), "frontal", "right", "convention_geometry", "orientation_missing"),
        (box(100, 100), None, "right", "convention_geometry", "orientation_and_view_missing"),
        (box(700, 100), "LL", None, None, "lateral_or_oblique_view"),
        (box(700, 100), "LATERAL", None, None, "lateral_or_oblique_view"),
        (box(700, 100), "left lateral", None, None, "lateral_or_oblique_view"),
        (box(700, 100), "MLO", None, None, "lateral_or_oblique_view"),
        (box(700, 100), "LLD", None, None, "lateral_or_oblique_view"),
        (box(700, 100), "swimmer's", None, None, "unknown_view"),
        (box(700, 100, orientation="A\\F"), "LL", None, None, "lateral_orientation"),
        (box(700, 100, orientation="P\\FL"), "MLO", None, None, "lateral_orientation"),
        (box(700, 100, orientation="L\\F"), "LL", None, None, "orientation_contradicts_view"),
        (box(700, 100, orientation="L\\F"), "LLD", "left", "oriented_geometry", None),
        (box(700, 100, orientation="left"), "PA", None, None, "orientation_unreadable"),
        (box(300, 400, orientation="L\\F"), "PA", None, None, "spans_midline"),
        (box(499, 300, orientation="L\\F"), "PA", None, None, "spans_midline"),
        (box(505, 40, orientation="L\\F"), "PA", None, None, "near_midline"),
        (box(1100, 100, orientation="L\\F"), "PA", None, None, "outside_image"),
        (replace(box(700, 100, orientation="L\\F"), image_width=None), "PA", None, None, "no_image_size"),
        (Geometry("box", "percent", x=70, y=0, width=10, height=10), "PA", "left", "convention_geometry",
         "orientation_missing"),
        (Geometry("point", x=1614, y=1090, image_width=2048, image_height=2048, orientation="L\\F"), "PA", "left",
         "oriented_geometry", None),
        (Geometry("polygon", points=((600, 1), (700, 1), (650, 9)), image_width=1000), "PA", "left",
         "convention_geometry", "orientation_missing"),
        (Geometry("polygon", points=((400, 1), (700, 1), (650, 9)), image_width=1000), "PA", None, None,
         "spans_midline"),
        (Geometry("centroid", "mm", x=30, y=0, z=0), None, "left", "oriented_geometry", None),
        (Geometry("centroid", "mm", x=-30, y=0, z=0), None, "right", "oriented_geometry", None),
        (Geometry("centroid", "mm", x=-9, y=0, z=0), None, None, None, "near_midline"),
        (Geometry("box", orientation="L\\F", image_width=100), "PA", None, None, "no_coordinates"),
        (Geometry("point", x=float("nan"), image_width=100), "PA", None, None, "no_coordinates"),
        (Geometry("centroid", "mm", x=float("inf")), None, None, None, "no_coordinates"),
        (Geometry("box", "mm", x=30, width=10), None, None, None, "no_coordinates"),
    ],
)  # fmt: skip
def test_sides_of_shapes(geometry, view, value, basis, reason):
    found = side_of(geometry, view)
    assert (found.value, found.basis, found.reason) == (value, basis, reason)


@pytest.mark.parametrize(
    ("modality", "value"), [("DX", "left"), ("CR", "left"), ("CT", None), ("US", None), ("MG", None), ("SR", None)]
)
def test_the_convention_without_view_and_orientation_is_for_films_only(modality, value):
    assert side_of(box(700, 100), None, modality).value == value


def test_an_image_on_its_side_is_read_along_its_columns():
    lying = Geometry("point", x=10, y=700, image_width=100, image_height=800, orientation="F\\L")
    assert side_of(lying).value == "left"


shapes = st.one_of(
    st.tuples(st.integers(0, 1000), st.integers(1, 400)).map(lambda t: box(t[0], t[1])),
    st.integers(0, 1000).map(lambda x: Geometry("point", x=x, y=5, image_width=1000)),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 100)), min_size=3, max_size=6).map(
        lambda points: Geometry("polygon", points=tuple(points), image_width=1000)
    ),
)


def mirrored(geometry):
    if geometry.points:
        return replace(geometry, points=tuple((1000 - x, y) for x, y in geometry.points))
    return replace(geometry, x=1000 - geometry.x - (geometry.width or 0))


@given(shapes, st.sampled_from(["L\\F", "R\\F", None]))
def test_the_mirrored_shape_is_on_the_other_side(shape, orientation):
    shape = replace(shape, orientation=orientation)
    assert side_of(mirrored(shape), "PA").value == OTHER[side_of(shape, "PA").value]


@given(shapes)
def test_the_flipped_image_changes_the_side(shape):
    one, other = (side_of(replace(shape, orientation=o), "PA") for o in ("L\\F", "R\\F"))
    assert one.value == OTHER[other.value]


@given(shapes, st.sampled_from(["L\\F", "A\\F", None]), st.sampled_from(["PA", "LL", None]))
def test_a_side_always_names_its_basis_and_its_absence_a_reason(shape, orientation, view):
    found = side_of(replace(shape, orientation=orientation), view)
    assert (found.value is None) == (found.basis is None)
    assert found.value or found.reason


@given(st.floats(-500, 500), st.floats(-50, 50))
def test_the_mirrored_coordinate_is_on_the_other_side(x, midline):
    assert side_of_x(-x, -midline).value == OTHER[side_of_x(x, midline).value]


def label(**more):
    return ImageLabel("1", "s", LabelFinding("Nodule"), Source("csv", "f", "row 1"), **more)


def test_a_label_with_geometry_and_no_side_gets_one():
    found = with_geometry_side(label(geometry=box(700, 100, orientation="L\\F")))
    assert found.sides == LabelSides(("left",), "oriented_geometry")


def test_a_side_that_is_there_already_stays():
    before = label(geometry=box(700, 100, orientation="L\\F"), sides=LabelSides(("right",), "code"))
    assert with_geometry_side(before) == before


def test_a_label_without_geometry_stays():
    assert with_geometry_side(label()) == label()


def test_why_a_geometry_gives_no_side_is_kept():
    found = with_geometry_side(label(geometry=box(300, 400, orientation="L\\F")))
    assert (found.sides.values, found.metadata["geometry_side"]) == ((), "spans_midline")


def test_a_reason_that_the_reader_gave_is_respected():
    before = label(geometry=Geometry("centroid", "mm", x=40, y=0, z=0), metadata={"geometry_side": "spans_midline"})
    assert with_geometry_side(before) == before


@given(shapes)
def test_filling_in_twice_changes_nothing_more(shape):
    once = with_geometry_side(label(geometry=shape, view="PA"))
    assert with_geometry_side(once) == once


@pytest.mark.parametrize(
    ("geometry", "view", "modality", "confidence"),
    [
        (box(800, 100, orientation="L\\F"), "PA", None, 0.95),
        (box(560, 20, orientation="L\\F"), "PA", None, 0.85),  # near the dead band
        (box(800, 100), "PA", None, 0.85),
        (box(800, 100), None, "DX", 0.7),
        (Geometry("centroid", "mm", x=60, y=0, z=0), None, None, 0.95),
        (Geometry("centroid", "mm", x=15, y=0, z=0), None, None, 0.85),
        (box(300, 400), "PA", None, None),
    ],
)
def test_the_confidence_of_a_side(geometry, view, modality, confidence):
    assert side_of(geometry, view, modality).confidence == confidence


def test_the_middle_may_come_from_the_data():
    shape = box(560, 40, orientation="L\\F")
    assert side_of(shape, "PA").value == "left"
    assert side_of(shape, "PA", middle=0.6).reason == "near_midline"
    assert side_of(shape, "PA", middle=0.7).value == "right"


@given(shapes, st.sampled_from(["L\\F", "A\\F", None]), st.sampled_from(["PA", "LL", None]))
def test_a_side_and_no_other_answer_has_a_confidence(shape, orientation, view):
    found = side_of(replace(shape, orientation=orientation), view)
    assert (found.value is None) == (found.confidence is None)
    assert found.confidence is None or 0 < found.confidence < 1
