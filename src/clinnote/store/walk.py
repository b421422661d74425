"""The files of a folder in name order; what a walk can't enter is named, not passed over in silence."""

import os
from collections.abc import Iterator
from pathlib import Path

from clinnote.errors import Reject


def files_under(top: Path) -> Iterator[Path | Reject]:
    """Every file below ``top`` by path; links to files are followed, links to folders are not (they may be loops)."""
    found: list[tuple[Path, Reject | None]] = []

    def closed(error: OSError) -> None:
        message = f"this folder can't be listed ({error.strerror})"
        found.append((Path(error.filename), Reject(str(error.filename), None, "unreadable_folder", message)))

    for folder, folders, names in os.walk(top, onerror=closed):
        for path in (Path(folder, name) for name in (*folders, *names)):
            if path.is_file():
                found.append((path, None))
            elif path.is_symlink() and path.is_dir():
                message = "is a link to a folder, which is not followed; name that folder itself"
                found.append((path, Reject(str(path), None, "linked_folder", message, skipped=True)))
            elif path.is_symlink():
                found.append((path, Reject(str(path), None, "broken_link", "is a link to no file")))
    yield from (reject or path for path, reject in sorted(found, key=lambda pair: pair[0]))
