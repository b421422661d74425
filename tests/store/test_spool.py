"""Parquet parts: fast and slow ways give the same, and the division into parts leaves no trace."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.errors import RecordError
from clinnote.model.mention import Evidence, Measurement, Mention, Run, TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import to_dict
from clinnote.store import parquet
from clinnote.store.json_text import dump_line
from clinnote.store.records import RecordWriter, read_records
from clinnote.store.spool import Spool, total

UTF8 = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | UTF8,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(UTF8, inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(UTF8 | st.just("metadata"), VALUES | st.just({"metadata": {}}), max_size=3)
MENTIONS = st.builds(
    Mention,
    id=UTF8,
    start=st.integers(0, 9),
    end=st.integers(0, 9),
    text=UTF8 | st.just('"metadata":{}'),
    label=UTF8,
    score=st.floats(0, 1),
    sentence=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    evidence=st.lists(st.builds(Evidence, UTF8, st.just(0), st.just(1), UTF8), max_size=2).map(tuple),
    measurements=st.lists(
        st.builds(Measurement, st.just(0), st.just(1), st.floats(-1e9, 1e9), high=st.none() | st.floats(0, 9)),
        max_size=2,
    ).map(tuple),
    metadata=st.just({}) | METADATA,
)
NOTES = st.builds(
    TaggedNote,
    note_id=UTF8,
    text_sha256=st.just("0" * 64),
    text=UTF8 | st.just('say "metadata":{} twice'),
    metadata=st.just({}) | METADATA,
    mentions=st.lists(MENTIONS, max_size=3).map(tuple),
    run=st.none() | st.just(Run("1", "general", "v")),
)


@given(note=NOTES)
def test_a_json_line_holds_the_record_with_its_keys_in_order(note):
    line = dump_line(note)
    assert line.endswith(b"\n")
    assert json.loads(line) == to_dict(note)
    assert list(json.loads(line)) == list(to_dict(note))


@settings(deadline=None)
@given(notes=st.lists(NOTES, min_size=1, max_size=6), cut=st.integers(0, 6))
def test_parts_become_the_file_that_a_writer_writes(notes, cut, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    parts = [parquet.to_bytes(some, TaggedNote) for some in (notes[:cut], notes[cut:]) if some]
    parquet.write_parts(folder / "parts.parquet", TaggedNote, parts)
    parquet.write_parts(folder / "whole.parquet", TaggedNote, [b"".join(parts)])
    with RecordWriter(folder / "slow.parquet", TaggedNote) as writer:
        for note in notes:
            writer.write(note)
    read = list(read_records(folder / "parts.parquet", TaggedNote))
    assert read == list(read_records(folder / "slow.parquet", TaggedNote)) == notes
    one, two = (folder / "parts.parquet").read_bytes(), (folder / "whole.parquet").read_bytes()
    assert one == two


def test_many_rows_are_written_in_groups_wherever_the_parts_end(tmp_path):
    notes = [TaggedNote(str(i), "0" * 64, f"note {i}") for i in range(4500)]
    for name, size in (("a", 7), ("b", 4500)):
        parts = (parquet.to_bytes(notes[i : i + size], TaggedNote) for i in range(0, 4500, size))
        parquet.write_parts(tmp_path / f"{name}.parquet", TaggedNote, parts)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert parquet.count_records(tmp_path / "a.parquet") == 4500


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (TaggedNote("1", "0", "bad \ud800"), "not_utf8"),
        (TaggedNote("1", "0", mentions=(Mention("m", 2**70, 1, "", ""),)), "wrong_type"),
    ],
)
def test_what_parquet_can_not_hold_is_refused_with_the_reason(note, reason):
    with pytest.raises(RecordError) as error:
        parquet.to_bytes([note], TaggedNote)
    assert error.value.reason == reason


def test_a_number_that_is_none_is_null_in_both_formats():
    note = TaggedNote("1", "0", mentions=(Mention("m", 0, 1, "", "", score=float("nan")),))
    assert json.loads(dump_line(note))["mentions"][0]["score"] is None


@settings(deadline=None)
@given(keep=st.integers(0, 4), sizes=st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_a_spool_goes_on_behind_the_parts_that_are_kept(keep, sizes, tmp_path_factory):
    out = tmp_path_factory.mktemp("spool") / "out.jsonl"
    payloads = [bytes([65 + i]) * size for i, size in enumerate(sizes)]

    def cut_off():
        with Spool(out, Note, {"run": 1}) as spool:
            for i, payload in enumerate(payloads):
                spool.add(str(i), payload, 1, 2, ())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    with Spool(out, Note, {"run": 1}) as spool:
        assert [part.digest for part in spool.parts] == ["0", "1", "2", "3"]
        spool.keep(keep)
        spool.add("new", b"!", 1, 2, ())
        assert total(spool.parts)[:2] == (keep + 1, 2 * (keep + 1))
    assert out.read_bytes() == b"".join(payloads[:keep]) + b"!"
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]
