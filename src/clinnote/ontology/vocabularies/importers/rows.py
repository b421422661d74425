"""Rows of release files: tab-divided (RF2, Athena), quoted CSV (LOINC) and bar-divided (RRF), each with its line.

Releases are made by machines: a row with another number of cells than its header means that the file is cut short or
damaged, and half a terminology is worse than none, so every such row ends the build with file, line and remedy.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TextIO

from clinnote.errors import UsageError

_REMEDY: Final = "the file is cut short or damaged; unpack or download the release again"


def damaged(path: Path, line: int, what: str) -> UsageError:
    """The error for a release file that is not whole."""
    return UsageError(f"{path}:{line}: {what}: {_REMEDY}")


def find_files(folder: Path, pattern: str, what: str = "") -> list[Path]:
    """The files anywhere below ``folder`` whose name matches ``pattern`` (letter case aside), by path.

    Raises:
        UsageError: the folder is missing or still packed, or it lacks a file that ``what`` names as needed.
    """
    if folder.suffix.lower() in (".zip", ".tar", ".gz", ".tgz"):
        raise UsageError(f"{folder}: unpack the release first, then name its folder")
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of the unpacked release")
    matches = re.compile(pattern, re.I).fullmatch
    found = sorted(path for path in folder.rglob("*") if matches(path.name) and path.is_file())
    if what and not found:
        raise UsageError(f"{folder}: {what} is not in it; name the folder of the unpacked release")
    return found


def read_rows(
    path: Path, need: Sequence[str], whole: Callable[[Sequence[str]], bool] | None = None
) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, cells of the columns ``need``) of a tab-divided file with a header, no quoting.

    ``whole`` judges the cells of a last line that has no line break: False means that it is cut.

    Raises:
        UsageError: the file can't be read, lacks a column, or has a row that is not whole.
    """
    lines = _lines(path)
    header = _cells(next(lines, ""))
    pick, width = _picker(path, header, need), len(header)
    number = 1
    for number, line in enumerate(lines, 2):
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != width:
            if cells == [""]:
                continue
            raise damaged(path, number, f"{len(cells)} cells, must be {width}")
        if line[-1] != "\n" and whole is not None and not whole(cells):
            raise damaged(path, number, "the last cell is not whole")
        yield number, pick(cells)
    if number == 1:
        raise damaged(path, 1, "no row behind the header")


def read_quoted(path: Path, need: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, cells of the columns ``need``) of a CSV file with quotes and a header.

    Raises:
        UsageError: the file can't be read, lacks a column, or has a row that is not whole.
    """
    reader = csv.reader(_lines(path), strict=True)
    number = 0
    try:
        header = next(reader, [])
        pick, width = _picker(path, header, need), len(header)
        for cells in reader:
            number = reader.line_num
            if not cells:
                continue
            if len(cells) != width:
                raise damaged(path, number, f"{len(cells)} cells, must be {width}")
            yield number, pick(cells)
    except csv.Error:
        raise damaged(path, reader.line_num, "a quote that is never closed, or a stray one") from None
    if number == 0:
        raise damaged(path, 1, "no row behind the header")


def read_bars(path: Path, width: int, places: Sequence[int]) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, cells at ``places``) of an RRF file: ``width`` cells, each closed by a bar, no header.

    Raises:
        UsageError: the file can't be read, is empty, or has a row that is not whole.
    """
    pick = itemgetter(*places)
    number = 0
    for number, line in enumerate(_lines(path), 1):
        cells = line.rstrip("\r\n").split("|")
        if len(cells) != width + 1 or cells[-1]:
            if cells == [""]:
                continue
            raise damaged(path, number, f"{len(cells) - 1} cells, must be {width}")
        yield number, pick(cells)
    if number == 0:
        raise damaged(path, 1, "no row")


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line from 1, text without its line break) of a UTF-8 file.

    Raises:
        UsageError: the file can't be read.
    """
    for number, line in enumerate(_lines(path), 1):
        yield number, line.rstrip("\r\n")


def _picker(path: Path, header: Sequence[str], need: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    names = [name.strip().casefold() for name in header]
    missing = [name for name in need if name.casefold() not in names]
    if missing:
        raise UsageError(f"{path}:1: the header lacks {', '.join(missing)}; is it the right file of the release?")
    places = [names.index(name.casefold()) for name in need]
    return itemgetter(*places) if len(places) > 1 else lambda cells: (cells[places[0]],)


def _cells(line: str) -> list[str]:
    return line.rstrip("\r\n").split("\t")


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        with _open(path) as stream:
            for line in stream:
                number += 1
                yield line
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise UsageError(
            f"{path}:{_bad_line(path)}: not UTF-8; take the file as it was released, not re-saved"
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise damaged(path, number, "its compression ends too early") from None
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror or type(error).__name__})") from None


def _open(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="\n")
    return path.open(encoding="utf-8-sig", newline="\n")


def _bad_line(path: Path) -> int:
    """The first line that is not UTF-8; the text reader decodes in blocks and can't tell."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
        return next((number for number, raw in enumerate(stream, 1) if not _utf8(raw)), 1)


def _utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
