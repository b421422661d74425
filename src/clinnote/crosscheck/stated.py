"""Where the report states the side of a finding, when that is in another line than the finding's sentence."""

from typing import Any, Final

from clinnote.crosscheck.facts import TextFact
from clinnote.model import laterality
from clinnote.model.stated import STATED

_AROUND: Final = 120
"""Code points on both sides of the word that are quoted of a line."""


def side_stated(text: TextFact | None, other: object) -> dict[str, Any]:
    """``{"side_stated": {"text": {...}, "image": {...}}}`` for sides taken from a title or heading; else empty.

    Each has ``quote`` (the line), its ``start`` and ``end``, and ``words`` (start and end of the side's word).
    """
    both = {"text": text, "image": other}
    found = {role: line for role, fact in both.items() if isinstance(fact, TextFact) and (line := _line(fact))}
    return {STATED: found} if found else {}


def _line(fact: TextFact) -> dict[str, Any] | None:
    """The line of the first word that gives the side; None where one stands in the finding's own sentence."""
    note, mention = fact.note.text, fact.mention
    wanted = f"laterality={laterality.word(fact.sides)}"
    words = [(e.start, e.end) for e in mention.evidence if e.gives == wanted]
    first, last = mention.sentence
    if note is None or not words or any(first <= start < last for start, _ in words):
        return None
    start, end = words[0]
    begin = max(note.rfind("\n", 0, start) + 1, start - _AROUND)
    stop = min((note.find("\n", end) + 1 or len(note) + 1) - 1, end + _AROUND)
    quote = note[begin:stop]
    begin, stop = begin + len(quote) - len(quote.lstrip()), stop - len(quote) + len(quote.rstrip())
    return {"quote": note[begin:stop], "start": begin, "end": stop, "words": [start, end]}
