"""One file to read, on disk or in an archive."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from clinnote.errors import RecordError, Reject

HEAD: Final = 4096
"""Bytes that tell what a file is."""
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """One file: ``name`` as it is shown (``archive.zip!/inner/name.dcm``), and its bytes, from the beginning.

    Attributes:
        asked_for: it was named itself, not found in a folder or an archive.
        path: where it lies on disk, for files beside it; None in an archive and for standard input.
        member: its name in its archive, and what gives the bytes of another member by name (None: there is none).
    """

    name: str
    stream: IO[bytes]
    asked_for: bool = False
    path: Path | None = None
    member: tuple[str, Callable[[str], bytes | None]] | None = None

    @property
    def base(self) -> str:
        """The last part of the name in lower case, without ``.gz``."""
        return PurePosixPath(self.name.replace("\\", "/")).name.lower().removesuffix(".gz")

    @property
    def suffix(self) -> str:
        """The ending of :attr:`base`."""
        return PurePosixPath(self.base).suffix

    def head(self) -> bytes:
        """The first bytes; the stream stands at its beginning again."""
        head = self.stream.read(HEAD)
        self.stream.seek(0)
        return head

    def beside(self, name: str, up: int = 0) -> bytes | None:
        """The bytes of a small file in the same folder, or ``up`` folders above; None when there is none."""
        if self.member is not None:
            own, find = self.member
            folders = PurePosixPath(own).parent.parts
            return find(str(PurePosixPath(*folders[: len(folders) - up], name))) if up <= len(folders) else None
        if self.path is None:
            return None
        folder = self.path.parent if not up else self.path.parents[min(up, len(self.path.parents) - 1)]
        try:
            return (folder / name).read_bytes()
        except OSError:
            return None

    def reject(self, reason: str, message: str, line: int | None = None, skipped: bool = False) -> Reject:
        """This file, or a line of it, set aside."""
        return Reject(self.name, line, reason, message, skipped)


def spooled(source: IO[bytes], limit: int, memory: int, what: str) -> IO[bytes]:
    """The rest of a stream, seekable: in memory up to ``memory`` bytes, beyond them in a temporary file.

    Raises:
        RecordError: there are more than ``limit`` bytes.
    """
    spool: IO[bytes] = SpooledTemporaryFile(max_size=memory)  # noqa: SIM115 (the caller closes it)
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            spool.close()
            raise RecordError("too_large", f"{what} unpacks to more than {limit >> 20} MB (configs/images.toml)")
        spool.write(chunk)
    spool.seek(0)
    return spool
