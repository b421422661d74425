"""What was examined, as the order or the report's own title says it: parts of the body and their side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, passage
from clinnote.crosscheck.study import Study
from clinnote.model.laterality import LEFT, RIGHT, Sides
from clinnote.model.mention import Mention, mention_id

_MODALITY: Final = (
    r"x-?rays?|xr|radiograph\w*|cr|dr|dx|plain films?|ct|cta|ctv|cat scan|mri?|mra|mrv|us|ultraso\w+|sonogra\w+|duplex"
    r"|doppler|mammo\w*|tomosynthesis|arthrogra\w+|venogra\w+|nm|pet|spect|dexa|views?|vws?|fluoro\w*|scan|biopsy"
)
_EXAM: Final = re.compile(rf"(?<![\w-])(?:{_MODALITY})(?![\w-])", re.IGNORECASE)
_HEADED: Final = re.compile(
    r"^[ \t]*(?:exam(?:ination)?(?: type| performed| name)?|procedure(?: performed)?|study(?: type)?|type of exam|title"
    r"|test|order(?:ed)?(?: procedure)?|radiology exam)[ \t]*[:\-][ \t]*(?P<title>[^\n]{3,160})",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_LINES: Final = 6
_LONGEST: Final = 140
"""Code points of a title; a longer line is prose."""
_SIDE: Final = re.compile(
    r"(?<![\w/])(?:(?P<left>left|lt|lft)|(?P<right>right|rt|rgt))(?![\w/])|(?<=[a-z][\s-])(?:(?P<l>l)|(?P<r>r))(?=\s|$|[,;)])",
    re.IGNORECASE,
)
_PROSE: Final = re.compile(
    r"\b(?:is|are|was|were|there|no|show(?:s|ed|ing)?|demonstrat\w+|reveal\w*|seen|compar\w+|reviewed|dated|prior|previous(?:ly)?|history|pain|evaluate"
    r"|rule out|patient|s?he|his|her|we|had|has|have|underwent|performed|obtained|presented|ordered|normal)\b|:|\.$",
    re.IGNORECASE,
)
_NEXT_SECTION: Final = re.compile(
    r"\s(?:indication|history|clinical|comparison|technique|findings|impression|reason|date|contrast)\b[^:\n]{0,30}:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Title:
    """The examination: ``places`` it names, ``sides`` if it is of one side of a paired part, ``fact`` to quote.

    ``span`` is where it stands in the text (half-open, code points); (0, 0) for an order of the record's metadata.
    """

    fact: TextFact
    places: frozenset[str]
    sides: Sides
    both: bool
    whole_body: bool
    span: tuple[int, int]


def titles(report: Report, study: Study) -> tuple[Title, ...]:
    """The order and the title lines of a report that name a part of the body, the order first."""
    found = [title for words in _orders(report, study) if (title := _title(report, words, (0, 0), study))]
    seen: set[int] = set()
    for start, end in _spans(report.text):
        if start not in seen and (title := _title(report, report.text[start:end], (start, end), study)):
            seen.add(start)
            found.append(title)
    return tuple(found)


def _orders(report: Report, study: Study) -> Iterator[str]:
    for key in study.knowledge.inside.order_keys:
        value = report.note.metadata.get(key)
        if isinstance(value, str) and value.strip():
            yield value
            return


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Title lines: those behind EXAM: and the like, and the first lines that name a technique of imaging."""
    for match in _HEADED.finditer(text):
        yield _cut(text, *match.span("title"))
    at = 0
    for line in text.split("\n", _FIRST_LINES)[:_FIRST_LINES]:
        if len(line.strip()) >= 4 and _HEADED.match(line) is None:
            colon = line.find(":")
            start, end = _cut(text, at, at + (colon if colon > 0 else len(line)))
            words = text[start:end]
            if len(words) <= _LONGEST and _EXAM.search(words) and _PROSE.search(words) is None:
                yield start, end
        at += len(line) + 1


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """The line up to the next heading or full stop that stands in it."""
    stop = _NEXT_SECTION.search(text, start, end)
    end = stop.start() if stop else end
    dot = text.find(". ", start, end)
    return start, dot if dot > 0 else end


def _title(report: Report, words: str, span: tuple[int, int], study: Study) -> Title | None:
    anatomy, inside = study.knowledge.anatomy, study.knowledge.inside
    places = frozenset(site for _, _, site, _ in anatomy.sites_in(words))
    if not places:  # A mammogram is of the breast, whether or not the title says so.
        own = (fact for fact in report.texts if span[0] <= fact.mention.start < span[1])
        places = frozenset(place for fact in own for place in fact.places or fact.implied)
    if not places:
        return None
    said = {("left" if m["left"] or m["l"] else "right") for m in _SIDE.finditer(words)}
    both = len(said) == 2 or inside.both_sides.search(words) is not None
    named = any(anatomy.has(place, flag) for place in places for flag in ("side_in_name", "quadrant"))
    paired = any(anatomy.paired(place) for place in places) and not named
    sides: Sides = frozenset()
    if len(said) == 1 and paired and not both:
        sides = LEFT if "left" in said else RIGHT
    fact = passage(report, *span, sides, places, "title") if span != (0, 0) else _ordered(report, words, sides, places)
    return Title(fact, places, sides, both, inside.whole_body.search(words) is not None, span)


def _ordered(report: Report, words: str, sides: Sides, places: frozenset[str]) -> TextFact:
    """The order as a claim; it stands outside the text, so its quote has no place there."""
    word = "left" if sides == LEFT else "right" if sides == RIGHT else None
    ident = mention_id(report.note.text_sha256, 0, 0, "order", "inside")
    mention = Mention(ident, 0, 0, words, "procedure", laterality=word, section="order")
    return TextFact(report.note, mention, frozenset(), frozenset(), places, frozenset(), sides, None)


def inherited(fact: TextFact) -> bool:
    """Whether a heading or title gives a mention its side, and no word beside it."""
    rules = [e.rule for e in fact.mention.evidence if e.gives.startswith("laterality=")]
    return bool(rules) and all(rule == "side.heading" for rule in rules)
