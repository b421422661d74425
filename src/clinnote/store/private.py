"""Working files that are read back with trust, and so must be this user's alone."""

import os
from pathlib import Path

from clinnote.errors import UsageError


def open_private(path: Path) -> int:
    """A descriptor of the file for reading and writing, made for its owner alone when it is not there.

    Raises:
        UsageError: the file is another user's, or others may write it: what it holds may be anything.
        OSError: it can't be opened, or is a link.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
    about = os.fstat(handle)
    if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o022):
        os.close(handle)
        raise UsageError(f"{path}: others may have written this working file; delete it, or name another output")
    return handle
