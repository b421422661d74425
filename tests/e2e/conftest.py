"""A Label Studio server and a browser for the tests that need them.

``CLINNOTE_STUDIO_HOME`` may name a folder in which the server is installed already; without it the server is
installed once into the user's cache (about 1 GB).
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clinnote.errors import ServerError, UsageError
from clinnote.labelstudio.config import load_config
from clinnote.labelstudio.studio import StudioInfo, studio_down, studio_up
from clinnote.settings import find_home

CONFIG = load_config(find_home().configs)


def missing(why: str) -> Any:
    """Skip on a machine that lacks something; in CI nothing may be lacking."""
    return (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


@pytest.fixture(scope="session")
def studio() -> Iterator[StudioInfo]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("CLINNOTE_STUDIO_HOME") or cache / "clinnote" / "test-studio")
    try:
        info = studio_up(folder, CONFIG.studio)
    except (ServerError, UsageError, OSError) as error:
        missing(f"no Label Studio server: {error}")
    yield info
    if info.started_now:
        studio_down(folder)


@pytest.fixture
def api(studio: StudioInfo) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {studio.token}"}
    with httpx.Client(base_url=studio.url, headers=headers, timeout=120, trust_env=False) as client:
        yield client


@pytest.fixture
def project(api: httpx.Client) -> Iterator[str]:
    title = f"clinnote e2e {secrets.token_hex(6)}"
    yield title
    for found in api.get("/api/projects/", params={"title": title}).json()["results"]:
        api.delete(f"/api/projects/{found['id']}/")


@pytest.fixture
def local(studio: StudioInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINNOTE_LS_URL", studio.url)
    monkeypatch.setenv("CLINNOTE_LS_TOKEN", studio.token)


def logged_in(studio: StudioInfo) -> list[Any]:
    """The cookies that the server gives for the studio's user name and password."""
    with httpx.Client(base_url=studio.url, timeout=60, trust_env=False) as client:
        client.get("/user/login/")
        form = {"email": studio.username, "password": studio.password}
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        done = client.post("/user/login/", data=form, headers={"Referer": f"{studio.url}/user/login/"})
        assert done.status_code == 302
        return [{"name": name, "value": value, "url": studio.url} for name, value in client.cookies.items()]


@pytest.fixture
def page(studio: StudioInfo, browser: Any) -> Iterator[Any]:
    """A page that is logged in; ``page.requests`` holds the address of everything it asked for."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_cookies(logged_in(studio))
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    yield page
    context.close()
