"""Boxes and points in CSV: one label per row and finding, columns found by their names in any case.

Known spellings cover NIH ChestX-ray14 (``BBox_List_2017.csv``), VinDr-CXR, VinDr-Mammo and RSNA-like tables. A row
without coordinates is a label without geometry; a cell with several findings ("Effusion|Mass") gives several labels.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from clinnote.errors import RecordError, Reject
from clinnote.imaging.box_geometry import box_of, number_in
from clinnote.imaging.codes import sides_of_letter
from clinnote.imaging.label_text import side_of_label
from clinnote.imaging.labels import SeenSide, join_sides, label_id
from clinnote.imaging.midline import side_of_picture
from clinnote.imaging.places import Places
from clinnote.imaging.values import iso_date
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "study": (
        "study_id", "study", "studyinstanceuid", "study_instance_uid", "study_uid", "accession", "accession_number",
    ),
    "image": (
        "image_id", "image", "image_index", "image_name", "image_path", "img", "img_id", "filename", "file_name",
        "file", "path", "sopinstanceuid", "sop_instance_uid", "dicom_id", "imageid",
    ),
    "series": ("series_id", "series", "seriesinstanceuid", "series_instance_uid"),
    "finding": (
        "finding", "finding_label", "finding_labels", "finding_name", "finding_categories", "label", "labels", "class",
        "class_name", "category", "category_name", "abnormality", "pathology", "diagnosis",
    ),
    "site": ("site", "body_site", "location", "anatomy", "region", "body_part"),
    "side": ("laterality", "side", "image_laterality", "breast_side", "left_or_right_breast"),
    "presence": ("presence", "present", "status"),
    "x": ("x", "bbox_x", "bbox[x", "left"),
    "y": ("y", "bbox_y", "top"),
    "width": ("w", "width", "bbox_w", "bbox_width", "box_width"),
    "height": ("h", "height", "h]", "bbox_h", "bbox_height", "box_height"),
    "x1": ("x1", "xmin", "x_min"),
    "y1": ("y1", "ymin", "y_min"),
    "x2": ("x2", "xmax", "x_max"),
    "y2": ("y2", "ymax", "y_max"),
    "image_width": ("image_width", "img_width", "original_width", "originalimage[width", "columns", "cols"),
    "image_height": ("image_height", "img_height", "original_height", "rows"),
    "unit": ("unit", "units"),
    "orientation": ("orientation", "patient_orientation", "patientorientation"),
    "view": ("view", "view_position", "viewposition", "projection"),
    "modality": ("modality",),
    "date": ("date", "study_date", "studydate"),
    "annotator": ("annotator", "reader", "rad_id", "radiologist", "annotator_id"),
    "size_mm": ("size_mm", "diameter_mm"),
    "patient_id": ("patient_id", "patientid", "subject_id"),
}  # fmt: skip
"""What a column may be called, in lower case with blanks as underscores; the first that is there wins."""

_NIH: Final = "bbox[x"
_NIH_SIZE: Final = "1024"
"""ChestX-ray14 gives its boxes in pixels of the 1024 x 1024 images (README of the data set), all frontal."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Which cell holds what; ``nih`` marks the ChestX-ray14 list."""

    columns: Mapping[str, int]
    names: tuple[str, ...]
    nih: bool

    def cell(self, row: Sequence[str], key: str) -> str:
        """The text of one cell, "" when the column or the cell is missing."""
        place = self.columns.get(key)
        return row[place].strip() if place is not None and place < len(row) else ""


def read_boxes(text: TextIO, file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """The labels of a CSV (comma, semicolon or tab). ``text`` must be opened with ``newline=""``."""
    head = text.readline()
    delimiter = max(",;\t", key=head.count)
    header = next(csv.reader([head], delimiter=delimiter), [])
    table = _table_of(header)
    missing = [
        name for name, there in (("finding", _has(table, "finding")), ("study or image", _has_id(table))) if not there
    ]
    if missing:
        yield Reject(
            file, 1, "missing_column", f"no column for {' and '.join(missing)}; name it, for example, finding, study_id"
        )
        return
    rows = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Reject(file, rows.line_num + 1, "bad_csv", f"not readable as CSV ({error})")
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield from _labels_of(row, rows.line_num + 1, table, file, places)


def _table_of(header: Sequence[str]) -> _Table:
    names = tuple("_".join(name.replace("\ufeff", "").replace(" [", "[").lower().split()) for name in header)
    columns = {}
    for key, spellings in NAMES.items():
        found = next((spelling for spelling in spellings if spelling in names), None)
        if found is not None:
            columns[key] = names.index(found)
    if {"x1", "y1", "x2", "y2"} <= columns.keys():
        # with corners, a plain "width" is the image's (as in VinDr-CXR)
        for own, whole in (("width", "image_width"), ("height", "image_height")):
            if own in columns:
                columns.setdefault(whole, columns.pop(own))
        columns = {key: place for key, place in columns.items() if key not in ("x", "y", "width", "height")}
    return _Table(columns, names, _NIH in names)


def _has(table: _Table, key: str) -> bool:
    return key in table.columns


def _has_id(table: _Table) -> bool:
    return _has(table, "study") or _has(table, "image") or _has(table, "patient_id")


def _labels_of(
    row: Sequence[str], line: int, table: _Table, file: str, places: Places
) -> Iterator[ImageLabel | Reject]:
    findings = [part.strip() for part in table.cell(row, "finding").strip("[]").split("|")]
    for place, finding in enumerate(findings):
        try:
            yield _label(row, line, table, finding.strip("'\""), place, file, places)
        except RecordError as error:
            yield Reject(file, line, error.reason, str(error))
            return


def _label(
    row: Sequence[str], line: int, table: _Table, finding: str, place: int, file: str, places: Places
) -> ImageLabel:
    study = table.cell(row, "study") or table.cell(row, "image") or table.cell(row, "patient_id")
    if not finding:
        raise RecordError("missing_finding", "the finding is blank")
    if not study:
        raise RecordError("missing_study_id", "the study and the image are blank")
    geometry = _geometry(row, table)
    view = table.cell(row, "view") or ("frontal" if table.nih else None)
    modality = table.cell(row, "modality") or None
    site, words = places.site_of(table.cell(row, "site"))
    stated = table.cell(row, "side")
    seen = [
        SeenSide(sides_of_letter(stated) or side_of_label(f"{stated} "), "label_text", "side column"),
        SeenSide(words, "label_text", "site column"),
        SeenSide(places.node_of(finding)[1] or side_of_label(finding), "label_text", "finding"),
    ]
    nodes = (site.site if site else None, places.node_of(finding)[0])
    found = side_of_picture(geometry, view, modality, nodes, places) if geometry else None
    sides, extra = join_sides(seen, found)
    size = number_in(table.cell(row, "size_mm"))
    patient = table.cell(row, "patient_id")
    metadata: dict[str, Any] = {**extra, **_unknown(row, table)}
    if table.nih:
        metadata["label_set"] = "nih_chestxray14"
    if patient:
        metadata["patient_id"] = patient
    return ImageLabel(
        label_id=label_id("csv", _base(file), str(line), str(place), *row),
        study_id=study,
        series_id=table.cell(row, "series") or None,
        image_id=table.cell(row, "image") or None,
        finding=LabelFinding(finding),
        presence=_presence(table.cell(row, "presence")),
        sides=sides,
        site=site,
        geometry=geometry,
        size_mm=(size,) if size is not None else (),
        date=_date(table.cell(row, "date")),
        modality=modality,
        view=view,
        annotator=table.cell(row, "annotator") or None,
        source=Source("csv", file, f"row {line}"),
        metadata=metadata,
    )


def _geometry(row: Sequence[str], table: _Table) -> Geometry | None:
    cells = {key: table.cell(row, key) for key in ("x", "y", "width", "height", "x1", "y1", "x2", "y2")}
    size = (table.cell(row, "image_width"), table.cell(row, "image_height"))
    if table.nih and not size[0]:
        size = (_NIH_SIZE, _NIH_SIZE)
    return box_of(cells, size, table.cell(row, "orientation") or None, table.cell(row, "unit") or "px")


def _presence(value: str) -> str:
    """``present`` unless the cell says otherwise: CheXpert's 0 and -1, or a word."""
    word = value.lower()
    if word in ("absent", "0", "0.0", "no", "negative", "false"):
        return "absent"
    return "uncertain" if word in ("uncertain", "-1", "-1.0", "possible") else "present"


def _date(value: str) -> str | None:
    return iso_date(value) if value else None


def _base(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1]


def _unknown(row: Sequence[str], table: _Table) -> dict[str, str]:
    """Cells of columns that mean nothing here are kept."""
    known = set(table.columns.values())
    return {
        name: row[place].strip()
        for place, name in enumerate(table.names)
        if place not in known and name and place < len(row) and row[place].strip()
    }
