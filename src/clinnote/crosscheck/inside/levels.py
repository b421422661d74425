"""The report against itself: one numbered vertebra, disc or rib of a list put for another."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from clinnote.crosscheck.align import STRONG
from clinnote.crosscheck.explain import Claim, say_text
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.inside.common import Report, concludes, relation
from clinnote.crosscheck.study import Study

_SERIES: Final = ("vertebra", "disc", "rib")
_RANGE: Final = re.compile(
    r"\b[CTLS]\d{1,2}\s*(?:-|\u2013|to|through)\s*[CTLS]?\d{1,2}\b"
    r"|\b(?:multi-?level|ribs?\s+\d+\s*(?:-|\u2013|to|through)|\w+(?:th|rd|nd|st)\s+(?:to|through|-)\s)",
    re.IGNORECASE,
)
"""Levels of which the ones between are not written; a disc is one too, and its two numbers are neighbours."""
_NUMBERS: Final = re.compile(r"\d+")


def check_internal_levels(report: Report, study: Study) -> Iterator[Claim]:
    """``level_mismatch``: the impression has one level that the description lacks, in place of one that it has.

    All other levels of the finding have to be the same, as many in both, and neither section may name the level of the
    other anywhere. Ranges of levels set the note aside. One claim per note.
    """
    ends = [
        fact for fact in report.concluding if fact.mention.label in ("finding", "disorder") and _levels(fact, study)
    ]
    if not ends or report.note.text is None or any(map(_wide, _RANGE.findall(report.note.text))):
        return
    current = [fact for fact in report.texts if not (fact.excluded or "").startswith(("section", "about"))]
    body = [fact for fact in current if not concludes(fact, study) and _levels(fact, study)]
    lists = _lists(body, study)
    concluded = _all(fact for fact in current if concludes(fact, study))
    described = _all(body)
    for end in ends:
        here = _levels(end, study)
        for fact in body:
            there = _levels(fact, study) if not fact.is_place else lists[fact.mention.sentence]
            if fact.excluded is not None or not _one_list(fact, there, end, here, study):
                continue
            said, seen = here - there, there - here
            if len(said) == len(seen) == 1 and _absent(said, described, study) and _absent(seen, concluded, study):
                line = f"{say_text(fact)}; {say_text(end)}"
                yield Claim("level_mismatch", line, end, fact, ("several",), "medium")
                return


def _wide(words: str) -> bool:
    """Whether a range has levels between its ends ("L2-L4")."""
    ends = [int(number) for number in _NUMBERS.findall(words)]
    return len(ends) != 2 or (abs(ends[1] - ends[0]) > 1 and sorted(ends) not in ([1, 12], [1, 7], [1, 5]))


def _levels(fact: TextFact, study: Study) -> frozenset[str]:
    """The vertebrae, discs and ribs that a mention names, of one kind; empty where it names several kinds."""
    anatomy = study.knowledge.anatomy
    found = frozenset(site for site in fact.places if site.split("_")[0] in _SERIES and anatomy.level(site) is not None)
    return found if len({site.split("_")[0] for site in found}) == 1 else frozenset()


def _lists(body: Sequence[TextFact], study: Study) -> Mapping[tuple[int, int], frozenset[str]]:
    """All levels that a sentence names."""
    found: dict[tuple[int, int], frozenset[str]] = {}
    for fact in body:
        found[fact.mention.sentence] = found.get(fact.mention.sentence, frozenset()) | _levels(fact, study)
    return found


def _all(facts: Iterable[TextFact]) -> frozenset[str]:
    return frozenset(site for fact in facts for site in fact.places)


def _one_list(fact: TextFact, there: frozenset[str], end: TextFact, here: frozenset[str], study: Study) -> bool:
    """Whether both speak of one finding: a related one, or a list of places that shares a level with the other."""
    if fact.is_place:
        return len(here) > 1 and bool(here & there)
    return relation(fact, end, study) in (*STRONG, "named")


def _absent(levels: frozenset[str], named: frozenset[str], study: Study) -> bool:
    """Whether nothing is named that the levels are, hold or touch."""
    return not any(
        study.knowledge.meet(level, site)
        for level in levels
        for site in named
        if site not in study.knowledge.inside.wide
    )
