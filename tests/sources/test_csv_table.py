"""Tables of notes: long ones are streamed, their encoding is proven before the first note."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import Reject, UsageError
from clinnote.model.note import Note
from clinnote.sources import csv_table
from clinnote.sources.csv_table import count_rows, read_csv
from clinnote.sources.read import count_hint
from clinnote.store.records import RecordWriter

HEADER = b"note_id,text\n"


def texts(path, encoding="utf-8"):
    return [item.record.text for item in read_csv(path, "text", "note_id", encoding, ",")]


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
def test_a_character_may_lie_across_two_blocks(tmp_path, monkeypatch, block):
    monkeypatch.setattr(csv_table, "_BLOCK", block)
    path = tmp_path / "notes.csv"
    path.write_bytes(HEADER + "1,caf\u00e9 \U0001fac1\n2,fever\n".encode())
    assert texts(path) == ["caf\u00e9 \U0001fac1", "fever"]


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
def test_the_first_byte_of_another_encoding_is_named_before_any_note(tmp_path, monkeypatch, block):
    monkeypatch.setattr(csv_table, "_BLOCK", block)
    path = tmp_path / "notes.csv"
    path.write_bytes(HEADER + b"1,fever\n2,caf\xe9 au lait\n")
    with pytest.raises(UsageError, match=rf"byte {len(HEADER) + 13} is not utf-8"):
        next(read_csv(path, "text", "note_id", "utf-8", ","))
    assert texts(path, "latin-1") == ["fever", "caf\xe9 au lait"]


@given(cells=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(str.strip), max_size=6))
def test_cells_come_back_as_they_were_and_are_counted(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("csv") / "notes.csv"
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    path.write_bytes(("note_id,text\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(quoted))).encode())
    assert texts(path) == cells
    assert count_rows(path, "utf-8", ",") == len(cells)


def test_what_a_bar_counts_for_each_format(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("fever")
    (tmp_path / "b.txt").write_text("fever")
    (tmp_path / "c.csv").write_text('note_id,text\n1,"two\nlines"\n2,fever\n')
    (tmp_path / "d.jsonl").write_text('{"text": "fever"}\n' * 3)
    with RecordWriter(tmp_path / "e.parquet", Note) as writer:
        for number in range(4):
            writer.write(Note(str(number), "fever"))
    names = ["folder", "b.txt", "c.csv", "d.jsonl", "e.parquet"]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert [count_hint([tmp_path / name]) for name in names] == [1, 1, 2, 3, 4]
    assert count_hint([tmp_path / name for name in names]) == 11
    (tmp_path / "f.parquet").write_bytes(b"no parquet")
    assert count_hint([tmp_path / "f.parquet"]) is None
    assert count_hint([tmp_path / "g.ndjson"]) is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert count_hint([tmp_path / "b.txt"]) is None


def test_a_row_without_text_is_set_aside_with_its_line(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("note_id,text\n1,fever\n2\n")
    first, second = read_csv(path, "text", "note_id", "utf-8", ",")
    assert first.record.text == "fever"
    assert isinstance(second, Reject)
    assert second.line == 3
