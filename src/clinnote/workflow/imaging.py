"""``images``: imaging files in, image labels out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clinnote.errors import RecordError, Reject
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home
from clinnote.store.records import RecordWriter, check_distinct, files_of_run, rejects_path, write_rejects


@dataclass(frozen=True, slots=True)
class ImagesSummary:
    """What a run read."""

    labels: int
    sided: int
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    resumed: int = 0
    """Studies of a PACS that an earlier, interrupted run had read."""
    studies: int = 0
    """Studies that a PACS listed."""


def read_images(
    paths: Iterable[Path],
    out: Path,
    home: Home,
    strict: bool = False,
    root: Path | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> ImagesSummary:
    """Write the image labels of all files and folders to ``out``; what gives none is named in the rejects.

    File names in the labels are those of ``paths``, or relative to ``root`` where it is given.

    Raises:
        UsageError: a path does not exist, or the output can't be written.
        RecordError: with ``strict``, the first file that can't be read.
    """
    paths = tuple(paths)
    check_distinct([out, rejects_path(out)], paths)
    rejects: list[Reject] = []
    sided = 0
    with RecordWriter(out, ImageLabel) as writer:
        for item in progress(read_image_labels(paths, home, files_of_run(out))):
            if isinstance(item, Reject):
                if strict and not item.skipped:
                    raise RecordError(item.reason, f"{item.file}: {item.message} (--strict)")
                rejects.append(item)
            else:
                writer.write(_named_from(item, root) if root else item)
                sided += bool(item.sides.values)
    return ImagesSummary(writer.count, sided, tuple(rejects), write_rejects(out, rejects))


def _named_from(label: ImageLabel, root: Path) -> ImageLabel:
    file = Path(label.source.file)
    named = file.relative_to(root).as_posix() if file.is_relative_to(root) else label.source.file
    return replace(label, source=replace(label.source, file=named))
