"""The members of .zip and .tar archives as files to read, one at a time; nothing is ever extracted to its own name.

What an archive does not let us read (encrypted, damaged, a link, an archive again), or what would cost too much (a zip
bomb: limits in ``configs/images.toml``), is set aside by name, and the rest is read.
"""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.archive_beside import Beside
from clinnote.imaging.item import HEAD, Item, spooled
from clinnote.imaging.table_rules import Limits

ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
GZIP: Final = b"\x1f\x8b"
_BZIP2: Final = b"BZh"
_XZ: Final = b"\xfd7zXZ\0"
_TAR_AT: Final = 257
_OTHER_ZIPS: Final = (
    ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".jar", ".npz", ".whl", ".epub", ".mrb", ".apk", ".pt", ".pth",
)  # fmt: skip
_ENCRYPTED: Final = 0x1
_END_OF_ZIP: Final = (1 << 16) + 22
"""Bytes that the end of a zip file's directory takes, with the longest comment."""
_ZIP64: Final = 0xFFFFFFFF
"""Stands where a directory begins too far behind for four bytes."""
_DAMAGE: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip

Wanted = Callable[[bytes, Item], bool]
"""Whether something reads a file that begins like this; of others only the head is unpacked."""


_Member = tuple[str, IO[bytes]]


def is_archive(head: bytes, item: Item) -> bool:
    """Whether a file is an archive whose members are read (office documents and the like are not)."""
    if head.startswith((ZIP, EMPTY_ZIP)):
        return item.suffix not in _OTHER_ZIPS
    if head.startswith((_BZIP2, _XZ)):
        return item.base.endswith((".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz"))
    return is_tar(head)


def is_tar(head: bytes) -> bool:
    """Whether a file begins with the header of a tar member (POSIX and GNU)."""
    return head[_TAR_AT : _TAR_AT + 5] == b"ustar"


def members_of(item: Item, head: bytes, limits: Limits, wanted: Wanted) -> Iterator[Item | Reject]:
    """The members as items, each closed when the next is asked for.

    Args:
        item: the archive; a tar is read from front to back, so its stream need not seek.
        head: its first bytes.
        limits: what it may hold.
        wanted: whether a member is read at all.
    """
    budget = _Budget(item, limits)
    is_zip = head.startswith((ZIP, EMPTY_ZIP))
    source = _zip_members(item, budget) if is_zip else _tar_members(item, budget)
    with closing(Beside(item.path, is_zip)) as beside:
        yield from _checked(source, item, budget, wanted, beside)


def _checked(
    source: Iterator[_Member | Reject], item: Item, budget: "_Budget", wanted: Wanted, beside: Beside
) -> Iterator[Item | Reject]:
    names: set[str] = set()
    count = 0
    for member in source:
        count += 1
        if isinstance(member, Reject):
            yield member
            continue
        if count > budget.limits.max_members:
            most = budget.limits.max_members
            yield item.reject("too_many_members", f"holds more than {most} files (configs/images.toml)")
            return
        name, stream = member
        shown = _shown(item, name)
        if shown in names:
            yield Reject(shown, None, "duplicate_member", "the archive holds this name twice; the first one was read")
            continue
        names.add(shown)
        found = _unpacked(shown, stream, budget, wanted)
        yield from (replace(one, member=(name, beside)) if isinstance(one, Item) else one for one in found)
        if budget.spent:
            yield item.reject("too_large", "unpacks to more than max_total_mb (configs/images.toml); the rest is left")
            return
    if not count:
        yield item.reject("empty_archive", "holds no file")


class _Budget:
    """What may still be unpacked of one archive."""

    def __init__(self, item: Item, limits: Limits) -> None:
        self.item = item
        self.limits = limits
        self.left = limits.max_total

    @property
    def spent(self) -> bool:
        return self.left <= 0

    def bomb(self, packed: int, size: int) -> str | None:
        """Why a member of this size would not be unpacked."""
        if size > self.limits.max_member:
            return f"unpacks to more than {self.limits.max_member >> 20} MB"
        if size > self.limits.ratio_from and size > packed * self.limits.max_ratio:
            return f"unpacks to more than {self.limits.max_ratio} times its size"
        return None


def _unpacked(shown: str, stream: IO[bytes], budget: _Budget, wanted: Wanted) -> Iterator[Item | Reject]:
    """One member in memory, or in a temporary file; only its head when nothing reads it."""
    try:
        head = stream.read(HEAD)
        probe = Item(shown, BytesIO(head))
        if (head.startswith(GZIP) and probe.name.lower().endswith((".tgz", ".tar.gz"))) or is_archive(head, probe):
            yield probe.reject("nested_archive", "is an archive inside an archive; unpack the outer one")
            return
        budget.left -= len(head)
        if not wanted(head, probe):
            yield probe
            return
        limit = min(budget.limits.max_member, budget.left)
        with spooled(_Joined(head, stream), limit, budget.limits.spool, "the member") as whole:
            whole.seek(0, 2)
            budget.left -= whole.tell() - len(head)
            whole.seek(0)
            yield Item(shown, whole)
    except RecordError as error:
        yield Reject(shown, None, error.reason, str(error))
    except _DAMAGE as error:
        yield Reject(
            shown, None, "damaged_member", f"can't be unpacked ({type(error).__name__}); copy the archive again"
        )


class _Joined(BytesIO):
    """A head that was read already, and what follows it."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        super().__init__(head)
        self._rest = rest

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) or self._rest.read(-1 if size is None else size)


def _zip_members(item: Item, budget: _Budget) -> Iterator[_Member | Reject]:
    try:
        archive = zipfile.ZipFile(item.stream)
    except _DAMAGE:
        yield item.reject("damaged_archive", "is no whole zip file (cut off while copying?); copy or download it again")
        return
    with archive:
        if _of_inner_zip(archive, item.stream):
            message = "is cut off: only a zip file inside of it is whole; copy or download it again"
            yield item.reject("damaged_archive", message)
            return
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            shown = _shown(item, info.filename)
            if info.is_dir() or _hidden(info.filename):
                continue
            reason = budget.bomb(info.compress_size, info.file_size)
            if reason is not None:
                yield Reject(shown, None, "zip_bomb", f"{reason} (configs/images.toml)")
            elif stat.S_ISLNK(info.external_attr >> 16):
                yield Reject(shown, None, "link_member", "is a link, which is not followed", skipped=True)
            elif info.flag_bits & _ENCRYPTED:
                yield Reject(shown, None, "encrypted_member", "is encrypted; unpack the archive with its password")
            else:
                yield from _zip_member(archive, info, shown)


def _of_inner_zip(archive: zipfile.ZipFile, stream: IO[bytes]) -> bool:
    """Whether the directory is that of a zip stored inside this one, whose own directory is cut off.

    A directory says where it stands (PKWARE APPNOTE 4.4.24), and that is not where it was found. So it is as well in
    a file with a program in front (self-extracting), which does not begin as a zip.
    """
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _END_OF_ZIP))
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(EMPTY_ZIP)
    stated = int.from_bytes(tail[at + 16 : at + 20], "little")
    return stream.read(len(ZIP)) == ZIP and stated not in (archive.start_dir, _ZIP64)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> Iterator[_Member | Reject]:
    try:
        stream = archive.open(info)
    except _DAMAGE as error:
        yield Reject(
            shown, None, "damaged_member", f"can't be unpacked ({type(error).__name__}); copy the archive again"
        )
        return
    with stream:
        yield info.filename, stream


def _tar_members(item: Item, budget: _Budget) -> Iterator[_Member | Reject]:
    """The members in the order of the file, which is all that a stream has."""
    try:
        with tarfile.open(fileobj=item.stream, mode="r|*") as archive:
            for info in archive:
                shown = _shown(item, info.name)
                if info.isdir() or _hidden(info.name):
                    continue
                reason = budget.bomb(info.size, info.size)
                if reason is not None:
                    yield Reject(shown, None, "zip_bomb", f"{reason} (configs/images.toml)")
                elif info.issym() or info.islnk():
                    yield Reject(shown, None, "link_member", "is a link, which is not followed", skipped=True)
                elif (stream := archive.extractfile(info)) is None:
                    yield Reject(shown, None, "special_member", "is no plain file", skipped=True)
                else:
                    yield info.name.removeprefix("./"), stream
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        message = f"ends or is damaged here ({type(error).__name__}); what stands before was read; copy it again"
        yield item.reject("damaged_archive", message)


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part.startswith(".") and part not in ("..", ".") for part in parts) or "__MACOSX" in parts


def _shown(item: Item, name: str) -> str:
    """The name of a member as it is shown, control characters replaced."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return f"{item.name}!/{clean}"
