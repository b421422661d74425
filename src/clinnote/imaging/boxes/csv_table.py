"""Which column of a table holds what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.boxes.csv_rows import Row
from clinnote.imaging.table_rules import Shape, TableRules, column_key

_CORNERS: Final = frozenset({"x1", "y1", "x2", "y2"})
_SEXES: Final = {"m": "M", "male": "M", "f": "F", "female": "F"}
_KINDS_OF_ID: Final = ("study", "image", "patient_id", "series")


@dataclass(frozen=True, slots=True)
class Table:
    """A header, read: ``columns`` field -> column number, ``findings`` column number -> finding (wide tables)."""

    shape: Shape
    names: tuple[str, ...]
    columns: Mapping[str, int]
    findings: Mapping[int, str]
    separator: str
    complete: tuple[str, ...] = ()
    """Findings that the set's readers looked for in every image."""
    others: tuple[tuple[int, str], ...] = ()
    """Columns that mean nothing here and are kept: number and name."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    @property
    def names_findings(self) -> bool:
        """Whether a row can name a finding."""
        return bool(self.findings or self.shape.finding or self.shape.layout == "suffix") or any(
            key in self.columns for key in ("finding", "class_id", "sentences")
        )

    @property
    def names_studies(self) -> bool:
        """Whether a row can name a study, an image or a patient."""
        return any(key in self.columns for key in _KINDS_OF_ID)

    def cell(self, row: Row, key: str) -> str:
        """The text of one cell, "" when the column or the cell is missing."""
        place = self.columns.get(key)
        return row.cells[place].strip() if place is not None and place < len(row.cells) else ""

    def study(self, row: Row) -> str:
        """The study of a row, else its image, its series or its patient."""
        whole = next((text for key in ("study", "image", "series", "patient_id") if (text := self.cell(row, key))), "")
        pattern = self.shape.study
        if pattern is not None:
            for text in (self.cell(row, "image"), whole):
                if found := pattern.search(text):
                    return found[1]
            return self.cell(row, "patient_id") or whole
        return whole

    def view(self, row: Row) -> str | None:
        """The view of a row: its cell, said as the table's README explains it, else the table's."""
        said = self.cell(row, "view")
        kind = self.cell(row, "view_kind")
        if kind and kind.lower() != "frontal":
            return kind.lower()
        return self.shape.views.get(said, said) or kind.lower() or self.shape.view

    def kept(self, row: Row) -> dict[str, Any]:
        """What a row says besides: identity, and the cells of columns that mean nothing here."""
        cells = row.cells
        kept: dict[str, Any] = {
            name: text for place, name in self.others if place < len(cells) and (text := cells[place].strip())
        }
        patient = self.cell(row, "patient_id")
        if not patient and self.shape.patient is not None:
            found = self.shape.patient.search(self.cell(row, "image") or self.cell(row, "study"))
            patient = found[1] if found else ""
        if patient:
            kept["patient_id"] = patient
        sex = _SEXES.get(self.cell(row, "patient_sex").lower())
        if sex:
            kept["patient_sex"] = sex
        return kept


def table_of(header: Sequence[str], rules: TableRules, separator: str = ",") -> Table:
    """Find out what the columns of a header are."""
    shape = rules.shape_of(header)
    names = tuple("_".join(name.lower().split()) for name in header)
    keys = [column_key(name) for name in header]
    findings = rules.finding_columns(header, shape) if shape.layout == "wide" else {}
    columns = {key: keys.index(name) for key, name in shape.columns.items() if name in keys}
    taken = {*columns.values(), *findings}
    for key, spellings in rules.columns.items():
        free = [keys.index(name) for name in spellings if name in keys and keys.index(name) not in taken]
        if free:
            columns.setdefault(key, free[0])
    if columns.keys() >= _CORNERS:
        # with corners, a plain "width" is the image's (as in VinDr-CXR)
        for own, whole in (("width", "image_width"), ("height", "image_height")):
            if own in columns:
                columns.setdefault(whole, columns[own])
        columns = {key: place for key, place in columns.items() if key not in ("x", "y", "width", "height")}
    complete = rules.maps.complete_for(shape.label_set) if shape.label_set else ()
    used = {*columns.values(), *findings}
    others = tuple(
        (place, name)
        for place, name in enumerate(names)
        if name and place not in used and keys[place] not in shape.drop
    )
    return Table(shape, names, columns, findings, separator, complete, others)
