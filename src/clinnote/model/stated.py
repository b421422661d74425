"""The line in which a report states the side of a finding, where that is not the finding's own sentence."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from clinnote.model.conflict import Conflict, Highlight, TextSide

STATED: Final = "side_stated"
"""Key of a conflict's metadata: for ``text`` and ``image`` the ``quote``, ``start``, ``end`` and ``words``."""


def stated_elsewhere(conflict: Conflict) -> dict[str, TextSide]:
    """For ``text`` and ``image`` the statement with the title or heading that gives its side as the quote."""
    lines = conflict.metadata.get(STATED)
    sides = {"text": conflict.text, "image": conflict.image}
    found = {}
    for role, side in sides.items():
        line = lines.get(role) if isinstance(lines, Mapping) else None
        if isinstance(side, TextSide) and isinstance(line, Mapping) and _whole(line):
            first, last = line["words"]
            found[role] = replace(
                side,
                section=STATED,
                quote=line["quote"],
                start=line["start"],
                end=line["end"],
                highlights=(Highlight(first, last, "side"),),
            )
    return found


def _whole(line: Mapping[str, Any]) -> bool:
    """Whether a line that was read from a file has what the cross-check writes."""
    words = line.get("words")
    places = [line.get("start"), line.get("end"), *(words if isinstance(words, list) else [])]
    return isinstance(line.get("quote"), str) and len(places) == 4 and all(isinstance(at, int) for at in places)
