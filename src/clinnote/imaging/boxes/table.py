"""Labels in tables: one per row and finding, with or without a box or point; columns found by their names.

The names, and the tables that people publish (NIH, RSNA, VinDr, CheXpert, MIMIC-CXR, PadChest, CBIS-DDSM, LIDC ...),
are rows of ``configs/images.toml``. A row without coordinates is a label without geometry.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Final, TextIO

from clinnote.errors import RecordError, Reject
from clinnote.imaging.boxes.csv_layouts import Claim, claims_of
from clinnote.imaging.boxes.csv_rows import CsvRows, Row
from clinnote.imaging.boxes.csv_table import Table, table_of
from clinnote.imaging.dicom.values import iso_date
from clinnote.imaging.sides.box_geometry import box_of, number_in
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from
from clinnote.imaging.table_rules import TableRules
from clinnote.model.image_label import Geometry, ImageLabel, Source

_NOTES: Final = frozenset({"text", "note", "notetext", "report", "reporttext", "impression", "findings"})
_BOX: Final = ("x", "y", "width", "height", "x1", "y1", "x2", "y2")
_CORNERS: Final = ("x1", "y1", "x2", "y2")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_BLANK: Final = frozenset({"", "nan", "na", "n/a", "none", "null"})


def read_boxes(text: TextIO, file: str, places: Places, rules: TableRules) -> Iterator[ImageLabel | Reject]:
    """The labels of a CSV (comma, semicolon, tab or bar).

    Args:
        text: opened with ``newline=""`` and ``errors="surrogateescape"``.
        file: its name.
        places: look-ups of body sites.
        rules: names of columns, and published tables.
    """
    rows = CsvRows(text, file)
    table = table_of(rows.header, rules, rows.separator)
    missing = [
        name
        for name, there in (("finding", table.names_findings), ("study or image", table.names_studies))
        if not there
    ]
    if missing:
        yield _missing(rows, missing, file)
        return
    seen: set[bytes] = set()
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        digest = hashlib.sha256("\x1f".join(row.cells).encode()).digest()[:12]
        if digest in seen:
            yield Reject(file, row.line, "duplicate_row", "is the same as a row before it", skipped=True)
            continue
        seen.add(digest)
        try:
            _check_whole(row, table)
            claims = tuple(claims_of(row, table, rules))
            labels = [_label(row, claim, place, table, file, places) for place, claim in enumerate(claims)]
        except RecordError as error:
            yield Reject(file, row.line, error.reason, str(error))
        else:
            yield from labels


def _missing(rows: CsvRows, missing: list[str], file: str) -> Reject:
    names = {name.strip().lower().replace("_", "") for name in rows.header}
    return Reject(
        file,
        rows.header_line,
        "missing_column",
        f"no column for {' and '.join(missing)}; name it, for example, finding, study_id (configs/images.toml)",
        skipped=bool(names & _NOTES) and "finding" in missing,
    )


def _check_whole(row: Row, table: Table) -> None:
    if not row.whole and len(row.cells) < table.width:
        raise RecordError("truncated_row", f"the file ends after {len(row.cells)} of {table.width} cells")


def _label(row: Row, claim: Claim, place: int, table: Table, file: str, places: Places) -> ImageLabel:
    shape = table.shape
    study = table.study(row)
    if not study:
        raise RecordError("missing_study_id", "the study and the image are blank")
    if not claim.finding:
        raise RecordError("missing_finding", "the finding is blank")
    geometry = _geometry(row, table)
    metadata = table.kept(row)
    if shape.label_set:
        metadata["label_set"] = shape.label_set
    statement = Statement(
        study,
        claim.finding,
        Source("csv", file, f"row {row.line} column {claim.column}" if claim.column else f"row {row.line}"),
        ("csv", file.replace("\\", "/").rsplit("/", 1)[-1], str(row.line), str(place), *row.cells),
        image_id=claim.image or table.cell(row, "image") or None,
        series_id=table.cell(row, "series") or None,
        presence=claim.presence,
        geometry=geometry,
        site=claim.site or table.cell(row, "site") or shape.site,
        side=table.cell(row, "side"),
        side_where="side column",
        view=table.view(row),
        modality=table.cell(row, "modality") or shape.modality,
        date=iso_date(table.cell(row, "date")) if table.cell(row, "date") else None,
        annotator=table.cell(row, "annotator") or None,
        size_mm=_sizes(row, table),
        exhaustive_for=table.complete,
        metadata=metadata,
    )
    return label_from(statement, places)


def _geometry(row: Row, table: Table) -> Geometry | None:
    if "x" not in table.columns and "x1" not in table.columns and "corners" not in table.columns:
        return None
    cells = {key: _plain(table.cell(row, key), table) for key in _BOX}
    corners = _parts(table.cell(row, "corners"))
    if corners and len(corners) != len(_CORNERS):
        raise RecordError("bad_box", "a cell with a box must hold four numbers: x1, y1, x2, y2")
    cells.update(zip(_CORNERS, corners, strict=False))
    if all(text.lower() in _BLANK for text in cells.values()):
        return None
    unit = table.cell(row, "unit") or table.shape.unit or "px"
    if unit == "mm" and {"x", "y", "z"} <= table.columns.keys():
        return _centroid(row, table)
    whole = _parts(table.cell(row, "size")) if "corners" in table.columns else []
    default = (whole[0], whole[1]) if len(whole) > 1 else table.shape.image_size
    size = (
        _plain(table.cell(row, "image_width"), table) or default[0],
        _plain(table.cell(row, "image_height"), table) or default[1],
    )
    return box_of(cells, size, table.cell(row, "orientation") or None, unit)


def _parts(cell: str) -> list[str]:
    """The numbers that one cell holds: "226.9, 90.4, 241.6, 112"."""
    return [part for part in re.split(r"[\s,;]+", cell.strip("[]() ")) if part]


def _sizes(row: Row, table: Table) -> tuple[float, ...]:
    """Lengths in mm: the column that holds them, else diameters in pixels times the spacing of square pixels."""
    size = _number(table.cell(row, "size_mm"), table)
    if size is not None:
        return (size,)
    spacing = [number_in(part) for part in _parts(table.cell(row, "spacing"))]
    lengths = [number_in(part) for part in _parts(table.cell(row, "diameters_px"))]
    step = spacing[0] if spacing else None
    return tuple(round(length * step, 2) for length in lengths if length and step and length > 0 < step)


def _centroid(row: Row, table: Table) -> Geometry | None:
    """A point in mm, as DICOM and ITK count (x grows towards the patient's left)."""
    cells = [table.cell(row, key) for key in ("x", "y", "z")]
    if not any(cells):
        return None
    x, y, z = (_number(cell, table) for cell in cells)
    if x is None or y is None or z is None:
        raise RecordError("bad_number", "a point in mm needs three numbers")
    return Geometry("centroid", "mm", x=x, y=y, z=z)


def _number(text: str, table: Table) -> float | None:
    return number_in(_plain(text, table))


def _plain(text: str, table: Table) -> str:
    """A number's text with a point for the decimal comma, which is one where no comma separates the cells."""
    if table.separator != "," and _DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", ".")
    return text
