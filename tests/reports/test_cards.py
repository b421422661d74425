import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.codes import SNOMED, Code
from clinnote.model.conflict import Highlight
from clinnote.model.image_label import Geometry
from clinnote.reports.cards import card, position
from clinnote.reports.headlines import headline
from clinnote.reports.quotes import clipped, segments, shortened, visible
from clinnote.reports.schematic import edges, orientation, schematic


def words(conflict):
    return "".join(said for said, _ in headline(conflict))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "c-box",
            (
                "Text says RIGHT lower lobe consolidation (impression); image label says LEFT "
                "(Label table, side from position, orientation stored)"
            ),
        ),
        ("c-subset", "Text says BILATERAL pleural effusions (findings); image label says LEFT (SR, coded side)"),
        ("c-inside", "Findings say RIGHT breast mass; impression says LEFT breast mass"),
        ("c-denied", "Text says NO pneumothorax (findings); image label says PRESENT (SR)"),
        ("c-identity", "Note and images name different patients."),
    ],
)
def test_the_verdict_line_says_in_words_what_disagrees(conflicts, name, line):
    assert words(next(c for c in conflicts if c.id == name)) == line


def changed(conflict, kind, image, **metadata):
    other = dataclasses.replace(conflict.image, **image)
    return dataclasses.replace(conflict, kind=kind, image=other, metadata=metadata)


@pytest.mark.parametrize(
    ("kind", "image", "metadata", "line"),
    [
        (
            "side_opposite",
            {"finding": "image", "site": "CHEST", "format": "dicom-header", "basis": "header"},
            {},
            "Text says RIGHT lower lobe consolidation (impression); image header says LEFT chest",
        ),
        (
            "count_or_size",
            {},
            {"text_mm": 12.5, "label_mm": 125.0},
            "Text says 12.5 MM lower lobe consolidation (impression); image label says 125 MM (Label table)",
        ),
        (
            "count_or_size",
            {},
            {"text_count": 2, "label_count": 3},
            "Text says 2 lower lobe consolidation (impression); image label says 3 (Label table)",
        ),
        (
            "body_part_mismatch",
            {"finding": "image", "site": "KNEE", "format": "dicom-header"},
            {"report": ["lung", "pleura"], "images": ["knee"]},
            "Text says LUNG AND PLEURA (impression); image header says KNEE",
        ),
        ("count_or_size", {}, {"rule": "digits"}, "The box lies on the other side."),
    ],
)
def test_header_size_count_and_body_part_are_said_the_same_way(conflicts, kind, image, metadata, line):
    assert words(changed(conflicts[1], kind, image, **metadata)) == line


def test_sizes_inside_one_report_are_said_by_section(conflicts):
    inside = dataclasses.replace(conflicts[2], kind="count_or_size", metadata={"size_mm": [8.0, 18.0]})
    assert words(inside) == "Findings say 8 MM breast mass; impression says 18 MM"


def test_a_side_that_the_title_gives_is_shown_with_its_line(conflicts):
    line = {"quote": "XR RIGHT LUNG", "start": 0, "end": 13, "words": [3, 8]}
    found = card(dataclasses.replace(conflicts[1], metadata={"side_stated": {"text": line}}))
    assert found["text"]["stated"] == [["XR ", []], ["RIGHT", ["side"]], [" LUNG", []]]
    assert "Side stated" not in [name for name, _ in found["facts"]]
    assert card(conflicts[1])["text"]["stated"] is None


@pytest.mark.parametrize(
    ("orientation", "view", "shown"),
    [
        ("L\\F", "PA", ("R patient's right", "L patient's left")),
        ("R\\F", "AP", ("L patient's left", "R patient's right")),
        ("A\\F", "LL", ("P back", "A front")),
        (None, "PA", ("R? by convention", "L? by convention")),
        (None, "LATERAL", ("", "")),
    ],
)
def test_the_edges_of_a_picture_are_named_where_they_are_known(conflicts, orientation, view, shown):
    image = conflicts[1].image
    geometry = dataclasses.replace(image.geometry, orientation=orientation)
    assert edges(dataclasses.replace(image, geometry=geometry, view=view)) == shown
    assert edges(dataclasses.replace(image, geometry=None)) == ("", "")


def test_the_disagreeing_words_of_the_line_are_marked_by_claim(conflicts):
    marked = [(said, role) for said, role in headline(conflicts[1]) if role]
    assert marked == [("RIGHT", "text"), ("LEFT", "image")]


def test_a_note_named_only_in_the_metadata_is_shown_once(conflicts):
    alone = dataclasses.replace(conflicts[4], note_id=None, metadata={"note": "n5", "differs": "patient"})
    assert card(alone)["facts"] == [
        ["Study", "2.25.1.5"],
        ["Note", "n5"],
        ["Conflict", "c-identity"],
        ["Differs", "patient"],
    ]
    assert card(alone)["same"] == [["patient differs", "warn"]]


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


@given(
    quote=st.text(min_size=1, max_size=4000),
    spans=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 30)), max_size=4),
)
def test_a_long_quote_keeps_every_marked_word_and_what_stands_beside_it(quote, spans):
    parts = segments(quote, 0, [Highlight(a, a + n, "side") for a, n in spans])
    short = shortened(parts)
    assert [roles for _, roles in short] == [roles for _, roles in parts]
    assert [w for w, roles in short if roles and len(w) < 300] == [w for w, roles in parts if roles and len(w) < 300]
    if len(quote) <= 900:
        assert short == parts


def test_a_sentence_of_a_million_letters_is_shown_around_its_marks(conflicts):
    before, after = "alpha " * 90_000, " omega" * 90_000
    text = dataclasses.replace(
        conflicts[1].text,
        quote=f"{before}right{after}",
        start=0,
        highlights=(Highlight(len(before), len(before) + 5, "side"),),
    )
    quote = card(dataclasses.replace(conflicts[1], text=text))["text"]["quote"]
    assert [roles for _, roles in quote] == [[], ["side"], []]
    assert sum(len(words) for words, _ in quote) < 400
    assert quote[0][0].endswith("alpha ")
    assert quote[2][0].startswith(" omega")


def test_what_turns_the_direction_of_writing_is_made_visible():
    turned = {"id": "a\u202eb", "line": ["no \u202etfel\u202c \u0007 side"]}
    assert visible(turned, frozenset({"id"})) == {"id": "a\u202eb", "line": ["no ⟨U+202E⟩tfel⟨U+202C⟩ ⟨U+0007⟩ side"]}
    assert visible("línea\n\t\u0634\u0645") == "línea\n\t\u0634\u0645"


def test_a_line_is_cut_where_it_gets_too_long():
    assert clipped("abc", 3) == "abc"
    assert clipped("abcd", 3) == "ab…"


def test_the_card_says_whether_the_two_sides_belong_together(conflicts):
    subset = conflicts[0]
    dated = dataclasses.replace(
        subset,
        text=dataclasses.replace(subset.text, date="2025-03-04T10:00"),
        image=dataclasses.replace(subset.image, date="2025-03-04"),
    )
    assert card(dated)["same"] == [["Same study id", "ok"], ["Same day, 2025-03-04", "ok"]]
    other = dataclasses.replace(dated, image=dataclasses.replace(dated.image, date="2024-03-04"))
    assert card(other)["same"][1] == ["Report of 2025-03-04, label of 2024-03-04", "warn"]
    assert card(dataclasses.replace(subset, study_id=None))["same"] == [
        ["No study id", "warn"],
        ["Report has no date", ""],
    ]
    assert card(conflicts[2])["same"] == [["One report, one study", "ok"]]


def test_the_tally_counts_affirmed_present_mentions_and_this_one(conflicts):
    others = [
        {"laterality": "right", "section": "findings", "polarity": "affirmed", "temporality": "current", "quote": "a"},
        {
            "laterality": "left",
            "section": "comparison",
            "polarity": "affirmed",
            "temporality": "historical",
            "quote": "b",
        },
        {"laterality": "left", "section": "findings", "polarity": "negated", "temporality": "current", "quote": "c"},
    ]
    made = card(dataclasses.replace(conflicts[2], metadata={"other_mentions": others}))
    assert made["tally"] == "2 right"
    assert [row[0] for row in made["others"]] == ["right", "left · historical", "left · negated"]


def test_the_label_names_its_reader_its_codes_and_its_view(conflicts):
    coded = dataclasses.replace(
        conflicts[1].image, annotator="R7", codes=(Code(SNOMED, "95436008", "Consolidation"),), date="2025-03-04"
    )
    made = card(dataclasses.replace(conflicts[1], image=coded))
    assert made["reader"] == "R7"
    assert ["Finding", "Consolidation · present · snomed 95436008"] in made["image"]["rows"]
    assert ["Image", "DX · view PA · Patient Orientation L\\F · 2025-03-04"] in made["image"]["rows"]


def test_a_position_without_orientation_is_drawn_as_assumed(conflicts):
    known = conflicts[1].image.geometry
    unknown = dataclasses.replace(conflicts[1].image, geometry=dataclasses.replace(known, orientation=None))
    assert card(conflicts[1])["drawing"]["assumed"] is False
    assert card(dataclasses.replace(conflicts[1], image=unknown))["drawing"]["assumed"] is True
    assert card(conflicts[0])["drawing"]["assumed"] is False


def test_a_muted_conflict_says_by_which_rule(conflicts):
    muted = dataclasses.replace(conflicts[0], metadata={"suppressed_by": "ward-7", "severity_was": "medium"})
    assert card(muted)["muted"] == "Muted by rule ward-7; was medium"
    assert card(conflicts[0])["muted"] == ""


def test_the_card_says_who_is_suspected(conflicts):
    blamed = dataclasses.replace(conflicts[0], metadata={"blames": "label"})
    assert card(blamed)["same"][0] == ["Suspected: the label", "hint"]
    assert "Blames" not in dict(card(blamed)["facts"])


@pytest.mark.parametrize(
    ("kind", "text", "image"),
    [
        ("side_opposite", {"laterality": "left"}, {}),
        ("side_opposite", {"laterality": None}, {}),
        ("quadrant_mismatch", {}, {}),
        ("site_mismatch", {"site": "upper lobe"}, {}),
        ("site_mismatch", {"site": "Pleura"}, {"site": "pleura"}),
        ("image_internal", {"laterality": "left"}, {}),
    ],
)
def test_claims_that_do_not_differ_in_their_telling_word_leave_the_line_to_the_check(conflicts, kind, text, image):
    subset = conflicts[0]
    sides = [
        dataclasses.replace(subset.text, **{"site": None, **text}),
        dataclasses.replace(subset.image, **{"site": None, **image}),
    ]
    same = dataclasses.replace(subset, kind=kind, text=sides[0], image=sides[1])
    assert headline(same) == [["Findings says BILATERAL, the SR says LEFT.", ""]]
