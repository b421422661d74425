"""The right drawing for the place, and the mark at the right spot of it."""

import dataclasses

import pytest

from clinnote.model.conflict import ImageSide
from clinnote.reports.cards import card
from clinnote.reports.headlines import headline
from clinnote.reports.schematic import outlines, schematic
from clinnote.reports.spots import breast_spot, level_height


def claims(conflict, kind, text, image):
    """The conflict with other claims and no position."""
    first = dataclasses.replace(conflict.text, **text)
    second = dataclasses.replace(conflict.image, **{"geometry": None, "codes": (), **image})
    return dataclasses.replace(conflict, kind=kind, text=first, image=second)


@pytest.mark.parametrize(
    ("finding", "site", "region"),
    [
        ("fracture", "femoral head", "limbs"),
        ("fracture", "humeral head", "limbs"),
        ("infarct", "basal ganglia", "head"),
        ("sclerosis", "hippocampus", "head"),
        ("pneumocephalus", "", "head"),
        ("nodule", "thyroid lobe", "neck"),
        ("disc herniation", "L4-L5", "spine"),
        ("compression fracture", "thoracic vertebra", "spine"),
        ("hyperintensity on T2", "cerebral white matter", "head"),
        ("pneumoperitoneum", "", "abdomen"),
        ("thrombus", "left ventricle", "chest"),
        ("nodule", "upper lobe", "chest"),
    ],
)
def test_the_drawing_is_that_of_the_place(conflicts, finding, site, region):
    said = {"finding": finding, "site": site}
    assert schematic(claims(conflicts[1], "side_opposite", said, said)).region == region
    assert region in outlines()


def test_levels_stand_one_above_the_other_on_the_spine_and_claim_no_side(conflicts):
    text = {"finding": "fracture", "site": "L1", "laterality": None}
    marks = schematic(claims(conflicts[1], "level_mismatch", text, {"site": "L4 vertebra", "sides": ()})).marks
    assert [(mark.x, mark.sided) for mark in marks] == [(0.5, False), (0.5, False)]
    assert marks[0].y < marks[1].y
    order = [level_height(name) for name in ("C1", "C7", "T1", "T12", "L1", "L4-L5", "L5-S1")]
    assert order == sorted(order)
    assert level_height("L9") is None
    assert level_height("lung") is None


def test_quadrants_and_hours_are_seen_from_the_front():
    assert breast_spot("upper outer quadrant", True) == (0.1, 0.39)
    assert breast_spot("upper outer quadrant", False) == (-0.1, 0.39)
    assert breast_spot("lower inner quadrant", True) == (-0.1, 0.59)
    assert breast_spot("10 o'clock", True)[0] < 0 < breast_spot("2 o'clock", False)[0]
    assert breast_spot("breast", True) == (0.0, 0.49)


@pytest.mark.parametrize(
    "image",
    [{"view": "LATERAL"}, {"modality": "MG", "view": "MLO"}, {"orientation": "A\\F"}, {"orientation": "L\\P"}],
)
def test_a_box_of_an_image_that_is_not_seen_from_the_front_is_not_drawn_on_the_front(conflicts, image):
    box = conflicts[1].image
    geometry = dataclasses.replace(box.geometry, orientation=image.pop("orientation", box.geometry.orientation))
    turned = dataclasses.replace(box, geometry=geometry, basis="code", **image)
    drawn = schematic(dataclasses.replace(conflicts[1], image=turned))
    assert isinstance(turned, ImageSide)
    assert [mark.width for mark in drawn.marks] == [None, None]
    assert not drawn.assumed


def test_the_verdict_line_says_no_word_twice(conflicts):
    disc = {"finding": "Disc herniation", "site": "L4-L5 disc", "laterality": "left"}
    line = headline(claims(conflicts[1], "side_opposite", disc, {"finding": "Herniation", "sides": ("right",)}))
    assert "".join(words for words, _ in line).startswith("Text says LEFT L4-L5 disc herniation (")
    rib = {"finding": "6th rib fracture", "site": "6th rib"}
    line = headline(claims(conflicts[1], "level_mismatch", rib, {"finding": "Fracture", "site": "ninth rib"}))
    assert "".join(words for words, _ in line).startswith("Text says 6TH RIB fracture (")


def test_where_nobody_is_suspected_the_card_says_so(conflicts):
    open_one = dataclasses.replace(conflicts[1], metadata={"blames": "unclear"})
    assert card(open_one)["same"][0] == ["Not clear which of the two is wrong", "hint"]
