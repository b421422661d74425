"""Sizes, doses and values with their UCUM units, each given to the concept that it measures.

Not taken: a size of an earlier study ("previously 5 mm"), and the distance of one thing from another ("3 cm above the
carina"), because neither is the size of what is there now. Work is proportional to the numbers, labs and drugs of
a text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import Dosage, Evidence, Measurement
from clinnote.model.spans import Span
from clinnote.ontology.number_tables import NumberTables
from clinnote.pipeline.drugs import DrugReading, inherited, read_drug
from clinnote.pipeline.lab_rows import column_values, paired_values
from clinnote.pipeline.quantities import Quantity, find_quantities
from clinnote.pipeline.records import Concept
from clinnote.pipeline.values import read_value

_PRIOR: Final = re.compile(
    r"(?:\b(?:previous(?:ly)?|prior|formerly|compared (?:to|with)|versus|vs\.?|from|was|were|had been|baseline)"
    r"(?: (?:measur\w+|at|was|a|the|of|approximately|about))*|\bpriors?:?)\s*$",
    re.IGNORECASE,
)
_PRIOR_BEHIND: Final = re.compile(
    r"\s*(?:previously|formerly|(?:on|in|at) (?:the |an? )?(?:prior|previous|comparison|earlier|last|outside)\b)",
    re.IGNORECASE,
)
_DISTANCE: Final = re.compile(
    r"\s*(?:above|below|from|distal|proximal|superior|inferior|cephalad|caudal|beyond|deep|away|past|lateral to"
    r"|medial to|posterior to|anterior to|into|within|short of|apart)\b",
    re.IGNORECASE,
)
_COMPARATOR: Final = re.compile(
    r"(?:(?P<sign>[<>\u2264\u2265]=?|~)|\b(?:(?P<less>less than|smaller than|under|below)|(?P<more>greater than"
    r"|more than|larger than|over|exceeding)|(?P<least>at least)|(?P<most>at most|up to|no more than)"
    r"|(?P<about>about|approximately|approx\.?|around|roughly|nearly)))\s*$",
    re.IGNORECASE,
)
_FLOW: Final = re.compile(r"\b(?:on|via|requiring|needing|to)\s+$", re.IGNORECASE)
_SIGNS: Final = {"\u2264": "<=", "\u2265": ">="}
_WORDS: Final = {"less": "<", "more": ">", "least": ">=", "most": "<=", "about": "~"}
_BREAK: Final = re.compile(r";|\b(?:but|while|whereas)\b", re.IGNORECASE)
_PUNCTUATION: Final = re.compile(r"[^\w\s'-]")
_LINK: Final = re.compile(r"\b(?:in|at|of|is|are|was|with|and|within|measur\w+|the|on|to|for)\b", re.IGNORECASE)
_OF: Final = re.compile(r"\s+(?:of|for)\s+(?:the\s+|an?\s+)?", re.IGNORECASE)
_DIGIT: Final = re.compile(r"[0-9]")
_REACH: Final = 40
_NOUN_PHRASE: Final = 5
"""Most words between a size and the noun it modifies."""

_FINDING: Final = frozenset({"finding", "disorder", "device", "procedure"})
_WANTS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "size": (_FINDING, frozenset({"body_site", "vital"})),
    "volume": (_FINDING, frozenset({"body_site", "medication"}), frozenset({"vital"})),
    "dose": (frozenset({"medication"}),),
    "rate": (frozenset({"medication", "device", "vital", "procedure"}),),
    "lab": (frozenset({"lab", "vital"}), frozenset({"finding"})),
    "vital": (frozenset({"vital", "lab"}),),
    "percent": (frozenset({"lab", "vital", "finding", "disorder"}),),
    "density": (frozenset({"finding", "disorder"}), frozenset({"body_site"})),
    "uptake": (frozenset({"finding", "disorder"}), frozenset({"body_site"})),
    "angle": (frozenset({"finding", "disorder", "vital"}), frozenset({"body_site"})),
    "caliber": (frozenset({"device", "procedure"}),),
    "age": (frozenset({"vital"}),),
}
"""Labels that a value of each kind of unit may belong to, the first choice first."""
_FARTHEST: Final[Mapping[str, int]] = {
    "size": 200, "volume": 120, "dose": 60, "rate": 60, "lab": 80, "vital": 50, "percent": 60, "density": 120,
    "uptake": 120, "angle": 60, "caliber": 30, "age": 12,
}  # fmt: skip
"""Most characters between a quantity of each kind and its concept."""
_UNIT_OF: Final[Mapping[str, frozenset[str]]] = {
    "kg": frozenset({"body_weight", "birth_weight", "estimated_fetal_weight"}),
    "[lb_av]": frozenset({"body_weight", "birth_weight"}),
    "Cel": frozenset({"body_temperature"}),
    "[degF]": frozenset({"body_temperature"}),
    "wk": frozenset({"gestational_age"}),
}
"""Vitals of the starter vocabulary that a unit can measure, where it can measure no other."""
_VOLUMES: Final = frozenset({"urine_output", "tidal_volume", "forced_vital_capacity", "fev1", "total_lung_capacity"})
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
        self.order = sorted(range(len(concepts)), key=lambda i: concepts[i].start)
        self.starts = [concepts[i].start for i in self.order]
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
    for i in sorted(valued, key=lambda i: work.concepts[i].start):
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
    for found in (paired_values(work.text, work.concepts, rest), column_values(work.text, work.concepts, bare)):
        for i, part in found.items():
            work.parts[i] = [part]
            work.evidence.pop(i, None)
            work.taken.append((part.start, part.end))


def _read_drugs(work: _Work, drugs: Sequence[int], quantities: Sequence[Quantity]) -> None:
    """The dosage of each drug, in the order of the text; a status goes on to the next drugs of a list."""
    by_start = {quantity.start: quantity for quantity in quantities if quantity.start not in work.used}
    text, concepts = work.text, work.concepts
    order = sorted(drugs, key=lambda i: concepts[i].start)
    before: DrugReading | None = None
    for place, i in enumerate(order):
        concept = concepts[i]
        limit = concepts[order[place + 1]].start if place + 1 < len(order) else len(text)
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
    text = work.text
    sentence = work.sentence(quantity.start)
    members = work.order[bisect_left(work.starts, sentence.start) : bisect_left(work.starts, sentence.end)]
    if not members:
        return
    owner = _owner(quantity, members, work)
    if owner is None:
        return
    begin = quantity.parts[0].start
    prior = _PRIOR.search(text, max(sentence.start, begin - _REACH), begin)
    if prior is not None and not (quantity.parts[0].high is not None and prior[0].lower().startswith("from")):
        return
    if _PRIOR_BEHIND.match(text, quantity.end, sentence.end):
        return
    if quantity.kind == "size" and _DISTANCE.match(text, quantity.end, sentence.end):
        return
    parts = quantity.parts
    if parts[0].unit == "L" and _FLOW.search(text, max(sentence.start, begin - 16), begin):
        return  # the oxygen that is given, not what a finding holds
    compared = _COMPARATOR.search(text, max(sentence.start, begin - 16), begin)
    if compared is not None:
        sign = compared["sign"]
        comparator = _SIGNS.get(sign, sign) if sign else _WORDS[str(compared.lastgroup)]
        parts = tuple(
            Measurement(p.start, p.end, p.value, p.high, p.unit, p.dimension, comparator, p.flag) for p in parts
        )
    work.parts.setdefault(owner, []).extend(parts)


def _owner(quantity: Quantity, members: Sequence[int], work: _Work) -> int | None:
    """The concept of the sentence that the quantity measures: the one it modifies, else the nearest before it."""
    text, concepts, farthest = work.text, work.concepts, _FARTHEST[quantity.kind]
    only = _VOLUMES if quantity.kind == "volume" else _UNIT_OF.get(quantity.parts[0].unit or "")
    of = _OF.match(text, quantity.end)
    for wanted in _WANTS[quantity.kind]:
        before: int | None = None
        behind: int | None = None
        for i in members:
            concept = concepts[i]
            if concept.label not in wanted:
                continue
            if only and concept.label == "vital" and concept.concept is not None and concept.concept not in only:
                continue
            if concept.start < quantity.start:
                before = i
            elif concept.start >= quantity.end:
                behind = i
                break
        if behind is not None and _modifies(text[of.end() if of else quantity.end : concepts[behind].start]):
            return behind
        if before is not None and not _broken(text, concepts[before].end, quantity.start, farthest):
            return before
        if behind is not None and not _broken(text, quantity.end, concepts[behind].start, farthest):
            return behind
    return None


def _broken(text: str, start: int, end: int, farthest: int) -> bool:
    """Whether another statement begins in between, or the two are too far apart to belong together."""
    return end - start > farthest or _BREAK.search(text, start, end) is not None


def _modifies(gap: str) -> bool:
    """Whether what stands between a size and a noun belongs to the same noun phrase."""
    if len(gap) > 2 * _REACH or _PUNCTUATION.search(gap) or _LINK.search(gap):
        return False
    return len(gap.split()) <= _NOUN_PHRASE
