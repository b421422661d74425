"""Files, folders and archives to image labels: each file goes to its reader by what stands in it, not by its name."""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, cast

from clinnote.errors import ClinnoteError, RecordError, Reject
from clinnote.imaging.archive import GZIP, is_archive, is_tar, members_of
from clinnote.imaging.events import End, Event
from clinnote.imaging.formats import DICOM_ENDINGS, format_of
from clinnote.imaging.gathering import Gathering
from clinnote.imaging.item import Item, spooled
from clinnote.imaging.shared import Shared, load_shared
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home
from clinnote.store.records import place_of
from clinnote.store.walk import files_under

STANDARD_STREAM: Final = Path("-")


def read_image_labels(
    paths: Iterable[Path], home: Home, left_out: Collection[Path] = ()
) -> Iterator[ImageLabel | Reject]:
    """The labels of files, folders (walked in name order) and archives, and a reject for whatever gives none.

    Never raises for what stands in a file. How files are put together says :mod:`clinnote.imaging.gathering`.
    ``left_out``: files that are not taken from a folder, such as those the run itself writes.

    Raises:
        OntologyError: a table of the home breaks its contract.
    """
    shared = load_shared(home)
    gathering = Gathering(shared.places, shared.rules.maps)
    for file in files_of(paths, left_out):
        for event in events_of(file, shared):
            yield from gathering.take(event)
    yield from gathering.finish()


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read, or why there is none; ``asked_for``: it was named itself rather than found in a folder."""

    file: Path | Reject
    asked_for: bool


def files_of(paths: Iterable[Path], left_out: Collection[Path] = ()) -> Iterator[FoundFile]:
    """The files to read, those of folders in name order."""
    own = frozenset(map(place_of, left_out))
    for path in paths:
        yield from (FoundFile(file, asked_for) for file, asked_for in _files_of(path, own))


def events_of(found: FoundFile, shared: Shared) -> Iterator[Event]:
    """What one file tells, whatever the others tell."""
    if isinstance(found.file, Reject):
        yield found.file
    else:
        yield from _read_file(found.file, found.asked_for, shared)


def _files_of(path: Path, left_out: frozenset[Path]) -> Iterator[tuple[Path | Reject, bool]]:
    """(file, whether it was named itself rather than found in a folder)."""
    if path == STANDARD_STREAM or path.is_file():
        yield path, True
    elif path.is_dir():
        names = {file.name for file in left_out}  # the places of few files need be asked for
        found = [
            file
            for file in files_under(path)
            if not _hidden(file, path)
            and not (isinstance(file, Path) and file.name in names and place_of(file) in left_out)
        ]
        yield from ((file, False) for file in found)
        if not found:
            yield Reject(str(path), None, "empty_folder", "holds no file"), True
    else:
        yield Reject(str(path), None, "no_such_file", "no such file or folder"), True


def _hidden(file: Path | Reject, top: Path) -> bool:
    place = Path(file.file) if isinstance(file, Reject) else file
    return any(part.startswith(".") for part in place.relative_to(top).parts)


def _read_file(path: Path, asked_for: bool, shared: Shared) -> Iterator[Event]:
    try:
        with _open(path) as stream:
            item = Item(str(path), stream, asked_for, path if path != STANDARD_STREAM else None)
            yield from _read_item(item, shared, archives=True)
    except OSError as error:
        yield Reject(str(path), None, "unreadable_file", f"can't be read ({type(error).__name__})")


def _open(path: Path) -> IO[bytes]:
    return path.open("rb") if path != STANDARD_STREAM else io.BytesIO(sys.stdin.buffer.read())


def _read_item(item: Item, shared: Shared, archives: bool) -> Iterator[Event]:
    """The labels of one file or member; of an archive, those of all its members."""
    try:
        with ExitStack() as stack:
            head = item.head()
            if head.startswith(GZIP):
                unzipped = cast("IO[bytes]", gzip.GzipFile(fileobj=item.stream, mode="rb"))
                item = replace(item, stream=stack.enter_context(unzipped))
                head = item.head()
                if not is_tar(head) and not _streams(head, item):
                    item = _unpacked(item, shared, stack)
            if not is_archive(head, item):
                yield from _guarded(_events(item, head, shared), item)
                yield End(item.name)
            elif archives:
                yield from _read_archive(item, head, shared)
            else:
                yield item.reject("nested_archive", "is an archive inside an archive; unpack the outer one")
    except RecordError as error:
        yield item.reject(error.reason, str(error))
    except (EOFError, zlib.error):
        yield item.reject("unreadable_file", "the compressed file is damaged or ends early; copy it again")
    except OSError as error:
        yield item.reject("unreadable_file", f"can't be read ({type(error).__name__})")


def _read_archive(item: Item, head: bytes, shared: Shared) -> Iterator[Event]:
    def wanted(start: bytes, member: Item) -> bool:
        return start.startswith(GZIP) or format_of(start, member) is not None

    for member in members_of(item, head, shared.rules.limits, wanted):
        if isinstance(member, Reject):
            yield member
        else:
            yield from _read_item(member, shared, archives=False)


def _streams(head: bytes, item: Item) -> bool:
    found = format_of(head, item)
    return found is None or found.streams


def _unpacked(item: Item, shared: Shared, stack: ExitStack) -> Item:
    """A gzip file's content, seekable."""
    limits = shared.rules.limits
    whole = stack.enter_context(spooled(item.stream, limits.max_member, limits.spool, "the file"))
    return replace(item, stream=whole)


def _guarded(found: Iterator[Event], item: Item) -> Iterator[Event]:
    """What was found; a file that a reader fails on in a way that nobody foresaw costs that file alone."""
    try:
        yield from found
    except (ClinnoteError, EOFError, OSError, zlib.error):
        raise
    except Exception as error:  # noqa: BLE001 (one file must not stop a million; what stands in it must not leak)
        message = f"reading failed with {type(error).__name__}; please report it, with the kind of file"
        yield item.reject("internal_error", message)


def _or_nothing(found: Iterator[Event], item: Item) -> Iterator[Event]:
    """What was found, or a reject that says that nothing was."""
    nothing = True
    for one in found:
        nothing = False
        yield one
    if nothing:
        yield item.reject("no_labels", "can be read, but holds no label", skipped=True)


def _events(item: Item, head: bytes, shared: Shared) -> Iterator[Event]:
    if not head:
        yield item.reject("empty_file", "holds no byte; copy or export it again")
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield item.reject("not_utf8", "is UTF-16; save it as UTF-8")
    elif (found := format_of(head, item)) is not None:
        yield from _or_nothing(found.read(item, shared), item)
    elif item.suffix in DICOM_ENDINGS:
        # its name promises DICOM, so it is not of another kind
        yield item.reject("not_dicom", "has no DICOM header; check or export the file again")
    else:
        kind = "binary, and no DICOM or NIfTI" if b"\0" in head else "text, but neither a table nor JSON by its name"
        yield item.reject("unsupported_file", kind, skipped=not item.asked_for)
