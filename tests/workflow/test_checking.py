"""``check`` from end to end: order and number of processes change nothing, an interrupted run goes on."""

import json
import random
from functools import partial
from pathlib import Path

import pytest

from clinnote.errors import RecordError, UsageError
from clinnote.settings import find_home
from clinnote.sources.read import SourceOptions
from clinnote.workflow import check_stages
from clinnote.workflow.check_work import NotePacker
from clinnote.workflow.checking import CheckFiles, check_files
from clinnote.workflow.tag_options import chunks
from clinnote.workflow.tagging import TagOptions, tag_files

SIDES = ("left", "right")


def note(number, side):
    text = (
        f"FINDINGS: Small {side} pleural effusion. The heart is normal in size.\nIMPRESSION: {side} pleural effusion."
    )
    return {"note_id": f"n{number}", "study_id": f"s{number}", "text": text}


def label(number, side, file="labels.csv"):
    return {
        "label_id": f"l{number}",
        "study_id": f"s{number}",
        "finding": {"text": "Pleural effusion"},
        "sides": {"values": [side], "basis": "code"},
        "source": {"format": "csv", "file": file, "pointer": str(number)},
    }


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def checking(tmp_path):
    """Checks the given notes and labels; gives the summary and the conflicts as written."""
    options = TagOptions(find_home(), "radiology")

    def check(notes, labels, out="conflicts.jsonl", jobs=1, **more):
        files = CheckFiles(
            (lines(tmp_path / "notes.jsonl", notes),),
            tmp_path / out,
            (lines(tmp_path / "labels.jsonl", labels),),
            pairs=tmp_path / f"pairs-{out}",
        )
        summary = check_files(files, options, SourceOptions(), jobs, **more)
        return summary, (tmp_path / out).read_bytes() + files.pairs.read_bytes()

    check.folder = tmp_path
    check.options = options
    return check


def mixed(count, wrong):
    notes = [note(n, SIDES[n % 2]) for n in range(count)]
    labels = [label(n, SIDES[(n + (n in wrong)) % 2]) for n in range(count)]
    return notes, labels


def test_notes_of_a_study_may_stand_anywhere(checking):
    notes, labels = mixed(12, wrong={3})
    notes.append({**note(3, "right"), "note_id": "addendum"})
    random.Random(1).shuffle(labels)
    summary, _ = checking(notes, labels)
    assert (summary.notes, summary.studies, summary.linked, summary.labels) == (13, 12, 12, 12)
    assert {c.study_id for c in summary.conflicts} == {"s3"}


def test_several_processes_give_the_same_bytes(checking):
    notes, labels = mixed(100, wrong=set(range(0, 100, 7)))
    one, written = checking(notes, labels)
    two, again = checking(notes, labels, "two.jsonl", jobs=2)
    assert again == written
    assert len(one.conflicts) == len(two.conflicts) == 15
    assert sorted(p.name for p in checking.folder.iterdir()) == [
        "conflicts.jsonl",
        "labels.jsonl",
        "notes.jsonl",
        "pairs-conflicts.jsonl",
        "pairs-two.jsonl",
        "two.jsonl",
    ]


@pytest.mark.parametrize("place", ["labels.csv", "https://pacs.example.org/dicom-web/studies/{}/series/1/instances/1"])
def test_a_source_that_is_flipped_throughout_is_one_alert_however_many_studies_it_has(checking, place):
    count = 40
    notes, _ = mixed(count, wrong=set())
    labels = [label(n, SIDES[(n + 1) % 2], place.format(n)) for n in range(count)]
    summary, _ = checking(notes, labels)
    (alert,) = summary.conflicts
    assert (alert.kind, alert.metadata["opposite"], len(alert.metadata["studies"])) == ("systematic_flip", count, count)


class Interrupted(BaseException):
    """Stands in for Ctrl-C."""


def cut(stage, after):
    """Progress that is interrupted in one stage."""

    def progress(items, at, _total):
        for number, item in enumerate(items):
            if at == stage and number == after:
                raise Interrupted
            yield item

    return progress


@pytest.mark.parametrize(("stage", "after", "expected"), [("notes", 26, 24), ("labels", 3, 0), ("studies", 5, 30)])
def test_an_interrupted_check_goes_on_and_finds_the_same(checking, monkeypatch, stage, after, expected):
    monkeypatch.setattr(check_stages, "chunks", partial(chunks, most=8))
    notes, labels = mixed(30, wrong={3, 17, 29})
    _, whole = checking(notes, labels, "whole.jsonl")
    with pytest.raises(Interrupted):
        checking(notes, labels, progress=cut(stage, after))
    assert not (checking.folder / "conflicts.jsonl").exists()
    assert not (checking.folder / "conflicts.jsonl.partial").exists()
    tagged = []
    plain = NotePacker.__call__
    monkeypatch.setattr(NotePacker, "__call__", lambda self, items: tagged.extend(items) or plain(self, items))
    summary, written = checking(notes, labels)
    assert written == whole
    assert (summary.resumed, len(tagged)) == (expected, 30 - expected)
    assert not (checking.folder / "conflicts.jsonl.work").exists()


def test_a_note_that_changed_since_is_tagged_again_with_all_behind_it(checking, monkeypatch):
    monkeypatch.setattr(check_stages, "chunks", partial(chunks, most=8))
    notes, labels = mixed(30, wrong=set())
    with pytest.raises(Interrupted):
        checking(notes, labels, progress=cut("studies", 0))
    notes[10] = note(10, "right")
    summary, _ = checking(notes, labels)
    assert summary.resumed == 8
    assert [c.study_id for c in summary.conflicts] == ["s10"]


def test_tagged_notes_are_taken_as_they_are_and_leave_nothing_behind(checking):
    notes, labels = mixed(20, wrong={4})
    raw, tagged = lines(checking.folder / "raw.jsonl", notes), checking.folder / "tagged.jsonl"
    tag_files([raw], tagged, checking.options, SourceOptions())
    again = [json.loads(line) for line in tagged.read_text().splitlines()]
    with pytest.raises(Interrupted):
        checking(again, labels, progress=cut("studies", 1))
    assert not list(checking.folder.glob("*.work"))
    _, from_tagged = checking(again, labels)
    _, from_raw = checking(notes, labels, "raw-conflicts.jsonl")
    assert from_tagged == from_raw


def test_an_error_half_way_leaves_no_output_and_no_working_file(checking):
    notes, labels = mixed(3, wrong=set())
    with pytest.raises(RecordError, match=r"notes\.jsonl:4: .*--strict"):
        checking([*notes, {"note_id": "x"}], labels, strict=True)
    assert sorted(p.name for p in checking.folder.iterdir()) == ["labels.jsonl", "notes.jsonl"]


def test_a_second_run_on_one_output_is_refused_and_costs_the_first_nothing(checking):
    notes, labels = mixed(3, wrong={1})

    def twice(items, stage, _total):
        if stage == "studies":
            with pytest.raises(UsageError, match="another run"):
                checking(notes, labels)
        return items

    _, written = checking(notes, labels, progress=twice)
    assert written == checking(notes, labels, "alone.jsonl")[1] != b""


@pytest.mark.parametrize("place", ["out", "html", "pairs"])
def test_an_output_that_is_not_writable_is_told_before_anything_is_read(tmp_path, monkeypatch, place):
    read = []
    monkeypatch.setattr("clinnote.workflow.check_stages.read_image_labels", lambda *_: read.append(1) or ())
    notes = lines(tmp_path / "notes.jsonl", [note(1, "left")])
    endings = {"out": ".jsonl", "html": ".html", "pairs": ".jsonl"}
    outputs = {"out": tmp_path / "out.jsonl", place: Path("/proc/x" + endings[place])}
    files = CheckFiles((notes,), labels=(notes,), **outputs)
    with pytest.raises(UsageError, match="can't be written"):
        check_files(files, TagOptions(find_home(), "radiology"), SourceOptions())
    assert read == []
    assert [p.name for p in tmp_path.iterdir()] == ["notes.jsonl"]


def test_a_pacs_is_to_be_read_first(tmp_path):
    notes = lines(tmp_path / "notes.jsonl", [note(1, "left")])
    files = CheckFiles((notes,), tmp_path / "out.jsonl", (Path("https://pacs.example.org/dicom-web"),))
    with pytest.raises(UsageError, match="clinnote images"):
        check_files(files, TagOptions(find_home(), "radiology"), SourceOptions())
