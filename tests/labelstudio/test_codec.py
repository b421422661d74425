import copy
import dataclasses
import json

import pytest
from hypothesis import given, settings
from ls_records import (
    EFFUSION_CODE,
    GUIDELINE,
    TEXT,
    chest_note,
    mention,
    plain,
    span,
    stored,
    submit,
    tagged_notes,
)

from clinnote.errors import RecordError
from clinnote.labelstudio.annotations import decode_annotation
from clinnote.labelstudio.codec import Quarantined, encode_task
from clinnote.labelstudio.corrections import parse_code
from clinnote.model.codes import ICD10CM, SNOMED, Code
from clinnote.model.mention import Mention, TaggedNote, text_sha256


@given(tagged_notes())
@settings(max_examples=300, deadline=None)
def test_push_then_pull_gives_every_mention_back(note: TaggedNote) -> None:
    task = stored(json.loads(json.dumps(encode_task(note, GUIDELINE, identifiers=True))))
    back = decode_annotation(task, submit(task), GUIDELINE)
    assert isinstance(back, TaggedNote)
    assert plain(back.mentions) == plain(note.mentions)
    assert {x.origin for x in back.mentions} <= {"human"}
    assert back.metadata.pop("annotation")["corrections"]["unchanged"] == len(note.mentions)
    assert dataclasses.replace(back, mentions=()) == dataclasses.replace(note, mentions=())


@given(tagged_notes())
@settings(max_examples=100, deadline=None)
def test_every_item_sent_holds_its_offsets_and_words(note: TaggedNote) -> None:
    task = encode_task(note, GUIDELINE)
    for item in task["predictions"][0]["result"]:
        if item["type"] in ("labels", "choices"):
            value = item["value"]
            assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    assert encode_task(note, GUIDELINE) == task


@given(tagged_notes())
@settings(max_examples=100, deadline=None)
def test_without_predictions_the_meta_that_the_screen_copies_is_enough(note: TaggedNote) -> None:
    task = stored(encode_task(note, GUIDELINE))
    annotation = submit(task)
    back = decode_annotation({**task, "predictions": []}, annotation, GUIDELINE)
    assert isinstance(back, TaggedNote)
    assert plain(back.mentions) == plain(note.mentions)


def edited(change) -> TaggedNote | Quarantined:
    """What a pull gives after a reader changed the chest note's annotation."""
    task = stored(encode_task(chest_note(), GUIDELINE))
    annotation = copy.deepcopy(submit(task))
    change(annotation["result"])
    return decode_annotation(task, annotation, GUIDELINE)


def items_of(result: list, words: str) -> list:
    return [i for i in result if i.get("value", {}).get("start") == TEXT.index(words)]


def one(back: TaggedNote | Quarantined, words: str) -> Mention:
    assert isinstance(back, TaggedNote), back
    return next(x for x in back.mentions if x.text == words)


def test_a_changed_side_keeps_everything_else_and_loses_the_evidence_of_the_old_side() -> None:
    def change(result: list) -> None:
        item = next(i for i in items_of(result, "pleural effusion") if i["from_name"] == "laterality")
        item["value"]["choices"] = ["left"]

    back = edited(change)
    now = one(back, "pleural effusion")
    assert (now.laterality, now.change, now.codes[0], now.score) == ("left", "increased", EFFUSION_CODE, 1.0)
    assert [e.gives for e in now.evidence] == ["change=increased"]
    assert now.metadata["correction"] == {
        "kind": "changed", "pretag": now.id, "fields": ["laterality"], "was": {"laterality": "right"},
    }  # fmt: skip
    assert back.metadata["annotation"]["corrections"] == {"unchanged": 2, "changed": 1, "added": 0, "deleted": 0}


def test_an_answer_taken_back_is_empty_or_the_default() -> None:
    back = edited(
        lambda r: r.__setitem__(slice(None), [i for i in r if i.get("from_name") not in ("change", "polarity")])
    )
    assert one(back, "pleural effusion").change is None
    assert one(back, "pneumothorax").polarity == "affirmed"


def test_a_deleted_pretag_is_listed() -> None:
    gone = items_of(encode_task(chest_note(), GUIDELINE)["predictions"][0]["result"], "pneumothorax")
    back = edited(lambda r: r.__setitem__(slice(None), [i for i in r if i.get("id") != gone[0]["id"]]))
    assert isinstance(back, TaggedNote)
    start = TEXT.index("pneumothorax")
    assert back.metadata["annotation"]["deleted"] == [
        {"id": gone[0]["id"], "start": start, "end": start + 12, "label": "disorder"}
    ]


def new_item(words: str, label: str, rid: str = "new1") -> dict:
    start, end, text = span(TEXT, words)
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": rid, "from_name": "label", "to_name": "text", "type": "labels", "value": value, "origin": "manual"}


def test_an_added_span_is_human_and_takes_section_and_sentence_from_its_neighbour() -> None:
    now = one(edited(lambda r: r.append(new_item("Small", "finding"))), "Small")
    assert (now.origin, now.polarity, now.section) == ("human", "affirmed", "findings")
    assert now.sentence == (TEXT.index("Small"), TEXT.index("No"))
    assert now.metadata["correction"] == {"kind": "added"}


def test_the_same_span_added_twice_gets_two_ids() -> None:
    back = edited(lambda r: r.extend([new_item("Small", "finding"), new_item("Small", "finding", "new2")]))
    assert isinstance(back, TaggedNote)
    assert len({x.id for x in back.mentions}) == len(back.mentions) == 5


def test_a_stretched_span_is_the_same_mention_under_a_new_id() -> None:
    def change(result: list) -> None:
        for item in items_of(result, "pneumothorax"):
            item["value"] |= {"start": TEXT.index("No "), "text": "No pneumothorax"}

    now = one(edited(change), "No pneumothorax")
    before = mention(TEXT, "pneumothorax", "disorder")
    assert now.id != before.id
    assert now.polarity == "negated"
    assert now.metadata["correction"]["pretag"] == before.id
    assert now.metadata["correction"]["fields"] == ["start"]


def test_a_region_moved_to_other_words_is_an_addition_and_a_deletion() -> None:
    def change(result: list) -> None:
        start, end, text = span(TEXT, "worker")
        for item in items_of(result, "pneumothorax"):
            item["value"] |= {"start": start, "end": end, "text": text}

    back = edited(change)
    assert one(back, "worker").metadata["correction"]["kind"] == "added"
    assert back.metadata["annotation"]["corrections"]["deleted"] == 1


def arrow(result: list) -> dict:
    return next(i for i in result if i["type"] == "relation")


def test_an_arrow_taken_away_takes_the_site_away() -> None:
    now = one(edited(lambda r: r.remove(arrow(r))), "pleural effusion")
    assert now.sites == ()
    assert now.metadata["correction"]["fields"] == ["sites"]


def test_a_deleted_body_site_takes_the_sites_away_that_point_to_it() -> None:
    def change(result: list) -> None:
        rid = items_of(result, "right")[0]["id"]
        result[:] = [i for i in result if rid not in (i.get("id"), i.get("to_id"))]

    back = edited(change)
    assert one(back, "pleural effusion").sites == ()
    assert back.metadata["annotation"]["corrections"] == {"unchanged": 1, "changed": 1, "added": 0, "deleted": 1}


@pytest.mark.parametrize("direction", ["right", "left", "bi"])
def test_a_new_arrow_to_a_body_site_gives_a_site(direction: str) -> None:
    def change(result: list) -> None:
        tail, head = items_of(result, "pneumothorax")[0]["id"], items_of(result, "right")[0]["id"]
        tail, head = (head, tail) if direction == "left" else (tail, head)
        result.append({"type": "relation", "from_id": tail, "to_id": head, "direction": direction})

    site = one(edited(change), "pneumothorax").sites[0]
    assert (site.text, site.site, site.laterality) == ("right", "lung", "right")


def test_a_stretched_body_site_moves_the_sites_that_point_to_it() -> None:
    def change(result: list) -> None:
        for item in items_of(result, "right"):
            item["value"] |= {"start": TEXT.index("Small"), "text": "Small right"}

    site = one(edited(change), "pleural effusion").sites[0]
    assert (site.text, site.site) == ("Small right", "pleural_space")


def set_codes(*lines: str):
    def change(result: list) -> None:
        item = next(i for i in items_of(result, "pleural effusion") if i["from_name"] == "codes")
        item["value"]["text"] = list(lines)

    return change


def test_untouched_code_lines_give_the_codes_with_version_score_and_concept_id() -> None:
    now = one(edited(set_codes("snomed:60046008  Pleural effusion ")), "pleural effusion")
    assert now.codes == chest_note().mentions[1].codes


def test_a_typed_code_is_read_and_the_concept_id_of_the_machine_dropped() -> None:
    now = one(edited(set_codes("snomed:60046008 Pleural effusion", "ICD10CM:J90")), "pleural effusion")
    assert now.codes == (EFFUSION_CODE, Code(ICD10CM, "J90"))


def test_a_typing_error_in_a_code_is_kept_aside_and_told() -> None:
    now = one(edited(set_codes("snomed:60046009 wrong check digit", "no code at all")), "pleural effusion")
    assert now.codes == ()
    assert now.metadata["correction"]["unreadable_codes"] == ["snomed:60046009 wrong check digit", "no code at all"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("snomed:60046008", Code(SNOMED, "60046008")),
        ("SNOMED|60046008|Pleural effusion", Code(SNOMED, "60046008", "Pleural effusion")),
        ("http://snomed.info/sct|60046008 | Pleural effusion", Code(SNOMED, "60046008", "Pleural effusion")),
        ("icd10cm: J90 Pleural effusion", Code(ICD10CM, "J90", "Pleural effusion")),
        ("60046008", None),
        ("mesh:D010996", None),
        ("icd10cm:90J", None),
        ("snomed:", None),
    ],
)
def test_reading_a_typed_code(line: str, code: Code | None) -> None:
    assert parse_code(line) == code


def first_label(result: list) -> dict:
    return next(i for i in result if i["type"] == "labels")


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("quote_mismatch", lambda r: first_label(r)["value"].update(text="left")),
        ("no_quote", lambda r: first_label(r)["value"].pop("text")),
        ("bad_span", lambda r: first_label(r)["value"].update(end=10_000)),
        ("bad_span", lambda r: first_label(r)["value"].update(start="3")),
        ("bad_span", lambda r: first_label(r)["value"].update(start=True)),
        ("bad_span", lambda r: first_label(r)["value"].update(start=-1)),
        ("offsets_disagree", lambda r: first_label(r)["value"].update(end=first_label(r)["value"]["end"] + 1)),
        ("unknown_value", lambda r: first_label(r)["value"].update(labels=["tumour"])),
        ("not_one_value", lambda r: first_label(r)["value"].update(labels=["finding", "disorder"])),
        ("unlabelled_span", lambda r: r.remove(first_label(r))),
        ("bad_result", lambda r: r.append("text")),
        ("bad_result", lambda r: r.append({"from_name": "label", "type": "labels", "id": "x"})),
        ("missing_key", lambda r: first_label(r)["meta"]["clinnote"].clear()),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_quarantined_with_a_reason(reason: str, change) -> None:
    task = stored(encode_task(chest_note(), GUIDELINE))
    annotation = copy.deepcopy(submit(task))
    change(annotation["result"])
    back = decode_annotation({**task, "predictions": []}, annotation, GUIDELINE)
    assert isinstance(back, Quarantined)
    assert (back.reason, back.note_id, back.task_id, back.annotation_id) == (reason, "note-1", 3, 7)
    assert "effusion" not in back.message


def test_a_span_saved_across_a_line_end_is_accepted() -> None:
    """Label Studio stores a literal backslash-n in the words of a span that was dragged past a line end."""

    def change(result: list) -> None:
        start = TEXT.index("pneumothorax")
        for item in items_of(result, "pneumothorax"):
            item["value"] |= {"end": start + 18, "text": "pneumothorax.\\nCafe"}

    assert one(edited(change), "pneumothorax.\nCafe").polarity == "negated"


def test_a_task_whose_text_was_changed_is_quarantined() -> None:
    task = stored(encode_task(chest_note(), GUIDELINE))
    annotation = submit(task)
    task["data"]["text"] += " "
    assert decode_annotation(task, annotation, GUIDELINE).reason == "text_changed"  # type: ignore[union-attr]


def test_a_task_of_somebody_else_is_quarantined() -> None:
    back = decode_annotation({"id": 1, "data": {"text": "x"}}, {"id": 2, "result": []}, GUIDELINE)
    assert isinstance(back, Quarantined)
    assert back.reason == "foreign_task"


def test_a_skipped_task_is_reported_as_skipped() -> None:
    task = stored(encode_task(chest_note(), GUIDELINE))
    back = decode_annotation(task, submit(task, was_cancelled=True), GUIDELINE)
    assert isinstance(back, Quarantined)
    assert (back.reason, back.skipped) == ("skipped", True)
    assert back.to_reject("server, project 1").file == "server, project 1, task 3, annotation 7"


def test_the_record_says_who_annotated_when_and_with_which_verdict() -> None:
    task = stored(encode_task(chest_note(), GUIDELINE))
    status = {"id": "z", "from_name": "note_status", "to_name": "text", "type": "choices",
              "value": {"choices": ["note complete"]}}  # fmt: skip
    other = {"id": "y", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
    annotation = submit(task, completed_by={"id": 5, "email": "reader@example.com"}, lead_time=12.5, updated_at="t")
    annotation["result"] += [status, other]
    back = decode_annotation(task, annotation, GUIDELINE)
    assert isinstance(back, TaggedNote)
    about = back.metadata["annotation"]
    assert about["completed_by"] == "reader@example.com"
    assert (about["status"], about["lead_time"], about["unread_controls"]) == ("note complete", 12.5, ["mood"])


def test_identifiers_leave_only_when_asked() -> None:
    note = chest_note(patient_id="P-77", study_id="S-88", accession="A-99", date="2024-05-05", metadata={"mrn": "M-66"})
    secret = ("P-77", "S-88", "A-99", "2024-05-05", "M-66")
    sent = json.dumps(encode_task(note, GUIDELINE))
    assert not any(word in sent for word in secret)
    sent = json.dumps(encode_task(note, GUIDELINE, identifiers=True))
    assert all(word in sent for word in secret)


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("no_text", {"text": None}),
        ("empty_text", {"text": "", "text_sha256": text_sha256("")}),
        ("text_changed", {"text": TEXT + "."}),
        ("missing_key", {"note_id": ""}),
        ("bad_span", {"mentions": (Mention("a", 5, 5, "", "finding"),)}),
        ("bad_span", {"mentions": (Mention("a", 0, 10_000, TEXT, "finding"),)}),
        ("quote_mismatch", {"mentions": (Mention("a", 0, 5, "chest", "finding"),)}),
        ("unknown_label", {"mentions": (Mention("a", 0, 5, "CHEST", "tumour"),)}),
        ("duplicate_id", {"mentions": (Mention("a", 0, 5, "CHEST", "finding"),) * 2}),
        ("duplicate_id", {"mentions": (Mention("", 0, 5, "CHEST", "finding"),)}),
        ("not_json", {"mentions": (Mention("a", 0, 5, "CHEST", "finding", score=float("nan")),)}),
    ],
)
def test_a_note_that_cannot_be_shown_is_refused_before_the_push(reason: str, change: dict) -> None:
    with pytest.raises(RecordError) as caught:
        encode_task(dataclasses.replace(chest_note(), **change), GUIDELINE)
    assert caught.value.reason == reason
    assert "effusion" not in str(caught.value)


def test_half_a_surrogate_pair_is_refused() -> None:
    text = "lung \ud83d"
    with pytest.raises(RecordError) as caught:
        encode_task(TaggedNote("n", text_sha256(text), text), GUIDELINE)
    assert caught.value.reason == "lone_surrogate"
