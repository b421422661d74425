"""Headings and titles that place what stands below them ("RIGHT KNEE:", "L4-L5:", "Left:", "MRI of the left shoulder").

A side holds until the next heading of that kind or the end of the section; a place without a side until the line ends.
A bare letter ("R: ...") holds for its line if it heads a finding there, else for its sentence: it may name a value.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.model import laterality
from clinnote.model.spans import Span
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.linking import Link
from clinnote.ontology.side_words import EYE, LETTER
from clinnote.pipeline.records import Concept, Section
from clinnote.pipeline.sites.phrases import Finding, Item, Member, Phrase, SiteRef, side_alone

_COLON_BEHIND: Final = re.compile(r"[^\n:.;]{0,25}:")
_COLON: Final = re.compile(r"(?:\s(?:levels?|disc|space|interspace|lobe|side))?\s?:|\s-+\s", re.IGNORECASE)
"""Directly behind a bare side, or a place without a side, that heads a row ("L4-L5: ...")."""
_SPACE: Final = re.compile(r"\s*")
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
LEAD: Final = 25
"""Most characters of a sentence before a place that heads it."""
_STUDY: Final = "procedure"
"""The label of the name of a study."""
_LAB: Final = "lab"
"""The label of what is measured in a specimen."""
_TITLE_COLON: Final = re.compile(r"[^\n:.;]{0,60}:")
_TITLE_REACH: Final = 200
"""Characters before a sentence in which the word for the examination may stand ("EXAM: MRI ...")."""
_ORGAN_REACH: Final = 600
"""Characters before a part in which its organ may be named."""
_SEEING: Final = ("eye", "orbit", "optic_nerve")
"""Where "OD" and "OS" tell the side."""
_BODY_SECTIONS: Final = frozenset({"findings", "impression", "addendum"})
"""Where what is found in a study stands."""
_TITLE_SECTIONS: Final = frozenset({"technique", "procedures", "title", "exam"})


class Heading(NamedTuple):
    """A place phrase that holds for what follows. ``title``: it names the whole examination."""

    phrase: Phrase
    title: bool
    places: bool = True
    """Whether it says where a finding is that nothing else locates, and not only on which side."""

    def covers(self, node: str, anatomy: Anatomy) -> bool:
        """Whether its side can be meant for a structure at ``node``: one inside its place, or any that has two sides.

        Its place reaches as far as what overlaps it ("RIGHT KNEE: ... quadriceps tendon").
        """
        sites = self.phrase.sites
        words = self.phrase.words
        if words and words[0].rule == EYE:
            return sees(node, anatomy)
        if not sites:
            return anatomy.paired(node)
        for site in sites:
            if anatomy.is_part_of(node, site.node):
                return True
            if anatomy.paired(node) and (anatomy.overlap(node, site.node) or anatomy.partners(node, site.node)):
                return True
        return False

    def place(self) -> Phrase:
        """Its place alone, without the side."""
        bare = Phrase(self.phrase.start, self.phrase.end)
        bare.sites = self.phrase.sites
        return bare


def _opposed(items: Sequence[Item], title: Heading) -> bool:
    """Whether a sentence speaks of another side than the title of its study."""
    sides = title.phrase.sides
    for item in items:
        phrase = item if isinstance(item, Phrase) else item.own
        if phrase is not None and phrase.words and phrase.sides != sides:
            return True
    return False


def sees(node: str, anatomy: Anatomy) -> bool:
    """Whether "OD" and "OS" can tell the side of a structure."""
    return any(anatomy.is_part_of(node, part) for part in _SEEING)


class Earlier(NamedTuple):
    """The concepts of a note up to the end of a sentence: ``members[:behind]``."""

    members: Sequence[Member]
    behind: int

    def part(self, part: str, start: int, anatomy: Anatomy) -> str | None:
        """What a part that several organs have is in the organ that was named last before ``start``."""
        position = self.behind
        lowest = start - _ORGAN_REACH
        while position > 0:
            position -= 1
            concept, name = self.members[position][1], self.members[position][2]
            if concept.start < lowest:
                return None
            if concept.end > start:
                continue
            for site in (*[named.site for named in name.sites], *concept.sites):
                found = anatomy.part_in(part, site) if site in anatomy.nodes else None
                if found is not None:
                    return found
        return None


class Above(NamedTuple):
    """What holds for a sentence from above: a heading with a side, the place that heads its line, what was before."""

    heading: Heading | None
    row: Phrase | None
    earlier: Earlier | None = None

    def __bool__(self) -> bool:
        return self.heading is not None or self.row is not None

    @property
    def nodes(self) -> list[str]:
        """The sites of both."""
        phrases = (self.row, self.heading.phrase if self.heading is not None else None)
        return [site.node for phrase in phrases if phrase is not None for site in phrase.sites]


class Headings:
    """The heading in force, asked sentence by sentence in reading order."""

    def __init__(self, text: str, sections: Sequence[Section], concepts: Sequence[Concept], anatomy: Anatomy) -> None:
        self._text = text
        self._concepts = concepts
        self._sections = sections
        self._starts = [section.start for section in sections]
        self._anatomy = anatomy
        self._current: Heading | None = None
        self._section = -1
        self._title: Heading | None = None
        self._whole = False
        self._titles: set[str | None] = set()
        self._first = len(text) - len(text.lstrip())
        self._read = 0
        self._row: Phrase | None = None
        self._row_end = 0
        self._letter_end = len(text)

    def in_force(self, start: int) -> bool:
        """Whether some heading read so far may hold for a sentence from ``start`` on."""
        return self._current is not None or self._title is not None or start < self._row_end

    def row(self, sentence: Span, items: Sequence[Item]) -> Phrase | None:
        """The place without a side that heads the line this sentence stands in ("L4-L5: ..."), if there is one."""
        first = items[0] if items else None
        if (
            isinstance(first, Phrase)
            and len(first.sites) == 1
            and not first.words
            and self._starts_row(sentence, first)
        ):
            self._row, self._row_end = first, self._line_end(first.end)
        return self._row if sentence.start < self._row_end else None

    def _line_end(self, offset: int) -> int:
        """The end of the line that goes on behind a heading, or of the one below it if nothing stands there."""
        text = self._text
        colon = _COLON.match(text, offset)
        begin = _SPACE.match(text, colon.end() if colon is not None else offset)
        end = text.find("\n", begin.end() if begin is not None else offset)
        return end if end >= 0 else len(text)

    def _letter_reach(self, sentence: Span, heading: Phrase, items: Sequence[Item]) -> int:
        """Where a heading ends that is one letter ("R: ..."); any other holds on."""
        if heading.sites or heading.words[0].rule != LETTER:
            return len(self._text)
        finds = any(isinstance(item, Finding) and self._concepts[item.index].label != _LAB for item in items)
        alone = not self._text[heading.end : sentence.end].strip(": \t\r\n")
        return self._line_end(heading.end) if finds or alone else sentence.end

    def at(self, sentence: Span, items: Sequence[Item]) -> Heading | None:
        """The heading that holds for this sentence, which may contain it."""
        section = bisect_right(self._starts, sentence.start) - 1
        if section != self._section or sentence.start >= self._letter_end:
            self._section, self._current, self._letter_end = section, None, len(self._text)
        first = items[0] if items else None
        heads = isinstance(first, Phrase)
        if isinstance(first, Finding):
            first = self._named_study(first, items)
        elif isinstance(first, Phrase) and not first.sites and len(items) > 1:
            first = self._sided_study(first, items[1])
        if first is not None and self._one_sided(first):
            if heads and (self._heads(sentence, first) if first.sites else self._starts_row(sentence, first)):
                self._current, self._read = Heading(first, title=False), first.end
                self._letter_end = self._letter_reach(sentence, first, items)
            elif first.sites and self._is_title(sentence, section):
                self._titles.add(laterality.word(first.sides))
                one = self._titles in ({"left"}, {"right"})  # of both sides the body has to say which
                self._title = Heading(first, title=True, places=False) if one else None
                self._whole = self._title_alone(sentence, first, items, section) if one else False
        if self._current is not None and sentence.start > self._read:
            if _BLANK_LINE.search(self._text, self._read, sentence.start):
                self._current = Heading(self._current.phrase, title=True, places=False)
            self._read = sentence.start
        if self._current is None and self._title is not None and self._whole:
            found = section < 0 or self._sections[section].kind in _BODY_SECTIONS
            return self._title._replace(places=True) if found and not _opposed(items, self._title) else self._title
        return self._current or self._title

    def _named_study(self, finding: Finding, items: Sequence[Item]) -> Phrase | None:
        """The place in the name of a study, "MRI of the right knee", or directly behind it: "XR left ankle"."""
        own = finding.own
        if own is None:
            behind = items[1] if len(items) > 1 else None
            study = self._concepts[finding.index].label == _STUDY
            if not study or not isinstance(behind, Phrase):
                return None
            gap = self._anatomy.linking.gap(self._text[finding.end : behind.start])
            return None if gap.has(Link.JOINS) else behind  # "XR chest and left shoulder"
        if own.sites or not own.words:
            return own
        place = Phrase(own.start, own.end)
        place.words = list(own.words)
        for node in self._concepts[finding.index].sites:
            if node in self._anatomy.nodes:
                place.sites.append(SiteRef(node, own.start, own.end))
        return place

    def _sided_study(self, side: Phrase, study: Item) -> Phrase:
        """The place of a study whose side stands before its name: "left [elbow x-ray]"."""
        if not isinstance(study, Finding) or study.own is None or not study.own.sites:
            return side
        if self._concepts[study.index].label != _STUDY or study.start - side.end > 1:
            return side
        place = side_alone(side)
        place.end = study.end
        place.sites = study.own.sites
        return place

    def _one_sided(self, phrase: Phrase) -> bool:
        paired = any(self._anatomy.paired(site.node) for site in phrase.sites)
        return (paired or not phrase.sites) and phrase.sides in (
            laterality.LEFT,
            laterality.RIGHT,
            laterality.BILATERAL,
        )

    def _heads(self, sentence: Span, phrase: Phrase) -> bool:
        """Whether the sentence begins "Right knee:"."""
        lead = self._text[sentence.start : phrase.start]
        if len(lead) > LEAD or re.search(r"[.;\n]", lead):
            return False
        return _COLON_BEHIND.match(self._text, phrase.end) is not None

    def _starts_row(self, sentence: Span, phrase: Phrase) -> bool:
        """Whether the sentence begins "L4-L5:" or "Left:"."""
        lead = self._text[sentence.start : phrase.start]
        return not lead.strip(" \t\r\n-*\u20220123456789.)") and _COLON.match(self._text, phrase.end) is not None

    def _is_title(self, sentence: Span, section: int) -> bool:
        kind = self._sections[section].kind if section >= 0 else None
        if kind not in _TITLE_SECTIONS and sentence.start > self._first:
            return False
        start = sentence.start
        if kind in _TITLE_SECTIONS:
            start = max(self._sections[section].start, start - _TITLE_REACH)
        return self._anatomy.studies.title.search(self._text, start, sentence.end) is not None

    def _title_alone(self, sentence: Span, phrase: Phrase, items: Sequence[Item], section: int) -> bool:
        """Whether the title is a line or a section of its own, or ends with a colon; a statement places nothing.

        Nor does a title of several places.
        """
        colon = _TITLE_COLON.match(self._text, phrase.end, sentence.end)
        end = colon.end() if colon is not None else sentence.end
        for item in items:
            if isinstance(item, Phrase) and item.sites and item.start < end and item.start >= phrase.end:
                return False
        if section >= 0 and self._sections[section].kind in _TITLE_SECTIONS:
            return True
        if self._anatomy.linking.gap(self._text[sentence.start : end]).has(Link.VERB):
            return False
        return colon is not None or self._text[end : end + 1] in ("\n", "\r")
