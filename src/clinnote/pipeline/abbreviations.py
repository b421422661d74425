"""Which of its readings an ambiguous abbreviation has where it stands."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from clinnote.model.mention import Evidence
from clinnote.ontology.senses import Sense, Weighed, weigh
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, Vocabulary
from clinnote.ontology.words import Words, normal, normal_form
from clinnote.pipeline.decode import decode, merged, placed
from clinnote.pipeline.records import Concept, Section

_CERTAIN: Final = 0.9
"""Share from which a reading stands alone."""
_WORTH: Final = 0.1
"""Share from which another reading is kept as a candidate."""
_USUAL: Final = 2
"""Points of a reading that is meant where no cue speaks for any."""
_NOWHERE: Final[frozenset[str]] = frozenset()
_WIDE: Final = 40
"""Characters to either side that tell whether the text is written in capitals throughout."""


class Abbreviations:
    """Reads the short forms of a table of senses; long forms are looked up in one vocabulary.

    A short form stays as the vocabulary has it where the likeliest reading is none of the vocabulary's terms. It
    becomes a mention of its own, though the vocabulary does not hold it, only where a cue speaks for the reading or
    the reading is the usual one.
    """

    def __init__(self, vocabulary: Vocabulary, senses: Sequence[Sense]) -> None:
        self._vocabulary = vocabulary
        self._senses: dict[str, list[Sense]] = {}
        for sense in senses:
            self._senses.setdefault(sense.form, []).append(sense)
        self._written: dict[str, list[re.Pattern[str]]] = {}
        for form in self._senses:
            self._written.setdefault(normal(form), []).append(_written(form))
        self._short = frozenset(self._written)
        self._known: dict[str, Concept | None] = {}

    def read(
        self, text: str, words: Words, concepts: list[Concept], sections: Sequence[Section], note_type: str | None
    ) -> list[Concept]:
        """``concepts`` (by offset, none overlapping another) with the abbreviations of the text read by the table."""
        here = words.distinct & self._short
        if not here:
            return concepts
        places = [found.span() for short in here for form in self._written[short] for found in form.finditer(text)]
        if not places:
            return concepts
        starts = [concept.start for concept in concepts]
        changed: dict[int, Concept | None] = {}
        more: list[Concept] = []
        for start, end in sorted(places):
            at, senses = bisect_left(words.starts, start), self._senses[text[start:end]]
            place = bisect_right(starts, start) - 1
            known = concepts[place] if place >= 0 and concepts[place].end > start else None
            if known is not None and (known.start, known.end) != (start, end):
                continue
            ranked = weigh(senses, words, at, _kinds(sections, start), note_type and note_type.lower())
            if known is not None:
                changed[place] = self._reading(ranked, words, known)
            elif _spoken_for(ranked[0], text, start, end):
                read = self._reading(ranked, words, Concept(start, end, ""))
                if read is not None and read.label:
                    more.append(read)
        if not changed and not more:
            return concepts
        kept = [changed.get(place, concept) for place, concept in enumerate(concepts)]
        return sorted([concept for concept in kept if concept is not None] + more, key=_start)

    def _reading(self, ranked: Sequence[Weighed], words: Words, known: Concept) -> Concept | None:
        """What stands at the place of ``known``: None when the likeliest reading is no mention."""
        best = ranked[0]
        if best.sense.reading is None:
            return None
        likely = self._concept(best.sense.reading)
        if likely is None:
            return known
        found = placed(likely, known.start, known.end)
        found.score = round(best.share, 3)
        if best.share < _CERTAIN:
            others = [(self._concept(w.sense.reading), w.share) for w in ranked if w.sense.reading]
            kept = [(concept, share) for concept, share in others if concept is not None and share >= _WORTH]
            found.codes = merged(kept) if len(kept) > 1 else found.codes
        first, last = words.starts[best.first], words.end(best.last - 1)
        found.evidence = (Evidence(best.sense.id, first, last, f"reading={best.sense.reading}"),)
        return found

    def _concept(self, reading: str) -> Concept | None:
        if reading not in self._known:
            entries = self._vocabulary.lookup(reading)
            site = bool(entries) and all(entry.label == BODY_SITE for entry in entries)
            self._known[reading] = decode(entries, normal_form(reading), site) if entries else None
        return self._known[reading]


def _written(form: str) -> re.Pattern[str]:
    """The form as a word of its own; it stands first, because a search for plain letters is the fastest."""
    return re.compile(rf"{form}(?<!\w{form})(?!\w)")


def _spoken_for(best: Weighed, text: str, start: int, end: int) -> bool:
    """Whether the reading is sure enough to make a mention of a form that the vocabulary does not hold."""
    if best.cued:
        return True
    around = text[max(start - _WIDE, 0) : start] + text[end : end + _WIDE]
    return best.sense.usual >= _USUAL and any(letter.islower() for letter in around)


def _kinds(sections: Sequence[Section], offset: int) -> frozenset[str]:
    """Names of the section that holds an offset, and of its part."""
    at = bisect_right(sections, offset, key=_start_of_section) - 1
    if at < 0 or offset >= sections[at].end:
        return _NOWHERE
    part = sections[at].part
    return frozenset((sections[at].kind, f"part_{part}")) if part else frozenset((sections[at].kind,))


def _start_of_section(section: Section) -> int:
    return section.start


def _start(concept: Concept) -> int:
    return concept.start
