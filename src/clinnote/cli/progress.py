"""Progress on a terminal, silence in a pipe."""

import sys
from collections.abc import Iterable, Iterator

from tqdm import tqdm


def progress[T](items: Iterable[T], total: int | None = None, label: str = "") -> Iterator[T]:
    """The items unchanged, with a bar on stderr when it is a terminal."""
    yield from tqdm(items, total=total, desc=label, unit="", disable=not sys.stderr.isatty(), leave=False)
