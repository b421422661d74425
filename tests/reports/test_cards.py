import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.conflict import Highlight
from clinnote.model.image_label import Geometry
from clinnote.reports.cards import card, headline, position, segments
from clinnote.reports.schematic import orientation, schematic


def words(conflict):
    return "".join(said for said, _ in headline(conflict))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "c-box",
            (
                "Text says RIGHT lower lobe consolidation (impression); Box table row 3 says LEFT "
                "(side from position, orientation stored)"
            ),
        ),
        ("c-subset", "Text says BILATERAL pleural effusions (findings); SR item 1.2 says LEFT (coded side)"),
        ("c-inside", "Findings says RIGHT breast mass; impression says LEFT breast mass"),
        ("c-denied", "Text says NO pneumothorax (findings); SR item 1.2 says PRESENT"),
        ("c-identity", "Note and images name different patients."),
    ],
)
def test_the_verdict_line_says_in_words_what_disagrees(conflicts, name, line):
    assert words(next(c for c in conflicts if c.id == name)) == line


def test_the_disagreeing_words_of_the_line_are_marked_by_claim(conflicts):
    marked = [(said, role) for said, role in headline(conflicts[1]) if role]
    assert marked == [("RIGHT", "text"), ("LEFT", "image")]


def test_a_note_named_only_in_the_metadata_is_shown_once(conflicts):
    alone = dataclasses.replace(conflicts[4], note_id=None, metadata={"note": "n5", "differs": "patient"})
    assert card(alone)["facts"] == [["Study", "2.25.1.5"], ["Note", "n5"], ["Differs", "patient"]]


@given(
    quote=st.text(min_size=1, max_size=40),
    start=st.integers(0, 500),
    spans=st.lists(st.tuples(st.integers(0, 560), st.integers(0, 60), st.sampled_from(["finding", "side", "site"]))),
)
def test_segments_are_the_quote_cut_and_nothing_else(quote, start, spans):
    marks = [Highlight(a, a + n, role) for a, n, role in spans]
    parts = segments(quote, start, marks)
    assert "".join(said for said, _ in parts) == quote
    at = start
    for said, roles in parts:
        wanted = {m.role for m in marks if m.start <= at and at + len(said) <= m.end}
        assert set(roles) == wanted
        at += len(said)


def test_a_word_that_is_site_and_side_carries_both_roles(conflicts):
    quote = card(conflicts[1])["text"]["quote"]
    assert ["right", ["side", "site"]] in quote
    assert [" lower lobe", ["site"]] in quote


@pytest.mark.parametrize(
    ("stored", "left_on_right", "says"),
    [
        ("L\\F", True, "Drawn from Patient Orientation L\\F"),
        ("R\\F", False, "Mirrored"),
        ("A\\F", True, "shows no side"),
        (None, True, "by convention"),
    ],
)
def test_the_drawing_is_turned_as_the_orientation_says(stored, left_on_right, says):
    turned, why = orientation(Geometry("box", orientation=stored))
    assert turned is left_on_right
    assert says in why


def test_a_centroid_in_millimetres_is_drawn_in_patient_coordinates():
    assert "LPS" in orientation(Geometry("centroid", "mm", x=-40.0))[1]


def test_marks_stand_on_the_patients_sides(conflicts):
    drawing = schematic(conflicts[2])
    first, second = drawing.marks
    assert drawing.region == "breast"
    assert (first.role, first.x < 0.5) == ("text", True)
    assert (second.role, second.x > 0.5) == ("image", True)


def test_a_mirrored_source_moves_the_text_mark_to_the_other_edge(conflicts):
    opposite = conflicts[1]
    mirrored = dataclasses.replace(opposite.image.geometry, orientation="R\\F")
    turned = dataclasses.replace(opposite, image=dataclasses.replace(opposite.image, geometry=mirrored))
    xs = [schematic(c).marks[0].x for c in (opposite, turned)]
    assert xs[0] < 0.5 < xs[1]


def test_a_box_is_drawn_where_it_lies_on_the_image(conflicts):
    box = schematic(conflicts[1]).marks[1]
    assert (box.x, box.width) == (round(158 / 256, 4), round(58 / 256, 4))


def test_both_sides_give_two_marks_and_an_unknown_side_none(conflicts):
    assert [mark.role for mark in schematic(conflicts[0]).marks] == ["text", "text", "image"]
    assert [mark.role for mark in schematic(conflicts[3]).marks] == ["image"]


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (None, ""),
        (Geometry("centroid", "mm", x=75.2, y=-3.0, z=40.0), "centroid x = +75 mm, y = -3 mm, z = +40 mm"),
        (Geometry("box", "percent", x=60, y=10, width=20, height=5), "centre at 70% of the image width"),
        (Geometry("box", x=1, y=2, width=3, height=4), "box 1, 2, 3 by 4 px"),
    ],
)
def test_the_position_is_given_in_numbers(geometry, said):
    assert said in position(geometry)
