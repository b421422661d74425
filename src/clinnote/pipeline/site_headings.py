"""Headings and titles that give a side to what stands below them ("RIGHT KNEE:", "MRI of the left shoulder")."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.model import laterality
from clinnote.model.spans import Span
from clinnote.ontology.anatomy import Anatomy
from clinnote.pipeline.records import Section
from clinnote.pipeline.site_phrases import Finding, Item, Phrase

_COLON_BEHIND: Final = re.compile(r"[^\n:.;]{0,25}:")
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
_TITLE_REACH: Final = 200
"""Characters before a sentence in which the word for the examination may stand ("EXAM: MRI ...")."""
_TITLE_SECTIONS: Final = frozenset({"technique", "procedures", "title", "exam"})
_EXAM: Final = re.compile(
    r"\b(?:x-?rays?|radiographs?|mri?|ct|ultrasound|sonogram|mammogra\w+|tomosynthesis|views?|exam\w*|arthrogram|scan)\b",
    re.IGNORECASE,
)


class Heading(NamedTuple):
    """A place phrase with one side that holds for what follows. ``title``: it names the whole examination."""

    phrase: Phrase
    title: bool


class Headings:
    """The heading in force, asked sentence by sentence in reading order."""

    def __init__(self, text: str, sections: Sequence[Section], anatomy: Anatomy) -> None:
        self._text = text
        self._sections = sections
        self._starts = [section.start for section in sections]
        self._anatomy = anatomy
        self._current: Heading | None = None
        self._section = -1
        self._title: Heading | None = None
        self._titles: set[str | None] = set()
        self._first = len(text) - len(text.lstrip())
        self._read = 0

    @property
    def in_force(self) -> bool:
        """Whether some heading read so far may hold for what follows."""
        return self._current is not None or self._title is not None

    def at(self, sentence: Span, items: Sequence[Item]) -> Heading | None:
        """The heading that holds for this sentence, which may contain it."""
        section = bisect_right(self._starts, sentence.start) - 1
        if section != self._section:
            self._section, self._current = section, None
        first = items[0] if items else None
        heads = isinstance(first, Phrase)
        if isinstance(first, Finding):
            first = first.own  # "MRI of the right knee" may be one name
        if first is not None and self._one_sided(first):
            if heads and self._heads(sentence, first):
                self._current, self._read = Heading(first, title=False), first.end
            elif self._is_title(sentence, section):
                self._titles.add(laterality.word(first.sides))
                self._title = Heading(first, title=True) if len(self._titles) == 1 else None
        if self._current is not None and sentence.start > self._read:
            if _BLANK_LINE.search(self._text, self._read, sentence.start):
                self._current = Heading(self._current.phrase, title=True)
            self._read = sentence.start
        return self._current or self._title

    def _one_sided(self, phrase: Phrase) -> bool:
        paired = any(self._anatomy.paired(site.node) for site in phrase.sites)
        return paired and phrase.sides in (laterality.LEFT, laterality.RIGHT, laterality.BILATERAL)

    def _heads(self, sentence: Span, phrase: Phrase) -> bool:
        """Whether the sentence begins "Right knee:"."""
        lead = self._text[sentence.start : phrase.start]
        if len(lead) > 25 or re.search(r"[.;\n]", lead):
            return False
        return _COLON_BEHIND.match(self._text, phrase.end) is not None

    def _is_title(self, sentence: Span, section: int) -> bool:
        kind = self._sections[section].kind if section >= 0 else None
        if kind not in _TITLE_SECTIONS and sentence.start > self._first:
            return False
        start = sentence.start
        if kind in _TITLE_SECTIONS:
            start = max(self._sections[section].start, start - _TITLE_REACH)
        return _EXAM.search(self._text, start, sentence.end) is not None
