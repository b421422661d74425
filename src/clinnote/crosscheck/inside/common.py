"""One report for the checks inside it: what it affirms where, and any stretch of its text as a claim."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinnote.crosscheck.align import STRONG, place, related, where_of
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.study import Study
from clinnote.model.laterality import UNKNOWN, Sides, word
from clinnote.model.mention import Mention, TaggedNote, mention_id

_GENERAL: Final = frozenset({"mass", "lesion"})
_REMEMBERED: Final = 1 << 16
_RULES: Final = "inside"
"""Stands for the rule-set version in the ids of stretches that no tagger marked."""


@dataclass(frozen=True, slots=True)
class Report:
    """One note with its claims in reading order; ``concluding`` and ``describing`` hold the affirmed findings."""

    note: TaggedNote
    texts: tuple[TextFact, ...]
    concluding: tuple[TextFact, ...]
    describing: tuple[TextFact, ...]

    @property
    def text(self) -> str:
        """The note's text, empty if the record does not hold it."""
        return self.note.text or ""


def reports(study: Study) -> Iterator[Report]:
    """The notes of a study one by one; those that older or corrected statements were taken from too."""
    by_note: dict[int, list[TextFact]] = {}
    for fact in study.texts:
        by_note.setdefault(id(fact.note), []).append(fact)
    for note in study.notes:
        texts = by_note.get(id(note), [])
        stated = [fact for fact in texts if fact.excluded is None and not fact.is_place]
        yield Report(
            note,
            tuple(texts),
            tuple(fact for fact in stated if concludes(fact, study)),
            tuple(fact for fact in stated if not concludes(fact, study)),
        )


def concludes(fact: TextFact, study: Study) -> bool:
    """Whether a mention stands in a section that sums up."""
    return (fact.mention.section or "") in study.knowledge.rules.concluding


def relation(a: TextFact, b: TextFact, study: Study) -> str | None:
    """How the findings of two mentions relate: as :func:`related`, or ``named``, two names for one lesion at one place.

    So it is with the general and the organ's own word (a mass in the kidney, a renal lesion), and with the names that
    ``names`` of the word lists holds. None when they have nothing in common.
    """
    how, named = _kinship(a, b, study)
    if not named:
        return how
    where = place(a.places or a.implied, b.places or b.implied, study.knowledge)
    return "named" if where in ("same", "near") else how


def _kinship(a: TextFact, b: TextFact, study: Study) -> tuple[str | None, bool]:
    """How the findings relate, and whether they may be two names of one lesion; remembered by the concepts."""
    known, key = study.knowledge.kinships, (a.concepts, b.concepts)
    found = known.get(key)
    if found is None:
        how = related(a.concepts, a.codes, b.concepts, b.codes, study.knowledge)
        found = (how, how not in STRONG and _named(a.concepts, b.concepts, study))
        # Without concepts the codes decide, and those are not remembered.
        if a.concepts and b.concepts:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[key] = found
    return found


def _named(a: frozenset[str], b: frozenset[str], study: Study) -> bool:
    if any(a & names and b & names for names in study.knowledge.inside.names):
        return True
    return any(x & _GENERAL and all(_lump(concept, study) for concept in y) and y for x, y in ((a, b), (b, a)))


def _lump(concept: str, study: Study) -> bool:
    is_a = study.knowledge.concepts.is_a
    return concept in _GENERAL or (is_a(concept, "lesion") and not is_a(concept, "nodule") and concept != "nodule")


def one_finding(a: TextFact, b: TextFact, study: Study) -> bool:
    """Whether two mentions can be one lesion: one finding, and places that are not at odds."""
    return relation(a, b, study) in STRONG and where_of(a, b, study.knowledge) in ("same", "unknown")


def sentence(fact: TextFact) -> str:
    """The sentence of a mention, empty if the record does not hold the text."""
    start, end = fact.mention.sentence
    return (fact.note.text or "")[start:end]


def hedged(fact: TextFact, study: Study) -> bool:
    """Whether the sentence guesses, compares or sets conditions, so that it neither affirms nor denies."""
    mention = fact.mention
    return (
        mention.certainty not in ("definite", "probable")
        or study.knowledge.inside.hedges.search(sentence(fact)) is not None
    )


def passage(
    report: Report,
    start: int,
    end: int,
    sides: Sides = UNKNOWN,
    places: frozenset[str] = frozenset(),
    section: str | None = None,
) -> TextFact:
    """A stretch of the text (half-open, code points) as a claim of its own, quoted with its line or sentence."""
    note, text = report.note, report.text
    inside = (
        fact.mention for fact in report.texts if fact.mention.sentence[0] <= start and end <= fact.mention.sentence[1]
    )
    own = next(inside, None)
    line = (text.rfind("\n", 0, start) + 1, at if (at := text.find("\n", end)) >= 0 else len(text))
    mention = Mention(
        mention_id(note.text_sha256, start, end, "finding", _RULES),
        start,
        end,
        text[start:end],
        "finding",
        laterality=word(sides),
        section=section or (own.section if own else section_at(report, start)),
        sentence=own.sentence if own else line,
    )
    return TextFact(note, mention, frozenset(), frozenset(), places, frozenset(), sides, None)


def section_at(report: Report, offset: int) -> str | None:
    """The section of the last mention that begins before an offset; None when there is none."""
    section = None
    for fact in report.texts:
        if fact.mention.start > offset:
            break
        section = fact.mention.section
    return section
