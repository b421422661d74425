"""Records in files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.codes import Code
from clinnote.model.conflict import Conflict, ImageSide, TextSide
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source
from clinnote.model.mention import Dosage, Evidence, Measurement, Mention, Run, SiteMention, TaggedNote, When
from clinnote.model.note import Note
from clinnote.store.records import RecordWriter, check_distinct, dump_line, read_records, rejects_path, write_rejects

MENTION = Mention(
    "m1",
    4,
    10,
    "nodule",
    "finding",
    codes=(Code("http://snomed.info/sct", "1", "x", None, 0.5),),
    sites=(SiteMention(0, 3, "LUL", "upper_lobe", (), "left"),),
    measurements=(Measurement(12, 16, 8.0, 9.5, "mm", 1, "<", "low"),),
    when=When("2026-01-02", None, "day", "2 Jan"),
    sentence=(0, 20),
    evidence=(Evidence("neg-1", 0, 2, "polarity=negated"),),
    metadata={"reader": {"id": 3}},
    dosage=Dosage("tablet", "oral", "twice daily", 2.0, "as needed for pain", "7 days", "started"),
)
TAGGED = TaggedNote(
    "n1", "0" * 64, "text with \U0001f600 and e\u0301\r\n", mentions=(MENTION,), run=Run("1", "general", "v")
)
CONFLICT = Conflict(
    "c1",
    "side_opposite",
    "high",
    0.9,
    "why",
    text=TextSide("m1", "nodule", "left", None, None, "q", 0, 1),
    image=ImageSide(
        "l1", "nodule", ("right",), "code", None, "present", "sr", "a.dcm", "1", geometry=Geometry("point", x=1.0)
    ),
)
INSIDE = Conflict("c2", "side_internal", "high", 0.5, "why", image=TextSide(None, "n", None, None, None, "q", 0, 1))
LABEL = ImageLabel("l1", "s1", LabelFinding("Nodule"), Source("csv", "b.csv", "2"), metadata={"row": {"a": [1, None]}})


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
@pytest.mark.parametrize("record", [TAGGED, CONFLICT, INSIDE, LABEL, Note("n", "t")], ids=lambda r: type(r).__name__)
def test_a_record_comes_back_as_it_was(tmp_path, record, ending):
    path = tmp_path / f"out{ending}"
    with RecordWriter(path, type(record)) as writer:
        writer.write(record)
    assert list(read_records(path, type(record))) == [record]


@given(st.text())
def test_any_text_makes_one_json_line(text):
    line = dump_line(Note("n", text))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


def test_a_lone_surrogate_survives_json_lines(tmp_path):
    path = tmp_path / "out.jsonl"
    note = Note("n", "bad \ud800 text")
    with RecordWriter(path, Note) as writer:
        writer.write(note)
    assert list(read_records(path, Note)) == [note]


def test_a_lone_surrogate_is_refused_by_parquet_with_a_remedy(tmp_path):
    with RecordWriter(tmp_path / "out.parquet", Note) as writer, pytest.raises(RecordError, match=r"write \.jsonl"):
        writer.write(Note("n", "bad \ud800 text"))


def test_an_interrupted_run_leaves_no_output(tmp_path):
    path = tmp_path / "out.jsonl"

    def interrupted():
        with RecordWriter(path, Note) as writer:
            writer.write(Note("n", "t"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_keeps_the_older_output(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("older\n")

    def interrupted():
        with RecordWriter(path, Note):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "older\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not_json"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"note_id": "x"}', "missing_key"),
        (b"[" * 100000, "not_json"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not_json"),
    ],
    ids=["broken JSON", "not UTF-8", "no text", "nested too deeply", "an endless integer"],
)
def test_a_bad_line_is_set_aside_with_its_number_and_the_rest_is_read(tmp_path, line, reason):
    path = tmp_path / "in.jsonl"
    good = dump_line(Note("n", "t"))
    path.write_bytes(good + line + b"\n" + good)
    first, second, third = read_records(path, Note)
    assert isinstance(second, Reject)
    assert (second.line, second.reason) == (2, reason)
    assert first == third == Note("n", "t")


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match="must end in"), RecordWriter(tmp_path / "out.xlsx", Note):
        pass


def test_a_damaged_parquet_file_is_named(tmp_path):
    path = tmp_path / "in.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(UsageError, match="not a readable Parquet file"):
        list(read_records(path, Note))


def test_a_clean_run_removes_the_rejects_of_the_last_one(tmp_path):
    out = tmp_path / "out.jsonl"
    assert write_rejects(out, [Reject("in.txt", None, "not_utf8", "byte 3")]) == rejects_path(out)
    assert write_rejects(out, []) is None
    assert not rejects_path(out).exists()


def test_metadata_that_json_has_no_word_for_becomes_null():
    note = Note("n", "t", metadata={"score": float("nan"), "deep": [float("inf"), 1.5]})
    assert json.loads(dump_line(note), parse_constant=pytest.fail)["metadata"] == {"score": None, "deep": [None, 1.5]}


def test_outputs_may_not_meet_each_other_or_an_input_even_by_a_link(tmp_path):
    file, link, loop = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "loop.jsonl"
    file.write_text("")
    link.symlink_to(file)
    loop.symlink_to(loop)
    check_distinct([link, loop, None], [tmp_path / "c.jsonl", Path("-")])
    with pytest.raises(UsageError, match="also an input"):
        check_distinct([link], [file])
    with pytest.raises(UsageError, match="two outputs"):
        check_distinct([link, file])


def test_parquet_refuses_a_value_of_another_type_and_goes_on(tmp_path):
    path = tmp_path / "out.parquet"
    with RecordWriter(path, Note) as writer:
        with pytest.raises(RecordError, match="type of its Parquet column"):
            writer.write(Note("1", "t", note_type={"a": 1}))
        writer.write(Note("2", "t"))
    assert list(read_records(path, Note)) == [Note("2", "t")]
