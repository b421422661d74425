"""Pascal VOC and YOLO files."""

import pytest

from clinnote.errors import Reject
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel

OBJECT = (
    "<object><name>Effusion</name>{extra}<bndbox><xmin>700</xmin><ymin>100</ymin><xmax>900</xmax><ymax>300</ymax>"
    "</bndbox></object>"
)


def voc(*objects, extra=""):
    return (
        "<annotation><folder>films</folder><filename>a.png</filename><size><width>1000</width><height>800</height>"
        f"<depth>1</depth></size>{extra}{''.join(objects)}</annotation>"
    )


def test_a_box_with_corners(read_file):
    (label,) = read_file(
        "a.xml", '<?xml version="1.0"?>\n' + voc(OBJECT.format(extra="<pose>Right</pose><difficult>1</difficult>"))
    )
    assert (label.study_id, label.image_id, label.finding.text) == ("a.png", "a.png", "Effusion")
    assert (label.geometry.x, label.geometry.width, label.sides.values) == (700, 200, ("left",))
    assert (label.source.format, label.source.pointer) == ("voc", "object 1")
    assert label.metadata["difficult"] == "1"


@pytest.mark.parametrize(("word", "side"), [("left", "left"), ("R", "right")])
def test_attributes_of_object_and_image(read_file, word, side):
    attribute = f"<attributes><attribute><name>laterality</name><value>{word}</value></attribute></attributes>"
    text = voc(OBJECT.format(extra=attribute), extra="<study_id>s1</study_id><view>LATERAL</view>")
    (label,) = read_file("a.xml", text)
    assert (label.study_id, label.view, label.sides.values) == ("s1", "LATERAL", (side,))


@pytest.mark.parametrize(
    ("shape", "side"),
    [
        ("<robndbox><cx>200</cx><cy>300</cy><w>100</w><h>50</h><angle>0.7</angle></robndbox>", "right"),
        ("<polygon><x1>700</x1><y1>10</y1><x2>800</x2><y2>10</y2><x3>750</x3><y3>90</y3></polygon>", "left"),
        (
            "<polygon><pt><x>100</x><y>10</y></pt><pt><x>200</x><y>10</y></pt><pt><x>150</x><y>90</y></pt></polygon>",
            "right",
        ),
    ],
)
def test_other_shapes(read_file, shape, side):
    (label,) = read_file("a.xml", voc(f"<object><name>Mass</name>{shape}</object>"))
    assert (label.geometry.kind, label.sides.values) == ("polygon", (side,))


BOMB = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("text", "reason", "skipped"),
    [
        (BOMB + voc(OBJECT.format(extra="")), "document_type", False),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd">' + voc(), "document_type", False),
        ("<annotation><object>", "not_xml", False),
        ("<a>" * 5000, "not_xml", False),
        ('<?xml version="1.0" encoding="none-such"?><annotation/>', "not_xml", False),
        ("<html><body/></html>", "unsupported_file", False),
        (voc(), "no_objects", True),
        (voc("<object><name></name></object>"), "missing_finding", False),
        (voc("<object><name>x</name><bndbox><xmin>1</xmin></bndbox></object>"), "bad_box", False),
        (voc(OBJECT.format(extra="").replace("700", "1700").replace("900", "1900")), "box_outside_image", False),
        (voc(OBJECT.format(extra="").replace("700", "950")), "bad_box", False),
        (voc("<object><name>x</name><polygon><x1>1</x1><y1>1</y1></polygon></object>"), "bad_polygon", False),
    ],
)
def test_what_is_broken_is_named(read_file, text, reason, skipped):
    (reject,) = read_file("a.xml", text)
    assert isinstance(reject, Reject), reject
    assert (reject.reason, reject.skipped) == (reason, skipped)


def test_the_object_after_a_bad_one_is_read(read_file):
    found = read_file("a.xml", voc("<object><name></name></object>", OBJECT.format(extra="")))
    assert [type(x) for x in found] == [Reject, ImageLabel]


@pytest.fixture
def yolo(tmp_path, home):
    def read(text, names="Nodule\nEffusion\n"):
        (tmp_path / "labels").mkdir()
        (tmp_path / "labels" / "film1.txt").write_text(text)
        if names:
            (tmp_path / "classes.txt").write_text(names)
        found = list(read_image_labels([tmp_path / "labels"], home))
        return [x for x in found if isinstance(x, ImageLabel)], [x for x in found if isinstance(x, Reject)]

    return read


def test_yolo_boxes_and_polygons(yolo):
    labels, rejects = yolo("1 0.8 0.5 0.1 0.2\n0 0.2 0.5 0.1 0.2\n0 0.1 0.1 0.2 0.1 0.15 0.3\n0 0.2 0.5 0.1 0.3 0.91\n")
    assert rejects == []
    assert [(x.study_id, x.finding.text, x.sides.values) for x in labels] == [
        ("film1", "Effusion", ("left",)),
        ("film1", "Nodule", ("right",)),
        ("film1", "Nodule", ("right",)),
        ("film1", "Nodule", ("right",)),
    ]
    assert (labels[0].geometry.unit, round(labels[0].geometry.x, 6)) == ("percent", 75)


def test_yolo_rejects(yolo):
    labels, rejects = yolo("0 0.8 0.5 0.1 0.2\n7 0.8 0.5 0.1 0.2\n0 x 1 1 1\n0 0.8 0.5 0 0.2\n")
    assert len(labels) == 1
    assert [(x.line, x.reason) for x in rejects] == [(2, "unknown_category"), (3, "bad_box"), (4, "bad_box")]


def test_yolo_without_class_names(yolo):
    _, (reject,) = yolo("0 0.8 0.5 0.1 0.2\n", names="")
    assert reject.reason == "missing_classes"


def test_other_text_is_no_yolo(tmp_path, home):
    (tmp_path / "note.txt").write_text("2 views of the chest. No effusion.")
    (reject,) = read_image_labels([tmp_path], home)
    assert (reject.reason, reject.skipped) == ("unsupported_file", True)
