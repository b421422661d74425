"""Progress on a terminal, silence in a pipe."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import NoReturn, Self

from tqdm import tqdm


def progress[T](items: Iterable[T], total: int | None = None, label: str = "") -> Iterator[T]:
    """The items unchanged, with a bar on stderr when it is a terminal."""
    yield from tqdm(items, total=total, desc=label, unit="", disable=not sys.stderr.isatty(), leave=False)


class NoteMeter:
    """A bar on stderr, when it is a terminal: notes and characters a second, and the time left."""

    def __init__(self, total: int | None, label: str) -> None:
        self._bar: tqdm[NoReturn] = tqdm(
            total=total, desc=label, unit=" notes", disable=not sys.stderr.isatty(), leave=False, smoothing=0.1
        )
        self._clock = time.monotonic
        self._since = self._clock()
        self._characters = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, notes: int, characters: int, resumed: bool) -> None:
        """Count finished notes; those that an earlier run had done do not count for the rate."""
        if self._bar.disable:
            return
        if resumed:
            self._bar.initial += notes
            self._since = self._clock()
        else:
            self._characters += characters
            seconds = max(self._clock() - self._since, 1e-3)
            self._bar.set_postfix_str(f"{self._characters / seconds / 1000:,.0f}k characters/s", refresh=False)
        self._bar.update(notes)
