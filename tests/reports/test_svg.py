"""The schematic as a picture of its own."""

import base64
import dataclasses
from xml.etree import ElementTree

import pytest

from clinnote.reports.svg import schematic_svg, svg_uri

NAMESPACE = "{http://www.w3.org/2000/svg}"


def words(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("number", range(5))
def test_every_conflict_has_a_picture_that_is_well_formed_and_always_the_same(conflicts, number):
    svg = schematic_svg(conflicts[number])
    assert ElementTree.fromstring(svg).get("width") == "1080"
    assert schematic_svg(conflicts[number]) == svg


def test_left_and_right_stand_as_the_orientation_says(conflicts):
    box, denied = conflicts[1], conflicts[3]
    assert [w for w in words(schematic_svg(box)) if w in ("L", "R")] == ["R", "L"]
    assert [w for w in words(schematic_svg(denied)) if w in ("L", "R")] == ["L", "R"]
    unknown = dataclasses.replace(box.image, geometry=dataclasses.replace(box.image.geometry, orientation=None))
    assert [w for w in words(schematic_svg(dataclasses.replace(box, image=unknown))) if w[0] in "LR"][:2] == [
        "R?",
        "L?",
    ]


def test_the_key_says_what_each_side_says(conflicts):
    assert {"Impression: right", "Image label: left", "T", "I"} <= set(words(schematic_svg(conflicts[1])))
    assert {"Findings: right", "Impression: left", "1", "2"} <= set(words(schematic_svg(conflicts[2])))


def test_words_of_a_record_are_no_markup(conflicts):
    evil = dataclasses.replace(conflicts[1], text=dataclasses.replace(conflicts[1].text, section="<script>&"))
    assert "<script>&: right" in words(schematic_svg(evil)) or "<script>&: Right" in words(schematic_svg(evil))


def test_the_uri_holds_the_picture(conflicts):
    svg = schematic_svg(conflicts[1])
    head, _, body = svg_uri(svg).partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(body).decode("utf-8") == svg
