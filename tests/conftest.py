"""Fixtures that several test folders share."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import clinnote

ROOT = Path(__file__).resolve().parents[1]


def pytest_sessionstart():
    """A compiled module hides its source, so tests of an edited one would test what is no longer there."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    compiled = list((ROOT / "src" / "clinnote").rglob(f"*{suffix}"))
    sources = [(path, path.with_name(path.name.removesuffix(suffix) + ".py")) for path in compiled]
    stale = [source.name for path, source in sources if source.stat().st_mtime > path.stat().st_mtime]
    if stale:
        pytest.exit(
            f"edited after they were compiled: {', '.join(stale)}; run 'make setup' or scripts/compile.py --clean"
        )


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def _cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch, _cache):
    for name in [n for n in os.environ if n.startswith(("CLINNOTE_", "LABEL_STUDIO_")) and n != "CLINNOTE_STUDIO_HOME"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLINNOTE_CACHE", str(_cache))


@pytest.fixture(scope="session")
def clinnote_command():
    """The installed command, as a user runs it."""
    beside = Path(sys.executable).with_name("clinnote")
    return str(beside) if beside.exists() else shutil.which("clinnote")


@pytest.fixture
def run(tmp_path, clinnote_command):
    """Runs ``clinnote`` in an empty folder; gives the finished process with text output."""

    def call(*arguments, cwd=tmp_path, stdin=None, code=None):
        environment = {**os.environ, "HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
        done = subprocess.run(
            [clinnote_command, *map(str, arguments)],
            cwd=cwd,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if code is not None:
            assert done.returncode == code, done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def radiology():
    """The radiology tagger over the starter vocabulary."""
    return clinnote.load("radiology")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium that all tests of a process share: Playwright can run only once in a process."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium, chromium-browser or google-chrome on PATH")
    api = pytest.importorskip("playwright.sync_api")
    api.expect.set_options(timeout=60_000)
    alone = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-sync"]
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=[*alone, *quiet])
        yield running
        running.close()
