"""Shapes of one image taken together: the middle from the data, zones of the lungs, mirrored images."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.imaging.sides.geometry import CONFIDENCE_KEY, REASON_KEY
from clinnote.imaging.sides.labels import SIDES_SEEN
from clinnote.imaging.sides.pictures import MIRRORED, SHAPE_SIDE, settle
from clinnote.imaging.sides.places import load_places
from clinnote.imaging.sides.zones import ZONE_KEY, lungs_of, zone_of
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSides, LabelSite, Source
from clinnote.settings import find_home

PLACES = load_places(find_home())


def box(x, width, y=300, height=100, **more):
    return Geometry("box", x=x, y=y, width=width, height=height, image_width=1000, image_height=1000, **more)


def label(text, geometry, image="i1", **more):
    more = {"view": "PA", "modality": "DX", **more}
    return ImageLabel(
        text, "s", LabelFinding(text), Source("csv", "f", "row"), image_id=image, geometry=geometry, **more
    )


def test_the_middle_between_the_lungs_counts_and_not_that_of_the_frame():
    """The patient stands off-centre: the box is right of the frame's middle and left of the body's."""
    nodule = label("Nodule", box(560, 40))
    lungs = [label("right lung", box(200, 300)), label("left lung", box(700, 300))]
    (alone,) = settle([nodule], PLACES)
    assert alone.sides.values == ("left",)
    assert settle([nodule, *lungs], PLACES)[0].metadata[REASON_KEY] == "near_midline"
    further = label("Nodule", box(510, 40))
    assert settle([further, *lungs], PLACES)[0].sides.values == ("right",)


def test_the_spine_shows_the_middle_where_no_pair_does():
    labels = [label("Nodule", box(600, 60)), label("spine", box(580, 60))]
    assert settle(labels, PLACES)[0].sides.values == ()
    assert settle([label("Nodule", box(460, 40)), labels[1]], PLACES)[0].sides.values == ("right",)


def test_shapes_of_another_image_do_not_count():
    spine = label("spine", box(600, 60), image="i2")
    assert settle([label("Nodule", box(560, 40)), spine], PLACES)[0].sides.values == ("left",)


def test_a_middle_at_the_edge_is_not_believed():
    labels = [label("Nodule", box(560, 40)), label("spine", box(900, 60))]
    assert settle(labels, PLACES)[0].sides.values == ("left",)


@pytest.mark.parametrize("text", ["Cardiomegaly", "heart", "cardiac silhouette", "Enlarged Cardiomediastinum", "spine"])
def test_hearts_and_midline_organs_have_no_side(text):
    (found,) = settle([label(text, box(600, 300))], PLACES)
    assert (found.sides.values, found.metadata[REASON_KEY]) == ((), "unpaired_structure")


def test_a_stated_side_stays():
    stated = label("Nodule", box(700, 40), sides=LabelSides(("right",), "code"))
    assert settle([stated], PLACES)[0].sides == stated.sides


def test_a_shape_far_on_the_other_side_is_told_where_the_orientation_is_known():
    def told(x, orientation, side="left", **more):
        shape = box(x, 40, orientation=orientation)
        stated = label("Nodule", shape, sides=LabelSides((side,), "label_text"), **more)
        return settle([stated], PLACES)[0].metadata.get(SHAPE_SIDE)

    assert told(200, "L\\F") == "right"
    assert told(200, "R\\F", "right") == "left"
    assert told(200, "L\\F", "right") is told(200, None) is told(450, "L\\F") is None
    assert told(200, "L\\F", metadata={SIDES_SEEN: []}) is None


def test_a_heart_on_the_right_is_a_hint_and_takes_sides_by_convention_away():
    labels = [label("Effusion", box(700, 100)), label("heart", box(200, 300))]
    effusion = settle(labels, PLACES)[0]
    assert (effusion.sides.values, effusion.metadata[REASON_KEY]) == ((), MIRRORED)


def test_with_an_orientation_the_hint_is_only_a_reason():
    labels = [
        label("Effusion", box(700, 100, orientation="L\\F")),
        label("heart", box(200, 300, orientation="L\\F")),
    ]
    effusion = settle(labels, PLACES)[0]
    assert (effusion.sides.values, effusion.metadata[REASON_KEY]) == (("left",), MIRRORED)


def test_a_flipped_image_with_its_orientation_is_no_mirrored_one():
    labels = [
        label("Effusion", box(700, 100, orientation="R\\F")),
        label("heart", box(200, 300, orientation="R\\F")),
    ]
    effusion = settle(labels, PLACES)[0]
    assert effusion.sides == LabelSides(("right",), "oriented_geometry")
    assert REASON_KEY not in effusion.metadata


def test_lateral_views_have_neither_side_nor_zone():
    (found,) = settle([label("Nodule", box(700, 40), view="LL")], PLACES)
    assert found.sides.values == ()
    assert ZONE_KEY not in found.metadata


@pytest.mark.parametrize(
    ("y", "height", "zone", "reason"),
    [
        (150, 40, "upper_lung_zone", None),
        (430, 40, "mid_lung_zone", None),
        (680, 60, "lower_lung_zone", None),
        (320, 30, None, "near_zone_border"),
        (150, 600, None, "spans_zones"),
    ],
)
def test_zones_of_a_frontal_film(y, height, zone, reason):
    found = zone_of(box(700, 40, y=y, height=height), "PA", "DX")
    assert (found.site, found.reason) == (zone, reason)


def test_a_zone_needs_an_upright_frontal_film():
    for geometry, view in ((box(1, 2), "LL"), (box(1, 2), None), (box(1, 2, orientation="L\\H"), None)):
        assert zone_of(geometry, view).reason == "no_upright_frontal_film"
    assert zone_of(box(1, 2, y=150, orientation="L\\F")).basis == "oriented_geometry"
    assert zone_of(replace(box(1, 2), image_height=None), "PA").reason == "no_image_size"


def test_shapes_of_the_lungs_make_the_zone_surer():
    lungs = lungs_of([box(0, 1, y=300, height=600), box(0, 1, y=300, height=600)])
    assert lungs == (0.3, 0.9)
    seen = zone_of(box(700, 40, y=350), "PA", "DX", lungs)
    assert seen.site == "upper_lung_zone"
    assert seen.confidence > zone_of(box(700, 40, y=150), "PA", "DX").confidence
    assert lungs_of([]) is None


def test_a_zone_is_said_only_where_no_site_is_given():
    geometry = box(700, 40, y=680)
    (found,) = settle([label("Nodule", geometry)], PLACES)
    assert found.metadata[ZONE_KEY]["site"] == "lower_lung_zone"
    assert found.site is None
    (named,) = settle([label("Nodule", geometry, site=LabelSite("left lung", "lung"))], PLACES)
    assert ZONE_KEY not in named.metadata


@given(st.lists(st.tuples(st.sampled_from(["Nodule", "heart", "left lung", "spine"]), st.integers(0, 900)), max_size=5))
def test_settling_twice_changes_nothing_more(shapes):
    labels = [label(text, box(x, 80)) for text, x in shapes]
    once = settle(labels, PLACES)
    assert settle(once, PLACES) == once
    assert all((CONFIDENCE_KEY in found.metadata) == bool(found.sides.values) for found in once)


@given(st.integers(0, 900), st.integers(0, 900), st.integers(1, 90))
def test_the_mirrored_picture_gives_the_mirrored_side(x, spine, width):
    def side(x, spine):
        found = settle([label("Nodule", box(x, width)), label("spine", box(spine, 40))], PLACES)[0]
        return found.sides.values

    other = {(): (), ("left",): ("right",), ("right",): ("left",)}
    assert side(1000 - x - width, 960 - spine) == other[side(x, spine)]
