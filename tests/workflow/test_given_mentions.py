"""``tag --given`` end to end: what a wrong mention is told, and what a right one keeps."""

import json

import pytest

from clinnote.model.codes import SNOMED
from clinnote.settings import find_home
from clinnote.sources.read import SourceOptions
from clinnote.workflow.tagging import TagOptions, tag_files

TEXT = "Left effusion."
MENTION = {"start": 5, "end": 13, "label": "finding"}


@pytest.fixture
def tag_given(tmp_path):
    def call(*mentions):
        source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        good = {"note_id": "good", "text": TEXT, "mentions": [MENTION]}
        note = {"note_id": "1", "text": TEXT, "mentions": list(mentions)}
        source.write_text(json.dumps(good) + "\n" + json.dumps(note) + "\n")
        summary = tag_files([source], out, TagOptions(find_home(), given=True), SourceOptions())
        tagged = {n["note_id"]: n["mentions"] for n in map(json.loads, out.read_text().splitlines())}
        return tagged, summary.rejects

    return call


@pytest.mark.parametrize(
    "wrong",
    [
        {**MENTION, "end": 99},
        {**MENTION, "start": 5.5},
        {**MENTION, "text": "nodule"},
        {**MENTION, "codes": [{"system": "snomed", "code": "1", "display": {"a": 1}}]},
        {**MENTION, "codes": "60046008"},
        "effusion",
    ],
    ids=[
        "outside",
        "half a character",
        "another text",
        "display that is no text",
        "codes that are no list",
        "a string",
    ],
)
def test_a_wrong_mention_is_named_with_file_and_line_and_the_rest_is_tagged(tag_given, wrong):
    tagged, rejects = tag_given(wrong)
    assert list(tagged) == ["good"]
    assert [(r.file.rsplit("/", 1)[-1], r.line) for r in rejects] == [("in.jsonl", 2)]


def test_a_mention_keeps_its_codes_order_and_own_metadata(tag_given):
    first = {**MENTION, "codes": [{"system": "snomed", "code": "60046008"}], "reader": "R1", "metadata": {"round": 2}}
    second = {"start": 0.0, "end": 4.0, "label": "side", "text": "left"}
    tagged, rejects = tag_given(first, second)
    assert rejects == ()
    effusion, side = tagged["1"]
    assert effusion["codes"][0]["system"] == SNOMED
    assert effusion["metadata"] == {"reader": "R1", "round": 2}
    assert effusion["laterality"] == "left"
    assert (side["text"], side["label"]) == ("Left", "side")
