"""Files go to their reader by what stands in them; what can't be read is named, and nothing is raised."""

import gzip
import io
import json
import logging
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imaging_objects import (
    FINDING,
    KIDNEY,
    LEFT,
    LUNG,
    NODULE,
    RIGHT,
    dx,
    group,
    header,
    item,
    rtstruct,
    seg,
    segment,
    site,
    sr,
    to_bytes,
)
from pydicom.uid import EncapsulatedPDFStorage, ImplicitVRLittleEndian

from clinnote.errors import Reject
from clinnote.imaging import formats
from clinnote.imaging.dicom.file import open_dicom
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel
from clinnote.model.schema import from_dict, to_dict
from clinnote.workflow.imaging import read_images

REPORT = sr(*(group(item("CODE", FINDING, NODULE), site(LUNG, side)) for side in (LEFT, RIGHT, LEFT, RIGHT)))
LABEL = {
    "label_id": "1",
    "study_id": "s",
    "finding": {"text": "Nodule", "codes": []},
    "geometry": {"kind": "point", "unit": "px", "x": 1614, "y": 9, "image_width": 2048, "orientation": "L\\F"},
    "source": {"format": "csv", "file": "f", "pointer": "1"},
}


def reasons(items):
    return [item.reason for item in items if isinstance(item, Reject)]


def labels(items):
    return [item for item in items if isinstance(item, ImageLabel)]


@pytest.mark.parametrize(
    ("name", "content", "reason", "skipped"),
    [
        ("empty.dcm", b"", "empty_file", False),
        ("empty.csv", b"", "empty_file", False),
        ("text.dcm", b"this is no DICOM file\n", "not_dicom", False),
        ("noise.dcm", bytes(range(256)) * 4, "not_dicom", False),
        ("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unsupported_file", False),
        (
            "pdf.dcm",
            to_bytes(header(EncapsulatedPDFStorage, "DOC"), EncapsulatedPDFStorage),
            "unsupported_sop_class",
            True,
        ),
        ("fhir.json", b'{"resourceType": "Bundle"}', "not_about_images", True),
        ("other.json", b'{"name": "x"}', "unknown_json", False),
        ("nothing.json", b"[]", "no_labels", True),
        ("header.csv", b"study_id,finding\n", "no_labels", True),
        ("tasks.json", b'[{"id": 1, "data": {"image": "a.png"}, "annotations": []}]', "no_labels", True),
        ("broken.json", b'{"images": [', "not_json", False),
        ("latin.csv", "study_id,finding\ns,caf\u00e9\n".encode("latin-1"), "not_utf8", False),
        ("excel.csv", "study_id,finding\ns,Mass\n".encode("utf-16"), "not_utf8", False),
        ("broken-pretty.json", b'{\n "images": [\n', "not_json", False),
        ("packed.csv.gz", b"\x1f\x8b broken", "unreadable_file", False),
        ("preamble.dcm", bytes(128) + b"DICM", "malformed_dicom", False),
    ],
)
def test_what_can_not_be_read_has_a_name(read_file, name, content, reason, skipped):
    (reject,) = read_file(name, content)
    assert (reject.reason, reject.skipped) == (reason, skipped)
    assert reject.file.endswith(name)


def test_a_missing_file_and_an_empty_folder_have_a_name(tmp_path, home):
    (tmp_path / "empty").mkdir()
    found = list(read_image_labels([tmp_path / "nothing", tmp_path / "empty"], home))
    assert reasons(found) == ["no_such_file", "empty_folder"]


@pytest.mark.parametrize("name", ["report.dcm", "report", "report.csv", "report.json"])
def test_the_ending_does_not_matter(read_file, name):
    assert [x.sides.values for x in labels(read_file(name, REPORT))] == [("left",), ("right",)] * 2


@pytest.mark.parametrize("strip", [128 + 4, 0])
def test_a_file_without_preamble_is_still_dicom(read_file, strip):
    assert len(labels(read_file("old.dcm", REPORT[strip:]))) == 4


def test_implicit_little_endian(read_file):
    from pydicom import dcmread

    data = dcmread(io.BytesIO(REPORT))
    stream = io.BytesIO()
    data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    data.save_as(stream, enforce_file_format=True, implicit_vr=True, little_endian=True)
    assert len(labels(read_file("i.dcm", stream.getvalue()))) == 4


def test_folders_are_walked_in_name_order_and_other_files_skipped(tmp_path, home):
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/two.dcm", "a.dcm", ".hidden/three.dcm"):
        (tmp_path / name).write_bytes(dx(ImageLaterality="L", SOPInstanceUID=f"2.25.{len(name)}", PatientID=name))
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / "thumb.png").write_bytes(b"\x89PNG\0")
    found = list(read_image_labels([tmp_path], home))
    assert [x.source.file.removeprefix(str(tmp_path)) for x in labels(found)] == ["/a.dcm", "/b/two.dcm"]
    assert [(x.reason, x.skipped) for x in found if isinstance(x, Reject)] == [("unsupported_file", True)] * 2


def test_images_of_a_series_that_say_the_same_give_one_label(tmp_path, home):
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(dx(BodyPartExamined="CHEST", SOPInstanceUID=f"2.25.{number + 1}"))
    (tmp_path / "9.dcm").write_bytes(dx(BodyPartExamined="CHEST", ViewPosition="LL", SOPInstanceUID="2.25.9"))
    found = list(read_image_labels([tmp_path], home))
    assert [x.view for x in labels(found)] == [None, "LL"]
    assert reasons(found) == ["same_as_series"] * 2


def test_the_same_object_twice_gives_its_labels_once(tmp_path, home):
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(REPORT)
    found = list(read_image_labels([tmp_path], home))
    assert len(labels(found)) == 4
    assert reasons(found) == ["duplicate_label"]


def test_ready_made_labels_pass_through_and_get_their_side(read_file):
    (label,) = read_file("l.jsonl", json.dumps(LABEL) + "\n\n")
    assert (label.sides.values, label.sides.basis) == (("left",), "oriented_geometry")
    assert from_dict(ImageLabel, to_dict(label)) == label


@pytest.mark.parametrize("content", [json.dumps(LABEL), json.dumps([LABEL]), json.dumps(LABEL, indent=1)])
def test_labels_in_plain_json(read_file, content):
    assert [x.label_id for x in read_file("l.json", content)] == ["1"]


def test_bad_lines_are_named_with_their_number(read_file):
    lines = ["{", json.dumps(LABEL), json.dumps({**LABEL, "presence": "maybe"}), '{"study_id": "s"}', "[1]"]
    found = read_file("l.jsonl", "\n".join(lines))
    assert [(x.line, x.reason) for x in found if isinstance(x, Reject)] == [
        (1, "not_json"),
        (3, "bad_value"),
        (4, "missing_key"),
        (5, "not_an_object"),
    ]
    assert len(labels(found)) == 1


def test_gzip(read_file):
    assert len(read_file("b.csv.gz", gzip.compress(b"study_id,finding\ns,Mass\n"))) == 1


def test_standard_input(monkeypatch, home):
    from pathlib import Path

    class Stdin:
        buffer = io.BytesIO(REPORT)

    monkeypatch.setattr("sys.stdin", Stdin)
    assert len(list(read_image_labels([Path("-")], home))) == 4


OBJECTS = {
    "sr": REPORT,
    "rtstruct": rtstruct(("Lung_L", "ORGAN", [50.0]), ("Lung_R", "ORGAN", [-50.0])),
    "dx": dx(ImageLaterality="L", BodyPartExamined="KNEE"),
    "seg": seg([segment(1, "Kidney left", KIDNEY)], [(12, 15)]),
}


@pytest.mark.parametrize("name", OBJECTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(part=st.floats(0, 1))
def test_a_file_cut_anywhere_gives_what_stands_before(read_bytes, name, part):
    whole = OBJECTS[name]
    cut = whole[: int(len(whole) * part)]
    all_labels = read_bytes(whole).labels
    result = read_bytes(cut)
    assert len(result.labels) <= len(all_labels)
    if name == "sr":
        # the last group may have lost its site; those before it are whole
        kept = len(result.labels[:-1])
        assert result.labels[:kept] == all_labels[:kept]
    if len(cut) < len(whole) and not result.rejects:
        # the cut is between two elements behind which nothing is missed
        opened = open_dicom(io.BytesIO(whole))
        ends = {at + length for part in (opened.meta, opened.elements) for _, at, length in part.table.values()}
        assert len(cut) in ends


def test_half_a_report_gives_the_groups_before_the_cut(read_bytes):
    end = REPORT.rindex(b"Finding Site")
    result = read_bytes(REPORT[:end])
    assert [x.reason for x in result.rejects] == ["truncated_dicom"]
    assert [x.sides.values for x in result.labels][:3] == [("left",), ("right",), ("left",)]


@pytest.mark.parametrize("name", OBJECTS)
def test_a_whole_file_is_not_taken_for_a_cut_one(name):
    assert not open_dicom(io.BytesIO(OBJECTS[name])).faults


@pytest.mark.parametrize("name", OBJECTS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_crash_warn_or_log(read_bytes, caplog, name, data):
    damaged = bytearray(OBJECTS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = read_bytes(bytes(damaged))
    assert result.labels or result.rejects
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_label_with_a_blank_study_is_set_aside(read_file):
    (reject,) = read_file("l.jsonl", json.dumps({**LABEL, "study_id": " "}))
    assert (reject.line, reject.reason) == (1, "missing_study_id")


def test_a_run_does_not_read_its_own_files(tmp_path, home):
    (tmp_path / "report.dcm").write_bytes(REPORT)
    out = tmp_path / "labels.jsonl"
    first = read_images([tmp_path], out, home)
    (tmp_path / "labels.rejects.jsonl").write_text("{}\n")
    out.write_text(json.dumps(LABEL) + "\n")
    again = read_images([tmp_path], out, home)
    assert (again.labels, again.rejects) == (first.labels, ()) == (4, ())


def test_a_reader_that_fails_in_an_unforeseen_way_costs_one_file(tmp_path, home, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(formats, "read_boxes", fails)
    (tmp_path / "a.csv").write_text("study_id,finding\ns1,Mass\n")
    (tmp_path / "b.dcm").write_bytes(dx(ImageLaterality="R", BodyPartExamined="KNEE"))
    found = list(read_image_labels([tmp_path], home))
    assert [x.sides.values for x in found if isinstance(x, ImageLabel)] == [("right",)]
    (reject,) = (x for x in found if isinstance(x, Reject))
    assert (reject.reason, reject.skipped, "secret" in reject.message) == ("internal_error", False, False)


@pytest.mark.parametrize("odd", [{}, [], [None], 10**400, True])
def test_values_of_another_kind_than_their_profile_says(tmp_path, home, odd):
    report = {"resourceType": "DiagnosticReport", "identifier": [{"type": {"coding": [{"code": odd}]}, "value": odd}]}
    patient = {"resourceType": "Patient", "id": "p", "gender": odd}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": report}, {"resource": patient}]}
    (tmp_path / "a.json").write_text(json.dumps(bundle))
    box = {"x": 10, "y": 10, "width": 5, "height": 5, "rectanglelabels": ["Mass"]}
    region = {"id": "r", "original_width": odd, "original_height": 100, "value": box}
    task = {"id": 1, "data": {"study_id": "s"}, "annotations": [{"result": [region]}]}
    (tmp_path / "b.json").write_text(json.dumps([task]))
    found = list(read_image_labels([tmp_path], home))
    assert [x.finding.text for x in found if isinstance(x, ImageLabel)] == ["Mass"]
    assert [x.reason for x in found if isinstance(x, Reject)] == ["not_about_images"]
