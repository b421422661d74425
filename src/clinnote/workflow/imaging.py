"""``images``: imaging files in, image labels out; on one process or several with identical bytes, resumed where cut.

What each file tells is kept in a working file as soon as it is read, for that takes the time; it is put together at the
end, because a file may be about others.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from clinnote import __version__
from clinnote.errors import RecordError, Reject
from clinnote.imaging.gathering import Gathering
from clinnote.imaging.read import FoundFile, files_of
from clinnote.imaging.shared import Shared, load_shared
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home
from clinnote.store.records import (
    STANDARD_STREAM,
    RecordWriter,
    check_distinct,
    check_output,
    files_of_run,
    rejects_path,
    write_rejects,
)
from clinnote.store.spool import Spool, files_of_spool
from clinnote.workflow.crew import Crew
from clinnote.workflow.image_work import FileReader, lost, packed, unpacked

_MOST_BYTES: Final = 32 << 20
_MOST_FILES: Final = 64
"""One chunk of work: an interruption costs one for each process."""

Chunk = tuple[FoundFile, ...]


@dataclass(frozen=True, slots=True)
class ImagesSummary:
    """What a run read."""

    labels: int
    sided: int
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    resumed: int = 0
    """Files, or studies of a PACS, that an earlier, interrupted run had read."""
    studies: int = 0
    """Studies that a PACS listed."""


def read_images(
    paths: Iterable[Path],
    out: Path,
    home: Home,
    strict: bool = False,
    root: Path | None = None,
    progress: Callable[[Sequence[Any]], Iterable[Any]] = iter,
    jobs: int = 1,
    fresh: bool = False,
) -> ImagesSummary:
    """Write the image labels of all files and folders to ``out``; what gives none is named in the rejects.

    A run that was cut off goes on behind the files it had read when the same is asked again, unless they, the tables
    or the version have changed since. Standard input and standard output can't go on.

    Args:
        paths: files, folders and archives.
        out: ``.jsonl`` or ``.parquet``, or ``-``.
        home: where the tables are.
        strict: stop at the first file that can't be read.
        root: file names in the labels are relative to it; without it they are those of ``paths``.
        progress: goes through the chunks of files.
        jobs: processes; the output is the same bytes for any number.
        fresh: begin anew even where an interrupted run could go on.

    Raises:
        UsageError: the output can't be written.
        RecordError: with ``strict``, the first file that can't be read.
    """
    paths = tuple(paths)
    check_distinct([out, rejects_path(out)], paths)
    check_output(out)
    shared = load_shared(home)
    with ExitStack() as stack:
        work = out.with_name(out.name + ".work")
        if out == STANDARD_STREAM:
            work = Path(stack.enter_context(TemporaryDirectory(prefix="clinnote-"))) / "images.work"
        chunks = list(_chunks(files_of(paths, [*files_of_run(out), *files_of_spool(work)])))
        anew = fresh or STANDARD_STREAM in (*paths, out)
        spool = stack.enter_context(Spool(work, ImageLabel, _stamp(home), anew, scratch=True))
        resumed = _fill(spool, chunks, home, shared, 1 if STANDARD_STREAM in paths else jobs, strict, progress)
        labels, sided, rejects = _written(_put_together(spool, shared), out, root, strict)
    return ImagesSummary(labels, sided, tuple(rejects), write_rejects(out, rejects), resumed)


def _written(
    found: Iterable[ImageLabel | Reject], out: Path, root: Path | None, strict: bool
) -> tuple[int, int, list[Reject]]:
    """(labels written, those with a side, what was set aside)."""
    rejects: list[Reject] = []
    sided = 0
    with RecordWriter(out, ImageLabel) as writer:
        for item in found:
            if isinstance(item, Reject):
                _check(item, strict)
                rejects.append(item)
                continue
            label = _named_from(item, root) if root else item
            try:
                writer.write(label)
            except RecordError as error:
                rejects.append(Reject(label.source.file, None, error.reason, str(error)))
            else:
                sided += bool(label.sides.values)
    return writer.count, sided, rejects


def _chunks(files: Iterable[FoundFile]) -> Iterator[Chunk]:
    """The files in order; the division depends on them alone, so that an interrupted run finds its chunks again."""
    chunk: list[FoundFile] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += _state(file)[0]
        if size >= _MOST_BYTES or len(chunk) >= _MOST_FILES:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)


def _state(found: FoundFile) -> tuple[int, int]:
    """Size and time of the last change; zeros for what is no file."""
    if isinstance(found.file, Reject):
        return 0, 0
    try:
        stat = found.file.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


def _digest(chunk: Chunk) -> str:
    about = "\n".join(f"{found!r} {_state(found)}" for found in chunk)
    return hashlib.blake2b(about.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _stamp(home: Home) -> dict[str, Any]:
    """What must be equal for two runs to read the same files alike: the version, and the tables as they are."""
    tables = hashlib.blake2b(digest_size=16)
    for folder in (home.ontologies, home.configs):
        for path in sorted(folder.rglob("*")):
            state = path.stat()
            tables.update(f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return {"clinnote": __version__, "tables": tables.hexdigest()}


def _fill(
    spool: Spool,
    chunks: Sequence[Chunk],
    home: Home,
    shared: Shared,
    jobs: int,
    strict: bool,
    progress: Callable[[Sequence[Any]], Iterable[Any]],
) -> int:
    """Read the files that the spool does not hold yet; gives the number of those that it held."""
    digests = list(map(_digest, chunks))
    pairs = enumerate(zip(digests, spool.parts, strict=False))
    same = next((at for at, (digest, part) in pairs if digest != part.digest), min(len(digests), len(spool.parts)))
    spool.keep(same)
    todo = chunks[same:]
    with ExitStack() as stack:
        if jobs > 1 and len(todo) > 1:
            crew = stack.enter_context(Crew[FoundFile, bytes](jobs, "clinnote.workflow.image_work:file_reader", lost))
            crew.prepare(home.root)
            results = crew.map(todo)
        else:
            reader = FileReader(shared)
            results = ([reader(chunk)] for chunk in todo)
        for digest, _ in zip(digests[same:], progress(todo), strict=True):
            spool.add(digest, _joined(next(results), strict), 0, 0, ())
    return sum(map(len, chunks[:same]))


def _joined(payloads: Sequence[bytes], strict: bool) -> bytes:
    """What a chunk tells as one; its files come one by one where a worker died."""
    if len(payloads) == 1 and not strict:
        return payloads[0]
    events = [event for payload in payloads for event in unpacked(payload)]
    for event in events:
        if isinstance(event, Reject):
            _check(event, strict)
    return packed(events)


def _put_together(spool: Spool, shared: Shared) -> Iterator[ImageLabel | Reject]:
    gathering = Gathering(shared.places, shared.rules.maps)
    for payload in spool.payloads():
        for event in unpacked(payload):
            yield from gathering.take(event)
    yield from gathering.finish()


def _check(reject: Reject, strict: bool) -> None:
    if strict and not reject.skipped:
        raise RecordError(reject.reason, f"{reject.place}: {reject.message} (--strict)")


def _named_from(label: ImageLabel, root: Path) -> ImageLabel:
    file = Path(label.source.file)
    named = file.relative_to(root).as_posix() if file.is_relative_to(root) else label.source.file
    return replace(label, source=replace(label.source, file=named))
