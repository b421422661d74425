"""Options that several verbs share, and how a run ends."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from clinnote.errors import Reject, UsageError

PATH = click.Path(path_type=Path)


def out_option[F: Callable[..., Any]](help_text: str) -> Callable[[F], F]:
    """The ``-o OUT`` of a verb that writes records."""
    return click.option("-o", "--out", "out", type=PATH, required=True, help=help_text)


def now() -> str:
    """The start time of a run, UTC, to the second: the only place where a verb looks at the clock."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def build_date() -> str | None:
    """The time that SOURCE_DATE_EPOCH names (reproducible-builds.org), for the run stamp of records; else None.

    Raises:
        UsageError: it is no number of seconds since 1970.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise UsageError("SOURCE_DATE_EPOCH must be a number of seconds since 1970") from None


def report_rejects(rejects: Sequence[Reject], file: Path | None, what: str) -> int:
    """Say on stderr what was set aside and where the list is; gives the exit code (2 when input was unreadable)."""
    unreadable = [r for r in rejects if not r.skipped]
    if rejects:
        skipped = len(rejects) - len(unreadable)
        parts = [f"{len(unreadable)} {what} could not be read"] if unreadable else []
        parts += [f"{skipped} held nothing for this job"] if skipped else []
        click.echo(f"clinnote: {', '.join(parts)}; see {file}", err=True)
        for reject in unreadable[:3]:
            click.echo(f"  {reject.place}: {reject.reason}: {reject.message}", err=True)
        if len(unreadable) > 3:
            click.echo(f"  ... and {len(unreadable) - 3} more", err=True)
    return 2 if unreadable else 0
