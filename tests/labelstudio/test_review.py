"""Conflicts as tasks of a review project, and reviewers' answers as verdicts."""

import dataclasses
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.labelstudio.codec import Quarantined
from clinnote.labelstudio.gateway import MemoryGateway
from clinnote.labelstudio.review import Shown, decode_review, encode_review
from clinnote.labelstudio.review_config import review_config, review_interface
from clinnote.labelstudio.sdk_check import check_interface, sdk_installed
from clinnote.labelstudio.sync import pull_tasks, push_records
from clinnote.model.conflict import Conflict, Highlight, ImageSide, TextSide
from clinnote.model.conflict_features import features_of
from clinnote.model.image_label import Geometry
from clinnote.model.verdicts import REASONS, VERDICT_TITLES

NOTE = "FINDINGS:\r\n\U0001fac1 Small left pleural effusion.\nIMPRESSION: Right effusion."
QUOTE = "\U0001fac1 Small left pleural effusion."
START = NOTE.index(QUOTE)
BOX = Geometry("box", x=64, y=32, width=64, height=128, image_width=256, image_height=256, orientation="L\\F")
SHOWN = Shown("data:image/svg+xml;base64,PHN2Zy8+", False, "Side: right")


def text_side(quote: str, section: str, *words: tuple[str, str]) -> TextSide:
    start = NOTE.index(quote)
    marks = tuple(Highlight(NOTE.index(w, start), NOTE.index(w, start) + len(w), role) for w, role in words)
    return TextSide("m", "effusion", "left", None, section, quote, start, start + len(quote), marks)


LABEL = ImageSide(
    "l",
    "Effusion",
    ("right",),
    "code",
    None,
    "present",
    "csv",
    "a.csv",
    "row 1",
    geometry=BOX,
    annotator="R1",
    image_id="i",
)
OPPOSITE = Conflict(
    "c1",
    "side_opposite",
    "critical",
    0.9,
    "LEFT pleural effusion; label says RIGHT",
    "study-7",
    "note-7",
    text_side(QUOTE, "findings", ("left", "side"), ("pleural effusion", "finding")),
    LABEL,
    ("the sentence compares with an earlier study",),
)
INSIDE = dataclasses.replace(
    OPPOSITE, id="c2", kind="side_internal", image=text_side("Right effusion.", "impression", ("Right", "side"))
)
ALERT = Conflict("c3", "systematic_flip", "critical", 0.97, "Source a.csv is mirrored")


def marked(task: dict[str, Any]) -> list[tuple[str, str]]:
    text = task["data"]["text"]
    values = [item["value"] for item in task["predictions"][0]["result"] if item["type"] == "labels"]
    assert all(text[v["start"] : v["end"]] == v["text"] for v in values)
    return [(v["labels"][0], v["text"]) for v in values]


def answer(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    kinds = {"comment": ("textarea", "text")}
    result = []
    for name, words in pairs:
        kind, key = kinds.get(name, ("choices", "choices"))
        result.append({"id": name, "from_name": name, "to_name": "text", "type": kind, "value": {key: [words]}})
    about = {"id": 5, "completed_by": {"email": "ab@example.com"}, "updated_at": "2026-01-02T03:04:05Z"}
    return {"result": result, **about, **more}


def decoded(task: dict[str, Any], annotation: dict[str, Any]) -> Conflict:
    found = decode_review({"id": 9, **task}, annotation)
    assert isinstance(found, Conflict)
    return found


def test_the_interface_asks_for_verdict_and_reason_and_has_a_place_for_both_sides() -> None:
    root = ElementTree.fromstring(review_config())
    asked = {e.get("name"): [c.get("value") for c in e] for e in root.iter("Choices")}
    assert asked == {"verdict": list(VERDICT_TITLES.values()), "reason": [reason.title for reason in REASONS]}
    assert [e.get("hotkey") for e in root.iter("Choice") if e.get("hotkey")] == ["1", "2", "3", "4"]
    assert [e.get("value") for e in root.iter("Text")] == ["$quotes", "$text", "$about"]
    assert [e.get("value") for e in root.iter("Image")] == ["$image"]
    shown = [e.get("value") for e in root.iter() if e.tag in ("Header", "Image", "Text")]
    assert shown[:7] == ["$title", "$quotes", "$text", "$viewer_left", "$viewer_right", "$image", "$about"]
    assert review_config() == review_config()


@pytest.mark.skipif(not sdk_installed(), reason="label-studio-sdk is not installed")
def test_the_sdk_accepts_the_interface() -> None:
    check_interface(review_config())


@pytest.mark.skipif(not sdk_installed(), reason="label-studio-sdk is not installed")
@pytest.mark.parametrize("conflict", [OPPOSITE, INSIDE, ALERT], ids=lambda c: c.kind)
def test_the_sdk_accepts_the_marks_of_a_task(conflict: Conflict) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    task = encode_review(conflict, dataclasses.replace(SHOWN, with_box=True, note_text=NOTE))
    assert LabelInterface(review_config()).validate_prediction(task["predictions"][0], return_errors=True) == []


def test_the_whole_note_is_shown_with_its_words_marked_where_they_stand() -> None:
    task = encode_review(OPPOSITE, dataclasses.replace(SHOWN, note_text=NOTE))
    assert task["data"]["text"] == NOTE
    assert marked(task) == [("side", "left"), ("finding", "pleural effusion")]


@pytest.mark.parametrize("note", [None, "", NOTE.replace("Small", "Large"), "short"])
def test_without_the_very_note_the_quotes_are_shown(note: str | None) -> None:
    task = encode_review(OPPOSITE, dataclasses.replace(SHOWN, note_text=note))
    assert task["data"]["text"] == f"FINDINGS:\n{QUOTE}"
    assert marked(task) == [("side", "left"), ("finding", "pleural effusion")]


def test_both_statements_of_one_report_are_marked() -> None:
    task = encode_review(INSIDE, SHOWN)
    assert task["data"]["text"] == f"FINDINGS:\n{QUOTE}\n\nIMPRESSION:\nRight effusion."
    assert marked(task) == [("side", "left"), ("finding", "pleural effusion"), ("side", "Right")]
    assert marked(encode_review(INSIDE, dataclasses.replace(SHOWN, note_text=NOTE))) == marked(task)


def test_the_heading_that_gives_the_side_is_marked_too() -> None:
    line = {"quote": "FINDINGS:", "start": 0, "end": 9, "words": [0, 4]}
    headed = dataclasses.replace(OPPOSITE, metadata={"side_stated": {"text": line}})
    both = [("side", "left"), ("finding", "pleural effusion"), ("side", "FIND")]
    assert marked(encode_review(headed, dataclasses.replace(SHOWN, note_text=NOTE))) == both
    alone = encode_review(headed, SHOWN)
    assert alone["data"]["text"].endswith("\n\nSIDE STATED:\nFINDINGS:")
    assert marked(alone) == both


def test_one_plain_sentence_stands_above_and_the_edges_over_the_picture() -> None:
    shown = dataclasses.replace(SHOWN, title="Text says LEFT", edges=("R patient's right", "L patient's left"))
    data = encode_review(OPPOSITE, shown)["data"]
    assert (data["title"], data["viewer_left"], data["viewer_right"]) == ("Text says LEFT", *shown.edges)
    assert encode_review(OPPOSITE, SHOWN)["data"]["title"] == OPPOSITE.explanation


def test_an_alert_without_words_shows_its_line() -> None:
    task = encode_review(ALERT, SHOWN)
    assert (task["data"]["text"], marked(task)) == ("Source a.csv is mirrored", [])


def test_the_box_stands_on_the_very_image_in_percent_and_on_no_other() -> None:
    with_box = encode_review(OPPOSITE, dataclasses.replace(SHOWN, with_box=True))["predictions"][0]["result"][-1]
    assert with_box["value"] == {
        "x": 25, "y": 12.5, "width": 25, "height": 50, "rotation": 0, "rectanglelabels": ["image label"],
    }  # fmt: skip
    assert (with_box["original_width"], with_box["original_height"]) == (256, 256)
    assert [i["type"] for i in encode_review(OPPOSITE, SHOWN)["predictions"][0]["result"]] == ["labels", "labels"]


def test_no_verdict_is_suggested() -> None:
    done = dataclasses.replace(OPPOSITE, verdict=None)
    names = {item["from_name"] for item in encode_review(done, SHOWN)["predictions"][0]["result"]}
    assert names == {"mark"}


def test_study_note_and_file_stay_at_home_unless_asked_for() -> None:
    sent = json.dumps(encode_review(OPPOSITE, SHOWN))
    assert not [secret for secret in ("study-7", "note-7", "a.csv") if secret in sent]
    sent = json.dumps(encode_review(OPPOSITE, SHOWN, identifiers=True))
    assert "study-7" in sent
    assert "note-7" in sent


def test_a_verdict_comes_back_as_a_line_of_a_verdict_file() -> None:
    task = encode_review(OPPOSITE, SHOWN, identifiers=True)
    annotation = answer(
        ("verdict", "Label error"), ("reason", "Wrong side marked"), ("comment", "see  film"), lead_time=8.5
    )
    record = decoded(task, annotation)
    assert record.verdict is not None
    assert dataclasses.astuple(record.verdict) == (
        "label_error",
        "wrong_side",
        "ab@example.com",
        "2026-01-02T03:04:05Z",
    )
    assert (record.id, record.study_id, record.note_id, record.kind) == ("c1", "study-7", "note-7", "side_opposite")
    assert record.could_be_false_because == OPPOSITE.could_be_false_because
    assert record.metadata["comment"] == "see film"
    assert record.metadata["annotation"] == {"task": 9, "id": 5, "lead_time": 8.5, "marks_changed": 0}
    assert features_of(record) == features_of(OPPOSITE)


@pytest.mark.parametrize(("value", "title"), VERDICT_TITLES.items())
def test_every_verdict_is_known_again(value: str, title: str) -> None:
    record = decoded(encode_review(OPPOSITE, SHOWN), answer(("verdict", title)))
    assert record.verdict is not None
    assert (record.verdict.value, record.verdict.reason) == (value, None)


def test_marks_that_a_reviewer_drew_or_moved_are_counted() -> None:
    annotation = answer(("verdict", "Both wrong"))
    for n, origin in enumerate(("manual", "manual", "prediction", "prediction-changed")):
        annotation["result"].append({"id": f"r{n}", "from_name": "box", "origin": origin, "value": {}})
    assert decoded(encode_review(OPPOSITE, SHOWN), annotation).metadata["annotation"]["marks_changed"] == 3


@pytest.mark.parametrize(
    ("change", "annotation", "reason"),
    [
        ({}, answer(), "no_verdict"),
        ({}, answer(("verdict", "Perhaps")), "no_verdict"),
        ({}, answer(("verdict", "Both wrong"), was_cancelled=True), "skipped"),
        ({}, {"result": "x"}, "bad_result"),
        ({"data": {"note_id": "c1", "text": "x"}}, answer(("verdict", "Both wrong")), "foreign_task"),
        ({"data": 3}, answer(("verdict", "Both wrong")), "foreign_task"),
    ],
)
def test_what_cannot_be_used_is_quarantined_with_its_reason(
    change: dict[str, Any], annotation: dict[str, Any], reason: str
) -> None:
    found = decode_review({"id": 9, **encode_review(OPPOSITE, SHOWN), **change}, annotation)
    assert isinstance(found, Quarantined)
    assert (found.reason, found.task_id, found.skipped) == (reason, 9, reason == "skipped")
    assert "effusion" not in found.message


def send(gateway: MemoryGateway, conflicts: list[Conflict], shown: Shown = SHOWN) -> dict[str, int]:
    look = review_interface()
    result = push_records(
        conflicts, lambda c: encode_review(c, shown), lambda c: c.id, gateway, look, "Review", batch=2
    )
    return {action.value: count for action, count in result.counts.items() if count} | (
        {"rejected": len(result.rejects)} if result.rejects else {}
    )


def test_the_second_push_changes_nothing_and_a_changed_conflict_is_updated() -> None:
    gateway = MemoryGateway()
    assert send(gateway, [OPPOSITE, INSIDE, ALERT]) == {"new": 3}
    done = len(gateway.calls)
    assert send(gateway, [OPPOSITE, INSIDE, ALERT]) == {"unchanged": 3}
    assert len(gateway.calls) == done
    surer = dataclasses.replace(OPPOSITE, confidence=0.95)
    assert send(gateway, [surer, INSIDE]) == {"updated": 1, "unchanged": 1}
    assert len(gateway.tasks) == 3


def test_what_a_reviewer_has_begun_is_left_alone() -> None:
    gateway = MemoryGateway()
    send(gateway, [OPPOSITE])
    gateway.annotate(next(iter(gateway.tasks)), answer(("verdict", "Both wrong"))["result"])
    assert send(gateway, [dataclasses.replace(OPPOSITE, confidence=0.5)]) == {"left_to_readers": 1}


def test_a_conflict_without_id_or_that_came_twice_is_set_aside() -> None:
    assert send(MemoryGateway(), [dataclasses.replace(ALERT, id=""), OPPOSITE, OPPOSITE]) == {"new": 1, "rejected": 2}


def test_several_reviewers_of_one_conflict_all_come_back() -> None:
    gateway = MemoryGateway()
    send(gateway, [OPPOSITE])
    (task,) = gateway.tasks
    for name, title in (("ab", "Both wrong"), ("cd", "Not a conflict")):
        gateway.annotate(task, answer(("verdict", title))["result"], completed_by={"email": name})
    found = list(pull_tasks(gateway, decode_review, "Review"))
    assert [c.verdict and (c.verdict.by, c.verdict.value) for c in found if isinstance(c, Conflict)] == [
        ("ab", "both"), ("cd", "not_a_conflict"),
    ]  # fmt: skip


@given(
    before=st.text(max_size=20),
    words=st.text(min_size=1, max_size=20),
    after=st.text(max_size=20),
    shift=st.integers(0, 500),
)
def test_marks_prove_true_wherever_the_quote_stands(before: str, words: str, after: str, shift: int) -> None:
    quote = before + words + after
    mark = Highlight(shift + len(before), shift + len(before) + len(words), "side")
    side = TextSide("m", "x", "left", None, None, quote, shift, shift + len(quote), (mark,))
    task = encode_review(dataclasses.replace(OPPOSITE, text=side), SHOWN) if quote.isprintable() else None
    if task is not None:
        assert marked(task) == [("side", words)]
