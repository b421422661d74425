import contextlib
import dataclasses
from typing import Any

import pytest
from ls_records import GUIDELINE, TEXT, chest_note, plain

from clinnote.errors import ServerError, UsageError
from clinnote.labelstudio.codec import Quarantined
from clinnote.labelstudio.gateway import MemoryGateway
from clinnote.labelstudio.sync import Action, PushResult, pull, push
from clinnote.model.mention import Run, TaggedNote

NOTES = [chest_note(f"{TEXT} #{n}", f"note-{n}") for n in range(7)]
TITLE = "Chest reports"


def counts(result: PushResult) -> dict[str, int]:
    return {action.value: count for action, count in result.counts.items() if count}


def send(gateway: MemoryGateway, notes: list[TaggedNote], **more: Any) -> dict[str, int]:
    return counts(push(notes, gateway, GUIDELINE, TITLE, batch=3, **more))


def annotate_all(gateway: MemoryGateway) -> None:
    for task_id, task in gateway.tasks.items():
        gateway.annotate(task_id, task["predictions"][-1]["result"])


def test_the_first_push_makes_the_project_and_both_settings_that_show_pretags() -> None:
    gateway = MemoryGateway()
    assert send(gateway, NOTES) == {"new": 7}
    project = gateway.project(TITLE)
    assert project is not None
    assert project.show_collab_predictions
    assert project.model_version == next(iter(gateway.tasks.values()))["predictions"][0]["model_version"]
    assert gateway.calls.count("import_tasks") == 3


def test_the_second_push_changes_nothing() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    done = len(gateway.calls)
    assert send(gateway, NOTES) == {"unchanged": 7}
    assert gateway.calls[done:] == []


def test_notes_tagged_again_by_the_same_rules_are_unchanged() -> None:
    gateway = MemoryGateway()
    run = NOTES[0].run
    assert run is not None
    for hour in ("T01", "T02"):
        later = [dataclasses.replace(n, run=dataclasses.replace(run, started=f"2026-01-01{hour}")) for n in NOTES]
        result = send(gateway, later)
    assert result == {"unchanged": 7}


def test_push_then_annotate_then_pull_gives_every_note_back() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    annotate_all(gateway)
    back = list(pull(gateway, GUIDELINE, TITLE))
    assert [plain(x.mentions) for x in back if isinstance(x, TaggedNote)] == [plain(n.mentions) for n in NOTES]


def test_a_changed_text_that_nobody_began_is_updated_in_place() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    changed = chest_note("Addendum. " + TEXT, "note-2")
    assert send(gateway, [changed]) == {"updated": 1}
    assert len(gateway.tasks) == 7
    task = next(t for t in gateway.tasks.values() if t["data"]["note_id"] == "note-2")
    assert task["data"]["text"] == changed.text
    assert len(task["predictions"]) == 1
    assert send(gateway, [changed]) == {"unchanged": 1}


def test_a_changed_text_that_a_reader_began_becomes_a_new_task() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    annotate_all(gateway)
    before = {i: t["data"] for i, t in gateway.tasks.items()}
    changed = chest_note("Addendum. " + TEXT, "note-2")
    assert send(gateway, [changed]) == {"new": 1}
    assert all(gateway.tasks[i]["data"] == data for i, data in before.items())
    assert send(gateway, [changed, NOTES[2]]) == {"unchanged": 1}


def test_a_draft_counts_as_begun() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES[:1])
    next(iter(gateway.tasks.values()))["drafts"].append({"id": 1})
    assert send(gateway, [chest_note("Addendum. " + TEXT, "note-0")]) == {"new": 1}


def new_rules(note: TaggedNote) -> TaggedNote:
    fewer = note.mentions[:-1]
    return dataclasses.replace(note, run=Run("0.1.0", "radiology@2", "core@1", GUIDELINE.id), mentions=fewer)


def test_new_rules_replace_the_pretags_of_tasks_nobody_began() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    assert send(gateway, [new_rules(n) for n in NOTES]) == {"updated": 7}
    assert all(len(t["predictions"]) == 1 for t in gateway.tasks.values())
    project = gateway.project(TITLE)
    assert project is not None
    assert project.model_version == next(iter(gateway.tasks.values()))["predictions"][0]["model_version"]


def test_new_rules_leave_the_pretags_that_readers_have_seen() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES)
    annotate_all(gateway)
    done = len(gateway.calls)
    assert send(gateway, [new_rules(n) for n in NOTES]) == {"left_to_readers": 7}
    assert gateway.calls[done:] == []
    back = [x for x in pull(gateway, GUIDELINE, TITLE) if isinstance(x, TaggedNote)]
    assert [plain(x.mentions) for x in back] == [plain(n.mentions) for n in NOTES]
    assert [x.run for x in back] == [n.run for n in NOTES]


@pytest.mark.parametrize("calls", range(14))
@pytest.mark.parametrize("annotated", [False, True])
def test_a_push_that_was_interrupted_anywhere_is_finished_by_the_next(calls: int, annotated: bool) -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES[:4])
    if annotated:
        annotate_all(gateway)
    wanted = [new_rules(n) for n in NOTES[:3]] + [chest_note("Addendum. " + TEXT, "note-3"), *NOTES[4:]]
    gateway.fail_after = len(gateway.calls) + calls
    with contextlib.suppress(ServerError):
        send(gateway, wanted)
    gateway.fail_after = None
    send(gateway, wanted)
    done = len(gateway.calls)
    assert send(gateway, wanted) == ({"unchanged": 4, "left_to_readers": 3} if annotated else {"unchanged": 7})
    assert gateway.calls[done:] == []
    assert len(gateway.tasks) == (8 if annotated else 7)
    assert all(len(task["predictions"]) == 1 for task in gateway.tasks.values())


def test_notes_that_cannot_be_sent_are_named_and_the_rest_goes() -> None:
    gateway = MemoryGateway()
    broken = dataclasses.replace(NOTES[1], text=None)
    result = push([NOTES[0], broken, NOTES[0], NOTES[2]], gateway, GUIDELINE, TITLE)
    assert counts(result) == {"new": 2}
    assert [(r.file, r.reason) for r in result.rejects] == [
        ("note note-1", "no_text"), ("note note-0", "duplicate_note"),
    ]  # fmt: skip


def test_another_labelling_interface_is_not_overwritten_once_there_are_tasks() -> None:
    gateway = MemoryGateway()
    smaller = dataclasses.replace(GUIDELINE, attributes=GUIDELINE.attributes[:1])
    push([], gateway, smaller, TITLE)
    send(gateway, NOTES[:1])
    with pytest.raises(UsageError, match="another labelling interface"):
        push(NOTES, gateway, smaller, TITLE)
    assert len(gateway.tasks) == 1


@pytest.mark.parametrize("title", ["ab", "x" * 51])
def test_a_title_that_the_server_would_refuse_is_refused_here(title: str) -> None:
    with pytest.raises(UsageError, match="3 to 50"):
        push(NOTES, MemoryGateway(), GUIDELINE, title)


def test_pull_tells_of_skipped_tasks_and_drafts_and_of_a_project_that_is_not_there() -> None:
    gateway = MemoryGateway()
    send(gateway, NOTES[:2])
    first, second = gateway.tasks.values()
    gateway.annotate(first["id"], [], was_cancelled=True)
    second["drafts"].append({"id": 1})
    back = list(pull(gateway, GUIDELINE, TITLE))
    assert [(x.note_id, x.reason, x.skipped) for x in back if isinstance(x, Quarantined)] == [
        ("note-0", "skipped", True), ("note-1", "draft", True),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="no project"):
        list(pull(gateway, GUIDELINE, "Other"))


def test_actions_have_the_names_that_the_verb_prints() -> None:
    assert [a.value for a in Action] == ["new", "unchanged", "updated", "left_to_readers"]
