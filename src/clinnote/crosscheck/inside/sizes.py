"""The report against itself: the size of one lesion in the findings and in the impression."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.align import STRONG
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, relation, sentence
from clinnote.crosscheck.study import Study
from clinnote.model import laterality
from clinnote.model.mention import Measurement

_MM: Final = {"mm": 1.0, "cm": 10.0}
_CLAUSE: Final = re.compile(r"[;()]|,\s|\b(?:and|with|but)\b", re.IGNORECASE)
_GROWN: Final = re.compile(r"\bfrom\s+[\d.]+\s*(?:mm|cm)?\s+to\s*$", re.IGNORECASE)
"""Before the second of two sizes, which is the present one ("has grown from 6 to 8 mm")."""
_NEAR: Final = 30
"""Code points before and after a measurement in which its own words stand."""
_RATIO: Final = 1.5
_DIFFERENCE: Final = 5.0
"""Sizes differ when one is more than half as large again and the difference is above 5 mm (facts of the taxonomy)."""
_TENFOLD: Final = (9.5, 10.5)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A mention with its largest current diameter in millimetres."""

    fact: TextFact
    size: float
    sizes: frozenset[float]


def check_internal_sizes(report: Report, study: Study) -> Iterator[Claim]:
    """``count_or_size``: the one lesion of its kind is 8 mm in the findings and 8 cm in the impression.

    Compared only if either section measures exactly one lesion of the kind, at sides and places that are not at odds;
    old sizes and distances do not count. Ten times as large is high: millimetres were taken for centimetres.
    """
    ends = [sized for fact in report.concluding if (sized := _sized(fact, study))]
    if not ends:
        return
    body = [sized for fact in report.describing if (sized := _sized(fact, study))]
    for one in ends:
        own = [other for other in body if _kin(one.fact, other.fact, study)]
        rivals = [other for other in ends if other is not one and _kin(one.fact, other.fact, study)]
        if len(own) == 1 and not rivals and _one_lesion(one.fact, own[0].fact, report.describing, study):
            claim = _differing(one, own[0])
            if claim is not None:
                yield claim
                break


def _kin(a: TextFact, b: TextFact, study: Study) -> bool:
    """Whether two mentions may be of one lesion under two names."""
    return relation(a, b, study) is not None


def _one_lesion(one: TextFact, other: TextFact, described: Sequence[TextFact], study: Study) -> bool:
    if relation(one, other, study) not in (*STRONG, "named") or laterality.opposite(one.sides, other.sides):
        return False
    if one.places and other.places and not any(study.knowledge.meet(x, y) for x in one.places for y in other.places):
        return False
    # A second lesion of the kind without a size of its own may be the one that the impression measures.
    return not any(
        fact is not other and fact.sides != other.sides and fact.sides and relation(one, fact, study) in STRONG
        for fact in described
    )


def _sized(fact: TextFact, study: Study) -> _Sized | None:
    if fact.mention.label not in ("finding", "disorder") or not fact.mention.measurements or not fact.note.text:
        return None
    found = [size for item in fact.mention.measurements if (size := millimetres(item, fact, study)) is not None]
    # Sizes of several lesions listed behind one word can't be told apart.
    groups = {item.start for item in fact.mention.measurements if item.dimension in (None, 1)}
    if not found or len(groups) > 1:
        return None
    return _Sized(fact, max(found), frozenset(found))


def millimetres(item: Measurement, fact: TextFact, study: Study) -> float | None:
    """The diameter, if it is one of the lesion as it is now."""
    factor = _MM.get((item.unit or "").lower())
    if factor is None or item.comparator in ("<", "<=", ">", ">="):
        return None
    text, (start, end) = fact.note.text or "", fact.mention.sentence
    before = _CLAUSE.split(text[max(start, item.start - _NEAR) : item.start])[-1]
    after = _CLAUSE.split(text[item.end : min(end, item.end + _NEAR)])[0]
    rules = study.knowledge.inside
    if _GROWN.search(before) is not None:
        return (item.high or item.value) * factor
    if rules.old_sizes.search(before) or rules.old_sizes.search(after) or rules.distances.search(after):
        return None
    if rules.distances.search(before) or re.search(
        r"\bcm from\b|\bmm from\b", sentence(fact)[item.start - start :][:12]
    ):
        return None
    return (item.high or item.value) * factor


def _differing(one: _Sized, other: _Sized) -> Claim | None:
    small, large = sorted((one.size, other.size))
    if small <= 0:
        return None
    ratio = large / small
    if ratio <= _RATIO or large - small <= _DIFFERENCE:
        return None
    tenfold = _TENFOLD[0] <= ratio <= _TENFOLD[1]
    line = f"{say_text(one.fact)}, {_say(one.size)}; {say_text(other.fact)}, {_say(other.size)}"
    severity = "high" if tenfold else None
    sizes = {"size_mm": [one.size, other.size], "tenfold": tenfold}
    return Claim("count_or_size", line, one.fact, other.fact, ("several",), severity, sizes)


def _say(size: float) -> str:
    return f"{size / 10:g} cm" if size >= 10 else f"{size:g} mm"
