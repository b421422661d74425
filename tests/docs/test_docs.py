"""Every command and every Python block of the documentation runs; every verb and option is named in it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from clinnote.cli.main import VERBS, cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


def blocks(page, language):
    """The blocks of one language that are to be run here (a block marked ``server`` runs with Label Studio)."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [body for lang, info, body in found if lang == language and not info.strip()]


@pytest.fixture
def workplace(tmp_path):
    """An empty folder with a copy of the demo data, and ``clinnote`` first on the path."""
    shutil.copytree(ROOT / "demo", tmp_path / "demo")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return tmp_path, {**os.environ, "PATH": path, "HOME": str(tmp_path)}


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=lambda p: p.name)
def test_the_commands_of_a_page_run(page, workplace):
    folder, environment = workplace
    script = "set -eu\n" + "\n".join(blocks(page, "sh"))
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_the_python_of_a_page_runs(page, workplace):
    folder, environment = workplace
    script = "\n".join(blocks(page, "python"))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def commands(command, name):
    """(words, command) of a verb and of all verbs below it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            yield from commands(command.get_command(context, sub), f"{name} {sub}")
    else:
        yield name, command


ALL = [pair for verb in VERBS for pair in commands(cli.get_command(click.Context(cli), verb), f"clinnote {verb}")]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_verb_and_every_option_is_documented(name, command):
    assert name in TEXT
    options = [o for p in command.params if isinstance(p, click.Option) for o in p.opts if o.startswith("--")]
    assert [o for o in options if o not in TEXT] == []


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_verb_shows_an_example_in_its_help(name, command):
    assert f"Example: {name}" in (command.epilog or "")
