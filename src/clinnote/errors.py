"""Every error clinnote raises on purpose. Messages name the file, the line and the remedy, never note text.

ClinnoteError
├── UsageError        bad usage or unreadable input: exit code 2
├── RecordError       one record that can't be read: goes to the rejects file with its reason code
├── OntologyError     a table in ontologies/ or configs/ that breaks its contract
└── ServerError       Label Studio or a PACS answered with an error, or did not answer
"""

from dataclasses import dataclass


class ClinnoteError(Exception):
    """Base of all errors that a user can do something about."""


class UsageError(ClinnoteError):
    """The command or its input can't be used as given; the message says what to do."""


class RecordError(ClinnoteError):
    """One record can't be read. ``reason`` is a stable machine-readable code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class OntologyError(ClinnoteError):
    """A knowledge table breaks its contract; the message names file and line."""


class ServerError(ClinnoteError):
    """A server refused or did not answer; the message names the host, the call and the remedy."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One input that was set aside: where it stands and why. Never holds note text.

    ``skipped`` marks what was readable but has nothing for the job (a plain CT slice carries no label).
    """

    file: str
    line: int | None
    reason: str
    message: str
    skipped: bool = False

    @property
    def place(self) -> str:
        """The file, and the line where it is known: ``notes.jsonl:7``."""
        return f"{self.file}:{self.line}" if self.line else self.file
