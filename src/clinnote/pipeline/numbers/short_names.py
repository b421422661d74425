"""Short names of labs and vital signs ("K 3.2", "T 38.5", "P 88"), which count only beside a plausible value.

One compiled expression goes over the text; it stops only where a name stands before a number, or before another word
(it may then be the name of a column). What a name stands for is
looked up in the vocabulary once, so that its codes are those of the vocabulary, and a name whose term the vocabulary
does not have is not read at all.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from clinnote.model.codes import CLINNOTE, Code
from clinnote.model.mention import Evidence
from clinnote.ontology.number_tables import LabName, NumberTables
from clinnote.ontology.vocabularies.vocabulary import Vocabulary
from clinnote.pipeline.numbers.lab_rows import cell_below
from clinnote.pipeline.numbers.quantities import LONGEST, NUMBER, number_of, read_unit
from clinnote.pipeline.records import Concept

_LABELS: Final = ("lab", "vital")
_GAP: Final = (
    r"(?:[ \t]{0,12}[:=|\u2013-]?[ \t]{0,4}|[ \t]+(?:of|was|is|at|were|up to|down to|now|level|on admission)[ \t]+"
    r"|[ \t]+level[ \t]+(?:of|was|is)[ \t]+)[<>]?[ \t]?"
)
_WRONG: Final = frozenset({"dose", "volume", "size", "caliber", "age", "uptake", "density", "angle"})
_HEIGHTS: Final = frozenset({"Ht", "HT"})
_TIME: Final = re.compile(
    r"\s?-?\s?(?:years?|days?|weeks?|months?|hours?|hrs?|minutes?|mins?|times|x|st|nd|rd|th|sessions?|organisms?|of)\b"
    r"(?![ \t]{0,4}[:=]?[ \t]{1,4}[0-9])",
    re.IGNORECASE,
)
_TOKEN_BEFORE: Final = re.compile(r"(?:vitamin|urine|urinary|anti|[0-9]|/)$", re.IGNORECASE)
_DOSES: Final = frozenset({"MG"})
"""Names that are a unit behind a number: "Metoprolol 50 MG 2 tablets"."""
_VALUE_BEFORE: Final = re.compile(r"[0-9][ \t]+$")
_NEAR: Final = 160
"""Most characters to another value of the same row."""


class ShortNames:
    """The short names of one vocabulary."""

    def __init__(self, tables: NumberTables, vocabulary: Vocabulary) -> None:
        self._tables = tables
        self._known: dict[str, tuple[tuple[LabName, Concept], ...]] = {}
        for written, names in tables.names.items():
            pairs = [(name, made) for name in names if (made := _concept(vocabulary, name.term)) is not None]
            if pairs:
                self._known[written] = tuple(pairs)
        forms = "|".join(map(re.escape, sorted(self._known, key=len, reverse=True)))
        self._pattern = (
            re.compile(rf"(?P<name>{forms})(?:{_GAP}(?P<number>{NUMBER})|(?=[ \t|]+[A-Za-z]|[ \t|]*\n))")
            if forms
            else None
        )

    def add(self, text: str, concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
        """The concepts by offset with those that short names stand for; none overlaps another."""
        if self._pattern is None:
            return concepts
        found: list[tuple[Concept, bool]] = []
        starts: list[int] | None = None
        for match in self._pattern.finditer(text):
            start = match.start()
            if start and (text[start - 1].isalnum() or text[start - 1] in "-_."):
                continue
            chosen = self._choose(text, match) if match["number"] else self._in_header(text, match)
            if chosen is None:
                continue
            if starts is None:
                starts = [concept.start for concept in concepts]
            if _free(concepts, starts, start, match.end("name")):
                name, known = chosen
                row = name.row or _VALUE_BEFORE.search(text, max(0, start - 4), start) is not None
                found.append((_at(known, start, match.end("name"), name), row and match["number"] is not None))
        if not found:
            return concepts
        kept = _in_rows(text, concepts, found)
        return tuple(sorted([*concepts, *kept], key=lambda concept: concept.start)) if kept else concepts

    def _choose(self, text: str, match: re.Match[str]) -> tuple[LabName, Concept] | None:
        """The name whose plausible values hold this one; None when the number is a date, a dose or a duration."""
        end = match.end()
        after = text[end : end + 2]
        if (after[:1].isalpha() and after[:1] not in "CFK") or (after[:1] in "/:-" and after[1:].isdigit()):
            return None
        if _TIME.match(text, end) or _TOKEN_BEFORE.search(text, max(0, match.start() - 9), match.start()):
            return None
        unit = read_unit(text, end, self._tables)
        if match["name"] in _DOSES and _VALUE_BEFORE.search(text, max(0, match.start() - 4), match.start()):
            return None
        wrong = unit is not None and unit[0].kind in _WRONG and text[end : unit[1]].strip() != "L"
        if wrong and match["name"] not in _HEIGHTS:
            return None
        return self._plausible(match["name"], match["number"])

    def _in_header(self, text: str, match: re.Match[str]) -> tuple[LabName, Concept] | None:
        """The name of a column: its line holds names alone, and the next as many numbers."""
        cell = cell_below(text, match.start(), match.end("name"))
        return None if cell is None else self._plausible(match["name"], text[cell[0] : cell[1]])

    def _plausible(self, written: str, number: str) -> tuple[LabName, Concept] | None:
        value = number_of(number) if len(number) <= LONGEST else -1.0
        for name, known in self._known[written]:
            if name.low <= value <= name.high:
                return name, known
        return None


def _concept(vocabulary: Vocabulary, term: str) -> Concept | None:
    for entry in vocabulary.lookup(term):
        if entry.label in _LABELS:
            own = (Code(CLINNOTE, entry.concept),) if entry.concept else ()
            return Concept(0, 0, entry.label, entry.concept, (*entry.codes, *own), entry.sites)
    return None


def _at(known: Concept, start: int, end: int, name: LabName) -> Concept:
    proof = (Evidence(name.rule, start, end, f"term={name.term}"),)
    return Concept(start, end, known.label, known.concept, known.codes, known.sites, evidence=proof)


def _free(concepts: Sequence[Concept], starts: list[int], start: int, end: int) -> bool:
    """Whether no concept covers any of [start, end)."""
    at = bisect_left(starts, end)
    return at == 0 or all(concepts[i].end <= start for i in range(max(0, at - 3), at))


def _in_rows(text: str, concepts: Sequence[Concept], found: Sequence[tuple[Concept, bool]]) -> list[Concept]:
    """The names that stand alone, and those in a row with another lab or vital."""
    sure = [c.start for c in concepts if c.label in _LABELS] + [c.start for c, row in found if not row]
    sure.sort()
    kept = []
    for concept, row in found:
        if row:
            at = bisect_left(sure, concept.start)
            near = [i for i in sure[max(0, at - 1) : at + 1] if abs(i - concept.start) <= _NEAR]
            if not any(_same_row(text, *sorted((i, concept.start))) for i in near):
                continue
        kept.append(concept)
    return kept


def _same_row(text: str, start: int, end: int) -> bool:
    between = text[start:end]
    return "\n" not in between and ". " not in between and any(c.isdigit() for c in text[start : end + 12])
