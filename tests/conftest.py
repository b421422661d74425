"""Fixtures that several test folders share."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch):
    for name in [n for n in os.environ if n.startswith(("CLINNOTE_", "LABEL_STUDIO_")) and n != "CLINNOTE_STUDIO_HOME"]:
        monkeypatch.delenv(name)


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
