import json

import pytest

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.note import Note
from clinnote.ontology.gold_map import FORMATS, load_gold_map
from clinnote.settings import find_home
from clinnote.sources.marked import marked_files, read_marked, with_mentions

MAPS = {form: load_gold_map(find_home().configs, form) for form in FORMATS}
TEXT = "No fever."


def test_a_folder_gives_every_file_once_with_its_path_as_id(tmp_path):
    for name in ("b/x.txt", "b/x.ann", "a.xmi", "c.jsonl", "d.json", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [(f.name, i) for f, i in marked_files(tmp_path)] == [
        ("a.xmi", "a"),
        ("x.txt", "b/x"),
        ("c.jsonl", "c"),
        ("d.json", "d"),
    ]


def test_an_ann_file_stands_for_its_text(tmp_path):
    (tmp_path / "x.ann").touch()
    assert list(marked_files(tmp_path / "x.ann")) == [(tmp_path / "x.txt", "x")]


@pytest.mark.parametrize("name", ["nothing.jsonl", "page.html", ""])
def test_what_cannot_hold_marked_notes_is_bad_usage(tmp_path, name):
    (tmp_path / "page.html").touch()
    with pytest.raises(UsageError):
        list(marked_files(tmp_path / name))


def test_mentions_that_stand_in_a_note_are_completed():
    given = [{"start": 3, "end": 8, "polarity": "negated", "codes": [{"system": "snomed", "code": "386661006"}]}]
    note = with_mentions(Note("1", TEXT, date="2024-01-01", metadata={"mentions": given, "site": "A"}))
    [fever] = note.mentions
    assert (fever.text, fever.label, fever.polarity, len(fever.id)) == ("fever", "finding", "negated", 16)
    assert (note.date, note.metadata) == ("2024-01-01", {"site": "A"})


@pytest.mark.parametrize(
    ("mentions", "reason"),
    [
        (None, "no_mentions"),
        ("fever", "no_mentions"),
        (["fever"], "not_an_object"),
        ([{"start": 3, "end": 80}], "bad_span"),
        ([{"start": 3, "end": 8, "text": "cough"}], "bad_span"),
        ([{"start": 3, "end": 8, "polarity": "no"}], "bad_value"),
        ([{"start": 3, "end": 8, "label": ["x"]}], "wrong_type"),
    ],
)
def test_mentions_that_are_none_are_refused(mentions, reason):
    with pytest.raises(RecordError) as caught:
        with_mentions(Note("1", TEXT, metadata={} if mentions is None else {"mentions": mentions}))
    assert caught.value.reason == reason
    assert "cough" not in str(caught.value)


def test_lines_that_cannot_be_read_are_named(tmp_path):
    file = tmp_path / "a.jsonl"
    good = {"note_id": "1", "text": TEXT, "mentions": []}
    file.write_text("\n".join([json.dumps(good), "{", json.dumps({"note_id": "2", "text": TEXT})]))
    items = list(read_marked(file, "a", MAPS))
    assert [(i.line, i.reason) for i in items if isinstance(i, Reject)] == [(2, "not_json"), (3, "no_mentions")]
    assert [i.record.note_id for i in items if not isinstance(i, Reject)] == ["1"]


def test_annotations_without_their_text_are_named(tmp_path):
    for name in ("a.ann", "b.txt", "b.ann"):
        (tmp_path / name).touch()
    lost, (file, _) = marked_files(tmp_path)
    assert (lost.file, lost.reason, file.name) == (str(tmp_path / "a.ann"), "no_text", "b.txt")
