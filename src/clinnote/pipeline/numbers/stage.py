"""Sizes, doses and values with their UCUM units, each given to the concept that it measures.

Labs and vital signs read what stands behind their name, drugs what stands around theirs; what is then left is given to
the concept it modifies. Work is proportional to the numbers, labs and drugs of a text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import Dosage, Evidence, Measurement
from clinnote.model.spans import Span
from clinnote.ontology.number_tables import NumberTables
from clinnote.pipeline.numbers.drugs import DrugReading, inherited, read_drug
from clinnote.pipeline.numbers.lab_rows import column_values, paired_values
from clinnote.pipeline.numbers.ownership import owner_of, present_parts
from clinnote.pipeline.numbers.quantities import Quantity, find_quantities
from clinnote.pipeline.numbers.values import read_value
from clinnote.pipeline.records import Concept

_DIGIT: Final = re.compile(r"[0-9]")
_WINDOW: Final = 300
"""Concepts farther than this from a quantity are not looked at."""
_VALUED: Final = frozenset({"lab", "vital"})
_DRUG: Final = "medication"


class Found(NamedTuple):
    """What numbers say, each parallel to the concepts; ``dosages`` and ``evidence`` are empty when there is none."""

    measurements: Sequence[tuple[Measurement, ...]]
    dosages: Sequence[Dosage | None] = ()
    evidence: Sequence[tuple[Evidence, ...]] = ()


class _Work:
    """One text while its numbers are being given to its concepts."""

    def __init__(self, text: str, sentences: Sequence[Span], concepts: Sequence[Concept], tables: NumberTables) -> None:
        self.text, self.concepts, self.tables = text, concepts, tables
        self.sentences = sentences or (Span(0, len(text)),)
        self.begins = [sentence.start for sentence in self.sentences]
        self.order: Sequence[int] = range(len(concepts))
        self.starts = [concept.start for concept in concepts]
        ordered = sorted(self.starts)
        if ordered != self.starts:
            self.order = sorted(self.order, key=self.starts.__getitem__)
            self.starts = ordered
        self.parts: dict[int, list[Measurement]] = {}
        self.dosages: dict[int, Dosage] = {}
        self.evidence: dict[int, tuple[Evidence, ...]] = {}
        self.taken: list[tuple[int, int]] = []
        self.used: set[int] = set()

    def sentence(self, offset: int) -> Span:
        """The sentence that holds ``offset``."""
        return self.sentences[max(bisect_right(self.begins, offset) - 1, 0)]


def find_measurements(text: str, sentences: Sequence[Span], concepts: Sequence[Concept], tables: NumberTables) -> Found:
    """The measurements, dosages and their evidence of each concept, parallel to ``concepts``.

    "3 x 2 x 1 cm" gives three records with ``dimension`` 1 to 3 and one unit, "2-3 mm" one with ``high``, a blood
    pressure two in mm[Hg]. A bare number counts only directly behind a lab value or vital sign. Linear in the text.
    """
    valued = [i for i, concept in enumerate(concepts) if concept.label in _VALUED]
    drugs = [i for i, concept in enumerate(concepts) if concept.label == _DRUG]
    if not concepts or (not drugs and not _DIGIT.search(text)):
        return Found([()] * len(concepts))
    quantities = find_quantities(text, tables)
    if not (quantities or valued or drugs):
        return Found([()] * len(concepts))
    work = _Work(text, sentences, concepts, tables)
    valued.sort(key=lambda i: concepts[i].start)
    drugs.sort(key=lambda i: concepts[i].start)
    if valued:
        _read_values(work, valued)
    if drugs:
        _read_drugs(work, drugs, quantities)
    taken = sorted(work.taken)
    behind = 0
    for quantity in quantities:
        while behind < len(taken) and taken[behind][1] <= quantity.start:
            behind += 1
        if quantity.start in work.used or (behind < len(taken) and taken[behind][0] < quantity.end):
            continue
        _give(work, quantity)
    return _found(work)


def _found(work: _Work) -> Found:
    count = len(work.concepts)
    parts: list[tuple[Measurement, ...]] = [()] * count
    for i, found in work.parts.items():
        parts[i] = tuple(sorted(found, key=lambda part: part.start))
    dosages: list[Dosage | None] = [None] * count if work.dosages else []
    for i, dosage in work.dosages.items():
        dosages[i] = dosage
    evidence: list[tuple[Evidence, ...]] = [()] * count if work.evidence else []
    for i, proof in work.evidence.items():
        evidence[i] = proof
    return Found(parts, dosages, evidence)


def _read_values(work: _Work, valued: Sequence[int]) -> None:
    """The values of labs and vitals: behind the name, then those in pairs and in columns."""
    bare: list[int] = []
    rest: list[int] = []
    for i in valued:
        concept = work.concepts[i]
        end = work.sentence(concept.start).end
        reading = (
            read_value(work.text, concept, max(end, concept.end), work.tables)
            if (_DIGIT.search(work.text, concept.end, concept.end + 80))
            else None
        )
        rest.append(i)
        if reading is None:
            bare.append(i)
            continue
        work.parts[i] = list(reading.parts)
        work.taken.append((reading.start, reading.end))
        if reading.evidence:
            work.evidence[i] = reading.evidence
    if not bare or len(rest) < 2:
        return
    for found in (
        paired_values(work.text, work.concepts, rest, work.tables),
        column_values(work.text, work.concepts, bare),
    ):
        for i, part in found.items():
            work.parts[i] = [part]
            work.evidence.pop(i, None)
            work.taken.append((part.start, part.end))


def _read_drugs(work: _Work, drugs: Sequence[int], quantities: Sequence[Quantity]) -> None:
    """The dosage of each drug, in the order of the text; a status goes on to the next drugs of a list."""
    by_start = {quantity.start: quantity for quantity in quantities if quantity.start not in work.used}
    text, concepts = work.text, work.concepts
    before: DrugReading | None = None
    for place, i in enumerate(drugs):
        concept = concepts[i]
        limit = concepts[drugs[place + 1]].start if place + 1 < len(drugs) else len(text)
        floor = max(work.sentence(concept.start).start, before.end if before else 0)
        reading = read_drug(text, concept.start, concept.end, floor, max(limit, concept.end), by_start, work.tables)
        status = inherited(text, before, concept.start) if before else None
        if status is not None and (reading.dosage is None or reading.dosage.status is None):
            reading = _with_status(reading, status)
        for start in reading.used:
            work.used.add(start)
            by_start.pop(start, None)
        if reading.parts:
            work.parts[i] = list(reading.parts)
        if reading.dosage is not None:
            work.dosages[i] = reading.dosage
            work.evidence[i] = reading.evidence
        before = reading


def _with_status(reading: DrugReading, status: Evidence) -> DrugReading:
    old = reading.dosage or Dosage()
    value = status.gives.partition("=")[2]
    new = Dosage(old.form, old.route, old.frequency, old.per_day, old.as_needed, old.duration, value)
    return DrugReading(reading.end, reading.parts, new, (*reading.evidence, status), reading.used)


def _give(work: _Work, quantity: Quantity) -> None:
    """Give a quantity to the concept it measures, if it speaks of the present and there is one."""
    sentence = work.sentence(quantity.start)
    first = bisect_left(work.starts, max(sentence.start, quantity.start - _WINDOW))
    members = work.order[first : bisect_left(work.starts, min(sentence.end, quantity.end + _WINDOW))]
    owner = owner_of(quantity, work.text, members, work.concepts) if members else None
    if owner is None:
        return
    parts = present_parts(quantity, work.text, sentence, work.parts.get(owner, ()))
    if parts:
        work.parts.setdefault(owner, []).extend(parts)
