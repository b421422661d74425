"""A Label Studio server of one's own on 127.0.0.1, to try things with: installed, started, stopped.

The server is an application with a gigabyte of its own pins, so it lives in a virtual environment of its own inside
one folder, together with its database, its log and the file that holds its password and token (mode 0600).
"""

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx

from clinnote.errors import ServerError, UsageError
from clinnote.labelstudio.config import StudioConfig
from clinnote.labelstudio.process import locked, spawn, started_at, stop

_STATE: Final = "studio.json"
_LOG: Final = "server.log"
_INSTALL_LOG: Final = "install.log"
_MARK: Final = ".installed"
_LOCK: Final = ".lock"
_NEEDED_BYTES: Final = 2_500_000_000
_PASSED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""Variables of this program that the server sees; all others could change what it does."""


@dataclass(frozen=True, slots=True)
class StudioInfo:
    """A local server: where it is, how to get in, and whether it runs."""

    folder: Path
    url: str
    username: str
    password: str
    token: str
    running: bool
    started_now: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What ``studio.json`` holds."""

    port: int
    username: str
    password: str
    token: str
    pid: int
    started: str


def default_folder(environ: Mapping[str, str]) -> Path:
    """``CLINNOTE_STUDIO``, or ``clinnote/studio`` in the user's data folder."""
    if environ.get("CLINNOTE_STUDIO"):
        return Path(environ["CLINNOTE_STUDIO"]).expanduser()
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "clinnote" / "studio"


def studio_status(folder: Path) -> StudioInfo | None:
    """The server of this folder, running or not; None when there never was one."""
    state = _read(folder)
    return None if state is None else _info(folder, state, _alive(state))


def studio_up(
    folder: Path,
    config: StudioConfig,
    port: int | None = None,
    say: Callable[[str], None] = lambda _: None,
    python: str = sys.executable,
) -> StudioInfo:
    """Install the server on first use, start it on 127.0.0.1 and wait until it answers.

    Args:
        folder: everything of this server lives here.
        config: version, pins and environment.
        port: port to take; by default the one of last time, else a free one.
        say: told what takes long.
        python: interpreter for the virtual environment.

    Raises:
        UsageError: the port is taken, the disk is too full, Python has no ``venv``, or this is Windows.
        ServerError: the installation failed or the server did not come up; the message names the log.
    """
    if not hasattr(os, "posix_spawn"):
        raise UsageError("a local studio runs on Linux and macOS; on Windows use WSL, or push to a server with --url")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with locked(folder / _LOCK):
        return _up(folder, config, port, say, python)


def _up(folder: Path, config: StudioConfig, port: int | None, say: Callable[[str], None], python: str) -> StudioInfo:
    state = _read(folder)
    if state is not None and _alive(state):
        if port not in (None, state.port):
            raise UsageError(f"Label Studio of {folder} already runs on port {state.port}; stop it first")
        return _info(folder, state, True)
    chosen = _port(port, state)
    _install(folder, config, say, python)
    user = state or _State(0, config.username, secrets.token_urlsafe(12), secrets.token_hex(20), 0, "")
    say(f"Starting Label Studio {config.version} on 127.0.0.1:{chosen} (up to a minute the first time) ...")
    pid = spawn(_command(folder, chosen), _environment(folder, config, user), folder / _LOG)
    state = _State(chosen, user.username, user.password, user.token, pid, started_at(pid) or "")
    _write(folder, state)
    try:
        _await(folder, state, config.start_seconds)
    except BaseException:
        stop(pid, state.started)
        raise
    return StudioInfo(folder, _url(state), user.username, user.password, user.token, True, True)


def studio_down(folder: Path) -> bool:
    """Stop the server that :func:`studio_up` started; gives whether it was running. Its data stay."""
    state = _read(folder)
    return state is not None and stop(state.pid, state.started)


def _install(folder: Path, config: StudioConfig, say: Callable[[str], None], python: str) -> None:
    venv = folder / "venv"
    pins = config.constraints.read_bytes()
    mark = f"{config.package}=={config.version} {hashlib.sha256(pins).hexdigest()}"
    marked = venv / _MARK
    if marked.is_file() and marked.read_text(encoding="utf-8") == mark:
        return
    if shutil.disk_usage(folder).free < _NEEDED_BYTES:
        raise UsageError(f"{folder}: Label Studio needs 2.5 GB of free disk space for its installation")
    say(f"Installing Label Studio {config.version} into {venv} (once; about 1 GB, one to five minutes) ...")
    shutil.rmtree(venv, ignore_errors=True)
    log = folder / _INSTALL_LOG
    log.unlink(missing_ok=True)
    remedy = "install your system's python3-venv package, or use another Python"
    _run([python, "-m", "venv", str(venv)], log, UsageError(f"{python} can't make a virtual environment: {remedy}"))
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    wanted = [f"{config.package}=={config.version}", "-c", str(config.constraints)]
    _run(pip + wanted, log, ServerError(f"Label Studio could not be installed; see {log}"))
    marked.write_text(mark, encoding="utf-8")


def _run(command: list[str], log: Path, failure: Exception) -> None:
    with log.open("ab") as stream:
        done = subprocess.run(  # noqa: S603 - our own interpreter with fixed arguments
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False
        )
    if done.returncode != 0:
        raise failure


def _command(folder: Path, port: int) -> list[str]:
    options = ["--no-browser", "--internal-host", "127.0.0.1", "--port", str(port), "--log-level", "WARNING"]
    return [str(folder / "venv" / "bin" / "label-studio"), "start", *options]


def _environment(folder: Path, config: StudioConfig, user: _State) -> dict[str, str]:
    places = {"data": str(folder / "data"), "files": str(folder / "files")}
    for place in places.values():
        Path(place).mkdir(exist_ok=True)
    return {
        **{name: os.environ[name] for name in _PASSED if name in os.environ},
        **{name: value.format(**places) for name, value in config.environment.items()},
        "LABEL_STUDIO_USERNAME": user.username,
        "LABEL_STUDIO_PASSWORD": user.password,
        "LABEL_STUDIO_USER_TOKEN": user.token,
    }


def _port(asked: int | None, state: _State | None) -> int:
    """A port that is free now; Label Studio itself would silently take the next one."""
    if asked is not None:
        if not _free(asked):
            raise UsageError(f"port {asked} is taken; give another one or none")
        return asked
    if state is not None and _free(state.port):
        return state.port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _await(folder: Path, state: _State, seconds: int) -> None:
    """Wait until the server answers under this user's token, which proves that it is ours."""
    deadline = time.monotonic() + seconds
    headers = {"Authorization": f"Token {state.token}"}
    with httpx.Client(base_url=_url(state), timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            if not _alive(state):
                raise ServerError(f"Label Studio stopped while it was starting; see {folder / _LOG}")
            try:
                if client.get("/health").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        else:
            raise ServerError(f"Label Studio did not answer within {seconds} s; see {folder / _LOG}")
        if client.get("/api/current-user/whoami", headers=headers).status_code != 200:
            raise ServerError(
                f"{folder}: the database was made with another token than {_STATE} holds; move the folder away"
            )


def _alive(state: _State) -> bool:
    return bool(state.started) and started_at(state.pid) == state.started


def _url(state: _State) -> str:
    return f"http://127.0.0.1:{state.port}"


def _info(folder: Path, state: _State, running: bool) -> StudioInfo:
    return StudioInfo(folder, _url(state), state.username, state.password, state.token, running)


def _read(folder: Path) -> _State | None:
    path = folder / _STATE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _State(**data)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, OSError):
        raise UsageError(f"{path} can't be read; move the folder away and start anew") from None


def _write(folder: Path, state: _State) -> None:
    """Write the secrets so that nobody else could read them even for a moment."""
    partial = folder / f"{_STATE}.partial"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(asdict(state), stream, indent=1)
    partial.replace(folder / _STATE)
