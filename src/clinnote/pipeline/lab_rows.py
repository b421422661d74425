"""Values that do not stand directly behind their name: "AST/ALT 35/40", and a row of names above a row of numbers."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from clinnote.model.mention import Measurement
from clinnote.ontology.number_tables import NumberTables
from clinnote.pipeline.quantities import LONGEST, NUMBER, number_of, read_unit
from clinnote.pipeline.records import Concept

_JOIN: Final = re.compile(r"\s?(?:/|&|,\s?and|,|and)\s?", re.IGNORECASE)
_LINK: Final = re.compile(
    r"[ \t]{0,20}(?:levels?|values?|counts?)?[ \t]{0,4}"
    r"(?:[:=,-]|(?:(?:were|was|are|is|of|at|elevated|low|normal)[ \t]+)*)[ \t]{0,20}",
    re.IGNORECASE,
)
_ONE: Final = re.compile(NUMBER)
_NEXT: Final = re.compile(rf"\s?(?:/|,\s?and\s|,|\band\b)\s?(?={NUMBER})", re.IGNORECASE)
_NUMBER: Final = re.compile(rf"(?<![\w.,/-]){NUMBER}(?![\w/])|(?<!\w)-{{1,2}}(?!\w)")
_CELL: Final = rf"(?:{NUMBER}|-{{1,2}})\*?"
_ROW_CELLS: Final = re.compile(rf"[ \t|]*{_CELL}(?:[ \t|]+{_CELL})*[ \t|]*")
_PARTED: Final = re.compile(r"[ \t|]+")


def paired_values(
    text: str, concepts: Sequence[Concept], names: Sequence[int], tables: NumberTables
) -> Mapping[int, Measurement]:
    """Values of names in a list ("AST/ALT", "Na, K and Cl") when as many values follow it; by index of the concept."""
    found: dict[int, Measurement] = {}
    at = 0
    while at < len(names):
        last = at
        while last + 1 < len(names) and _JOIN.fullmatch(
            text, concepts[names[last]].end, concepts[names[last + 1]].start
        ):
            last += 1
        if last > at:
            end = concepts[names[last]].end
            link = _LINK.match(text, end)
            values = _list(text, link.end() if link else end, last - at + 1, tables)
            found.update(zip(names[at : last + 1], values, strict=False))
        at = last + 1
    return found


def _list(text: str, at: int, count: int, tables: NumberTables) -> list[Measurement]:
    """Exactly ``count`` values in a row, each perhaps with its unit; none when there are more or fewer."""
    values: list[Measurement] = []
    while len(values) <= count and (number := _ONE.match(text, at)) is not None and len(number[0]) <= LONGEST:
        unit = read_unit(text, number.end(), tables)
        end = unit[1] if unit else number.end()
        values.append(Measurement(number.start(), end, number_of(number[0]), None, unit[0].ucum if unit else None))
        following = _NEXT.match(text, end)
        if following is None:
            break
        at = following.end()
    return values if len(values) == count else []


def column_values(text: str, concepts: Sequence[Concept], names: Sequence[int]) -> Mapping[int, Measurement]:
    """Values that stand in the line below a line of names, as many as there are names; by index of the concept."""
    found: dict[int, Measurement] = {}
    at = 0
    while at < len(names):
        last = at
        while last + 1 < len(names) and _PARTED.fullmatch(
            text, concepts[names[last]].end, concepts[names[last + 1]].start
        ):
            last += 1
        if last > at:
            found |= _below(text, concepts, names[at : last + 1])
        at = last + 1
    return found


def _below(text: str, concepts: Sequence[Concept], row: Sequence[int]) -> Mapping[int, Measurement]:
    end = text.find("\n", concepts[row[-1]].end)
    begin = text.rfind("\n", 0, concepts[row[0]].start) + 1
    if end < 0 or text[concepts[row[-1]].end : end].strip(" \t|") or text[begin : concepts[row[0]].start].strip(" \t|"):
        return {}
    stop = text.find("\n", end + 1)
    line = text[end + 1 : stop if stop >= 0 else len(text)].rstrip()
    if not _ROW_CELLS.fullmatch(line):
        return {}
    cells = list(_NUMBER.finditer(line))
    if len(cells) != len(row):
        return {}
    return {
        name: Measurement(end + 1 + cell.start(), end + 1 + cell.end(), number_of(cell[0]))
        for name, cell in zip(row, cells, strict=True)
        if cell[0][0] != "-" and len(cell[0]) <= LONGEST
    }
