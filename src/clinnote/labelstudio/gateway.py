"""What clinnote needs from a Label Studio server, as a protocol, and a fake that keeps it in memory."""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from clinnote.errors import ServerError
from clinnote.labelstudio.codec import task_state

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A project as far as push and pull care."""

    id: int
    title: str
    label_config: str
    model_version: str
    show_collab_predictions: bool
    tasks: int


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task that is already on the server: whose note it is, what it was made from, and whether a reader was there."""

    id: int
    note_id: str
    sha256: str | None
    pretags: str | None
    """Digest of everything that was sent; None while a push is unfinished."""
    touched: bool
    """A reader annotated, skipped or began it, so its text must never change."""


class Gateway(Protocol):
    """The calls of push and pull. Every method raises :class:`ServerError` when the server refuses or is not there."""

    @property
    def name(self) -> str:
        """Host of the server, for messages."""

    def project(self, reference: str) -> Project | None:
        """The project with this title, or with this number when no title fits."""

    def create_project(self, title: str, settings: Mapping[str, Any]) -> Project:
        """A new project."""

    def update_project(self, project_id: int, settings: Mapping[str, Any]) -> Project:
        """The project with some settings changed."""

    def import_tasks(self, project_id: int, tasks: Sequence[Json]) -> int:
        """Add tasks with their predictions; gives how many the server took."""

    def find_tasks(self, project_id: int, note_ids: Sequence[str]) -> list[RemoteTask]:
        """The tasks of these notes."""

    def add_predictions(self, project_id: int, predictions: Sequence[Json]) -> None:
        """Add predictions (``task`` names the task)."""

    def delete_predictions(self, project_id: int, task_ids: Sequence[int]) -> None:
        """Remove all predictions of these tasks."""

    def update_task(self, task_id: int, data: Mapping[str, Any]) -> None:
        """Replace a task's data."""

    def touched_tasks(self, project_id: int, since: str | None) -> Iterator[Json]:
        """Tasks a reader annotated, skipped or began, with data, annotations, predictions and drafts.

        ``since`` (ISO 8601, UTC) leaves out those that were last updated before.
        """


@dataclass(slots=True)
class MemoryGateway:
    """A server in memory, for tests: the same answers, no network."""

    name: str = "memory"
    projects: dict[int, Project] = field(default_factory=dict)
    tasks: dict[int, Json] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Names of the calls that change something, in order."""
    fail_after: int | None = None
    """After this many changing calls the server "dies": every call raises."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def project(self, reference: str) -> Project | None:
        """See :class:`Gateway`."""
        for project in self.projects.values():
            if project.title == reference:
                return self._counted(project)
        found = self.projects.get(int(reference)) if reference.isdigit() else None
        return None if found is None else self._counted(found)

    def create_project(self, title: str, settings: Mapping[str, Any]) -> Project:
        """See :class:`Gateway`."""
        self._change("create_project")
        project = Project(next(self._ids), title, settings["label_config"], "", False, 0)
        self.projects[project.id] = project
        return self._updated(project, settings)

    def update_project(self, project_id: int, settings: Mapping[str, Any]) -> Project:
        """See :class:`Gateway`."""
        self._change("update_project")
        return self._updated(self.projects[project_id], settings)

    def import_tasks(self, project_id: int, tasks: Sequence[Json]) -> int:
        """See :class:`Gateway`."""
        self._change("import_tasks")
        for task in copy.deepcopy(list(tasks)):
            task_id = next(self._ids)
            predictions = [self._prediction(task_id, p) for p in task.pop("predictions", [])]
            stored = {"id": task_id, "project": project_id, "annotations": [], "drafts": [], "updated_at": "2026-01-01"}
            self.tasks[task_id] = {**task, **stored, "predictions": predictions}
        return len(tasks)

    def find_tasks(self, project_id: int, note_ids: Sequence[str]) -> list[RemoteTask]:
        """See :class:`Gateway`."""
        found = []
        for task in self.tasks.values():
            if task["project"] == project_id and task["data"]["note_id"] in note_ids:
                touched = bool(task["annotations"] or task["drafts"])
                found.append(RemoteTask(task["id"], task["data"]["note_id"], *task_state(task["data"]), touched))
        return found

    def add_predictions(self, project_id: int, predictions: Sequence[Json]) -> None:
        """See :class:`Gateway`."""
        self._change("add_predictions")
        for prediction in copy.deepcopy(list(predictions)):
            task = self._task(project_id, prediction["task"])
            task["predictions"].append(self._prediction(task["id"], prediction))

    def delete_predictions(self, project_id: int, task_ids: Sequence[int]) -> None:
        """See :class:`Gateway`."""
        self._change("delete_predictions")
        for task_id in task_ids:
            self._task(project_id, task_id)["predictions"] = []

    def update_task(self, task_id: int, data: Mapping[str, Any]) -> None:
        """See :class:`Gateway`."""
        self._change("update_task")
        self.tasks[task_id]["data"] = copy.deepcopy(dict(data))

    def touched_tasks(self, project_id: int, since: str | None) -> Iterator[Json]:
        """See :class:`Gateway`."""
        for task in self.tasks.values():
            fresh = since is None or task["updated_at"] > since
            if task["project"] == project_id and fresh and (task["annotations"] or task["drafts"]):
                yield copy.deepcopy(task)

    def annotate(self, task_id: int, result: Sequence[Json], **more: Any) -> Json:
        """A reader submits a result that was made from the task's last prediction."""
        task = self.tasks[task_id]
        parent = task["predictions"][-1]["id"] if task["predictions"] else None
        annotation = {"id": next(self._ids), "result": list(result), "parent_prediction": parent, **more}
        task["annotations"].append(annotation)
        return annotation

    def _change(self, call: str) -> None:
        if self.fail_after is not None and len(self.calls) >= self.fail_after:
            raise ServerError(f"{self.name}: {call}: no answer")
        self.calls.append(call)

    def _task(self, project_id: int, task_id: int) -> Json:
        task = self.tasks.get(task_id)
        if task is None or task["project"] != project_id:
            raise ServerError(f"{self.name}: no task {task_id} in project {project_id}")
        return task

    def _prediction(self, task_id: int, prediction: Json) -> Json:
        return {**prediction, "id": next(self._ids), "task": task_id}

    def _updated(self, project: Project, settings: Mapping[str, Any]) -> Project:
        known = {key: value for key, value in settings.items() if key in Project.__dataclass_fields__}
        self.projects[project.id] = replace(project, **known)
        return self._counted(self.projects[project.id])

    def _counted(self, project: Project) -> Project:
        return replace(project, tasks=sum(task["project"] == project.id for task in self.tasks.values()))
