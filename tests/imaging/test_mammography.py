"""Quadrants come from two views of one breast, and from nothing less."""

import pytest

from clinnote.imaging.mammography import half_of, quadrant_of, view_of
from clinnote.model.image_label import Geometry


def spot(x, y, orientation):
    return Geometry("point", x=x, y=y, image_width=100, image_height=100, orientation=orientation)


@pytest.mark.parametrize(
    ("side", "cc", "mlo", "quadrant"),
    [
        # right breast, chest wall at the right edge: in CC the upper edge is lateral ("A\\L": downwards to the left)
        ("right", spot(40, 20, "A\\L"), spot(40, 20, "A\\FL"), "breast_upper_outer_quadrant"),
        ("right", spot(40, 80, "A\\L"), spot(40, 20, "A\\FL"), "breast_upper_inner_quadrant"),
        ("right", spot(40, 20, "A\\L"), spot(40, 80, "A\\FL"), "breast_lower_outer_quadrant"),
        ("left", spot(40, 20, "A\\R"), spot(40, 20, "A\\FR"), "breast_upper_outer_quadrant"),
        ("left", spot(40, 80, "A\\R"), spot(40, 80, "A\\FR"), "breast_lower_inner_quadrant"),
        ("left", spot(40, 52, "A\\R"), spot(40, 80, "A\\FR"), None),
        ("left", spot(40, 80, "A\\R"), spot(40, 45, "A\\FR"), None),
        ("left", spot(40, 80, None), spot(40, 80, "A\\FR"), None),
        ("left", spot(40, 80, "A\\R"), spot(40, 80, "L\\P"), None),
        ("both", spot(40, 80, "A\\R"), spot(40, 80, "A\\FR"), None),
    ],
)
def test_quadrants(side, cc, mlo, quadrant):
    assert quadrant_of(side, cc, mlo) == quadrant


def test_the_nipple_moves_the_middle():
    cc, mlo = spot(40, 45, "A\\L"), spot(40, 45, "A\\FL")
    assert quadrant_of("right", cc, mlo) is None
    assert quadrant_of("right", cc, mlo, (0.7, 0.2)) == "breast_lower_outer_quadrant"


def test_the_flipped_image_keeps_the_half():
    assert half_of(spot(20, 50, "L\\P"), "LR") == "R"
    assert half_of(spot(80, 50, "R\\P"), "LR") == "R"


@pytest.mark.parametrize(
    ("name", "view"),
    [("R CC", "CC"), ("LEFT_MLO", "MLO"), ("XCCL", "CC"), ("ML", "MLO"), ("mediolateral oblique", "MLO"), ("PA", None)],
)
def test_names_of_views(name, view):
    assert view_of(name) == view
