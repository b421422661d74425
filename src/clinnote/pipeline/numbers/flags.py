"""The flag of a value: a mark or word beside it, or the reference range behind it.

"K 3.2 (L)", "12.4 K/uL, high", "3.2 mmol/L (3.5-5.1)". Marks and words are rows of
``ontologies/numbers/value_words.tsv``.
"""

import re
from typing import Final, NamedTuple

from clinnote.model.mention import Evidence, Measurement
from clinnote.ontology.number_tables import NumberTables
from clinnote.pipeline.numbers.quantities import NUMBER, number_of
from clinnote.pipeline.records import Concept

_MARK: Final = re.compile(r"[ \t]*([\[(]?(?:HH|LL|H|L|A|N)?\*{0,2}[\])]?)(?![\w*])")
_FLAG_WORD: Final = re.compile(
    r",?[ \t]{0,20}[\[(]?[ \t]{0,4}([A-Za-z]+(?: [A-Za-z]+)?)[ \t]{0,4}(?:[\])]|(?=[\s.,;|]|$))"
)
_REFERENCE: Final = re.compile(
    r"(?P<gap>[\s|,]{0,40})(?P<open>[\[(])?\s{0,4}"
    r"(?P<word>(?:ref(?:erence)?(?: range)?|normal(?: range)?|nl|nml|range|rr)[\s.:=,]*)?"
    rf"(?:(?P<low>{NUMBER})\s*(?:-|\u2013|to)\s*(?P<high>{NUMBER})|(?P<side>[<>\u2264\u2265]=?)\s*(?P<limit>{NUMBER}))"
    r"(?:\s?[A-Za-z%\u00b5\u03bc][^\s)\]]*)?\s*(?P<close>[\])])?",
    re.IGNORECASE,
)
_ROW: Final = re.compile(r"[ \t]{2,}|\t|\|")
FLAGS: Final = frozenset({"low", "high", "critical_low", "critical_high", "abnormal", "normal"})


class Reading(NamedTuple):
    """What stands behind a name: characters [start, end), the measurements and the evidence of their flag."""

    start: int
    end: int
    parts: tuple[Measurement, ...]
    evidence: tuple[Evidence, ...] = ()


def with_flag(part: Measurement, flag: str | None) -> Measurement:
    """The measurement with this flag."""
    return Measurement(part.start, part.end, part.value, part.high, part.unit, part.dimension, part.comparator, flag)


def flagged(
    text: str, concept: Concept, part: Measurement, said: Evidence | None, limit: int, tables: NumberTables
) -> Reading:
    """The value with what is said of it: before it (``said``), by a mark or word behind it, or by its range."""
    end, found = part.end, said
    for _ in range(2):  # the mark may stand before or behind the reference range
        mark = _MARK.match(text, end)
        letter = tables.letters.get(mark[1]) if mark and mark[1] else None
        if mark and letter and (concept.label == "lab" or mark[1][0] in "([*"):
            found = Evidence(letter.rule, mark.start(1), mark.end(1), f"flag={letter.role}")
            end = mark.end()
            break
        reference = _reference(text, end, limit, part, concept)
        if reference is None:
            break
        found, end = found or reference, reference.end
    if found is None and (word := _FLAG_WORD.match(text, end, limit)):
        row = tables.words.get(word[1].lower())
        if row is not None and row.role in FLAGS:
            found = Evidence(row.rule, word.start(1), word.end(1), f"flag={row.role}")
            end = word.end(1)
    if found is None:
        return Reading(part.start, end, (part,))
    return Reading(part.start, end, (with_flag(part, found.gives.partition("=")[2]),), (found,))


def _reference(text: str, at: int, limit: int, part: Measurement, concept: Concept) -> Evidence | None:
    """The reference range behind a value as evidence of low, high or normal."""
    match = _REFERENCE.match(text, at, limit)
    if match is None or part.high is not None:
        return None
    bounded = match["word"] or (match["open"] and match["close"]) or (_ROW.search(match["gap"]) and match["low"])
    if not bounded or (concept.label == "vital" and not match["word"]):
        return None
    value = part.value
    if match["low"]:
        low, high = number_of(match["low"]), number_of(match["high"])
        flag = "low" if value < low else "high" if value > high else "normal"
    else:
        limit_value = number_of(match["limit"])
        below = match["side"][0] in "<\u2264"
        inside = value < limit_value or part.comparator in ("<", "<=") if below else value > limit_value
        flag = "normal" if inside else "high" if below else "low"
    return Evidence("val.reference_range", match.start(), match.end(), f"flag={flag}")
