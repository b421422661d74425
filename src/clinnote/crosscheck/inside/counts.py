"""Numbers in a report: levels and digits that the body does not have, lists that do not hold what was announced."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from clinnote.crosscheck.align import STRONG
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, passage, relation, section_at
from clinnote.crosscheck.study import Study
from clinnote.model import laterality

_KIND: Final = "count_or_size"
_ORDINALS: Final = tuple(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(" ")  # noqa: SIM905
)
_NUMBERS: Final = {
    word: n for n, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine"), 2)
}
_COUNT: Final = rf"(?P<count>{'|'.join(_NUMBERS)}|[2-9])"
_ITEM: Final = rf"(?:[ctls]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(_ORDINALS)})"
_SIDE: Final = r"(?:(?:the|left|right|posterior|lateral|anterior|ribs?|levels?)\s+)*"
_WHAT: Final = (
    r"(?P<what>rib fractures|ribs|vertebrae|vertebral bodies|vertebral fractures|levels|compression fractures"
    r"|metacarpals?|metatarsals?|fingers|toes|digits)"
)
_LIST: Final = re.compile(
    rf"\b{_COUNT}\s+(?:[a-z-]+\s+){{0,3}}?{_WHAT}\s*(?::|\(|,\s*(?:namely|specifically|the)\b|--?|\u2013)\s*"
    rf"(?P<list>{_SIDE}{_ITEM}(?:\s*(?:,\s*and|,|and|&|-|\u2013|to|through)\s*{_SIDE}{_ITEM})*)"
    rf"(?=\s*(?:{_SIDE[:-1]}(?:ribs?|levels?)?)?\s*[.;)\n]|\s*(?:ribs?|levels?)\b|\s*$)",
    re.IGNORECASE,
)
_SIZED: Final = re.compile(
    rf"\b{_COUNT}\s+(?:[a-z-]+\s+){{0,3}}?(?P<what>nodules|masses|lesions|cysts|calculi|stones|metastases)\b[^.:;\n]{{0,60}}:"
    r"(?P<list>[^;:\n]*?)(?=\.(?!\d)|\n|$)",
    re.IGNORECASE,
)
_MEASURE: Final = re.compile(
    r"\d+(?:\.\d+)?(?:\s*(?:mm|cm)?\s*[x\u00d7]\s*\d+(?:\.\d+)?)*\s*(?:mm|cm)\b", re.IGNORECASE
)
_RANGE: Final = re.compile(r"\s*(?:-|\u2013|to|through)\s*", re.IGNORECASE)
_SPLIT: Final = re.compile(r"\s*(?:,\s*and\b|,|\band\b|&)\s*", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"(?<![\w./-]){_COUNT}\s+(?:[a-z-]+\s+){{0,3}}$", re.IGNORECASE)
_OPEN: Final = re.compile(
    r"\b(?:at least|additional|other|another|more|new|of (?:the|these|which)|prior|previous\w*|about|approximately"
    r"|up to|or|to|former|largest|dominant|multiple|several|versus|views?|images?|series|each|per)\b",
    re.IGNORECASE,
)
"""A sentence with one of these counts a part of the lesions only."""


def check_numbering(report: Report, study: Study) -> Iterator[Claim]:
    """``count_or_size``: a vertebra, rib or digit that does not exist, at the severity of its row; each row once."""
    if report.note.text is None:
        return
    for row in study.knowledge.inside.impossible:
        for match in row.pattern.finditer(report.text):
            section = section_at(report, match.start())
            if (section or "body") in study.knowledge.rules.sections:
                fact = passage(report, match.start(), match.end())
                line = f"'{match.group(0)}': {row.says}"
                doubts = ("numbering",) if row.severity == "info" else ()
                yield Claim(_KIND, line, fact, None, doubts, row.severity, {"rule": row.id})
                break


def check_listed(report: Report, study: Study) -> Iterator[Claim]:
    """``count_or_size``: a list of another length than announced, or two sections that count a finding differently."""
    if report.note.text is None:
        return
    claim = next(_listed(report, study), None) or next(_counted(report, study), None)
    if claim is not None:
        yield claim


def _listed(report: Report, study: Study) -> Iterator[Claim]:
    """A number of ribs, levels or nodules, and behind it a list of another length."""
    for pattern, lengths in ((_LIST, _lengths), (_SIZED, _measured)):
        for match in pattern.finditer(report.text):
            said, named = _number(match["count"]), lengths(match["list"])
            if (
                not named
                or said in named
                or (section_at(report, match.start()) or "body") not in study.knowledge.rules.sections
            ):
                continue
            if _OPEN.search(report.text[report.text.rfind(".", 0, match.start()) + 1 : match.start("list")]):
                continue
            fact = passage(report, match.start(), match.end())
            line = f"{match['count']} {match['what']} announced, {max(named)} listed"
            yield Claim(_KIND, line, fact, None, (), None, {"announced": said, "listed": max(named)})


def _lengths(words: str) -> frozenset[int]:
    """How many the list holds: a range counts its members, and "L4-L5" may be one disc as well."""
    least = most = 0
    for item in _SPLIT.split(words):
        ends = [_place(end) for end in _RANGE.split(item.strip())]
        if None in ends:
            return frozenset()
        known = [end for end in ends if end is not None]
        span = abs(known[-1] - known[0]) + 1
        least, most = least + 1, most + span
    return (
        frozenset({least, most}) if "-" in words and re.search(r"[ctls]\d", words, re.IGNORECASE) else frozenset({most})
    )


def _place(item: str) -> int | None:
    words = item.lower().split()
    for token in reversed(words):
        if token in _ORDINALS:
            return _ORDINALS.index(token) + 1
        number = re.search(r"\d+", token)
        if number:
            return int(number.group()) + {"t": 7, "l": 19, "s": 24}.get(token[0], 0)
    return None


def _measured(words: str) -> frozenset[int]:
    """How many items the list holds, if each of them has exactly one measurement."""
    items = [item for item in _SPLIT.split(words) if item.strip()]
    return (
        frozenset({len(items)})
        if len(items) > 1 and all(len(_MEASURE.findall(item)) == 1 for item in items)
        else frozenset()
    )


def _counted(report: Report, study: Study) -> Iterator[Claim]:
    """The only counted mention of a finding in either section, with other numbers."""
    for end in report.concluding:
        here = _count(end)
        if here is None:
            continue
        others = [fact for fact in report.describing if relation(fact, end, study) in STRONG]
        counted = [(fact, count) for fact in others if (count := _count(fact)) is not None]
        if len(counted) == 1 and len(others) == 1 and counted[0][1] != here and _alone(end, report.concluding, study):
            fact, there = counted[0]
            if _same_place(end, fact, study):
                line = f"{here} {say_text(end)}; {there} {say_text(fact)}"
                yield Claim(_KIND, line, end, fact, ("several",), None, {"counts": [here, there]})


def _alone(end: TextFact, concluding: Sequence[TextFact], study: Study) -> bool:
    return all(fact is end or relation(fact, end, study) is None for fact in concluding)


def _same_place(a: TextFact, b: TextFact, study: Study) -> bool:
    return (
        a.sides == b.sides
        and not laterality.opposite(a.sides, b.sides)
        and (a.places == b.places or not (a.places and b.places))
        and bool(study.notes)
    )


def _count(fact: TextFact) -> int | None:
    """The number before a mention in its sentence ("two 6 mm nodules" has none); None where it counts a part only."""
    mention, text = fact.mention, fact.note.text or ""
    start, end = mention.sentence
    if mention.label not in ("finding", "disorder") or not mention.text.lower().endswith("s"):
        return None
    match = _BEFORE.search(text[max(start, mention.start - 60) : mention.start])
    if match is None or _OPEN.search(text[start:end]):
        return None
    return _number(match["count"])


def _number(word: str) -> int:
    return _NUMBERS.get(word.lower()) or int(word)
