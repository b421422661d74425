"""Where inside a drawing a claim stands: by level on the spine, by quadrant or hour on a breast, else by its words."""

import csv
import functools
import math
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

_LEVEL: Final = re.compile(r"\b([CTLS])(\d{1,2})\b")
_ABOVE: Final = {"C": 0, "T": 7, "L": 19, "S": 24}
"""Vertebrae above the first one of each part of the spine."""
_LAST: Final = {"C": 7, "T": 13, "L": 6, "S": 1}
_TOP: Final = 0.06
_STEP: Final = 0.033
_HOUR: Final = re.compile(r"\b(\d{1,2})(?::\d\d)? o'clock", re.IGNORECASE)
_BREAST: Final = 0.49
_REACH: Final = 0.1
"""How far from the nipple a quadrant or hour is drawn."""


@functools.cache
def _rows(name: str) -> tuple[tuple[str, str], ...]:
    table = files("clinnote.reports").joinpath(name).read_text(encoding="utf-8").splitlines()
    return tuple((row[0], row[1]) for row in csv.reader(table[1:], delimiter="\t"))


def first(name: str, words: Iterable[str]) -> str | None:
    """The value of the first row whose word stands in one of ``words`` (rows are ordered, most telling first)."""
    text = f" {' '.join(words).lower()} "
    return next((value for word, value in _rows(name) if word in text), None)


def level_height(site: str) -> float | None:
    """How far down the spine the vertebrae, discs or roots lie that ``site`` names ("L4-L5"); None without a level."""
    found = [(part, int(number)) for part, number in _LEVEL.findall(site)]
    levels = [_ABOVE[part] + number for part, number in found if 1 <= number <= _LAST[part]]
    return round(_TOP + _STEP * (sum(levels) / len(levels) - 1), 3) if levels else None


def breast_spot(words: str, patient_left: bool) -> tuple[float, float]:
    """How far right of the nipple and how far down the drawing; the patient's left is on the viewer's right."""
    hour = _HOUR.search(words)
    if hour is not None:
        angle = math.radians(30 * int(hour[1]))
        return round(_REACH * math.sin(angle), 3), round(_BREAST - _REACH * math.cos(angle), 3)
    said = words.lower()
    across = _REACH * (("outer" in said or "lateral" in said) - ("inner" in said or "medial" in said))
    down = _REACH * (("lower" in said or "inferior" in said) - ("upper" in said or "superior" in said))
    return round(across if patient_left else -across, 3), round(_BREAST + down, 3)
