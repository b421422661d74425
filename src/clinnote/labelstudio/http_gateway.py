"""The gateway to a real server: plain HTTP, because the SDK spends more time on a batch than the server.

Errors name the host, the call, the status and the remedy, and never a body: bodies hold note text.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from clinnote.errors import ServerError, UsageError
from clinnote.labelstudio.address import check_url, is_loopback
from clinnote.labelstudio.codec import task_state
from clinnote.labelstudio.config import LabelStudioConfig
from clinnote.labelstudio.gateway import Json, Project, RemoteTask

_REMEDIES: Final = {
    400: "the server refused the data; check that the project was made by clinnote push",
    401: "the token is not accepted; take a new one from Account & Settings, and if it is a legacy token check that "
    "legacy tokens are enabled",
    403: "the token's user may not do this",
    404: "there is no such project or task (any more)",
    413: "the request is too large for the server or its proxy; raise its body limit",
    429: "the server asks for slower calls; wait and run the same command again",
}
_TOUCHED: Final = (
    ("total_annotations", "greater", "Number", 0),
    ("cancelled_annotations", "greater", "Number", 0),
    ("draft_exists", "equal", "Boolean", True),
)
"""Filters, one a query: the server can't mix "and" with "or"."""


class HttpGateway:
    """A Label Studio server reached over HTTP; a context manager that closes its connections."""

    def __init__(
        self,
        url: str,
        token: str,
        config: LabelStudioConfig,
        insecure: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base = check_url(url, insecure)
        self.name = urlsplit(base).netloc
        self._config = config
        self._token = token.strip()
        if not self._token or not self._token.isascii() or not self._token.isprintable():
            raise UsageError("the Label Studio token is empty or holds characters that no token has")
        self._renewable = self._token.count(".") == 2  # a personal access token is a JWT
        self._client = httpx.Client(
            base_url=base,
            timeout=config.timeout_seconds,
            transport=transport,
            # A proxy meant for the outside must not see calls to this machine.
            trust_env=not is_loopback(base),
            headers={"Accept": "application/json"},
        )
        self._authorize()
        self._check_version()

    def __enter__(self) -> "HttpGateway":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def project(self, reference: str) -> Project | None:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`.

        Raises:
            UsageError: several projects have this title.
        """
        found = [p for p in self._projects(reference) if p["title"] == reference]
        if len(found) > 1:
            numbers = ", ".join(str(p["id"]) for p in found)
            raise UsageError(f"{self.name}: several projects have this title; give one by its number: {numbers}")
        if found:
            return self._project(found[0])
        if not reference.isdigit():
            return None
        response = self._send("GET", f"api/projects/{reference}/", accept=(404,))
        return None if response.status_code == 404 else self._project(_json(response, self.name))

    def _projects(self, title: str) -> Iterator[Json]:
        for page in itertools.count(1):
            answer = self._call("GET", "api/projects/", params={"title": title, "page": page, "page_size": 100})
            yield from self._get(answer, "results")
            if not answer.get("next"):
                return

    def create_project(self, title: str, settings: Mapping[str, Any]) -> Project:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        return self._project(self._call("POST", "api/projects/", body={"title": title, **settings}))

    def update_project(self, project_id: int, settings: Mapping[str, Any]) -> Project:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        return self._project(self._call("PATCH", f"api/projects/{project_id}/", body=dict(settings)))

    def import_tasks(self, project_id: int, tasks: Sequence[Json]) -> int:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        answer = self._call("POST", f"api/projects/{project_id}/import", body=list(tasks))
        return int(self._get(answer, "task_count"))

    def find_tasks(self, project_id: int, note_ids: Sequence[str]) -> list[RemoteTask]:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        include = "id,data,total_annotations,cancelled_annotations"
        raw = [
            task
            for chunk in _chunks(note_ids, self._config.lookup_characters)
            for task in self._tasks(project_id, [("data.note_id", "in_list", "List", list(chunk))], include)
        ]
        drafted = {t["id"] for t in self._tasks(project_id, [_TOUCHED[2]], "id")} if raw else set()
        found = []
        for task in raw:
            touched = bool(task["total_annotations"] or task["cancelled_annotations"] or task["id"] in drafted)
            found.append(RemoteTask(task["id"], str(task["data"]["note_id"]), *task_state(task["data"]), touched))
        return found

    def add_predictions(self, project_id: int, predictions: Sequence[Json]) -> None:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        self._call("POST", f"api/projects/{project_id}/import/predictions", body=list(predictions))

    def delete_predictions(self, project_id: int, task_ids: Sequence[int]) -> None:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        params = {"id": "delete_tasks_predictions", "project": project_id}
        body = {"selectedItems": {"all": False, "included": list(task_ids)}}
        self._call("POST", "api/dm/actions", params=params, body=body)

    def update_task(self, task_id: int, data: Mapping[str, Any]) -> None:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        self._call("PATCH", f"api/tasks/{task_id}/", body={"data": dict(data)})

    def touched_tasks(self, project_id: int, since: str | None) -> Iterator[Json]:
        """See :class:`~clinnote.labelstudio.gateway.Gateway`."""
        newer = [("updated_at", "greater", "Datetime", since)] if since else []
        seen: set[int] = set()
        for condition in _TOUCHED:
            for task in self._tasks(project_id, [condition, *newer]):
                if task["id"] not in seen:
                    seen.add(task["id"])
                    yield task

    def _tasks(
        self, project_id: int, conditions: Sequence[tuple[str, str, str, Any]], include: str | None = None
    ) -> Iterator[Json]:
        """Tasks that meet all conditions, with the fields of ``include`` or, without it, with everything.

        The server applies ``include`` inside annotations and predictions too, so whole tasks must come without it.
        """
        items = [
            {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
            for column, operator, kind, value in conditions
        ]
        query = json.dumps({"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]})
        size = self._config.page
        for page in itertools.count(1):
            which = {"fields": "task_only", "include": include} if include else {"fields": "all"}
            params = {"project": project_id, "query": query, "page": page, "page_size": size, **which}
            answer = self._call("GET", "api/tasks/", params=params)
            yield from self._get(answer, "tasks")
            if page * size >= int(self._get(answer, "total")):
                return

    def _project(self, answer: Mapping[str, Any]) -> Project:
        return Project(
            id=int(self._get(answer, "id")),
            title=str(self._get(answer, "title")),
            label_config=str(answer.get("label_config") or ""),
            model_version=str(answer.get("model_version") or ""),
            show_collab_predictions=bool(answer.get("show_collab_predictions")),
            tasks=int(answer.get("task_number") or 0),
        )

    def _get(self, answer: Any, key: str) -> Any:
        if not isinstance(answer, Mapping) or key not in answer:
            raise ServerError(f"{self.name}: an answer lacks '{key}'; is this a Label Studio server?")
        return answer[key]

    def _check_version(self) -> None:
        answer = self._call("GET", "api/version")
        release = answer.get("release") if isinstance(answer, Mapping) else None
        if not isinstance(release, str):
            raise ServerError(f"{self.name}: this is not a Label Studio server; check the address")
        if _version(release) < _version(self._config.oldest):
            raise ServerError(
                f"{self.name}: Label Studio {release} is older than {self._config.oldest}, which closed security "
                "holes; update the server"
            )

    def _authorize(self) -> None:
        if not self._renewable:
            self._client.headers["Authorization"] = f"Token {self._token}"
            return
        self._client.headers.pop("Authorization", None)
        response = self._exchange("POST", "api/token/refresh/", None, {"refresh": self._token})
        if response.status_code != 200:
            raise self._error("POST", "api/token/refresh/", response)
        self._client.headers["Authorization"] = f"Bearer {self._get(_json(response, self.name), 'access')}"

    def _call(self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        return _json(self._send(method, path, params, body), self.name)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        accept: tuple[int, ...] = (),
    ) -> httpx.Response:
        response = self._exchange(method, path, params, body)
        if response.status_code == 401 and self._renewable:  # access tokens live five minutes
            self._authorize()
            response = self._exchange(method, path, params, body)
        if response.is_success or response.status_code in accept:
            return response
        raise self._error(method, path, response)

    def _exchange(self, method: str, path: str, params: Mapping[str, Any] | None, body: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, params=params, json=body)
        except httpx.TimeoutException:
            limit = self._config.timeout_seconds
            raise ServerError(f"{self.name}: {method} {path}: no answer within {limit} s; run it again") from None
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise ServerError(
                f"{self.name}: {method} {path}: not reached ({kind}); is the server running and the address right?"
            ) from None

    def _error(self, method: str, path: str, response: httpx.Response) -> ServerError:
        status = response.status_code
        if status == 404 and "html" in response.headers.get("content-type", ""):
            remedy = "this edition of Label Studio has no such call"
        elif 300 <= status < 400:
            remedy = "the server redirects; give its final address (https?)"
        else:
            remedy = _REMEDIES.get(status, "the server failed; see its log, then run the same command again")
        return ServerError(f"{self.name}: {method} {path} answered {status}: {remedy}")


def _json(response: httpx.Response, name: str) -> Any:
    try:
        return response.json() if response.content else {}
    except ValueError:
        raise ServerError(f"{name}: the answer is not JSON; check the address of the server") from None


def _chunks(note_ids: Sequence[str], characters: int) -> Iterator[list[str]]:
    """The ids in runs whose filter stays below so many characters of an address."""
    chunk: list[str] = []
    length = 0
    for note_id in dict.fromkeys(note_ids):
        size = len(quote(json.dumps(note_id))) + 6
        if chunk and length + size > characters:
            yield chunk
            chunk, length = [], 0
        chunk.append(note_id)
        length += size
    if chunk:
        yield chunk


def _version(release: str) -> tuple[int, ...]:
    numbers = (part for part in release.split("+")[0].split("."))
    return tuple(int("".join(itertools.takewhile(str.isdigit, part)) or 0) for part in numbers)
