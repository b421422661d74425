"""Statements that no longer count: an addendum corrects them, or their note is older than the images."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from clinnote.crosscheck.align import STRONG, related
from clinnote.crosscheck.facts import TextFact
from clinnote.crosscheck.knowledge import Knowledge
from clinnote.model import laterality
from clinnote.model.image_label import ImageLabel
from clinnote.model.mention import TaggedNote

ADDENDUM: Final = "addendum"
OLDER: Final = "historical note"
CORRECTED: Final = "historical: corrected by the addendum"
DENIED: Final = "negated"


def set_aside_superseded(
    texts: Sequence[TextFact], notes: Sequence[TaggedNote], labels: Sequence[ImageLabel], knowledge: Knowledge
) -> tuple[TextFact, ...]:
    """The claims, with those that a later statement replaces marked as excluded."""
    older = older_notes(notes, labels)
    corrections = [fact for fact in texts if corrects(fact, texts, knowledge)]
    return tuple(
        replace(fact, excluded=OLDER)
        if fact.excluded is None and fact.note.note_id in older
        else replace(fact, excluded=CORRECTED)
        if fact.excluded is None and any(_replaces(new, fact, knowledge) for new in corrections)
        else fact
        for fact in texts
    )


def older_notes(notes: Sequence[TaggedNote], labels: Sequence[ImageLabel]) -> frozenset[str]:
    """Ids of notes that were written before the day of the images, where another note is of that very day.

    Without such a note the two dates may count different things (the day of labelling), and nothing is set aside.
    """
    imaged = {day(label.date) for label in labels if label.date}
    if not imaged & {day(note.date) for note in notes if note.date}:
        return frozenset()
    return frozenset(note.note_id for note in notes if note.date and day(note.date) < min(imaged))


def day(date: str) -> str:
    """The calendar day of an ISO or DICOM date or time, as eight digits."""
    return date.replace("-", "")[:8]


def corrects(fact: TextFact, texts: Sequence[TextFact], knowledge: Knowledge) -> bool:
    """Whether an affirmed mention stands in an addendum that says it corrects the report, or is "not right" there."""
    if fact.excluded not in (None, DENIED) or fact.mention.section != ADDENDUM or not fact.sides:
        return False
    words = f" {knowledge.normalise(_addendum_of(fact, texts))} "
    if fact.excluded == DENIED:
        side = laterality.word(fact.sides)
        return f" not {side} " in words or f" not the {side} " in words
    return any(f" {phrase} " in words for phrase in knowledge.rules.correcting)


def _addendum_of(fact: TextFact, texts: Sequence[TextFact]) -> str:
    """The text around a mention of an addendum, up to the mentions of other sections before and after it."""
    others = [t.mention for t in texts if t.note is fact.note and t.mention.section != ADDENDUM]
    start = max((m.end for m in others if m.end <= fact.mention.start), default=0)
    end = min((m.start for m in others if m.start >= fact.mention.end), default=None)
    return (fact.note.text or "")[start:end]


def _replaces(new: TextFact, old: TextFact, knowledge: Knowledge) -> bool:
    """Whether a correction states the other side of the finding of an earlier mention, or denies its side."""
    if old.note is not new.note or old.mention.section == ADDENDUM:
        return False
    how = related(new.concepts, new.codes, old.concepts, old.codes, knowledge)
    other = old.sides == new.sides if new.excluded == DENIED else laterality.opposite(new.sides, old.sides)
    return how in STRONG and other
