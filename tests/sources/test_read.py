"""Notes from files of every format, and what happens to files that can't be read."""

import base64
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clinnote.errors import Reject, UsageError
from clinnote.imaging.read import read_image_labels
from clinnote.model.mention import Evidence, Mention, SiteMention, TaggedNote, text_sha256
from clinnote.model.note import Note
from clinnote.settings import find_home
from clinnote.sources.read import SourceOptions, check_no_notes_lost, read_notes
from clinnote.store.records import dump_line


def notes_of(*paths, **options):
    return [getattr(item, "record", item) for item in read_notes(paths, SourceOptions(**options))]


def test_a_text_file_is_kept_to_the_last_byte(tmp_path):
    text = "\ufeffFINDINGS:\r\n\tNo nodule.\r\n\r\n\U0001f642 cafe\u0301\n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    (note,) = notes_of(tmp_path)
    assert note.text == text
    assert note.note_id == "a"


def test_a_folder_is_walked_in_name_order_and_ids_name_the_subfolder(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.txt").write_text("two")
    (tmp_path / "a.txt").write_text("one")
    assert [n.note_id for n in notes_of(tmp_path)] == ["a", "b/2"]


@pytest.mark.parametrize("text", ["", "\n", " \r\n "], ids=["empty", "one line break", "white space"])
def test_notes_without_words_are_notes(tmp_path, text):
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert [n.text for n in notes_of(tmp_path)] == [text]


def test_bytes_that_are_not_utf8_are_set_aside_and_the_rest_is_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    (tmp_path / "b.txt").write_text("fine")
    reject, note = notes_of(tmp_path)
    assert reject == Reject(str(tmp_path / "a.txt"), None, "not_utf8", reject.message)
    assert "byte 3" in reject.message
    assert "--encoding" in reject.message
    assert note.text == "fine"


def test_another_encoding_can_be_named(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    assert [n.text for n in notes_of(tmp_path, encoding="latin-1")] == ["caf\xe9"]


def test_a_csv_gives_contract_keys_and_keeps_the_other_columns(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text('note_id,text,study_id,ward\n7,"Line one\r\nline two",1.2.3,B2\n', newline="")
    (note,) = notes_of(path)
    assert note == Note("7", "Line one\r\nline two", study_id="1.2.3", metadata={"ward": "B2"})


def test_a_csv_without_the_named_column_says_which_columns_it_has(tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("id,report\n1,x\n")
    good.write_text("note_id,text\n1,x\n")
    reject, note = notes_of(bad, good)
    assert "no column 'text'" in reject.message
    assert "'report'" in reject.message
    assert note.text == "x"


def test_columns_can_be_named(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("id,report\n1,x\n")
    assert notes_of(path, text_column="report", id_column="id") == [Note("1", "x")]


def test_json_lines_keep_unknown_keys_and_set_bad_lines_aside(tmp_path):
    path = tmp_path / "notes.jsonl"
    path.write_text('{"note_id": 1, "text": "a", "sex": "F"}\nnonsense\n{"note_id": "2"}\n')
    note, broken, textless = notes_of(path)
    assert note == Note("1", "a", metadata={"sex": "F"})
    assert (broken.line, broken.reason) == (2, "not_json")
    assert (textless.line, textless.reason) == (3, "missing_key")


def test_a_tagged_note_is_recognised(tmp_path):
    path = tmp_path / "tagged.jsonl"
    path.write_text(json.dumps({"note_id": "1", "text_sha256": "0" * 64, "mentions": []}) + "\n")
    assert isinstance(notes_of(path)[0], TaggedNote)


def test_a_second_note_with_the_same_id_is_set_aside(tmp_path):
    path = tmp_path / "notes.jsonl"
    path.write_text('{"note_id": "1", "text": "a"}\n{"note_id": "1", "text": "b"}\n')
    assert [getattr(n, "reason", None) for n in notes_of(path)] == [None, "duplicate_note_id"]


def test_a_json_list_of_strings_is_a_list_of_notes(tmp_path):
    path = tmp_path / "visits.json"
    path.write_text(json.dumps(["one", "two"]))
    assert [(n.note_id, n.text) for n in notes_of(path)] == [("visits-1", "one"), ("visits-2", "two")]


def attachment(text, kind="text/plain"):
    return {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}


REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "code": {"text": "Chest X-ray"},
    "subject": {"reference": "Patient/p1"},
    "imagingStudy": [{"reference": "ImagingStudy/1.2.3"}],
    "effectiveDateTime": "2026-01-02",
    "presentedForm": [attachment("No effusion.\r\n")],
}


def test_a_diagnostic_report_is_linked_to_its_patient_and_study(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    (note,) = notes_of(path)
    assert note.text == "No effusion.\r\n"
    assert (note.note_id, note.patient_id, note.study_id) == ("DiagnosticReport/r1", "p1", "1.2.3")
    assert (note.note_type, note.date) == ("Chest X-ray", "2026-01-02")


def test_a_study_may_be_named_by_its_uid(tmp_path):
    path = tmp_path / "report.json"
    study = {"identifier": {"system": "urn:dicom:uid", "value": "urn:oid:1.2.3.4"}}
    path.write_text(json.dumps({**REPORT, "imagingStudy": [study]}))
    assert notes_of(path)[0].study_id == "1.2.3.4"


def test_the_conclusion_is_the_text_where_no_form_is_attached(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps({**REPORT, "presentedForm": [], "conclusion": "Normal."}))
    assert notes_of(path)[0].text == "Normal."


def test_documents_of_a_bundle_are_read_and_links_are_set_aside(tmp_path):
    document = {"resourceType": "DocumentReference", "id": "d1", "content": [{"attachment": attachment("Hello.")}]}
    linked = {"resourceType": "DocumentReference", "id": "d2", "content": [{"attachment": {"url": "x"}}]}
    path = tmp_path / "bundle.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": document}, {"resource": linked}, {"resource": 3}]})
    )
    note, reject = notes_of(path)
    assert (note.note_id, note.text) == ("DocumentReference/d1", "Hello.")
    assert reject.reason == "attachment_not_inline"


def test_markup_becomes_lines_of_words(tmp_path):
    path = tmp_path / "report.json"
    markup = "<html><head><title>t</title></head><body><p>Heart &amp; lungs</p><p>clear.</p></body></html>"
    path.write_text(json.dumps({**REPORT, "presentedForm": [attachment(markup, "application/xhtml")]}))
    assert notes_of(path)[0].text == "Heart & lungs\nclear."


def test_bulk_data_lines_are_read_one_by_one(tmp_path):
    path = tmp_path / "reports.ndjson"
    path.write_text(json.dumps(REPORT) + "\nnonsense\n")
    note, reject = notes_of(path)
    assert note.note_id == "DiagnosticReport/r1"
    assert (reject.line, reject.reason) == (2, "not_json")


@pytest.mark.parametrize("name", ["missing.csv", "notes.docx"])
def test_a_path_that_can_not_be_read_at_all_is_a_usage_error(tmp_path, name):
    if name.endswith("docx"):
        (tmp_path / name).write_text("x")
    with pytest.raises(UsageError):
        notes_of(tmp_path / name)


def test_an_empty_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no note files"):
        notes_of(tmp_path)


def test_an_encoding_that_does_not_exist_is_a_usage_error():
    with pytest.raises(UsageError, match="no text encoding"):
        SourceOptions(encoding="nonsense")


WRONG = [None, 5, True, "x", ["x"], {"x": 1}, [None], [{"value": ["x"]}]]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("kind", ["DiagnosticReport", "DocumentReference"])
def test_values_of_the_wrong_type_anywhere_in_a_resource_stop_nothing(tmp_path, kind, wrong):
    keys = ["id", "code", "type", "subject", "identifier", "imagingStudy", "date", "issued", "status", "content"]
    resource = {"resourceType": kind, "conclusion": "Normal.", "presentedForm": wrong, **dict.fromkeys(keys, wrong)}
    good = {**REPORT, "id": "good"}
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": resource}, wrong, {"resource": wrong}, {"resource": good}],
    }
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    *others, last = notes_of(tmp_path / "bundle.json")
    assert last.note_id == "DiagnosticReport/good"
    for note in others:
        if isinstance(note, Note):
            assert all(value is None or isinstance(value, str) for value in (note.study_id, note.note_type, note.date))


TEXT = "\U0001f642 Left effusion."


def tagged_line(text=TEXT, **changes):
    mention = {"id": "m", "start": 7, "end": 15, "text": "effusion", "label": "finding", "sentence": (2, 16), **changes}
    return dump_line(TaggedNote("1", text_sha256(TEXT), text, mentions=(Mention(**mention),)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (tagged_line(), None),
        (tagged_line(text=None, start=900, end=908), None),
        (tagged_line(start=6), "bad_span"),
        (tagged_line(start=-10, end=-2), "bad_span"),
        (tagged_line(start=700, end=708), "bad_span"),
        (tagged_line(sentence=(2, 17)), "bad_span"),
        (tagged_line(sites=(SiteMention(2, 6, "Right"),)), "bad_span"),
        (tagged_line(evidence=(Evidence("r", 2, 99, "laterality=left"),)), "bad_span"),
        (tagged_line(text=TEXT + " "), "text_changed"),
    ],
)
def test_a_tagged_note_whose_spans_lie_is_set_aside(tmp_path, line, reason):
    (tmp_path / "tagged.jsonl").write_bytes(line)
    (item,) = notes_of(tmp_path / "tagged.jsonl")
    assert getattr(item, "reason", None) == reason


def test_a_blank_study_links_nothing(tmp_path):
    (tmp_path / "n.jsonl").write_text(json.dumps({"note_id": "1", "text": "x", "study_id": " ", "patient_id": ""}))
    assert notes_of(tmp_path / "n.jsonl") == [Note("1", "x")]


def test_parquet_of_other_tools_is_read(tmp_path):
    columns = {
        "note_id": pa.array([1], pa.int64()),
        "text": pa.array([b"No nodule."], pa.binary()),
        "date": pa.array([datetime(2026, 1, 2, 3, 4)], pa.timestamp("us")),
        "score": pa.array([float("nan")]),
        "tags": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "metadata": pa.array(['{"ward": "B2"}']),
    }
    pq.write_table(pa.table(columns), tmp_path / "n.parquet")
    extra = {"ward": "B2", "score": None, "tags": {"a": 1}}
    assert notes_of(tmp_path / "n.parquet") == [Note("1", "No nodule.", date="2026-01-02T03:04:00", metadata=extra)]


@pytest.mark.parametrize("element", ["imagingStudy", "study"], ids=["R4", "R5"])
@pytest.mark.parametrize("reference", ["ImagingStudy/st1", "urn:uuid:7"])
def test_a_report_has_the_uid_of_the_study_in_its_bundle(tmp_path, element, reference):
    study = {"resourceType": "ImagingStudy", "id": "st1", "identifier": [{"value": "A7"}, {"value": "urn:oid:1.2.3"}]}
    report = {"resourceType": "DiagnosticReport", "id": "r", "conclusion": "Clear."}
    report[element] = [{"reference": reference}]
    entries = [{"resource": report}, {"fullUrl": "urn:uuid:7", "resource": study}]
    (tmp_path / "b.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    (note,) = notes_of(tmp_path / "b.json")
    assert note.study_id == "1.2.3"


UID = "1.2.826.0.1.7"
BULK = {
    "DiagnosticReport": {
        "id": "r1",
        "conclusion": "Nodule in the left lung.",
        "result": [{"reference": "Observation/o1"}],
    },
    "ImagingStudy": {"id": "i1", "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{UID}"}]},
    "Observation": {"id": "o1", "code": {"text": "Nodule"}, "bodySite": {"text": "right lung"}},
    "Patient": {"id": "p1", "gender": "female"},
    "ServiceRequest": {"id": "s1"},
}
ACCESSION = {"type": {"coding": [{"code": "ACSN"}]}, "value": "A77"}
NUMBERED = {"identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{UID}"}, ACCESSION]}
TO_ORDER = {"basedOn": [{"reference": "ServiceRequest/s1"}]}


@pytest.mark.parametrize(
    "more",
    [
        {"DiagnosticReport": {"imagingStudy": [{"reference": "ImagingStudy/i1"}]}},
        {"DiagnosticReport": {"imagingStudy": [{"reference": "https://fhir.example.org/r4/ImagingStudy/i1/_history/2"}]}},
        {"DiagnosticReport": TO_ORDER, "ImagingStudy": TO_ORDER},
        {"DiagnosticReport": {"identifier": [ACCESSION]}, "ImagingStudy": NUMBERED},
        {"DiagnosticReport": TO_ORDER, "ServiceRequest": {"identifier": [ACCESSION]}, "ImagingStudy": NUMBERED},
        {"DiagnosticReport": {"basedOn": [{"identifier": ACCESSION}]}, "ImagingStudy": NUMBERED},
    ],
    ids=["reference", "absolute reference", "order", "accession", "accession of the order", "order by number"],
)  # fmt: skip
def test_note_and_label_of_a_bulk_export_name_one_study(tmp_path, more):
    for kind, resource in BULK.items():
        whole = {"resourceType": kind, "status": "final", "subject": {"reference": "Patient/p1"}, **resource}
        (tmp_path / f"{kind}.ndjson").write_text(json.dumps({**whole, **more.get(kind, {})}) + "\n")
    notes = [x.record for x in read_notes([tmp_path]) if not isinstance(x, Reject)]
    labels = [x for x in read_image_labels([tmp_path], find_home()) if not isinstance(x, Reject)]
    assert [(note.study_id, note.patient_id) for note in notes] == [(UID, "p1")]
    assert [(x.study_id, x.sides.values) for x in labels] == [(UID, ("right",))]
    assert labels[0].metadata["patient_sex"] == "F"


def test_a_number_that_two_studies_have_links_nothing(tmp_path):
    report = {"resourceType": "DiagnosticReport", "id": "r", "conclusion": "Clear.", "identifier": [ACCESSION]}
    (tmp_path / "a.ndjson").write_text(json.dumps(report))
    studies = [{"resourceType": "ImagingStudy", "id": name, "identifier": [ACCESSION]} for name in ("i1", "i2")]
    (tmp_path / "b.ndjson").write_text("\n".join(map(json.dumps, studies)))
    notes = [x.record for x in read_notes([tmp_path]) if not isinstance(x, Reject)]
    assert [(note.study_id, note.accession) for note in notes] == [(None, "A77")]


def test_what_runs_wrote_into_a_folder_of_notes_is_not_read(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "other.rejects.jsonl").write_text('{"file": "x", "line": 1, "reason": "no_text", "message": "none"}\n')
    (tmp_path / "other.run.json").write_text('{"version": "1"}')
    (tmp_path / "0.jsonl").write_text('{"note_id": "a", "text": "what an earlier run made of it"}\n')
    items = list(read_notes([tmp_path], left_out=[tmp_path / "0.jsonl"]))
    assert [(item.record.note_id, item.record.text) for item in items] == [("a", "one")]


RAW = '{"note_id": "1", "text": "No nodule."}\n'
TAGGED = dump_line(TaggedNote("1", text_sha256("No nodule."), "No nodule.")).decode()


@pytest.mark.parametrize(
    ("content", "tagged_too", "refused"),
    [
        (RAW, False, True),
        ("not json\n" + RAW, False, True),
        (TAGGED, False, False),
        (TAGGED, True, True),
        ('{"id": "c", "kind": "side_opposite", "text": {"quote": "x"}}\n', True, False),
        ("", True, False),
    ],
    ids=["raw", "raw behind a broken line", "tagged before", "tagged, by a check", "conflicts", "empty"],
)
def test_no_output_takes_the_place_of_notes_in_a_folder(tmp_path, content, tagged_too, refused):
    out = tmp_path / "notes" / "n.jsonl"
    out.parent.mkdir()
    out.write_text(content)
    inputs = [tmp_path / "notes"]
    if refused:
        with pytest.raises(UsageError, match="holds notes of this run"):
            check_no_notes_lost([None, out], inputs, SourceOptions(), tagged_too)
    else:
        check_no_notes_lost([None, out], inputs, SourceOptions(), tagged_too)
    check_no_notes_lost([out], [tmp_path / "elsewhere"], SourceOptions(), tagged_too)
