"""The rows of a CSV as people really save it: any separator, byte order mark, quotes, cut lines, odd bytes.

RFC 4180 says what a well-made file looks like; whatever a row breaks of it costs that row, not the file.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from clinnote.errors import Reject

SEPARATORS: Final = ",;\t|"
MAX_LINE: Final = 1 << 20
"""Characters of one line."""
MAX_LINES: Final = 200
"""Lines of one row; a quote that is not closed within them is a stray one."""
_SURROGATE: Final = re.compile(r"[\udc80-\udcff]")
_NOT_UTF8: Final = "is not UTF-8; re-encode the file as UTF-8"
_UNCLOSED: Final = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it starts on (from 1), its cells, and whether its last line ended with a line break."""

    line: int
    cells: tuple[str, ...]
    whole: bool = True


class CsvRows:
    """Header and rows of one table.

    Args:
        text: opened with ``newline=""`` and ``errors="surrogateescape"``.
        file: its name, for the rejects.
    """

    def __init__(self, text: TextIO, file: str) -> None:
        self._text = text
        self._file = file
        self._line = 0
        self._waiting: list[tuple[int, str]] = []
        self.separator = ","
        self.header: tuple[str, ...] = ()
        self.header_line = 1
        self._read_header()

    def _read_header(self) -> None:
        while (numbered := self._next_line()) is not None:
            number, line = numbered
            bare = line.strip().removeprefix("\ufeff")
            if bare.lower().startswith("sep=") and len(bare) == 5:
                continue  # a hint that Excel writes for itself
            if bare.strip(SEPARATORS + ' "'):
                self.separator = max(SEPARATORS, key=bare.count)
                cells = self._cells(bare) or ()
                while cells and not cells[-1].strip():
                    cells = cells[:-1]
                self.header, self.header_line = tuple(cells), number
                return

    def __iter__(self) -> Iterator[Row | Reject]:
        """The rows below the header; blank ones are left out."""
        while (numbered := self._next_line()) is not None:
            number, line = numbered
            if len(line) > MAX_LINE:
                yield self._reject(number, "huge_row", f"is longer than {MAX_LINE} characters")
            elif _has_odd_bytes(line):
                yield self._reject(number, "not_utf8", _NOT_UTF8)
            elif line.strip(self.separator + " \r\n"):
                yield self._row(number, line)

    def _row(self, number: int, line: str) -> Row | Reject:
        cells = self._cells(line) if '"' in line else line.rstrip("\r\n").split(self.separator)
        if cells is None:
            joined = self._joined(line)
            if joined is None:
                return self._reject(number, "unclosed_quote", "a quote is opened and not closed")
            line, cells = joined
            if _has_odd_bytes(line):
                return self._reject(number, "not_utf8", _NOT_UTF8)
        if len(cells) > len(self.header) and any(cell.strip() for cell in cells[len(self.header) :]):
            return self._reject(
                number,
                "ragged_row",
                f"{len(cells)} cells, but the header has {len(self.header)}; put quotes around cells with a separator",
            )
        return Row(number, tuple(cells[: len(self.header)]), line.endswith(("\n", "\r")))

    def _cells(self, line: str) -> Sequence[str] | None:
        """The cells of a line; None when a quote stays open."""
        try:
            return next(csv.reader([line], delimiter=self.separator, strict=True), [])
        except csv.Error as error:
            if str(error) == _UNCLOSED:
                return None
        try:
            return next(csv.reader([line], delimiter=self.separator), [])
        except csv.Error:
            return line.rstrip("\r\n").split(self.separator)

    def _joined(self, line: str) -> tuple[str, Sequence[str]] | None:
        """A row with line breaks inside its quotes; None (and the lines are read again) when the quote stays open."""
        taken: list[tuple[int, str]] = []
        whole = line
        while len(taken) < MAX_LINES and len(whole) <= MAX_LINE and (numbered := self._next_line()) is not None:
            taken.append(numbered)
            whole += numbered[1]
            if '"' not in numbered[1]:
                continue
            try:
                cells = next(csv.reader([whole], delimiter=self.separator, strict=True), [])
            except csv.Error as error:
                if str(error) == _UNCLOSED:
                    continue
                break  # a stray quote has met that of another row
            if len(cells) == len(self.header):
                return whole, cells
            break
        self._waiting = taken + self._waiting
        return None

    def _next_line(self) -> tuple[int, str] | None:
        if self._waiting:
            return self._waiting.pop(0)
        line = self._text.readline(MAX_LINE + 1)
        if not line:
            return None
        self._line += 1
        if len(line) > MAX_LINE:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self._text.readline(MAX_LINE)
        return self._line, line

    def _reject(self, line: int, reason: str, message: str) -> Reject:
        return Reject(self._file, line, reason, message)


def _has_odd_bytes(line: str) -> bool:
    return not line.isascii() and _SURROGATE.search(line) is not None
