"""What the words around a concept claim about it: polarity, certainty, time, experiencer, change and severity.

ConText (Harkema 2009) over cue tables: a cue governs the concepts of its clause, forward, backward or both; pseudo
cues ("no change in") and terminators ("but") stand in the same tables. Where several cues speak of the same attribute,
the nearest one counts; where none does, the section's default. A clause ends at terminators, semicolons, section
headings, and at a comma or conjunction that opens a statement with a verb of its own.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from clinnote.model.mention import Evidence
from clinnote.model.spans import Span
from clinnote.ontology.cues import CueTable
from clinnote.ontology.times import TimeTable
from clinnote.ontology.words import Words, split_words
from clinnote.pipeline.context.claims import Claim, Claims, Target
from clinnote.pipeline.context.cue_search import Found, cue_heads, find_cues, find_follows, is_year
from clinnote.pipeline.context.lists import list_items
from clinnote.pipeline.context.marks import claim_signs
from clinnote.pipeline.context.scope import REACH, apply_cues
from clinnote.pipeline.context.temporality import dated_temporality, nearest_dates
from clinnote.pipeline.records import Concept, Context, Section
from clinnote.pipeline.times.stage import Date, find_dates, note_day

_DEFAULT = Context()
_ASIDE: Final = 12
"""Most words between two sentences that tell of the same episode."""


def find_context(
    text: str,
    sentences: Sequence[Span],
    sections: Sequence[Section],
    concepts: Sequence[Concept],
    cues: CueTable,
    times: TimeTable | None = None,
    note_date: str | None = None,
) -> tuple[Context, ...]:
    """The context of each concept; every value other than the default has its evidence.

    ``concepts`` stand in the order of their starts, and so does the result. With ``times``, mentions are dated,
    relative expressions by ``note_date`` (ISO 8601).
    """
    if not concepts:
        return ()
    words = split_words(text)
    claims: list[Claims | None] = [None] * len(concepts)
    whens: list[Date | None] = [None] * len(concepts)
    dates = () if times is None else find_dates(text, words, times, note_date, only_tied=True)
    adverbs = cues.roles["adverb"]
    heads = cue_heads(words, cues.root, adverbs)
    places = [bisect_left(words.starts, day.start) for day in dates]
    told = -1
    for first, last, low, high in _stretches(words, sentences, sections, concepts):
        begins = heads[bisect_left(heads, first) : bisect_left(heads, last)]
        days = dates[bisect_left(places, first) : bisect_left(places, last)] if places else ()
        follows = told >= 0 and first - told <= _ASIDE
        if not begins and not days and not follows:
            continue
        targets = _targets(words.starts, concepts, low, high)
        spans = {target.first: target.last for target in targets}
        found = find_cues(words.words, begins, last, cues.root, spans, adverbs)
        if found or follows:
            since = first if follows else next((item.last for item in found if item.cue.episode), -1)
            if since >= 0:
                found = sorted(found + find_follows(words.words, since, last, cues.follows), key=_first_of)
            told = last if any(item.cue.episode or item.cue.goes_on for item in found) else -1
            apply_cues(words.words, first, last, targets, found, cues, claims)
        if days:
            _date(days, targets, concepts, whens)
    claim_signs(text, words, concepts, claims)
    _carry(list_items(text, words, sentences, heads, cues.root), concepts, claims)
    return _contexts(words, concepts, sections, claims, whens, note_day(note_date))


def _first_of(found: Found) -> int:
    return found.first


def _stretches(
    words: Words, sentences: Sequence[Span], sections: Sequence[Section], concepts: Sequence[Concept]
) -> list[tuple[int, int, int, int]]:
    """Each sentence that holds a concept, cut at headings: its words [first, last) and its concepts [low, high).

    A concept in a heading is spoken of by what stands behind it, too: "Tobacco: quit".
    """
    bodies = {section.body_start for section in sections}
    cuts = sorted({edge for section in sections for edge in (section.start, section.body_start)})
    ends = [end for _, end in sentences]
    begins = [concept.start for concept in concepts]
    starts = words.starts
    stretches: list[tuple[int, int, int, int]] = []
    number = high = first = 0
    while high < len(begins):
        low, offset = high, begins[high]
        number = bisect_right(ends, offset, number)
        if number == len(ends):
            break
        start, end = sentences[number]
        cut = bisect_right(cuts, max(start, offset))
        if cut:
            start = max(start, cuts[cut - 1])
        reach = end
        if cut < len(cuts):
            end = min(end, cuts[cut])
            if cuts[cut] not in bodies:
                reach = end
            elif cut + 1 < len(cuts):
                reach = min(reach, cuts[cut + 1])
        high = bisect_left(begins, end, low)
        first = bisect_left(starts, start, first)
        stretches.append((first, bisect_left(starts, reach, first), low, high))
    return stretches


def _targets(starts: Sequence[int], concepts: Sequence[Concept], low: int, high: int) -> list[Target]:
    """The words of concepts [low, high)."""
    targets: list[Target] = []
    for place in range(low, high):
        concept = concepts[place]
        first = bisect_right(starts, concept.start) - 1
        if first < 0:
            first = 0
        last = bisect_left(starts, concept.end, first + 1)
        label, given = concept.label, concept.given
        targets.append(Target(first, last, place, not given and label == "body_site", given, label))
    return targets


def _carry(items: Iterable[tuple[Span, Found]], concepts: Sequence[Concept], claims: list[Claims | None]) -> None:
    """Let the opening line of a list speak for the mentions in its items, where nothing nearer does."""
    for line, found in items:
        at = bisect_left(concepts, line.start, key=lambda concept: concept.start)
        while at < len(concepts) and concepts[at].start < line.end:
            if concepts[at].given or concepts[at].label != "body_site":
                known = claims[at] or {}
                for attribute, value in found.cue.gives:
                    known.setdefault(attribute, Claim(REACH, value, found))
                claims[at] = known
            at += 1


def _date(
    dates: Sequence[Date], targets: Sequence[Target], concepts: Sequence[Concept], whens: list[Date | None]
) -> None:
    """Write into ``whens`` the dates of one stretch, each at its nearest mention."""
    named = [target.place for target in targets if not target.site]
    spans = [(concepts[i].start, concepts[i].end) for i in named]
    for i, when in nearest_dates(dates, spans):
        whens[named[i]] = whens[named[i]] or when


def _contexts(
    words: Words,
    concepts: Sequence[Concept],
    sections: Sequence[Section],
    claims: Sequence[Claims | None],
    whens: Sequence[Date | None],
    note: date | None,
) -> tuple[Context, ...]:
    """The context of each concept from what the cues claim, its section's defaults and its date."""
    contexts: list[Context] = []
    at = -1
    for i, concept in enumerate(concepts):
        while at + 1 < len(sections) and sections[at + 1].start <= concept.start:
            at += 1
        section = sections[at] if at >= 0 and concept.start < sections[at].end else None
        if section is not None and not (
            section.temporality or section.experiencer or concept.label in section.by_label
        ):
            section = None
        claimed, when = claims[i], whens[i]
        if claimed is None and section is None and when is None:
            contexts.append(_DEFAULT)
        else:
            contexts.append(_context(words, claimed or {}, section, concept.label, when, note))
    return tuple(contexts)


def _not_before(word: str, note: date) -> bool:
    """Whether a cue that ends with this word names the note's year or a later one: "in 2020"."""
    return word[0] == "2" and is_year(word) and int(word[:4]) >= note.year


def _context(
    words: Words, claims: Claims, section: Section | None, label: str, when: Date | None, note: date | None
) -> Context:
    if "certainty" in claims and "polarity" in claims and claims["certainty"].distance > claims["polarity"].distance:
        del claims["certainty"]  # "possible effusion without pneumothorax": the hedge speaks of what stands before
    values: dict[str, str] = {}
    evidence: list[Evidence] = []
    for attribute, claim in claims.items():
        found = claim.found
        if note is not None and attribute == "temporality" and _not_before(words.words[found.last - 1], note):
            continue
        values[attribute] = claim.value
        start, end = words.starts[found.first], words.end(found.last - 1)
        evidence.append(Evidence(found.cue.id, start, end, f"{attribute}={claim.value}"))
    if when is not None:
        evidence.append(Evidence(when.rule, when.start, when.end, f"when={when.when.start or ''}"))
        time = dated_temporality(label, when, note)
        if time is not None and "temporality" not in values:
            values["temporality"] = time
            evidence.append(Evidence(when.rule, when.start, when.end, f"temporality={time}"))
    if section is not None:
        time = section.by_label.get(label, section.temporality)
        for attribute, default in (("temporality", time), ("experiencer", section.experiencer)):
            if default is not None and attribute not in values:
                values[attribute] = default
                evidence.append(Evidence(section.rule, section.start, section.body_start, f"{attribute}={default}"))
    return Context(**values, when=None if when is None else when.when, evidence=tuple(evidence))
