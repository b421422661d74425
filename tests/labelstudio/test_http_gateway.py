import json
from collections.abc import Callable

import httpx
import pytest

from clinnote.errors import ServerError, UsageError
from clinnote.labelstudio.address import check_url, is_loopback
from clinnote.labelstudio.config import load_config
from clinnote.labelstudio.http_gateway import HttpGateway
from clinnote.settings import find_home

CONFIG = load_config(find_home().configs)
LEGACY = "0123456789abcdef0123456789abcdef01234567"
PAT = "aaa.bbb.ccc"
SECRET = "Small right pleural effusion"
Answer = Callable[[httpx.Request], httpx.Response | None]


class Script:
    """A server that answers as told and remembers what it was asked."""

    def __init__(self, answer: Answer = lambda _: None, release: str = "1.23.2") -> None:
        self.answer = answer
        self.release = release
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        told = self.answer(request)
        if told is not None:
            return told
        if request.url.path.endswith("/api/version"):
            return httpx.Response(200, json={"release": self.release})
        if request.url.path.endswith("/api/token/refresh/"):
            return httpx.Response(200, json={"access": f"access-{len(self.requests)}"})
        return httpx.Response(200, json={})

    def gateway(self, url: str = "https://studio.example.org/ls", token: str = LEGACY, **more: bool) -> HttpGateway:
        return HttpGateway(url, token, CONFIG, transport=httpx.MockTransport(self), **more)


def at(path: str, *answers: httpx.Response) -> Answer:
    left = list(answers)
    return lambda request: left.pop(0) if request.url.path.endswith(path) and left else None


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost.example.org", False),
        ("https://10.0.0.1", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, local: bool) -> None:
    assert is_loopback(url) is local


@pytest.mark.parametrize("url", ["http://studio.example.org", "http://10.1.2.3:8080", "http://0.0.0.0"])
def test_notes_do_not_leave_the_machine_unencrypted(url: str) -> None:
    with pytest.raises(UsageError, match="unencrypted"):
        check_url(url, insecure=False)
    assert check_url(url, insecure=True) == url + "/"


@pytest.mark.parametrize(
    "url",
    [
        *("studio.example.org", "ftp://x.org", "https://", "https://me:pw@x.org", "https://x.org?a=1"),
        *("http://[::1", "http://127.0.0.1:port", "http://127.0.0.1:99999", "http://127.0.0.1:0"),
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_url(url, insecure=True)
    assert "pw" not in str(caught.value)


def test_the_path_of_a_server_behind_a_proxy_is_kept() -> None:
    script = Script()
    with script.gateway("https://studio.example.org/ls/") as gateway:
        assert gateway.name == "studio.example.org"
    assert str(script.requests[0].url) == "https://studio.example.org/ls/api/version"


def test_a_legacy_token_is_sent_as_it_is() -> None:
    script = Script()
    script.gateway().__exit__()
    assert script.requests[-1].headers["Authorization"] == f"Token {LEGACY}"


def test_a_personal_access_token_is_exchanged_and_never_sent_itself() -> None:
    script = Script()
    script.gateway(token=PAT).__exit__()
    refresh, call = script.requests
    assert json.loads(refresh.content) == {"refresh": PAT}
    assert "Authorization" not in refresh.headers
    assert call.headers["Authorization"] == "Bearer access-1"


def test_an_access_token_that_ran_out_is_renewed_once() -> None:
    script = Script(at("/projects/4/", httpx.Response(401), httpx.Response(200, json={"id": 4, "title": "abc"})))
    with script.gateway(token=PAT) as gateway:
        assert gateway.update_project(4, {}).title == "abc"
    assert [r.url.path.rpartition("/api/")[2] for r in script.requests] == [
        "token/refresh/", "version", "projects/4/", "token/refresh/", "projects/4/",
    ]  # fmt: skip


@pytest.mark.parametrize("token", ["", "  ", "tok\u00e9n", "a\nb"])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(UsageError, match="token"):
        Script().gateway(token=token)


@pytest.mark.parametrize("release", ["1.23.1", "1.9.0", "0.9"])
def test_an_older_server_is_refused(release: str) -> None:
    with pytest.raises(ServerError, match=r"older than 1\.23\.2"):
        Script(release=release).gateway()


@pytest.mark.parametrize("release", ["1.23.2", "1.23.10", "1.24.0", "2.0.0.dev3", "1.23.2+local"])
def test_a_newer_server_is_accepted(release: str) -> None:
    Script(release=release).gateway().__exit__()


def html(status: int) -> httpx.Response:
    return httpx.Response(status, text=f"<html>{SECRET}</html>", headers={"content-type": "text/html"})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(400, json={"detail": SECRET}), "400: the server refused the data"),
        (httpx.Response(401, json={"detail": SECRET}), "401: the token is not accepted"),
        (httpx.Response(403, text=SECRET), "403"),
        (httpx.Response(404, json={"detail": SECRET}), "404: there is no such project"),
        (html(404), "404: this edition of Label Studio has no such call"),
        (httpx.Response(413), "body limit"),
        (httpx.Response(302, headers={"location": "https://elsewhere.example.org"}), "redirects"),
        (html(500), "500: the server failed"),
        (html(200), "not JSON"),
    ],
)
def test_an_error_names_host_call_status_and_remedy_but_no_body(answer: httpx.Response, words: str) -> None:
    with Script(at("/import", answer)).gateway() as gateway, pytest.raises(ServerError) as caught:
        gateway.import_tasks(1, [{"data": {"text": SECRET}}])
    message = str(caught.value)
    assert message.startswith("studio.example.org: ")
    assert words in message
    assert SECRET not in message
    assert LEGACY not in message


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_server_that_is_not_there_is_named_with_the_remedy(error: type[httpx.HTTPError]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error(SECRET)

    with pytest.raises(ServerError, match=r"studio\.example\.org: GET api/version") as caught:
        Script(fail).gateway()
    assert SECRET not in str(caught.value)


def test_what_answers_but_is_no_label_studio_is_told() -> None:
    with pytest.raises(ServerError, match="not a Label Studio"):
        Script(at("/version", httpx.Response(200, json=["x"]))).gateway()


def listed(*titles: str) -> httpx.Response:
    results = [{"id": i, "title": t, "task_number": 2} for i, t in enumerate(titles, 1)]
    return httpx.Response(200, json={"results": results, "next": None})


def test_a_project_is_found_by_its_whole_title_or_its_number() -> None:
    script = Script(at("/projects/", listed("Chest reports 2", "Chest reports"), listed()))
    with script.gateway() as gateway:
        found = gateway.project("Chest reports")
        assert found is not None
        assert (found.id, found.tasks) == (2, 2)
        assert gateway.project("Knees") is None


def test_a_project_number_that_is_nobodys_gives_none_and_a_title_that_is_two_projects_is_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/projects/"):
            return listed("Twice", "Twice") if request.url.params["title"] == "Twice" else listed()
        if request.url.path.endswith("/projects/9/"):
            return httpx.Response(404, json={})
        return None

    with Script(answer).gateway() as gateway:
        assert gateway.project("9") is None
        with pytest.raises(UsageError, match="1, 2"):
            gateway.project("Twice")


def test_an_answer_of_another_shape_is_told() -> None:
    with Script().gateway() as gateway, pytest.raises(ServerError, match="lacks 'results'"):
        gateway.project("Chest")


def test_tasks_are_looked_up_in_addresses_that_stay_short_and_read_page_by_page() -> None:
    seen: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/api/tasks/"):
            return None
        condition = json.loads(request.url.params["query"])["filters"]["items"][0]
        if condition["filter"] == "filter:tasks:draft_exists":
            return httpx.Response(200, json={"total": 1, "tasks": [{"id": 1}]})
        assert len(str(request.url)) < 8000
        seen.append(condition["value"])
        number = len(seen)
        task = {"id": number, "data": {"note_id": condition["value"][0], "sha256": "s"}, "total_annotations": 0,
                "cancelled_annotations": number - 1}  # fmt: skip
        return httpx.Response(200, json={"total": 1, "tasks": [task]})

    ids = [f"note \u00e4\"'{n}" for n in range(300)]
    with Script(answer).gateway() as gateway:
        found = gateway.find_tasks(1, ids)
    assert [i for chunk in seen for i in chunk] == ids
    assert len(found) == len(seen) > 1
    assert all(task.touched for task in found)
    assert (found[0].sha256, found[0].pretags) == ("s", None)


def test_touched_tasks_come_once_over_all_pages() -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/api/tasks/"):
            return None
        query = json.loads(request.url.params["query"])["filters"]["items"]
        assert query[1] == {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime",
                            "value": "2026-01-01T00:00:00.000Z"}  # fmt: skip
        assert "include" not in request.url.params
        if query[0]["filter"] != "filter:tasks:total_annotations":
            return httpx.Response(200, json={"total": 1, "tasks": [{"id": 3}]})
        page = int(request.url.params["page"])
        size = int(request.url.params["page_size"])
        tasks = [{"id": i} for i in range((page - 1) * size, min(page * size, 250))]
        return httpx.Response(200, json={"total": 250, "tasks": tasks})

    with Script(answer).gateway() as gateway:
        assert [t["id"] for t in gateway.touched_tasks(1, "2026-01-01T00:00:00.000Z")] == list(range(250))


def test_the_changing_calls_send_what_the_server_expects() -> None:
    script = Script(at("/projects/", httpx.Response(201, json={"id": 5, "title": "Chest"})))
    with script.gateway() as gateway:
        assert gateway.create_project("Chest", {"show_collab_predictions": True}).id == 5
        gateway.add_predictions(5, [{"task": 1, "result": []}])
        gateway.delete_predictions(5, [1, 2])
        gateway.update_task(7, {"text": "x"})
    sent = [(r.method, r.url.path.rpartition("/api/")[2], json.loads(r.content)) for r in script.requests[1:]]
    assert sent == [
        ("POST", "projects/", {"title": "Chest", "show_collab_predictions": True}),
        ("POST", "projects/5/import/predictions", [{"task": 1, "result": []}]),
        ("POST", "dm/actions", {"selectedItems": {"all": False, "included": [1, 2]}}),
        ("PATCH", "tasks/7/", {"data": {"text": "x"}}),
    ]
    assert script.requests[3].url.params["id"] == "delete_tasks_predictions"
