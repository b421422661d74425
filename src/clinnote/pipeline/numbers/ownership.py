"""Whose size, volume, angle or percentage a quantity is: the concept it modifies, or the nearest one before it.

Not given to anything: what was measured earlier ("previously 5 mm"), the distance of one thing from another ("3 cm
above the carina"), and a limit or reference range.
"""

import re
from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

from clinnote.model.mention import Measurement
from clinnote.model.spans import Span
from clinnote.pipeline.numbers.quantities import Quantity
from clinnote.pipeline.records import Concept

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
_NORMAL: Final = re.compile(
    r"\b(?:normal|ref(?:erence)?|range|cut-?off|limit|goal|target|threshold)\b[^.;()\[\]]{0,30}$", re.IGNORECASE
)
_SIZE_GOES_ON: Final = re.compile(
    r"[\s,(]*(?:(?:and|by|in|AP|TV|CC|SI|transverse|anteroposterior|craniocaudal|length|width|depth|height|thickness"
    r"|wide|long|deep|thick|diameter|dimensions?|the|maximal|greatest)\b[\s,()]*)*",
    re.IGNORECASE,
)
_TEMPERATURES: Final = {"Cel": (25.0, 45.0), "[degF]": (80.0, 115.0)}
_SIGNS: Final = {"\u2264": "<=", "\u2265": ">="}
_WORDS: Final = {"less": "<", "more": ">", "least": ">=", "most": "<=", "about": "~"}
_BREAK: Final = re.compile(r";|\b(?:but|while|whereas)\b", re.IGNORECASE)
_PUNCTUATION: Final = re.compile(r"[^\w\s'-]")
_LINK: Final = re.compile(
    r"\b(?:in|at|of|is|are|was|with|and|within|measur\w+|the|on|to|for|without|no|or)\b", re.IGNORECASE
)
_OF: Final = re.compile(r"\s+(?:of|for)\s+(?:the\s+|an?\s+)?", re.IGNORECASE)
_DIGIT: Final = re.compile(r"[0-9]")
_REACH: Final = 40
_NOUN_PHRASE: Final = 5
"""Most words between a size and the noun it modifies."""

_ARTICLE: Final = re.compile(r"\b(?:an?|another|additional)\s+(?:[a-z]+\s+)?$", re.IGNORECASE)
_NOUN: Final = re.compile(
    r"[\s-](?!(?:in|at|on|of|by|to|and|or|with|from|is|was|are|the|wide|long|deep|thick|AP|TV|CC|diameter|x)\b)[A-Za-z]{3,}"
)
_FINDING: Final = frozenset({"finding", "disorder", "device"})
_WANTS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "size": (_FINDING, frozenset({"body_site", "vital"}), frozenset({"procedure"})),
    "volume": (_FINDING, frozenset({"body_site", "medication"}), frozenset({"vital", "procedure"})),
    "dose": (frozenset({"medication"}),),
    "rate": (frozenset({"medication", "device", "vital", "procedure"}),),
    "lab": (frozenset({"lab", "vital", "finding"}),),
    "vital": (frozenset({"vital", "lab"}),),
    "percent": (frozenset({"lab", "vital", "finding", "disorder"}),),
    "density": (frozenset({"finding", "disorder"}), frozenset({"body_site"})),
    "uptake": (frozenset({"finding", "disorder"}), frozenset({"body_site"})),
    "angle": (frozenset({"finding", "disorder"}),),
    "caliber": (frozenset({"device", "procedure"}),),
    "age": (frozenset({"vital"}),),
}
"""Labels that a value of each kind of unit may belong to, the first choice first."""
_FARTHEST: Final[Mapping[str, int]] = {
    "size": 200, "volume": 60, "dose": 60, "rate": 60, "lab": 80, "vital": 50, "percent": 30, "density": 120,
    "uptake": 120, "angle": 30, "caliber": 30, "age": 12,
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
_BEHIND_NAME: Final = frozenset({"lab", "angle", "percent"})
"""Kinds whose value stands behind the name or directly before it."""
_SIZED: Final = frozenset({"size", "volume", "dose"})


def owner_of(quantity: Quantity, text: str, members: Sequence[int], concepts: Sequence[Concept]) -> int | None:
    """Which of ``members`` (indexes of concepts by offset, all of one sentence) the quantity measures, or None.

    The one it modifies ("5 mm nodule", "4 mm of midline shift"), else the nearest before it, else the next one.
    """
    farthest = _FARTHEST[quantity.kind]
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
        if quantity.kind in _SIZED and _of_another(quantity, text):
            continue
        if before is not None and not _broken(text, concepts[before].end, quantity.start, farthest):
            if concepts[before].label == "procedure":
                continue
            between = quantity.kind == "lab" and _DIGIT.search(text, concepts[before].end, quantity.start)
            return None if between else before
        if behind is None or quantity.kind in _BEHIND_NAME:
            continue
        if quantity.kind in _SIZED and _DIGIT.search(text, quantity.end, concepts[behind].start):
            continue  # "the kidney measures 10 cm, with a 2 cm cyst": the cyst has a size of its own
        if not _broken(text, quantity.end, concepts[behind].start, farthest):
            return behind
    return None


def present_parts(
    quantity: Quantity, text: str, sentence: Span, given: Sequence[Measurement]
) -> tuple[Measurement, ...]:
    """The measurements of a quantity with their comparator; none when it says nothing of the present state.

    ``given`` is what its owner already has: a second amount that does not go on with the first is of something else.
    """
    parts, begin = quantity.parts, quantity.parts[0].start
    floor = max(sentence.start, begin - _REACH)
    prior = _PRIOR.search(text, floor, begin)
    if prior is not None and not (parts[0].high is not None and prior[0].lower().startswith("from")):
        return ()
    if _PRIOR_BEHIND.match(text, quantity.end, sentence.end):
        return ()
    if quantity.kind == "size" and _DISTANCE.match(text, quantity.end, sentence.end):
        return ()
    if given and not _SIZE_GOES_ON.fullmatch(text, given[-1].end, max(given[-1].end, begin)):
        return ()
    if quantity.kind not in _SIZED and _NORMAL.search(text, floor, begin):
        return ()
    low, high = _TEMPERATURES.get(parts[0].unit or "", (0.0, inf))
    if not low <= parts[0].value <= high:
        return ()
    if parts[0].unit == "L" and _FLOW.search(text, floor, begin):
        return ()  # the oxygen that is given, not what a finding holds
    compared = _COMPARATOR.search(text, floor, begin)
    if compared is None:
        return parts
    sign = compared["sign"]
    comparator = _SIGNS.get(sign, sign) if sign else _WORDS[str(compared.lastgroup)]
    return tuple(Measurement(p.start, p.end, p.value, p.high, p.unit, p.dimension, comparator, p.flag) for p in parts)


def _of_another(quantity: Quantity, text: str) -> bool:
    """Whether a noun that is no mention is what the size modifies: "with a 3 mm separation"."""
    return (
        _NOUN.match(text, quantity.end) is not None
        and _ARTICLE.search(text, max(0, quantity.start - 24), quantity.start) is not None
    )


def _broken(text: str, start: int, end: int, farthest: int) -> bool:
    """Whether another statement begins in between, or the two are too far apart to belong together."""
    return end - start > farthest or _BREAK.search(text, start, end) is not None


def _modifies(gap: str) -> bool:
    """Whether what stands between a size and a noun belongs to the same noun phrase."""
    if len(gap) > 2 * _REACH or _PUNCTUATION.search(gap) or _LINK.search(gap):
        return False
    return len(gap.split()) <= _NOUN_PHRASE
