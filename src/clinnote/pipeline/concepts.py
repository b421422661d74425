"""Concepts of a text: the longest forms of a vocabulary, or the mentions that a note already carries."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from clinnote.errors import RecordError
from clinnote.model.codes import Code
from clinnote.model.mention import Evidence
from clinnote.model.schema import from_dict
from clinnote.model.spans import valid
from clinnote.ontology.senses import Sense
from clinnote.ontology.vocabularies.ellipsis import LACKS_BEGINNING, LACKS_END, Ellipses, Shared
from clinnote.ontology.vocabularies.matcher import Match, Matcher
from clinnote.ontology.vocabularies.misspellings import Speller
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, SITE, TERM, Vocabulary
from clinnote.ontology.words import Words, split_words
from clinnote.pipeline.abbreviations import Abbreviations
from clinnote.pipeline.corrections import corrected, mark_corrected
from clinnote.pipeline.decode import decode, placed
from clinnote.pipeline.records import Concept, Section

_DEFAULT_LABEL: Final = "finding"
_END: Final[Match] = (sys.maxsize, sys.maxsize, -1)
_TITLES: Final = frozenset({"technique"})
"""Kinds of section whose heading says which examination was made."""


class ConceptFinder:
    """Finds the concepts of one vocabulary; keeps what it has decoded of it.

    Args:
        vocabulary: the terms, their codes and the body sites.
        senses: the readings of ambiguous abbreviations (``ontologies/abbreviations``); none leaves each short form as
            the vocabulary has it.
        speller: corrects misspelt words where no form has them; none leaves them.
        every: whether :meth:`find` gives every form, also those inside or across others, and not the longest alone.
    """

    def __init__(
        self, vocabulary: Vocabulary, senses: Sequence[Sense] = (), speller: Speller | None = None, every: bool = False
    ) -> None:
        self.vocabulary = vocabulary
        self._matcher = Matcher(vocabulary)
        self._ellipses = Ellipses(self._matcher)
        self._abbreviations = Abbreviations(vocabulary, senses)
        self._speller = speller
        self._every = every
        self._terms: dict[int, Concept] = {}
        self._sites: dict[int, Concept] = {}

    def find(self, text: str, sections: Sequence[Section] = (), note_type: str | None = None) -> tuple[Concept, ...]:
        """The concepts of ``text`` by offset, none overlapping another unless every form is asked for."""
        if self._every:
            return self.find_all(text)
        words = split_words(text)
        fixes = self._speller.fixes(words.distinct) if self._speller is not None else None
        read = corrected(words, fixes) if fixes else words
        terms, sites = self._matcher.find(text, read)
        found = self._concepts(words, terms, sites)
        if fixes:
            mark_corrected(found, words, fixes)
        shared = self._ellipses.find(read.words, terms, sites)
        if shared:
            found = self._with_shared(words, found, shared)
        return tuple(self._abbreviations.read(text, words, found, sections, note_type))

    def find_all(self, text: str) -> tuple[Concept, ...]:
        """Every form in ``text`` as a concept, also those inside or across others, by start and then by length."""
        words = split_words(text)
        found: list[Concept] = []
        for first, last, key in self._matcher.find_all(text, words):
            start, end = words.starts[first], words.end(last - 1)
            kind = self.vocabulary.kinds[key]
            if kind & TERM:
                found.append(placed(self._term(key, words, first, last), start, end))
            if kind & SITE:
                found.append(placed(self._site(key, words, first, last), start, end))
        return tuple(found)

    def locate(
        self,
        text: str,
        given: Sequence[Concept],
        sections: Sequence[Section] = (),
        note_type: str | None = None,
    ) -> tuple[Concept, ...]:
        """Given concepts with what the vocabulary knows about their words, and the body sites of the text.

        A given concept takes over the implied sites of the terms inside it, and its codes where it has none and the
        words are the same. The result is ordered by offset; given concepts keep their order among equals.
        """
        words = split_words(text)
        terms, sites = self._matcher.find(text, words)
        named = self._abbreviations.read(text, words, self._concepts(words, terms, ()), sections, note_type)
        together = [_enriched(concept, named) for concept in given]
        together += self._concepts(words, (), sites)
        together.sort(key=_start_of)
        return tuple(together)

    def _concepts(self, words: Words, terms: Sequence[Match], sites: Sequence[Match]) -> list[Concept]:
        """The concepts of both kinds of match, by offset."""
        found: list[Concept] = []
        starts, tokens = words.starts, words.words
        at, behind = 0, len(sites)
        for first, last, key in (*terms, _END):
            while at < behind and sites[at][0] < first:
                begin, end, place = sites[at]
                known = self._sites.get(place) or self._site(place, words, begin, end)
                found.append(placed(known, starts[begin], starts[end - 1] + len(tokens[end - 1])))
                at += 1
            if key >= 0:
                known = self._terms.get(key) or self._term(key, words, first, last)
                found.append(placed(known, starts[first], starts[last - 1] + len(tokens[last - 1])))
        return found

    def _with_shared(self, words: Words, found: Sequence[Concept], shared: Sequence[Shared]) -> list[Concept]:
        """``found`` with the members that leave out a part; a body site in whose place one stands goes."""
        more: list[Concept] = []
        for item in shared:
            entries = self.vocabulary.entries_of(item.key)
            start, end = words.starts[item.first], words.end(item.last - 1)
            concept = placed(decode(entries, item.form, item.site), start, end)
            rule = LACKS_END if item.head > item.first else LACKS_BEGINNING
            head, behind = words.starts[item.head], words.end(item.behind - 1)
            concept.evidence = (Evidence(rule, head, behind, f"form={item.form.strip()}"),)
            more.append(concept)
        starts = [concept.start for concept in more]
        kept = [
            concept
            for concept in found
            if (at := bisect_left(starts, concept.end) - 1) < 0 or more[at].end <= concept.start
        ]
        return sorted(kept + more, key=_start_of)

    def _term(self, key: int, words: Words, first: int, last: int) -> Concept:
        if key not in self._terms:
            self._terms[key] = decode(self.vocabulary.entries_of(key), _form(words, first, last), False)
        return self._terms[key]

    def _site(self, key: int, words: Words, first: int, last: int) -> Concept:
        if key not in self._sites:
            self._sites[key] = decode(self.vocabulary.entries_of(key), _form(words, first, last), True)
        return self._sites[key]


def _form(words: Words, first: int, last: int) -> str:
    return " ".join(words.words[first:last]) + " "


def find_concepts(text: str, vocabulary: Vocabulary) -> tuple[Concept, ...]:
    """The concepts of ``text`` by offset, none overlapping another."""
    return ConceptFinder(vocabulary).find(text)


def without_headings(concepts: Sequence[Concept], sections: Sequence[Section]) -> tuple[Concept, ...]:
    """The concepts that are statements: words of a heading ("LABS:", "Physical exam:") only name what follows.

    Body sites stay, because a heading places its section ("LEFT KNEE:"), and so does the title of an examination.
    """
    headings = [section for section in sections if section.kind not in _TITLES and section.start < section.body_start]
    if not headings or not concepts:
        return tuple(concepts)
    starts = [concept.start for concept in concepts]
    dropped: set[int] = set()
    for heading in headings:
        at = bisect_left(starts, heading.start)
        while at < len(starts) and concepts[at].end <= heading.body_start:
            if concepts[at].label != BODY_SITE:
                dropped.add(at)
            at += 1
    if not dropped:
        return tuple(concepts)
    return tuple(concept for at, concept in enumerate(concepts) if at not in dropped)


def given_concepts(text: str, given: Any) -> tuple[Concept, ...]:
    """The mentions that a note carries (``start``, ``end``, ``label``, perhaps ``codes``), in their order.

    Raises:
        RecordError: ``bad_mention`` when one is no object or its span does not mark a stretch of the text.
    """
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise RecordError("bad_mention", "'mentions' must be a list of objects with start, end and label")
    return tuple(_given(text, item, place) for place, item in enumerate(given))


def _given(text: str, item: Any, place: int) -> Concept:
    if not isinstance(item, Mapping):
        raise RecordError("bad_mention", f"mentions[{place}] must be an object with start, end and label")
    start, end = _whole(item.get("start")), _whole(item.get("end"))
    label = item.get("label") or _DEFAULT_LABEL
    if not valid(start, end, len(text)) or not isinstance(label, str):
        raise RecordError(
            "bad_mention",
            f"mentions[{place}]: start and end must mark a stretch of the text ({len(text)} code points), "
            "and label must be a string",
        )
    quote = item.get("text")
    if isinstance(quote, str) and _loose(quote) != _loose(text[start:end]):
        raise RecordError(
            "bad_mention", f"mentions[{place}]: its text is not what start and end mark; offsets shifted?"
        )
    codes = item.get("codes") or ()
    if not isinstance(codes, Sequence) or isinstance(codes, str):
        raise RecordError("bad_mention", f"mentions[{place}].codes must be a list")
    found = tuple(from_dict(Code, code, f"mentions[{place}].codes[{i}]") for i, code in enumerate(codes))
    return Concept(start, end, label, None, found, given=True)


def _start_of(concept: Concept) -> int:
    return concept.start


def _end_of(concept: Concept) -> int:
    return concept.end


def _whole(value: Any) -> Any:
    """Offsets that passed through pandas come as whole floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _loose(words: str) -> str:
    return " ".join(words.split()).casefold()


def _enriched(concept: Concept, named: Sequence[Concept]) -> Concept:
    """``named`` stand in the order of their starts, none overlapping another."""
    first = bisect_left(named, concept.start, key=_start_of)
    behind = bisect_right(named, concept.end, key=_end_of)
    inside = named[first:behind]
    if not inside:
        return concept
    longest = max(inside, key=lambda term: term.end - term.start)
    whole = (longest.start, longest.end) == (concept.start, concept.end)
    return replace(
        concept,
        concept=longest.concept if whole else None,
        codes=concept.codes or (longest.codes if whole else ()),
        sites=longest.sites,
        evidence=longest.evidence if whole else (),
    )
