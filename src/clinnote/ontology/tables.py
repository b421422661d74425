"""Reading the knowledge tables: UTF-8 TSV with a header line, ``#`` comments, lists in a cell split by ``|``."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinnote.errors import OntologyError


def read_given(path: Path) -> bytes:
    """The bytes of a file that the user named; ``-`` is standard input.

    Raises:
        OSError: the file can't be read.
    """
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()


@dataclass(frozen=True, slots=True)
class Row:
    """One row with the place it stands at, so that every complaint can name file and line."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def items(self, column: str) -> tuple[str, ...]:
        """The values of a list cell (split at ``|``, blanks dropped)."""
        cell = self.cells[column].strip()
        if "|" not in cell:  # most cells hold one value or none
            return (cell,) if cell else ()
        return tuple([value for part in cell.split("|") if (value := part.strip())])

    def error(self, message: str) -> OntologyError:
        """An error that names this row."""
        return OntologyError(f"{self.file.name}:{self.line}: {message}")


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a table whose header must be exactly ``columns``.

    Raises:
        OntologyError: the file is missing, its header differs, or a row has another number of cells.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise OntologyError(f"{path.name} is missing in {path.parent}") from None
    except UnicodeDecodeError as error:
        raise OntologyError(f"{path.name}: not UTF-8 at byte {error.start}") from None
    header: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.rstrip("\r").split("\t")]
        if header is None:
            header = cells
            if header != list(columns):
                raise OntologyError(f"{path.name}:{number}: header must be {' '.join(columns)}")
            continue
        if len(cells) != len(columns):
            raise OntologyError(f"{path.name}:{number}: {len(cells)} cells, must be {len(columns)}")
        yield Row(path, number, dict(zip(columns, cells, strict=True)))


def state_of(*folders: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of each table of the folders: while it is the same, so is what was read."""
    found = [(file, file.stat()) for folder in folders for file in sorted(folder.glob("*.tsv"))]
    return tuple((str(file), about.st_size, about.st_mtime_ns) for file, about in found)
