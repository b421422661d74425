"""COCO segmentations, attributes, and the annotations that say nothing of a place."""

import json

import pytest

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel

IMAGE = {"id": 7, "file_name": "a.png", "width": 10, "height": 4, "view": "PA"}


def read(read_file, annotation, image=IMAGE, category=None):
    data = {
        "images": [image],
        "categories": [category or {"id": 1, "name": "Nodule", "supercategory": "lung"}],
        "annotations": [{"id": 5, "image_id": 7, "category_id": 1, **annotation}],
    }
    (found,) = read_file("c.json", json.dumps(data))
    return found


@pytest.mark.parametrize(
    ("counts", "x", "side"),
    [
        ([29, 2, 9], 7, "left"),
        ([5, 2, 33], 1, "right"),
        ("m029", 7, "left"),
        ("52Q1", 1, "right"),
    ],
)
def test_a_run_length_mask_is_the_box_around_it(read_file, counts, x, side):
    label = read(read_file, {"segmentation": {"counts": counts, "size": [4, 10]}, "iscrowd": 1})
    assert (label.geometry.kind, label.geometry.x, label.geometry.width) == ("box", x, 1)
    assert label.sides.values == (side,)
    assert label.metadata["iscrowd"] == "1"


def test_polygons_in_both_lungs_have_no_side(read_file):
    left, right = [7, 1, 9, 1, 8, 3], [1, 1, 3, 1, 2, 3]
    label = read(read_file, {"segmentation": [left, right]})
    assert (label.geometry.x, label.geometry.width, label.sides.values) == (1, 8, ())
    assert label.metadata["geometry_side"] == "spans_midline"


@pytest.mark.parametrize(
    ("annotation", "reason", "skipped"),
    [
        ({"segmentation": {"counts": [29, 2, 9], "size": [10, 4]}}, "mask_size_mismatch", False),
        ({"segmentation": {"counts": [29, 2, 8], "size": [4, 10]}}, "bad_rle", False),
        ({"segmentation": {"counts": [40], "size": [4, 10]}}, "empty_mask", True),
        ({"segmentation": {"counts": [40]}}, "bad_rle", False),
        ({"segmentation": {"size": [4, 10]}}, "bad_rle", False),
        ({"segmentation": [[11, 1, 19, 1, 18, 3]]}, "box_outside_image", False),
        ({"bbox": [20, 1, 3, 3]}, "box_outside_image", False),
        ({"category_id": None}, "unknown_category", False),
        ({"image_id": 8}, "unknown_image", False),
    ],
)
def test_what_can_not_be_a_shape_is_named(read_file, annotation, reason, skipped):
    reject = read(read_file, annotation)
    assert (reject.reason, reject.skipped) == (reason, skipped)
    assert "annotation 5" in reject.message


def test_a_blank_category_is_none(read_file):
    assert read(read_file, {"bbox": [1, 1, 2, 2]}, category={"id": 1, "name": " "}).reason == "unknown_category"


def test_an_image_without_size_gives_no_side(read_file):
    label = read(read_file, {"bbox": [7, 1, 2, 2]}, {"id": 7, "file_name": "a.png", "view": "PA"})
    assert (label.sides.values, label.metadata["geometry_side"]) == ((), "no_image_size")


@pytest.mark.parametrize(("word", "side"), [("left", "left"), ("R", "right")])
def test_a_laterality_attribute_comes_before_the_box(read_file, word, side):
    label = read(read_file, {"bbox": [7, 1, 2, 2], "attributes": {"laterality": word, "presence": "uncertain"}})
    assert (label.sides.values, label.sides.basis, label.presence) == ((side,), "label_text", "uncertain")


def test_captions_and_files_without_annotations_are_passed_over(read_file):
    (caption,) = read_file("c.json", json.dumps({"images": [IMAGE], "annotations": [{"id": 1, "caption": "x"}]}))
    (nothing,) = read_file("d.json", json.dumps({"images": [IMAGE], "categories": [], "annotations": []}))
    assert [(x.reason, x.skipped) for x in (caption, nothing)] == [("no_objects", True), ("no_annotations", True)]


def test_the_row_after_a_bad_one_is_read(read_file):
    data = {
        "images": [IMAGE],
        "categories": [{"id": 1, "name": "Nodule"}],
        "annotations": [{"id": 1, "image_id": 7}, {"id": 2, "image_id": 7, "category_id": 1, "bbox": [7, 1, 2, 2]}],
    }
    found = read_file("c.json", json.dumps(data))
    assert sum(isinstance(x, ImageLabel) for x in found) == 1
    assert {x.reason for x in found if isinstance(x, Reject)} == {"unknown_category"}


@pytest.mark.parametrize("listed", ["images", "categories"])
def test_an_id_that_two_have_is_named(read_file, listed):
    entries = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": 1, "name": "Mass"}, {"id": 2, "name": "Effusion"}],
        "annotations": [{"id": n, "image_id": n, "category_id": n, "bbox": [1, 1, 2, 2]} for n in (1, 2)],
    }
    entries[listed] += [{**entries[listed][0], "name": "Nodule", "file_name": "c.png"}, entries[listed][1]]
    reject, label = read_file("coco.json", json.dumps(entries))
    assert (reject.reason, reject.message.split(":")[0]) == ("ambiguous_id", "annotation 1")
    assert (label.finding.text, label.image_id) == ("Effusion", "b.png")


INSTANCES = {
    "images": [{"id": 1, "file_name": "a.png", "width": 1000, "height": 1000, "study_id": "s1"}],
    "categories": [{"id": 4, "name": "Pleural effusion"}],
    "annotations": [],
}
DETECTIONS = [
    {"image_id": 1, "category_id": 4, "bbox": [700, 600, 100, 100], "score": 0.9},
    {"image_id": 1, "category_id": 4, "bbox": [100, 600, 100, 100], "score": 0.2},
]


def results(folder, home, **instances):
    (folder / "results.json").write_text(json.dumps(DETECTIONS))
    for name, data in instances.items():
        (folder / f"{name}.json").write_text(json.dumps(data))
    found = list(read_image_labels([folder / "results.json"], home))
    return [x for x in found if isinstance(x, ImageLabel)], [x for x in found if isinstance(x, Reject)]


def test_a_list_of_detections_is_named_by_the_instances_file_beside_it(tmp_path, home):
    labels, rejects = results(tmp_path, home, instances_val=INSTANCES, other={"images": [{"id": 9}], "categories": []})
    assert rejects == []
    assert [(x.study_id, x.finding.text, x.sides.values, x.presence) for x in labels] == [
        ("s1", "Pleural effusion", ("left",), "present"),
        ("s1", "Pleural effusion", ("right",), "uncertain"),
    ]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no instances file"),
        ({"instances": {**INSTANCES, "categories": [{"id": 5, "name": "Mass"}]}}, "no instances file"),
        ({"train": INSTANCES, "val": INSTANCES}, "several"),
    ],
    ids=["none", "other categories", "two"],
)
def test_a_list_of_detections_alone_is_set_aside(tmp_path, home, files, words):
    labels, rejects = results(tmp_path, home, **files)
    assert labels == []
    assert [(x.reason, x.skipped) for x in rejects] == [("no_instances_file", False)]
    assert words in rejects[0].message
