"""Worker processes that may die: what one of them was doing is done again, and nothing is lost or repeated.

Each worker is a fresh process (``spawn``) at the other end of a pipe, fed by one thread of the parent. A worker that
dies (a lack of memory, ``kill -9``, a crash in a library) closes its pipe; its items are then given one by one to a
new worker, and an item that ends two workers while it is alone is given up. Parent and workers share no lock and no
queue, so that no death can leave one of them waiting.
"""

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, Self

from clinnote.errors import ClinnoteError, UsageError

_AHEAD: Final = 4
"""Batches read ahead for each worker, so that a million notes are never all in memory."""
_TRIES: Final = 2
"""Workers that an item may end while it is alone, before it is given up."""


class _WorkerDiedError(Exception):
    """The process at the other end of the pipe is gone."""


class _Worker[Item, Result]:
    """One process and the parent's end of its pipe; starts a new process when the last one has died."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._setup: tuple[Any, ...] | None = None
        self._ready = False
        self._process, self._pipe = _spawn(start)

    def prepare(self, setup: tuple[Any, ...]) -> None:
        """Give the worker what it needs to begin; it loads while the parent goes on."""
        self._setup = setup
        try:
            self._pipe.send(setup)
        except OSError:
            self._ready = False  # found dead when it is first needed

    def hello(self) -> Any:
        """Wait until the worker has loaded; gives what its work says of itself (``work.about``).

        Raises:
            ClinnoteError: the work could not be made (a file is missing), or two processes died while making it.
        """
        for _ in range(_TRIES):
            try:
                about = _opened(self._pipe.recv_bytes())
            except (EOFError, OSError):
                self.renew()
                continue
            self._ready = True
            return about
        raise UsageError(
            "worker processes are ended before they are ready (often for want of memory); try again with fewer --jobs"
        )

    def __call__(self, items: Sequence[Item]) -> Result:
        """The result of the work on one batch.

        Raises:
            _WorkerDiedError: the process ended before it answered.
            ClinnoteError: the work can't be made or done.
        """
        if not self._ready:
            self.hello()
        try:
            self._pipe.send_bytes(pickle.dumps(items, pickle.HIGHEST_PROTOCOL))
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise _WorkerDiedError from None
        result: Result = _opened(answer)
        return result

    def renew(self) -> None:
        """A new process in the place of one that died."""
        self.end()
        self._process, self._pipe = _spawn(self._start)
        self._ready = False
        if self._setup is not None:
            self.prepare(self._setup)

    def kill(self) -> None:
        """End the process, from any thread."""
        self._process.kill()

    def end(self) -> None:
        """End the process and forget it."""
        self.kill()
        self._process.join()
        self._pipe.close()


class Crew[Item, Result]:
    """``jobs`` workers that do the same work on batches of items; results come in the order of the batches.

    Args:
        jobs: Number of processes.
        start: ``module:function``, imported in each worker only and called with the arguments of :meth:`prepare`;
            gives the function that does the work on a batch.
        lost: The result for an item that ended two workers while it was alone.
    """

    def __init__(self, jobs: int, start: str, lost: Callable[[Item], Result]) -> None:
        self._lost = lost
        self._closed = False
        self._workers: list[_Worker[Item, Result]] = [_Worker(start) for _ in range(jobs)]
        self._idle: SimpleQueue[_Worker[Item, Result]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(jobs)
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for worker in self._workers:
            worker.kill()  # its pipe ends, and so the thread that waits for it
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.end()

    def prepare(self, *setup: Any) -> None:
        """What ``start`` is called with in each worker. Until then the processes only load their modules."""
        for worker in self._workers:
            worker.prepare(setup)

    def about(self) -> Any:
        """What the work says of itself once it is made.

        Raises:
            ClinnoteError: it can't be made.
        """
        return self._workers[0].hello()

    def map(self, batches: Iterable[Sequence[Item]]) -> Iterator[list[Result]]:
        """For each batch its results: one, or one an item where a worker died.

        Raises:
            ClinnoteError: the work can't be made or done; the message says why.
        """
        pending: deque[Future[list[Result]]] = deque()
        for batch in batches:
            pending.append(self._threads.submit(self._do, batch))
            if len(pending) > len(self._workers) * _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

    def _do(self, batch: Sequence[Item]) -> list[Result]:
        worker = self._idle.get()
        try:
            try:
                return [worker(batch)]
            except _WorkerDiedError:
                self._renew(worker)
            return [self._alone(worker, item) for item in batch]
        finally:
            self._idle.put(worker)

    def _alone(self, worker: _Worker[Item, Result], item: Item) -> Result:
        for _ in range(_TRIES):
            try:
                return worker((item,))
            except _WorkerDiedError:
                self._renew(worker)
        return self._lost(item)

    def _renew(self, worker: _Worker[Item, Result]) -> None:
        if self._closed:
            raise CancelledError
        worker.renew()


def _spawn(start: str) -> "tuple[Any, Connection[Any, Any]]":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, start), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _opened(answer: bytes) -> Any:
    failed, value = pickle.loads(answer)  # noqa: S301 (from a process of our own)
    if failed:
        raise value
    return value


def _serve(pipe: "Connection[Any, Any]", start: str) -> None:
    """A worker's life: set up, then one batch after another until the parent closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent alone answers it
    try:
        module, _, name = start.partition(":")
        make = getattr(import_module(module), name)  # while the parent still prepares
        work = make(*pipe.recv())
        _answer(pipe, False, getattr(work, "about", None))
        while True:
            _answer(pipe, False, work(pickle.loads(pipe.recv_bytes())))  # noqa: S301 (from the parent)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except ClinnoteError as error:
        _answer(pipe, True, error)
    except Exception as error:  # noqa: BLE001 (its message may quote a note: only its type is told)
        _answer(pipe, True, ClinnoteError(f"a worker process failed with {type(error).__name__}"))


def _answer(pipe: "Connection[Any, Any]", failed: bool, value: Any) -> None:
    pipe.send_bytes(pickle.dumps((failed, value), pickle.HIGHEST_PROTOCOL))
