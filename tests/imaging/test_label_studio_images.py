"""Label Studio exports of image tasks."""

import base64
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.errors import Reject
from clinnote.imaging.label_studio.reader import file_name
from clinnote.imaging.label_studio.regions import turned_corners
from clinnote.imaging.png import data_url_extent
from clinnote.model.image_label import ImageLabel

DATA = {"image": "/data/upload/3/1a2b3c4d-film7.png", "study_id": "s1", "view": "PA"}
SIZE = {"original_width": 2000, "original_height": 1000, "image_rotation": 0}


def region(value, kind="rectanglelabels", name="r1", label="Effusion", **more):
    return {
        "id": name, "from_name": "label", "to_name": "image", "type": kind,
        "value": {**value, kind: [label]}, **SIZE, **more,
    }  # fmt: skip


def task(*results, data=DATA, **annotation):
    made = {"id": 9, "completed_by": {"id": 4, "email": "r1@example.org"}, "result": list(results), **annotation}
    return {"id": 5, "data": data, "annotations": [made], "predictions": []}


def read(read_file, *tasks):
    found = read_file("export.json", json.dumps(list(tasks)))
    return [x for x in found if isinstance(x, ImageLabel)], [x for x in found if isinstance(x, Reject)]


def only(read_file, *tasks):
    (label,), rejects = read(read_file, *tasks)
    assert rejects == []
    return label


BOX = {"x": 70, "y": 10, "width": 10, "height": 20, "rotation": 0}


def test_a_rectangle_in_percent(read_file):
    label = only(read_file, task(region(BOX)))
    assert (label.study_id, label.image_id, label.finding.text) == ("s1", "film7.png", "Effusion")
    assert (label.geometry.unit, label.geometry.x, label.geometry.image_width) == ("percent", 70, 2000)
    assert (label.sides.values, label.sides.basis, label.annotator) == (
        ("left",),
        "convention_geometry",
        "r1@example.org",
    )
    assert label.source.pointer == "task 5 annotation 9 region r1"


@pytest.mark.parametrize(
    ("value", "kind", "shape", "side"),
    [
        ({"x": 20, "y": 10, "width": 10, "height": 20}, "rectanglelabels", "box", "right"),
        ({"x": 75, "y": 50, "radiusX": 5, "radiusY": 9, "rotation": 0}, "ellipselabels", "box", "left"),
        ({"x": 75, "y": 50, "radiusX": 5, "radiusY": 9, "rotation": 30}, "ellipselabels", "polygon", "left"),
        ({"points": [[10, 10], [20, 10], [15, 30]], "closed": True}, "polygonlabels", "polygon", "right"),
        ({"x": 75, "y": 50, "width": 0.4}, "keypointlabels", "point", "left"),
    ],
)
def test_shapes(read_file, value, kind, shape, side):
    label = only(read_file, task(region(value, kind)))
    assert (label.geometry.kind, label.sides.values) == (shape, (side,))


def test_a_turned_rectangle_turns_about_its_corner(read_file):
    """60 % to the right, turned by 90 degrees clockwise: the box hangs down to the left of its corner."""
    label = only(read_file, task(region({"x": 60, "y": 10, "width": 30, "height": 10, "rotation": 90})))
    xs = [x for x, _ in label.geometry.points]
    # 10 % of the height is 100 px, 5 % of the width
    assert (round(min(xs), 6), round(max(xs), 6)) == (55, 60)


def test_a_turn_can_change_the_side(read_file):
    label = only(read_file, task(region({"x": 48, "y": 10, "width": 10, "height": 60, "rotation": 90})))
    assert label.sides.values == ("right",)


def test_a_brush(read_file):
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    mask = np.zeros((100, 200), dtype=np.uint8)
    mask[20:30, 150:170] = 255
    result = region(
        {"format": "rle", "rle": brush.mask2rle(mask)}, "brushlabels", original_width=200, original_height=100
    )
    label = only(read_file, task(result))
    assert (label.geometry.unit, label.geometry.x, label.geometry.width, label.sides.values) == (
        "px",
        150,
        20,
        ("left",),
    )


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (region({"format": "rle", "rle": [0, 0, 0, 40, 57]}, "brushlabels"), "mask_size_mismatch"),
        (region({"format": "rle", "rle": "x"}, "brushlabels"), "bad_rle"),
        (region({"format": "rle", "rle": [1, 2]}, "brushlabels", original_width=None), "no_image_size"),
        ({**region(BOX), "value": BOX}, "no_label"),
        (region({**BOX, "x": 170}), "box_outside_image"),
        (region({**BOX, "width": 0}), "bad_box"),
        (region({**BOX, "rotation": 5, "height": -1}), "bad_box"),
        (region({**BOX, "x": None}), "bad_number"),
        (region({**BOX, "x": 10**400}), "bad_number"),
        (region({"points": [[1, 2]]}, "polygonlabels"), "bad_polygon"),
        (region({"points": 3}, "polygonlabels"), "bad_polygon"),
        (region({"x": 175, "y": 50, "width": 0.4}, "keypointlabels"), "box_outside_image"),
    ],
)
def test_a_broken_region_is_named_and_the_next_one_read(read_file, result, reason):
    labels, rejects = read(read_file, task(result, region(BOX, name="r2")))
    assert [x.reason for x in rejects] == [reason]
    assert "region r1" in rejects[0].message
    assert len(labels) == 1


def test_an_empty_brush_is_passed_over(read_file):
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="needs label-studio-sdk")
    rle = brush.mask2rle(np.zeros((10, 20), dtype=np.uint8))
    empty = region({"rle": rle}, "brushlabels", original_width=20, original_height=10)
    _, rejects = read(read_file, task(empty))
    assert [(x.reason, x.skipped) for x in rejects] == [("empty_mask", True)]


def test_an_image_turned_while_labelling_gives_no_side(read_file):
    label = only(read_file, task(region(BOX, image_rotation=90)))
    assert (label.sides.values, label.geometry) == ((), None)
    assert label.metadata["geometry_side"] == "image_turned_while_labelling"


def per_region(name, *words):
    return {"id": "r1", "from_name": name, "to_name": "image", "type": "choices", "value": {"choices": list(words)}}


@pytest.mark.parametrize(("word", "side"), [("Left", "left"), ("right", "right")])
def test_what_is_chosen_for_a_region(read_file, word, side):
    results = (
        region(BOX),
        per_region("laterality", word),
        per_region("presence", "Uncertain"),
        per_region("quality", "good"),
    )
    label = only(read_file, task(*results))
    assert (label.sides.values, label.sides.basis, label.presence) == ((side,), "label_text", "uncertain")
    assert label.metadata["quality"] == "good"


def test_shape_and_label_as_two_results(read_file):
    shape = {"id": "r1", "type": "rectangle", "value": BOX, **SIZE}
    words = {"id": "r1", "type": "labels", "value": {**BOX, "labels": ["Mass"]}, **SIZE}
    assert only(read_file, task(shape, words)).finding.text == "Mass"


def test_choices_for_the_whole_image(read_file):
    def chosen(name, *words):
        return {"id": f"c{name}", "from_name": name, "type": "choices", "value": {"choices": list(words)}}

    labels, _ = read(
        read_file,
        task(chosen("finding", "Mass", "Effusion"), chosen("pneumothorax", "absent"), chosen("laterality", "Left")),
    )
    assert [(x.finding.text, x.presence, x.geometry) for x in labels] == [
        ("Mass", "present", None), ("Effusion", "present", None), ("pneumothorax", "absent", None),
    ]  # fmt: skip


def test_cancelled_annotations_are_left_out_and_several_people_kept(read_file):
    first = task(region(BOX))
    first["annotations"] += [
        {"id": 10, "completed_by": 7, "result": [region({**BOX, "x": 10})]},
        {"id": 11, "completed_by": 8, "was_cancelled": True, "result": [region(BOX)]},
    ]
    labels, rejects = read(read_file, first)
    assert [(x.annotator, x.sides.values) for x in labels] == [("r1@example.org", ("left",)), ("7", ("right",))]
    assert [(x.reason, x.skipped) for x in rejects] == [("cancelled_annotation", True)]


def test_predictions_count_only_without_annotations(read_file):
    prediction = {"id": 3, "model_version": "m2", "result": [region({**BOX, "x": 10})]}
    with_both = {**task(region(BOX)), "predictions": [prediction]}
    alone = {**task(data={**DATA, "study_id": "s2"}), "annotations": [], "predictions": [prediction]}
    labels, _ = read(read_file, with_both, alone)
    assert [(x.study_id, x.annotator) for x in labels] == [("s1", "r1@example.org"), ("s2", "model m2")]


@pytest.mark.parametrize("form", ["full", "min"])
def test_text_labels_are_no_images(read_file, form):
    span = {"start": 3, "end": 8, "text": "mass", "labels": ["finding"]}
    full = task({"id": "a", "type": "labels", "value": span}, data={"text": "the mass"})
    small = {"id": 1, "text": "the mass", "label": [span], "annotator": 1, "annotation_id": 2}
    labels, rejects = read(read_file, full if form == "full" else small)
    assert labels == []
    assert [(x.reason, x.skipped) for x in rejects] == [("text_labels", True)]


def test_json_min(read_file):
    small = {
        "image": "http://host/a/film%207.png?x=1", "id": 5, "annotator": 3, "annotation_id": 8, "lead_time": 3.1,
        "label": [{**BOX, "rectanglelabels": ["Mass", "Nodule"], "original_width": 10, "original_height": 10}],
        "choice": "Effusion",
    }  # fmt: skip
    labels, rejects = read(read_file, small)
    assert rejects == []
    assert {(x.study_id, x.finding.text, x.annotator) for x in labels} == {
        ("film 7.png", "Mass", "3"), ("film 7.png", "Nodule", "3"), ("film 7.png", "Effusion", "3"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/data/upload/3/1a2b3c4d-film.png", "film.png"),
        ("/data/local-files/?d=set/a/film.png", "film.png"),
        ("s3://bucket/a/deadbeef-film.png", "deadbeef-film.png"),
        ("https://host/film%201.png?sig=x", "film 1.png"),
    ],
)
def test_the_name_of_the_image(url, name):
    assert file_name(url) == name


def test_a_task_that_names_nothing(read_file):
    _, (reject,) = read(read_file, task(region(BOX), data={"x": 1}))
    assert reject.reason == "missing_study_id"


PERCENT = st.floats(-100, 200)


@given(
    PERCENT,
    PERCENT,
    st.floats(0.1, 100),
    st.floats(0.1, 100),
    st.floats(-720, 720),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_a_turn_keeps_lengths_in_pixels_and_a_full_turn_the_box(x, y, width, height, angle, across, down):
    size = (float(across), float(down))
    flat = turned_corners((x, y, width, height), (x, y), angle, size)
    px = [(a * across / 100, b * down / 100) for a, b in zip(flat[::2], flat[1::2], strict=True)]
    assert math.isclose(math.dist(px[0], px[1]), width * across / 100, rel_tol=1e-6, abs_tol=1e-6)
    assert math.isclose(math.dist(px[1], px[2]), height * down / 100, rel_tol=1e-6, abs_tol=1e-6)
    straight = turned_corners((x, y, width, height), (x, y), 360, size)
    assert np.allclose(straight, [x, y, x + width, y, x + width, y + height, x, y + height], atol=1e-6)


@given(st.floats(0, 50), st.floats(0, 50), st.floats(1, 50), st.floats(1, 50))
def test_percent_and_pixels_agree(x, y, width, height):
    from clinnote.imaging.sides.box_geometry import box
    from clinnote.imaging.sides.geometry import side_of

    percent = box((x, y, width, height), (None, None), None, "percent")
    pixels = box((x * 20, y * 10, width * 20, height * 10), (2000.0, 1000.0))
    if abs(2 * x + width - 100) > 10.001 or abs(2 * x + width - 100) < 9.999:
        assert side_of(percent, "PA").value == side_of(pixels, "PA").value


def test_annotations_that_are_no_list_are_named(read_file):
    labels, rejects = read(read_file, {**task(), "annotations": "x"}, task(region(BOX)))
    assert [x.reason for x in rejects] == ["bad_record"]
    assert len(labels) == 1


def png(pixels):
    image = pytest.importorskip("PIL.Image", reason="needs Pillow to write a PNG")
    stream = io.BytesIO()
    image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


@given(
    st.integers(0, 19), st.integers(1, 20), st.integers(0, 9), st.integers(1, 10), st.sampled_from(["RGBA", "L", "RGB"])
)
@settings(max_examples=25, deadline=None)
def test_a_bitmask_is_the_box_around_what_it_marks(left, width, top, height, mode):
    marked = np.zeros((10, 20, 4), dtype=np.uint8)
    marked[top : top + height, left : left + width] = (30, 200, 7, 255)
    pixels = {"RGBA": marked, "RGB": marked[..., :3], "L": marked[..., 1]}[mode]
    extent = data_url_extent(png(np.ascontiguousarray(pixels)), 10, 20)
    assert (extent.left, extent.top) == (left, top)
    assert (extent.right, extent.bottom) == (min(20, left + width), min(10, top + height))


def test_an_uneven_bitmask_is_read_as_pillow_wrote_it():
    generator = np.random.default_rng(5)
    marked = np.zeros((40, 60, 4), dtype=np.uint8)
    marked[7:31, 11:52] = generator.integers(1, 255, (24, 41, 4))
    extent = data_url_extent(png(marked), 40, 60)
    assert (extent.left, extent.top, extent.right, extent.bottom, extent.area) == (11, 7, 52, 31, 24 * 41)


def test_a_bitmask_and_a_vector_give_sides(read_file):
    marked = np.zeros((10, 20, 4), dtype=np.uint8)
    marked[2:4, 15:18] = 255
    size = {"original_width": 20, "original_height": 10}
    bitmask = region({"imageDataURL": png(marked)}, "bitmasklabels", **size)
    corners = [{"id": "a", "x": 10, "y": 10}, {"id": "b", "x": 20, "y": 10}, {"id": "c", "x": 15, "y": 30}]
    vector = region({"vertices": corners, "closed": True}, "vectorlabels", name="r2")
    labels, rejects = read(read_file, task(bitmask, vector))
    assert rejects == []
    assert [x.sides.values for x in labels] == [("left",), ("right",)]


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,", "data:image/png;base64,AAAA", "https://example.org/mask.png", 7]
)
def test_a_bitmask_that_is_no_picture_is_named(read_file, url):
    bitmask = region({"imageDataURL": url}, "bitmasklabels")
    labels, rejects = read(read_file, task(bitmask, region(BOX, name="r2")))
    assert [(x.reason, x.skipped) for x in rejects] == [("bad_bitmask", False)]
    assert len(labels) == 1
