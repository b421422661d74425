"""Starting a server that outlives this program, and stopping only what was started here (POSIX)."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

_STOP_SECONDS: Final = 20


def spawn(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Start a command in a session of its own, without input, its output appended to ``log`` (mode 0600).

    It runs in the folder of the log: the caller's may be removed while the server lives.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    there = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(log.parent.resolve()), *command]
    return os.posix_spawn(there[0], there, dict(environment), file_actions=actions, setsid=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is made when missing; other processes wait."""
    fcntl = import_module("fcntl")  # POSIX only, and only needed here
    with path.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def started_at(pid: int) -> str | None:
    """When a running process was started, as the system tells it; None when it is gone.

    With the process id it is proof of identity: ids are given anew, an id with the same start is the same process.
    """
    _reap(pid)
    if Path("/proc/self/stat").exists():
        try:
            values = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if values[0] == "Z" else values[19]
    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed command
    return answer.stdout.strip() or None


def stop(pid: int, started: str) -> bool:
    """End the process if it still is the one that began at ``started``; gives whether it was there.

    Asked politely first, after 20 s by force.
    """
    if started_at(pid) != started:
        return False
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if started_at(pid) != started:
                return True
            time.sleep(0.05)
    return True


def _reap(pid: int) -> None:
    """Let a dead child go; the process of an earlier run is nobody's child here."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
