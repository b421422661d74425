"""Small files of an archive by name: those that name what the masks beside them hold."""

import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Final

_ENDINGS: Final = (".json", ".tsv")
_LARGEST: Final = 4 << 20
_MOST: Final = 64 << 20
"""Bytes of a tar that are remembered, because it can't be asked for one member."""
_DAMAGE: Final = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class Beside:
    """Gives the bytes of one JSON or TSV member; opens the archive a second time when it is first asked.

    Args:
        path: the archive; None for one that is no file, of which nothing is given.
        is_zip: whether it is a zip, else a tar.
    """

    def __init__(self, path: Path | None, is_zip: bool) -> None:
        self._path = path
        self._is_zip = is_zip
        self._zip: zipfile.ZipFile | None = None
        self._kept: dict[str, bytes] | None = None

    def __call__(self, name: str) -> bytes | None:
        """The bytes of a member; None when there is none, or it is damaged, too large or of another kind."""
        if self._path is None or not name.lower().endswith(_ENDINGS):
            return None
        try:
            return self._of_zip(self._path, name) if self._is_zip else self._of_tar(self._path).get(name)
        except _DAMAGE:
            return None

    def close(self) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()

    def _of_zip(self, path: Path, name: str) -> bytes | None:
        self._zip = self._zip or zipfile.ZipFile(path)
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            return None
        return self._zip.read(info) if info.file_size <= _LARGEST else None

    def _of_tar(self, path: Path) -> dict[str, bytes]:
        if self._kept is not None:
            return self._kept
        self._kept, left = {}, _MOST
        with tarfile.open(path, mode="r|*") as archive:
            for info in archive:
                if not info.isfile() or not info.name.lower().endswith(_ENDINGS) or info.size > min(_LARGEST, left):
                    continue
                if (stream := archive.extractfile(info)) is not None:
                    self._kept[info.name.removeprefix("./")] = stream.read()
                    left -= info.size
        return self._kept
