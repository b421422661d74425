"""Logging that can't leak: clinnote logs counts, names and ids; foreign loggers are held at WARNING."""

import logging
import sys
import warnings
from typing import Final, TextIO

_QUIET: Final = ("spacy", "pydicom", "highdicom", "httpx", "httpcore", "label_studio_sdk", "urllib3", "asyncio")


class _NoteTextGuard(logging.Filter):
    """Libraries may put the data they choke on into a message; only the logger's name and level get through."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("clinnote"):
            record.msg = f"message of {record.name} withheld (it may quote a note)"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
            record.stack_info = None
        return True


def configure(verbose: bool = False, stream: TextIO | None = None) -> None:
    """Set up logging for the command line: once, to stderr, with the guard in place."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_NoteTextGuard())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("clinnote").setLevel(logging.INFO if verbose else logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    warnings.simplefilter("ignore")
