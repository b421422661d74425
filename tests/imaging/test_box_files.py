"""Boxes in CSV and JSON."""

import json

import pytest

from clinnote.errors import Reject
from clinnote.model.image_label import ImageLabel

FULL = "study_id,image_id,finding,x,y,width,height,image_width,image_height,orientation,view,laterality,reader\n"


def only(items):
    (item,) = items
    assert isinstance(item, ImageLabel), item
    return item


def test_a_row_with_everything(read_file):
    label = only(read_file("b.csv", FULL + "s1,i1,Mass,700,10,100,50,1000,800,L\\F,PA,,r1\n"))
    assert (label.study_id, label.image_id, label.finding.text) == ("s1", "i1", "Mass")
    assert (label.sides.values, label.sides.basis) == (("left",), "oriented_geometry")
    assert (label.geometry.kind, label.geometry.x, label.geometry.width) == ("box", 700, 100)
    assert (label.view, label.annotator, label.source.pointer) == ("PA", "r1", "row 2")


@pytest.mark.parametrize(
    "header",
    [
        "Image Index,Finding Label,X,Y,W,H",
        "image_id,class_name,rad_id,x_min,y_min,x_max,y_max",
        "filename;label;x1;y1;x2;y2",
        "FILE_NAME\tCategory\txmin\tymin\txmax\tymax",
        "\ufeffStudy ID,Pathology,bbox_x,bbox_y,bbox_width,bbox_height",
    ],
)
def test_columns_are_found_by_name_in_any_case(read_file, header):
    delimiter = next(d for d in "\t;," if d in header)
    names = header.split(delimiter)
    corner = any(n.lower() in ("x2", "x_max", "xmax") for n in names)
    numbers = iter(["100", "20", "200", "70"] if corner else ["100", "20", "100", "50"])
    words = iter(["a.png", "Nodule", "r1"])
    cells = [next(numbers if n[-1].isdigit() or n.lower() in "xywh" or ("_" in n and n[0] in "xyb") or n[1:] in
                  ("min", "max") else words) for n in names]  # fmt: skip
    label = only(read_file("b.csv", f"{header}\n{delimiter.join(cells)}\n"))
    assert (label.study_id, label.finding.text) == ("a.png", "Nodule")
    assert (label.geometry.x, label.geometry.y, label.geometry.width, label.geometry.height) == (100, 20, 100, 50)


def test_the_nih_list_is_of_frontal_films_of_1024_pixels(read_file):
    text = "Image Index,Finding Label,Bbox [x,y,w,h],,,\na.png,Infiltrate,700.5,500,100,80,,,\n"
    label = only(read_file("BBox_List.csv", text))
    assert (label.sides.values, label.sides.basis) == (("left",), "convention_geometry")
    assert label.metadata["label_set"] == "nih_chestxray14"


def test_with_corners_a_plain_width_is_that_of_the_image(read_file):
    text = "image_id,class_name,x_min,y_min,x_max,y_max,width,height,view\na,Mass,700,10,800,60,1000,900,PA\n"
    label = only(read_file("b.csv", text))
    assert (label.geometry.width, label.geometry.image_width) == (100, 1000)
    assert label.sides.values == ("left",)


@pytest.mark.parametrize(
    ("row", "values", "basis"),
    [
        ("s,i,Left pleural effusion,,,,,,,,,,", ("left",), "label_text"),
        ("s,i,Effusion,,,,,,,,,R,", ("right",), "label_text"),
        ("s,i,Effusion,,,,,,,,,both,", ("left", "right"), "label_text"),
        ("s,i,Effusion,100,10,100,50,1000,800,L\\F,PA,L,", ("left",), "label_text"),
        ("s,i,Effusion,,,,,,,,,,", (), None),
    ],
)
def test_sides_in_words_come_before_geometry(read_file, row, values, basis):
    label = only(read_file("b.csv", FULL + row + "\n"))
    assert (label.sides.values, label.sides.basis) == (values, basis)


def test_site_column(read_file):
    label = only(read_file("b.csv", "study_id,finding,location\ns,Opacity,left lower lobe\n"))
    assert (label.site.site, label.sides.values, label.sides.basis) == ("lower_lobe", ("left",), "label_text")


@pytest.mark.parametrize(
    ("cell", "presence"), [("1", "present"), ("absent", "absent"), ("-1", "uncertain"), ("", "present")]
)
def test_presence_column(read_file, cell, presence):
    assert only(read_file("b.csv", f"study_id,finding,presence\ns,Effusion,{cell}\n")).presence == presence


def test_several_findings_in_one_cell(read_file):
    labels = read_file("b.csv", "Image Index,Finding Labels\na.png,Effusion|Mass\n")
    assert [x.finding.text for x in labels] == ["Effusion", "Mass"]
    assert len({x.label_id for x in labels}) == 2


def test_columns_without_meaning_are_kept(read_file):
    assert only(read_file("b.csv", "study_id,finding,Follow Up\ns,Mass,3\n")).metadata == {"follow_up": "3"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s,i,Mass,abc,10,100,50,1000,800,,PA,,", "bad_number"),
        ("s,i,Mass,nan,10,100,50,1000,800,,PA,,", "bad_number"),
        ("s,i,Mass,700,10,0,50,1000,800,,PA,,", "bad_box"),
        ("s,i,Mass,700,10,-5,50,1000,800,,PA,,", "bad_box"),
        ("s,i,Mass,1200,10,100,50,1000,800,,PA,,", "box_outside_image"),
        ("s,i,Mass,700,900,100,50,1000,800,,PA,,", "box_outside_image"),
        ("s,i,Mass,700,10,,,1000,800,,PA,,x", "incomplete_point"),
        ("s,i,,700,10,100,50,1000,800,,PA,,", "missing_finding"),
        (",,Mass,700,10,100,50,1000,800,,PA,,", "missing_study_id"),
        ("s,i,Mass,700,,100,50,1000,800,,PA,,", "incomplete_box"),
    ],
)
def test_a_bad_row_is_named_and_the_next_one_read(read_file, row, reason):
    bad, good = read_file("b.csv", FULL + row + "\ns,i,Mass,700,10,100,50,1000,800,,PA,,\n")
    if reason == "incomplete_point":
        assert isinstance(bad, ImageLabel)
        assert bad.geometry.kind == "point"
    else:
        assert isinstance(bad, Reject)
        assert (bad.reason, bad.line) == (reason, 2)
    assert good.source.pointer == "row 3"


@pytest.mark.parametrize("header", ["study_id,x,y", "finding,x,y", "a,b", ""])
def test_a_table_without_the_needed_columns(read_file, header):
    (reject,) = read_file("b.csv", header + "\n1,2,3\n")
    assert (reject.reason, reject.line) == ("missing_column", 1 if header else 2)


def test_ids_are_the_same_in_every_run_and_differ_between_rows(read_file):
    text = FULL + "s,i,Mass,700,10,100,50,1000,800,,PA,,r1\ns,i,Mass,700,10,100,50,1000,800,,PA,,r2\n"
    first, second = read_file("b.csv", text), read_file("b.csv", text)
    assert first == second
    assert len({x.label_id for x in first}) == 2


def test_the_same_row_twice_is_read_once(read_file):
    text = FULL + "s,i,Mass,700,10,100,50,1000,800,,PA,,r1\n" * 2
    again, _ = read_file("b.csv", text)
    assert (again.reason, again.line, again.skipped) == ("duplicate_row", 3, True)


def coco(annotation, **image):
    return json.dumps(
        {
            "images": [{"id": 7, "file_name": "a.png", "width": 1000, "height": 800, **image}],
            "categories": [{"id": 1, "name": "Nodule"}, {"id": 2, "name": "left lung"}],
            "annotations": [{"id": 5, "image_id": 7, "category_id": 1, **annotation}],
        }
    )


def test_a_coco_box(read_file):
    label = only(read_file("c.json", coco({"bbox": [100, 10, 50, 50]}, study_id="s1", view="PA")))
    assert (label.study_id, label.image_id, label.finding.text) == ("s1", "a.png", "Nodule")
    assert (label.sides.values, label.sides.basis) == (("right",), "convention_geometry")
    assert (label.source.format, label.source.pointer) == ("coco", "annotation 5")


def test_a_coco_polygon(read_file):
    label = only(read_file("c.json", coco({"segmentation": [[700, 10, 800, 10, 750, 90]]})))
    assert (label.geometry.kind, label.sides.values, label.study_id) == ("polygon", ("left",), "a.png")


def test_an_annotation_without_a_shape_is_a_label_without_geometry(read_file):
    label = only(read_file("c.json", coco({"keypoints": [1, 2, 2], "num_keypoints": 1})))
    assert label.geometry is None


def test_the_side_in_a_category_comes_before_geometry(read_file):
    label = only(read_file("c.json", coco({"category_id": 2, "bbox": [100, 10, 50, 50]})))
    assert (label.sides.values, label.sides.basis) == (("left",), "label_text")
    assert [s["values"] for s in label.metadata["sides_seen"]] == [["left"], ["right"]]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        ({"category_id": 99}, "unknown_category"),
        ({"category_id": None}, "unknown_category"),
        ({"image_id": 99}, "unknown_image"),
        ({"bbox": [1, 2, 3]}, "bad_box"),
        ({"bbox": [1, 2, "x", 4]}, "bad_box"),
        ({"bbox": [1, 2, 0, 4]}, "bad_box"),
        ({"bbox": [1200, 2, 30, 4]}, "box_outside_image"),
        ({"segmentation": [[1, 2, 3, 4]]}, "bad_polygon"),
        ({"segmentation": [["a"]]}, "bad_polygon"),
    ],
)
def test_a_bad_annotation_is_named(read_file, annotation, reason):
    (reject,) = read_file("c.json", coco(annotation))
    assert reject.reason == reason
    assert reject.message.startswith("annotation 5: ")


def test_an_annotation_that_is_no_object(read_file):
    (reject,) = read_file("c.json", json.dumps({"images": [], "categories": [], "annotations": [3]}))
    assert reject.reason == "bad_annotation"


def test_a_list_of_films_with_boxes_as_corners(read_file):
    films = [{"file_name": "1.png", "syms": ["Effusion"], "boxes": [[799, 666, 937, 761]], "polygons": []},
             {"file_name": "2.png", "syms": [], "boxes": []}, {"syms": [], "boxes": []},
             {"file_name": "3.png", "syms": ["Mass"], "boxes": [[9, 9, 5, 5]]},
             {"file_name": "4.png", "syms": ["Mass"], "boxes": []}]  # fmt: skip
    nameless, bad, uneven, label = read_file("c.json", json.dumps(films))
    assert (label.finding.text, label.sides.values, label.geometry.width) == ("Effusion", ("left",), 138)
    assert [x.reason for x in (nameless, bad, uneven)] == ["bad_record", "bad_box", "bad_record"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, True], ids=["NaN", "infinity", "huge", "true"])
def test_a_coco_number_that_is_none(read_file, number):
    (reject,) = read_file("c.json", coco({"bbox": [number, 10, 50, 50]}))
    assert reject.reason == "bad_box"
    (label,) = read_file("c.json", coco({"bbox": [100, 10, 50, 50]}, width=number))
    assert label.geometry.image_width is None
