"""Exports of Label Studio as gold: tasks of other projects, and those that clinnote pushed."""

import copy

import pytest
from ls_records import GUIDELINE, TEXT, chest_note, submit

from clinnote.errors import Reject
from clinnote.labelstudio.codec import encode_task
from clinnote.labelstudio.export import looks_like_export, read_export
from clinnote.model.codes import SNOMED
from clinnote.ontology.gold_map import load_gold_map
from clinnote.settings import find_home

RULES = load_gold_map(find_home().configs, "labelstudio")
FOREIGN = "\N{LUNGS} No fever,\nold stroke."


def region(rid, start, end, words, *labels):
    value = {"start": start, "end": end, "text": words, "labels": list(labels)}
    return {"id": rid, "from_name": "kind", "to_name": "text", "type": "labels", "value": value}


def choice(rid, name, *values):
    return {"id": rid, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def task(*items, data=None, **annotation):
    return {"id": 9, "data": data or {"text": FOREIGN}, "annotations": [{"id": 1, "result": list(items), **annotation}]}


def read(*tasks):
    items = list(read_export(tasks, "e.json", GUIDELINE, RULES))
    return [i for i in items if not isinstance(i, Reject)], [i for i in items if isinstance(i, Reject)]


def test_labels_choices_and_codes_of_a_project_of_ones_own():
    [note], rejects = read(
        task(
            region("a", 5, 10, "fever", "Sign_symptom"),
            choice("a", "polarity", "negated"),
            choice("a", "Colour", "red"),
            region("b", 12, 22, "old stroke", "disorder"),
            choice("b", "temporality", "historical"),
            {
                "id": "b",
                "from_name": "codes",
                "type": "textarea",
                "value": {"text": ["snomed:230690007 Cerebrovascular accident"]},
            },
            {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"},
            choice("whole", "quality", "good"),
        )
    )
    assert rejects == []
    assert (note.note_id, note.text) == ("9", FOREIGN)
    fever, stroke = note.mentions
    assert (fever.text, fever.label, fever.polarity) == ("fever", "finding", "negated")
    assert fever.metadata["attributes"] == {"polarity": "negated", "Colour": "red"}
    assert (stroke.temporality, stroke.codes[0].key) == ("historical", (SNOMED, "230690007"))


def test_a_span_with_two_labels_is_two_mentions():
    [note], _ = read(task(region("a", 5, 10, "fever", "finding", "event")))
    assert [m.label for m in note.mentions] == ["event", "finding"]


def test_offsets_of_an_old_export_in_utf_16_units_are_proven_by_the_words():
    [note], rejects = read(task(region("a", 6, 11, "fever", "finding")))
    assert rejects == []
    assert [(m.start, m.end) for m in note.mentions] == [(5, 10)]


def test_the_text_may_stand_under_another_single_key():
    [note], _ = read(task(region("a", 5, 10, "fever", "finding"), data={"report": FOREIGN, "note_id": "r1"}))
    assert note.note_id == "r1"


def test_the_annotation_marked_as_ground_truth_counts():
    first = task(region("a", 5, 10, "fever", "finding"))
    true = {"id": 2, "result": [region("b", 12, 22, "old stroke", "disorder")], "ground_truth": True}
    [note], _ = read({**first, "annotations": [*first["annotations"], true]})
    assert [m.text for m in note.mentions] == ["old stroke"]


TWICE = task()["annotations"] * 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("no task", "not_a_task"),
        ({"id": 1, "text": FOREIGN, "label": []}, "not_a_task"),
        ({**task(), "annotations": []}, "not_annotated"),
        ({**task(), "annotations": 1}, "not_annotated"),
        (task(was_cancelled=True), "not_annotated"),
        ({**task(), "annotations": TWICE}, "several_annotations"),
        (task(data={"a": "one", "b": "two"}), "no_text"),
        ({**task(), "annotations": [{"id": 1}]}, "bad_result"),
        (task(region("a", 5, 10, "secret", "finding")), "quote_mismatch"),
        (task(region("a", 5, 999, "fever", "finding")), "bad_span"),
        (task(region("a", "5", 10, "fever", "finding")), "bad_span"),
        (task(region("a", 5, 10, "fever")), "unlabelled_span"),
        (
            task(
                region("a", 5, 10, "fever", "finding"),
                {"id": "a", "from_name": "codes", "type": "textarea", "value": {"text": ["230690007"]}},
            ),
            "bad_code",
        ),
    ],
)
def test_a_task_that_cannot_be_used_is_named_by_its_place(bad, reason):
    notes, [reject] = read(task(region("a", 5, 10, "fever", "finding")), bad)
    assert [n.note_id for n in notes] == ["9"]
    assert (reject.file, reject.reason, reject.skipped) == ("e.json", reason, reason == "not_annotated")
    assert reject.message.startswith("task 2: ")
    assert "fever" not in reject.message
    assert "secret" not in reject.message


def test_a_task_that_clinnote_pushed_is_decoded_as_a_pull_does():
    note = chest_note()
    pushed = encode_task(note, GUIDELINE)
    [back], rejects = read({**pushed, "id": 3, "annotations": [submit(pushed)]})
    assert rejects == []
    assert (back.note_id, back.text) == (note.note_id, TEXT)
    assert [(m.text, m.polarity, m.laterality) for m in back.mentions] == [
        (m.text, m.polarity, m.laterality) for m in note.mentions
    ]


def test_a_pushed_task_whose_text_was_changed_is_refused():
    pushed = copy.deepcopy(encode_task(chest_note(), GUIDELINE))
    pushed["data"]["text"] += " "
    notes, [reject] = read({**pushed, "id": 3, "annotations": [submit(pushed)]})
    assert (notes, reject.reason) == ([], "text_changed")


@pytest.mark.parametrize(
    ("data", "export"), [([task()], True), ([], False), ({"data": 1}, False), ([{"text": "x"}], False)]
)
def test_what_looks_like_an_export(data, export):
    assert looks_like_export(data) is export
