import hashlib
import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from clinnote.errors import OntologyError, ServerError, UsageError
from clinnote.labelstudio.config import StudioConfig, load_config
from clinnote.labelstudio.process import spawn, started_at, stop
from clinnote.labelstudio.studio import default_folder, studio_down, studio_status, studio_up
from clinnote.settings import find_home

CONFIG = load_config(find_home().configs).studio
SERVER = """#!{python}
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
if os.environ.get("SENTRY_DSN") is None or "PYTHONPATH" in os.environ:
    sys.exit("wrong environment")
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ours = self.headers.get("Authorization") == "Token " + {token}
        self.send_response(200 if self.path == "/health" or ours else 401)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


def prepare(folder: Path, script: str, config: StudioConfig = CONFIG) -> Path:
    """A folder in which the server is "installed": a stand-in that answers like Label Studio."""
    program = folder / "venv" / "bin" / "label-studio"
    program.parent.mkdir(parents=True)
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)
    pins = hashlib.sha256(config.constraints.read_bytes()).hexdigest()
    (folder / "venv" / ".installed").write_text(f"{config.package}=={config.version} {pins}", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    script = SERVER.format(python=sys.executable, token='os.environ["LABEL_STUDIO_USER_TOKEN"]')
    yield prepare(tmp_path / "studio", script)
    studio_down(tmp_path / "studio")


def test_up_starts_it_up_again_says_it_runs_down_stops_it_and_the_secrets_stay(folder: Path) -> None:
    said: list[str] = []
    assert studio_status(folder) is None
    first = studio_up(folder, CONFIG, say=said.append)
    assert (first.running, first.started_now) == (True, True)
    assert [line.split()[0] for line in said] == ["Starting"]
    again = studio_up(folder, CONFIG)
    assert (again.running, again.started_now, again.url) == (True, False, first.url)
    assert studio_down(folder)
    assert not studio_down(folder)
    status = studio_status(folder)
    assert status is not None
    assert not status.running
    third = studio_up(folder, CONFIG)
    assert (third.url, third.token, third.password) == (first.url, first.token, first.password)


def test_two_ups_at_the_same_time_start_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        infos = list(pool.map(lambda _: studio_up(folder, CONFIG), range(4)))
    assert sorted(info.started_now for info in infos) == [False, False, False, True]
    assert len({info.url for info in infos}) == 1


def test_secrets_are_readable_by_their_owner_alone(folder: Path) -> None:
    info = studio_up(folder, CONFIG)
    assert stat.S_IMODE((folder / "studio.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "server.log").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(info.token) == 40
    assert info.url.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_refused(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            studio_up(folder, CONFIG, port)
    assert studio_up(folder, CONFIG, port).url.endswith(f":{port}")
    with pytest.raises(UsageError, match="already runs on port"):
        studio_up(folder, CONFIG, port + 1)


def test_a_server_that_stops_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "studio", f"#!{sys.executable}\nraise SystemExit('no')\n")
    with pytest.raises(ServerError, match=r"stopped while it was starting; see .*server\.log"):
        studio_up(folder, CONFIG)
    assert "no" in (folder / "server.log").read_text(encoding="utf-8")


def test_a_server_that_does_not_answer_in_time_is_stopped(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "studio", "#!/bin/sh\nexec sleep 600\n")
    with pytest.raises(ServerError, match="did not answer within 0 s"):
        studio_up(folder, replace(CONFIG, start_seconds=0))
    status = studio_status(folder)
    assert status is not None
    assert not status.running


def test_a_database_made_with_another_token_is_told(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "studio", SERVER.format(python=sys.executable, token='"other"'))
    with pytest.raises(ServerError, match="another token"):
        studio_up(folder, CONFIG)
    assert not studio_down(folder)


def test_a_state_file_that_is_no_state_is_told(tmp_path: Path) -> None:
    (tmp_path / "studio.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"studio\.json can't be read"):
        studio_status(tmp_path)


def test_a_full_disk_and_a_python_without_venv_are_told_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="can't make a virtual environment"):
        studio_up(tmp_path / "a", CONFIG, python="/bin/false")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(UsageError, match=r"2\.5 GB"):
        studio_up(tmp_path / "b", CONFIG)


def test_only_the_process_that_was_started_is_stopped(tmp_path: Path) -> None:
    pid = spawn(["/bin/sleep", "600"], {}, tmp_path / "log")
    started = started_at(pid)
    assert started is not None
    assert not stop(pid, started + "0")
    assert started_at(pid) == started
    assert stop(pid, started)
    assert started_at(pid) is None
    assert not stop(pid, started)


def test_a_server_runs_in_its_own_folder_so_that_the_callers_may_go(tmp_path: Path) -> None:
    pid = spawn(["/bin/sh", "-c", 'echo "in $PWD with $#" "$@"', "x", "a b"], {}, tmp_path / "log")
    os.waitpid(pid, 0)
    assert (tmp_path / "log").read_text(encoding="utf-8") == f"in {tmp_path.resolve()} with 1 a b\n"


def test_the_folder_is_asked_for_or_in_the_users_data(tmp_path: Path) -> None:
    assert default_folder({"CLINNOTE_STUDIO": str(tmp_path)}) == tmp_path
    assert default_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "clinnote" / "studio"
    assert default_folder({}) == Path.home() / ".local" / "share" / "clinnote" / "studio"


def test_pins_name_no_host_and_the_version_of_the_config() -> None:
    pins = CONFIG.constraints.read_text(encoding="utf-8").splitlines()
    assert f"{CONFIG.package}=={CONFIG.version}" in pins
    assert all("@" not in line and "/" not in line and "--" not in line for line in pins)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("batch = 200", "batch = '200'", "push.batch"),
        ("[studio.environment]", "[studio.environ]", "environment"),
        ("[server]", "[server", "labelstudio.toml"),
    ],
)
def test_a_broken_config_is_refused_with_file_and_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    good = (find_home().configs / "labelstudio.toml").read_text(encoding="utf-8")
    assert old in good
    (tmp_path / "labelstudio.toml").write_text(good.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OntologyError, match=words):
        load_config(tmp_path)
    with pytest.raises(OntologyError, match="can't be read"):
        load_config(tmp_path / "none")


def test_no_call_leaves_the_machine_by_the_config() -> None:
    environment = CONFIG.environment
    assert environment["COLLECT_ANALYTICS"] == environment["LATEST_VERSION_CHECK"] == "false"
    assert environment["SENTRY_DSN"] == environment["FRONTEND_SENTRY_DSN"] == ""
    assert os.path.basename(environment["LOCAL_FILES_DOCUMENT_ROOT"]) == "{files}"  # noqa: PTH119
