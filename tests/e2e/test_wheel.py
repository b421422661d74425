"""The wheel carries the tables, the configurations and the demo: it works without the checkout."""

import os
import subprocess
import sys
import zipfile

import pytest

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import clinnote
from clinnote.cli.main import main
assert clinnote.__file__.startswith(sys.argv[1]), clinnote.__file__
main(["demo", "--out", sys.argv[2]])
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_demo_runs_from_the_wheel(unpacked, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(unpacked), str(tmp_path / "out")],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_the_wheel_names_its_licence_and_sources(unpacked):
    (info,) = unpacked.glob("clinnote-*.dist-info")
    assert {p.name for p in (info / "licenses").iterdir()} >= {"LICENSE", "NOTICE"}
