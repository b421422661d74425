"""The claims of one row, for each way in which tables lay findings out."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.imaging.boxes.csv_rows import Row
from clinnote.imaging.boxes.csv_table import Table
from clinnote.imaging.sides.box_geometry import number_in
from clinnote.imaging.sides.statement import presence_in
from clinnote.imaging.table_rules import TableRules

PLACE: Final = "loc "
"""Begins a place in PadChest's lists (Bustos et al., Med Image Anal 2020)."""
PLACES_SET: Final = "padchest_location"
_NO_LABEL: Final = frozenset({"exclude", "unchanged", "suboptimal study"})
"""PadChest's labels about the report or the film, not about a finding."""
_BLANK: Final = frozenset({"", "nan", "na", "n/a", "none", "null"})
_LIST: Final = re.compile(r"\[.*\]", re.S)


@dataclass(frozen=True, slots=True)
class Claim:
    """One finding of a row; ``site`` and ``image`` when the layout, and no column of their own, says them."""

    finding: str
    presence: str = "present"
    site: str = ""
    image: str = ""
    column: str = ""


def claims_of(row: Row, table: Table, rules: TableRules) -> Iterator[Claim]:
    """What a row claims.

    Raises:
        RecordError: a cell that must be understood is not.
    """
    if table.shape.layout == "wide":
        yield from _wide(row, table, rules)
    elif table.shape.layout == "suffix":
        yield _suffix(row, table)
    elif table.shape.layout == "sentences":
        yield from _sentences(row, table, rules)
    else:
        yield from _long(row, table)


def _long(row: Row, table: Table) -> Iterator[Claim]:
    """A cell that names the finding, or several joined by a bar or as a Python list."""
    presence = _presence(table.cell(row, "presence"))
    named = table.cell(row, "finding")
    findings = [part for part in _findings(named) if part.lower() not in _BLANK or part.lower() == "none"]
    if not findings and table.cell(row, "class_id"):
        findings = [_class(table.cell(row, "class_id"), table)]
    if not findings:
        findings = [table.shape.finding]
    for finding in findings:
        yield Claim(finding, presence)


def _findings(cell: str) -> list[str]:
    if _LIST.fullmatch(cell):
        parts = _list_in(cell)
        if parts is not None:
            return [str(part).strip() for part in parts]
    return [part.strip().strip("'\"").strip() for part in cell.strip("[]").split("|")]


def _class(cell: str, table: Table) -> str:
    """The name of a class id."""
    number = cell.removesuffix(".0")
    if not table.shape.classes:
        raise RecordError("missing_finding", "the finding is blank; a class id alone names none")
    if number == "-1" and table.shape.unknown_class:
        return table.shape.unknown_class
    name = table.shape.classes[int(number)] if number.isdigit() and int(number) < len(table.shape.classes) else ""
    if not name:
        raise RecordError("unknown_category", "the class id is not one of this table's")
    return name


def _wide(row: Row, table: Table, rules: TableRules) -> Iterator[Claim]:
    """A column for each finding; blank says nothing."""
    for place, finding in table.findings.items():
        cell = row.cells[place].strip() if place < len(row.cells) else ""
        if cell.lower() in _BLANK:
            continue
        presence = presence_in(cell)
        if presence is None:
            raise RecordError("bad_presence", f"column {finding} must hold 1, 0, -1 or nothing")
        if presence == "present" or not rules.is_absence(finding, table.shape.label_set):
            yield Claim(finding, presence, column=finding)


def _suffix(row: Row, table: Table) -> Claim:
    """``ID_000012eaf_subdural,0``: the finding ends the id."""
    image, _, kind = table.cell(row, "image").rpartition("_")
    if not image or kind.lower() not in table.shape.types:
        raise RecordError("missing_finding", f"the id must end with _ and one of {', '.join(table.shape.types)}")
    presence = presence_in(table.cell(row, "presence"))
    if presence is None:
        raise RecordError("bad_presence", "the label must be 1 or 0")
    return Claim(kind, presence, image=image)


def _sentences(row: Row, table: Table, rules: TableRules) -> Iterator[Claim]:
    """Lists of labels, each followed by its places; the plain list of labels where there are no sentences.

    A label with several places gives a claim for each of them, because it is in all of them.
    """
    sentences = _list_in(table.cell(row, "sentences"))
    labels = _list_in(table.cell(row, "finding"))
    if sentences is None and labels is None:
        raise RecordError("bad_list", "labels must be a list as Python writes it")
    if not sentences:
        groups: list[Any] = [[label] for label in labels or []]
    else:
        groups = sentences if all(isinstance(group, list) for group in sentences) else [sentences]
    found: dict[tuple[str, str], None] = {}
    for group in groups:
        for finding, places in _placed(group):
            sites = [place for place in places if _site(place, rules)]
            rest = [place for place in places if place not in sites]
            for site in sites or [""]:
                found.setdefault((finding, ", ".join([site, *rest] if site else rest)))
    for finding, place in found:
        yield Claim(finding, site=place)


def _site(place: str, rules: TableRules) -> bool:
    """Whether a place is a part of the body, and not only a side or a distribution."""
    return any(meaning.site for meaning in rules.maps.find(PLACE + place, PLACES_SET))


def _placed(group: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """(label, its places); a place belongs to the label before it."""
    finding, places = "", list[str]()
    for part in (str(item).strip() for item in group):
        if part.startswith(PLACE):
            places.append(part.removeprefix(PLACE).strip())
            continue
        if finding and finding not in _NO_LABEL:
            yield finding, places
        finding, places = part, []
    if finding and finding not in _NO_LABEL:
        yield finding, places


def _list_in(cell: str) -> list[Any] | None:
    """The list that a cell writes as Python does; None for anything else."""
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _presence(cell: str) -> str:
    """The presence column of a row; blank and words that say nothing of presence leave the finding present."""
    presence = presence_in(cell)
    if presence is None and number_in(cell) is not None:
        raise RecordError("bad_presence", "the presence must be 1, 0, -1 or a word")
    return presence or "present"
