"""Rows of numbered sites that are named by their ends: "third through sixth ribs", "T4-T6", "ribs 3-5"."""

import re
from typing import Final

from clinnote.ontology.anatomy import Anatomy

_WORDS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
_TO: Final = r"\s*(?:-|\u2013|\u2014|\bto\b|\bthrough\b|\bthru\b)\s*"
_BEFORE: Final = re.compile(
    rf"\b(?:(?P<number>\d{{1,2}})(?:st|nd|rd|th)?|(?P<word>{'|'.join(_WORDS)})|(?P<letter>[CTLS])(?P<level>\d{{1,2}}))"
    rf"(?:\s+(?:vertebra|vertebral\s+body|rib))?{_TO}(?:the\s+)?$",
    re.IGNORECASE,
)
_COUNT: Final = r"\d{1,2}(?![\w%]|\.\d|\s*(?:mm|cm|%))"
_LIST: Final = rf"{_COUNT}(?:(?:\s*(?:-|\u2013|,\s*and\b|,|&)\s*|\s+(?:and|to|through|thru)\s+){_COUNT})*"
_NUMBERS: Final = re.compile(_LIST, re.IGNORECASE)
_BEHIND: Final = re.compile(rf"\s+{_LIST}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{1,2}$")
_ITEM: Final = re.compile(r"(\d{1,2})(?:\s*(?:-|\u2013|\bto\b|\bthrough\b|\bthru\b)\s*(\d{1,2}))?", re.IGNORECASE)
_REACH: Final = 24


class Ranges:
    """Reads what stands before or behind the name of a numbered site."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._rows: dict[str, dict[int, str]] = {}
        for node in anatomy.nodes:
            level = anatomy.level(node)
            if level is not None:
                self._rows.setdefault(_row(node), {})[level] = node
        self._level = anatomy.level

    def before(self, text: str, start: int, node: str) -> tuple[int, tuple[str, ...]]:
        """(start of the range, its sites without ``node``) for a numbered site whose name begins at ``start``."""
        row = self._rows.get(_row(node), {})
        last = self._level(node)
        match = _BEFORE.search(text, max(start - _REACH, 0), start)
        if match is None or last is None:
            return start, ()
        if match["letter"]:
            first = self._level_of(f"vertebra_{match['letter'].lower()}{match['level']}", row)
        else:
            number = int(match["number"]) if match["number"] else _WORDS.index(match["word"].lower()) + 1
            first = self._level_of(f"{_row(node)}_{number}", row)
        if first is None or first >= last:
            return start, ()
        return match.start(), tuple([row[level] for level in range(first, last) if level in row])

    def behind(self, text: str, end: int, node: str) -> tuple[int, tuple[str, ...]]:
        """(end of the numbers, their sites) for numbers that follow a plural at ``end``: "ribs 3-5 and 7".

        The name may hold the first of them ("ribs 3").
        """
        number = _NUMBER.search(text, max(end - 2, 0), end)
        node = _row(node) if number else node
        row = self._rows.get(node)
        begin = number.start() if number and node == "rib" else end
        match = (_NUMBERS if number else _BEHIND).match(text, begin) if row else None
        if match is None or row is None or match.end() <= end:
            return end, ()
        found: list[str] = []
        for one in _ITEM.finditer(match.group()):
            first = self._level_of(f"{node}_{one[1]}", row)
            last = self._level_of(f"{node}_{one[2]}", row) if one[2] else first
            if first is None or last is None:
                return end, ()
            found += [row[level] for level in range(first, last + 1)]
        return match.end(), tuple(found)

    def _level_of(self, node: str, row: dict[int, str]) -> int | None:
        return self._level(node) if node in row.values() else None

    def numbered(self, node: str) -> bool:
        """Whether the site stands in a row, or is what the sites of a row are ("rib")."""
        return node in self._rows or node in self._rows.get(_row(node), {}).values()


def _row(node: str) -> str:
    """What the sites of a row are: ``rib`` of ``rib_5``, ``vertebra`` of ``vertebra_t4``."""
    return node.partition("_")[0]
