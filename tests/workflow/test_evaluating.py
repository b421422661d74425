"""Gold and predictions from files of every format, joined by id or text."""

import json
from pathlib import Path

import pytest

import clinnote
from clinnote.errors import Reject, UsageError
from clinnote.model.mention import TaggedNote, text_sha256
from clinnote.model.note import Note
from clinnote.model.schema import to_dict
from clinnote.quality.evaluation import Options
from clinnote.settings import find_home
from clinnote.sources.marked import with_mentions
from clinnote.sources.placed import Placed
from clinnote.workflow.evaluating import EvaluateFiles, evaluate_files
from clinnote.workflow.marked_notes import Tagging, join

TEXT = "No \N{LUNGS} fever."
FEVER = {"start": 5, "end": 10, "label": "finding", "polarity": "negated"}
HOME = find_home()


def note(note_id="1", text=TEXT, *mentions):
    return with_mentions(Note(note_id, text, metadata={"mentions": mentions or (FEVER,)}))


def lines(path, *notes):
    path.write_text("".join(json.dumps(n if isinstance(n, dict) else to_dict(n)) + "\n" for n in notes))
    return path


def brat(folder):
    folder.mkdir()
    (folder / "1.txt").write_text(TEXT)
    (folder / "1.ann").write_text("T1\tSign_symptom 5 10\tfever\nA1\tPOLARITY T1 NEG\n")
    return folder


def export(folder):
    spans = {"start": 5, "end": 10, "text": "fever", "labels": ["finding"]}
    items = [
        {"id": "a", "from_name": "label", "type": "labels", "value": spans},
        {"id": "a", "from_name": "polarity", "type": "choices", "value": {"choices": ["negated"]}},
    ]
    task = {"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 1, "result": items}]}
    (folder / "export.json").write_text(json.dumps([task]))
    return folder / "export.json"


def xmi(folder):
    (folder / "1.xmi").write_text(
        '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:c="http:///uima/cas.ecore" xmlns:t="http:///textsem.ecore">'
        '<t:SignSymptomMention xmi:id="1" sofa="2" begin="6" end="11" polarity="-1"/>'
        f'<c:Sofa xmi:id="2" sofaString="{TEXT}"/></xmi:XMI>',
        encoding="utf-8",
    )
    return folder / "1.xmi"


FORMATS = {
    "records": lambda folder: lines(folder / "g.jsonl", note()),
    "notes with mentions": lambda folder: lines(
        folder / "g.jsonl", {"note_id": "1", "text": TEXT, "mentions": [FEVER]}
    ),
    "brat": lambda folder: brat(folder / "brat"),
    "label studio": export,
    "xmi": xmi,
}


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_gold_in_every_format_gives_the_same_scores(tmp_path, form):
    gold = FORMATS[form](tmp_path)
    predicted = lines(tmp_path / "p.jsonl", note("1", TEXT, FEVER, {"start": 0, "end": 2, "label": "finding"}))
    summary = evaluate_files(EvaluateFiles((gold,), (predicted,)), Options(samples=0), HOME)
    assert summary.rejects == ()
    whole = summary.evaluation.labels[0]
    assert (whole.exact.tp, whole.exact.fp, whole.exact.fn) == (1, 1, 0)
    [polarity] = summary.evaluation.attributes
    assert (polarity.name, polarity.agree.value) == ("polarity", 1.0)


def test_parquet_is_read_as_lines_are(tmp_path, run):
    gold = lines(tmp_path / "g.jsonl", {"note_id": "1", "text": "No fever."})
    run("tag", gold, "-o", tmp_path / "g.parquet", code=0)
    summary = evaluate_files(
        EvaluateFiles((tmp_path / "g.parquet",), (tmp_path / "g.parquet",)), Options(samples=0), HOME
    )
    assert summary.evaluation.labels[0].exact.recall.value == 1.0


def placed(*notes):
    return [Placed(one, "f.jsonl", i) for i, one in enumerate(notes, 1)]


def names(joined):
    return [(gold.note_id, predicted.note_id if predicted else None) for gold, predicted in joined.pairs]


def test_notes_meet_by_id_else_by_their_text():
    gold = placed(note("a"), note("b", "Cough.", {"start": 0, "end": 5}))
    predicted = placed(
        note("x", "Cough.", {"start": 0, "end": 5}), note("a"), note("z", "Rash.", {"start": 0, "end": 4})
    )
    joined = join(gold, predicted)
    assert names(joined) == [("a", "a"), ("b", "x")]
    assert joined.without_gold == ("z",)


def test_a_repeated_text_is_joined_by_id_first():
    joined = join(placed(note("a"), note("b")), placed(note("b"), note("c")))
    assert names(joined) == [("a", "c"), ("b", "b")]


def test_a_gold_note_that_was_not_predicted_has_no_partner():
    assert names(join(placed(note("a")), placed())) == [("a", None)]


def test_a_note_predicted_from_another_text_is_set_aside_and_named():
    joined = join(placed(note("a")), placed(note("a", TEXT + " ")))
    [reject] = joined.rejects
    assert (joined.pairs, joined.without_gold) == ((), ())
    assert (reject.reason, reject.file, reject.line) == ("text_differs", "f.jsonl", 1)
    assert "fever" not in reject.message


def test_a_note_that_stands_twice_counts_once_and_is_named():
    joined = join(placed(note("a"), note("a")), placed(note("a")))
    assert (names(joined), [r.reason for r in joined.rejects]) == ([("a", "a")], ["duplicate_note_id"])


def test_rejects_pass_through():
    bad = Reject("g.jsonl", 3, "not_json", "not JSON")
    assert join([bad, *placed(note("a"))], placed(note("a"))).rejects == (bad,)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("e.json", "{", "not_json"),
        ("e.json", "[]", "not_an_export"),
        ("e.json", '{"resourceType": "Bundle"}', "not_an_export"),
        ("e.xmi", "<x", "not_xml"),
        ("e.txt", "fever", "no_annotations"),
        ("e.jsonl", "{", "not_json"),
    ],
)
def test_a_broken_file_is_named_and_the_others_still_count(tmp_path, name, content, reason):
    (tmp_path / name).write_text(content)
    gold = lines(tmp_path / "g.jsonl", note())
    files = EvaluateFiles((gold, tmp_path / name), (gold,), tmp_path / "s.json")
    summary = evaluate_files(files, Options(samples=0), HOME)
    assert {Path(r.file).stem for r in summary.rejects} == {"e"}
    assert [r.reason for r in summary.rejects] == [reason]
    assert summary.evaluation.labels[0].exact.tp == 1
    assert "not_" in summary.rejects_file.read_text() or "no_" in summary.rejects_file.read_text()


@pytest.mark.parametrize("given", [True, False])
def test_gold_texts_are_tagged_and_judged_at_once(tmp_path, given):
    gold = lines(
        tmp_path / "g.jsonl", note("1", "No fever or zzz.", {**FEVER, "start": 3, "end": 8}, {"start": 12, "end": 15})
    )
    files = EvaluateFiles((gold,), tagging=Tagging("general", None, given))
    evaluation = evaluate_files(files, Options(samples=0), HOME).evaluation
    whole = evaluation.labels[0]
    assert (whole.exact.tp, whole.exact.fn) == ((2, 0) if given else (1, 1))
    assert [a.agree.value for a in evaluation.attributes if a.name == "polarity"] == [0.5 if given else 1.0]


def test_a_gold_note_without_text_is_named_when_it_should_be_tagged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the rejects of standard output stand in the current folder
    bare = TaggedNote("1", text_sha256(TEXT), None, mentions=note().mentions)
    files = EvaluateFiles((lines(tmp_path / "g.jsonl", bare),), tagging=Tagging())
    [reject] = evaluate_files(files, Options(samples=0), HOME).rejects
    assert reject.reason == "no_text"


def test_from_python_with_records_and_with_paths(tmp_path):
    gold = note()
    by_record = clinnote.evaluate([gold], [gold], html=tmp_path / "e.html")
    by_path = clinnote.evaluate(lines(tmp_path / "g.jsonl", gold), str(lines(tmp_path / "p.jsonl", gold)))
    assert by_record == by_path
    assert by_record.labels[0].exact.f1.value == 1.0
    assert "No errors" in (tmp_path / "e.html").read_text(encoding="utf-8")


def test_python_leaves_nothing_out_in_silence(tmp_path):
    (tmp_path / "g.jsonl").write_text("{\n")
    with pytest.raises(UsageError, match=r"g.jsonl:1: not JSON"):
        clinnote.evaluate(tmp_path / "g.jsonl", [note()])
    with pytest.raises(UsageError, match="gold: item 1 is no tagged note"):
        clinnote.evaluate([Note("1", TEXT)], [note()])


def test_a_note_kept_without_its_text_can_be_judged():
    bare = TaggedNote("1", text_sha256(TEXT), None, mentions=note().mentions)
    assert clinnote.evaluate([bare], [bare]).labels[0].exact.f1.value == 1.0
