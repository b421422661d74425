"""Push and pull. A push first plans from what the server has, then applies; run twice, the second does nothing.

The key of a task is its ``note_id`` with the hash of its text. A task carries a digest of everything that was sent,
written last, so that an interrupted push is finished by running it again. The text of a task that a reader touched is
never changed, because the reader's offsets would mean nothing: the changed note becomes a new task.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.labelstudio.annotations import decode_annotation
from clinnote.labelstudio.codec import MODEL_VERSION, Quarantined, encode_task
from clinnote.labelstudio.config_xml import instructions_html, labeling_config
from clinnote.labelstudio.gateway import Gateway, Json, Project, RemoteTask
from clinnote.model.mention import TaggedNote
from clinnote.ontology.guideline import Guideline

_TITLE: Final = range(3, 51)
"""Lengths of a project title that Label Studio accepts."""
DEFAULT_BATCH: Final = 200


class Action(StrEnum):
    """What a push does with one note."""

    NEW = "new"
    """No task of this text yet: import."""
    SKIP = "unchanged"
    """The task holds exactly this."""
    REPLACE = "updated"
    """An untouched task: new data, new predictions."""
    KEEP = "left_to_readers"
    """A reader has begun a task of this text: its pre-tags stay what the reader saw."""


@dataclass(frozen=True, slots=True)
class Step:
    """One note's place in the plan."""

    action: Action
    task: Json
    remote: RemoteTask | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """How the tasks of a project look to readers; ``made_from`` names the source in messages."""

    config: str
    instructions: str
    made_from: str


@dataclass(slots=True)
class PushResult:
    """What a push did: notes by action, and those that could not be sent."""

    project: Project
    counts: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    rejects: list[Reject] = field(default_factory=list)


def plan(tasks: Sequence[Json], remote: Iterable[RemoteTask]) -> list[Step]:
    """What to do with each task, given the tasks of the same notes that the server has."""
    by_note: dict[str, list[RemoteTask]] = {}
    for found in remote:
        by_note.setdefault(found.note_id, []).append(found)
    return [_step(task, by_note.get(task["data"]["note_id"], [])) for task in tasks]


def _step(task: Json, remote: Sequence[RemoteTask]) -> Step:
    data = task["data"]
    same_text = [found for found in remote if found.sha256 == data["sha256"]]
    if any(found.pretags == data["clinnote"]["pretags"] for found in same_text):
        return Step(Action.SKIP, task)
    untouched = next((found for found in (*same_text, *remote) if not found.touched), None)
    if untouched is not None and (untouched in same_text or not same_text):
        return Step(Action.REPLACE, task, untouched)
    return Step(Action.KEEP if same_text else Action.NEW, task)


def push(
    notes: Iterable[TaggedNote],
    gateway: Gateway,
    guideline: Guideline,
    project: str,
    *,
    model_version: str = MODEL_VERSION,
    identifiers: bool = False,
    batch: int = DEFAULT_BATCH,
    progress: Callable[[Iterable[TaggedNote]], Iterable[TaggedNote]] = iter,
) -> PushResult:
    """Bring notes with their pre-tags into a project, which is made when it is not there.

    Args:
        notes: tagged notes with their text; read as a stream, ``batch`` at a time.
        gateway: the server.
        guideline: decides the labelling interface and which mentions can be shown.
        project: title, or number of an existing project.
        model_version: name of the pre-tags in Label Studio. A project pre-fills one version only, so another name
            hides the pre-tags of earlier pushes; what made them is recorded with each task as its run.
        identifiers: also send patient, study and accession numbers, dates and metadata.
        batch: notes in one request.
        progress: wraps the stream of notes.

    Raises:
        UsageError: the project exists with another labelling interface, or the title is too short or too long.
        ServerError: the server refused or is gone; the same push again continues where it stopped.
    """
    look = Interface(labeling_config(guideline), instructions_html(guideline), f"guideline {guideline.id}")
    return push_records(
        notes,
        lambda note: encode_task(note, guideline, model_version, identifiers),
        lambda note: f"note {note.note_id}",
        gateway,
        look,
        project,
        model_version=model_version,
        batch=batch,
        progress=progress,
    )


def push_records[T](
    records: Iterable[T],
    encode: Callable[[T], Json],
    name: Callable[[T], str],
    gateway: Gateway,
    look: Interface,
    project: str,
    *,
    model_version: str = MODEL_VERSION,
    batch: int = DEFAULT_BATCH,
    progress: Callable[[Iterable[T]], Iterable[T]] = iter,
) -> PushResult:
    """Bring records into a project as tasks; ``encode`` gives the task of a record, ``name`` calls it in the rejects.

    The key of a task is its ``data.note_id``; what ``encode`` refuses (RecordError) is set aside.

    Raises:
        UsageError: the project exists with another labelling interface, or the title is too short or too long.
        ServerError: the server refused or is gone; the same push again continues where it stopped.
    """
    target = _prepared_project(gateway, look, project)
    result = PushResult(target)
    fresh = target.tasks == 0
    seen: set[str] = set()
    for part in itertools.batched(progress(records), batch):
        tasks = []
        for record in part:
            try:
                tasks.append(_first_of_its_key(encode(record), seen))
            except RecordError as error:
                result.rejects.append(Reject(name(record), None, error.reason, str(error)))
        if not tasks:
            continue
        ids = [task["data"]["note_id"] for task in tasks]
        steps = plan(tasks, [] if fresh else gateway.find_tasks(target.id, ids))
        _apply(gateway, target, steps)
        for step in steps:
            result.counts[step.action] += 1
        result.project = target = _show_pretags(gateway, target, model_version)
    return result


def _first_of_its_key(task: Json, seen: set[str]) -> Json:
    key = task["data"]["note_id"]
    if key in seen:
        raise RecordError("duplicate_note", "this id came before in the same push")
    seen.add(key)
    return task


def _prepared_project(gateway: Gateway, look: Interface, reference: str) -> Project:
    settings: dict[str, Any] = {
        "label_config": look.config,
        "expert_instruction": look.instructions,
        "show_collab_predictions": True,
    }
    found = gateway.project(reference)
    if found is None:
        if len(reference) not in _TITLE:
            raise UsageError(f"a project title has {_TITLE.start} to {_TITLE.stop - 1} characters")
        return gateway.create_project(reference, settings)
    if found.label_config.split() == look.config.split():
        return found
    if found.tasks:
        raise UsageError(
            f"{gateway.name}: project '{found.title}' has tasks and another labelling interface than {look.made_from}; "
            "give the title of a new project"
        )
    return gateway.update_project(found.id, settings)


def _show_pretags(gateway: Gateway, project: Project, version: str) -> Project:
    """Both settings that make pre-tags visible; forgetting one of them hides every prediction."""
    if project.model_version == version and project.show_collab_predictions:
        return project
    return gateway.update_project(project.id, {"model_version": version, "show_collab_predictions": True})


def _apply(gateway: Gateway, project: Project, steps: Sequence[Step]) -> None:
    new = [step.task for step in steps if step.action is Action.NEW]
    if new:
        gateway.import_tasks(project.id, new)
    replaced = [(step.task, step.remote) for step in steps if step.action is Action.REPLACE and step.remote]
    if not replaced:
        return
    gateway.delete_predictions(project.id, [remote.id for _, remote in replaced])
    for task, remote in replaced:
        if remote.sha256 != task["data"]["sha256"]:
            gateway.update_task(remote.id, _unfinished(task["data"]))
    gateway.add_predictions(project.id, [{"task": remote.id, **task["predictions"][0]} for task, remote in replaced])
    for task, remote in replaced:
        gateway.update_task(remote.id, task["data"])


def _unfinished(data: Json) -> Json:
    return {**data, "clinnote": {**data["clinnote"], "pretags": None}}


def pull(
    gateway: Gateway, guideline: Guideline, project: str, since: str | None = None
) -> Iterator[TaggedNote | Quarantined]:
    """The readers' annotations of a project as tagged notes, and what can't be used, with the reason.

    Args:
        gateway: the server.
        guideline: the guideline that the project was made from.
        project: title or number.
        since: only tasks updated after this time (ISO 8601, UTC), by the server's clock.

    Raises:
        UsageError: there is no such project.
        ServerError: the server refused or is gone.
    """
    return pull_tasks(gateway, lambda task, annotation: decode_annotation(task, annotation, guideline), project, since)


def pull_tasks[T](
    gateway: Gateway, decode: Callable[[Json, Json], T | Quarantined], project: str, since: str | None = None
) -> Iterator[T | Quarantined]:
    """What ``decode`` makes of every annotation of a project; unfinished ones come quarantined as ``draft``.

    Raises:
        UsageError: there is no such project.
        ServerError: the server refused or is gone.
    """
    found = gateway.project(project)
    if found is None:
        raise UsageError(f"{gateway.name}: no project '{project}'")
    for task in gateway.touched_tasks(found.id, since):
        for annotation in task.get("annotations") or ():
            yield decode(task, annotation)
        # The server shows each user only their own drafts, but says of any that it is there.
        if task.get("drafts") or task.get("draft_exists"):
            note_id = task.get("data", {}).get("note_id")
            yield Quarantined(note_id, task["id"], None, "draft", "begun or changed, but not submitted", True)
