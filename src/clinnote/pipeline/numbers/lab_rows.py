"""Values that do not stand directly behind their name: "AST/ALT 35/40", and a row of names above a row of numbers."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from clinnote.model.mention import Measurement
from clinnote.ontology.number_tables import NumberTables
from clinnote.pipeline.numbers.quantities import LONGEST, NUMBER, number_of, read_unit
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
_NAME: Final = re.compile(r"[^\s|]+")
_WIDEST: Final = 400
"""Most characters of a line of names or cells."""
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
    for name in names:
        if name not in found and (cell := cell_below(text, concepts[name].start, concepts[name].end)) is not None:
            found[name] = Measurement(*cell, number_of(text[cell[0] : cell[1]]))
    return found


def cell_below(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The number below the word text[start:end], when its line holds words alone and the next as many cells."""
    begin, stop, below = _lines(text, start, end)
    if stop < 0 or _ROW_CELLS.fullmatch(text, stop + 1, below) is None:
        return None
    names = list(_NAME.finditer(text, begin, stop))
    cells = list(_NUMBER.finditer(text, stop + 1, below))
    column = next((i for i, name in enumerate(names) if name.start() == start and name.end() == end), -1)
    if column < 0 or len(names) < 2 or len(cells) != len(names) or any(name[0][0].isdigit() for name in names):
        return None
    cell = cells[column]
    return None if cell[0][0] == "-" or len(cell[0]) > LONGEST else cell.span()


def _lines(text: str, start: int, end: int) -> tuple[int, int, int]:
    """(begin of the line around [start, end), its end, end of the next line); -1 for all when they are too wide."""
    begin = text.rfind("\n", max(0, start - _WIDEST), start) + 1
    stop = text.find("\n", end, end + _WIDEST)
    if stop < 0 or start - begin > _WIDEST:
        return -1, -1, -1
    below = text.find("\n", stop + 1, stop + _WIDEST)
    if below < 0 and len(text) - stop > _WIDEST:
        return -1, -1, -1
    return begin, stop, below if below >= 0 else len(text)


def _below(text: str, concepts: Sequence[Concept], row: Sequence[int]) -> Mapping[int, Measurement]:
    first, last = concepts[row[0]].start, concepts[row[-1]].end
    begin, end, stop = _lines(text, first, last)
    if end < 0 or text[last:end].strip(" \t|") or text[begin:first].strip(" \t|"):
        return {}
    line = text[end + 1 : stop].rstrip()
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
