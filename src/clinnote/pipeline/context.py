"""What the words around a concept claim about it: polarity, certainty, time, experiencer, change and severity.

ConText (Harkema 2009) over cue tables: a cue governs the concepts of its clause, forward, backward or both; pseudo
cues ("no change in") and terminators ("but") stand in the same tables. Where several cues speak of the same attribute,
the nearest one counts; where none does, the section's default. A clause ends at terminators, semicolons, section
headings, and at a comma or conjunction that opens a statement with a verb of its own.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from clinnote.model.mention import Evidence, When
from clinnote.model.spans import Span
from clinnote.ontology.cues import ATTRIBUTES, CueTable
from clinnote.ontology.words import Words, split_words
from clinnote.pipeline.clauses import clause_starts
from clinnote.pipeline.cue_search import Found, find_cues
from clinnote.pipeline.lists import list_items
from clinnote.pipeline.records import Concept, Context, Section
from clinnote.pipeline.temporality import Date, find_dates, nearest_dates

_REACH: Final = 150
"""No cue reaches further than this many words; keeps time linear in a text without sentence marks."""
_PHRASE_ENDS: Final = frozenset(",;()")
_GRADES: Final = frozenset({"change", "severity"})
_SITE_ATTRIBUTES: Final = frozenset({"temporality", "experiencer"})
_DEFAULT: Final = Context()


class _Claim(NamedTuple):
    distance: int
    value: str
    found: Found


class _Target(NamedTuple):
    """Concept number ``place`` covers words [first, last)."""

    first: int
    last: int
    place: int
    site: bool
    given: bool


_Claims = dict[str, _Claim]


def find_context(
    text: str,
    sentences: Sequence[Span],
    sections: Sequence[Section],
    concepts: Sequence[Concept],
    cues: CueTable,
) -> tuple[Context, ...]:
    """The context of each concept; every value other than the default has its evidence.

    ``concepts`` stand in the order of their starts, and so does the result.
    """
    words = split_words(text)
    claims: list[_Claims] = [{} for _ in concepts]
    whens: list[When | None] = [None] * len(concepts)
    dates = find_dates(text)
    for first, last, targets in _stretches(words, sentences, sections, concepts):
        starts = frozenset(target.first for target in targets)
        found = list(find_cues(words, first, last, cues.root, starts))
        if found:
            _apply(words, first, last, targets, found, cues.roles, claims)
        if dates:
            _date(dates, words, first, last, targets, concepts, whens)
    _carry(list_items(text, words, sentences, cues.root), concepts, claims)
    section_of = _SectionIndex(sections)
    return tuple(
        _context(words, claim, section_of.at(concept.start), when)
        for concept, claim, when in zip(concepts, claims, whens, strict=True)
    )


def _stretches(
    words: Words, sentences: Sequence[Span], sections: Sequence[Section], concepts: Sequence[Concept]
) -> Iterator[tuple[int, int, list[_Target]]]:
    """(first word, last word, targets) of each sentence that holds a concept, cut at section headings."""
    cuts = sorted({edge for section in sections for edge in (section.start, section.body_start)})
    at = 0
    for sentence in sentences:
        edges = [sentence.start, *cuts[bisect_right(cuts, sentence.start) : bisect_left(cuts, sentence.end)]]
        for start, end in zip(edges, [*edges[1:], sentence.end], strict=True):
            targets: list[_Target] = []
            while at < len(concepts) and concepts[at].start < end:
                targets.append(_target(words, concepts[at], at))
                at += 1
            if targets:
                yield bisect_left(words.starts, start), bisect_left(words.starts, end), targets


def _target(words: Words, concept: Concept, index: int) -> _Target:
    first = max(bisect_right(words.starts, concept.start) - 1, 0)
    last = max(bisect_left(words.starts, concept.end), first + 1)
    return _Target(first, last, index, concept.label == "body_site" and not concept.given, concept.given)


def _apply(
    words: Words,
    first: int,
    last: int,
    targets: Sequence[_Target],
    found: Sequence[Found],
    roles: Mapping[str, frozenset[str]],
    claims: list[_Claims],
) -> None:
    """Write into ``claims`` what the cues of one stretch say about its targets."""
    fences = _fences(words, first, last, found, roles)
    firsts = [target.first for target in targets]
    for item in found:
        cue = item.cue
        if cue.kind != "cue" or _swallowed(item, targets, firsts):
            continue
        for attribute, value in cue.gives:
            low, high = _scope(words.words, item, fences[attribute], first, last)
            near = bisect_left(firsts, max(low, item.first - _REACH))
            far = bisect_left(firsts, min(high, item.last + _REACH))
            reached = [
                (distance, target)
                for target in targets[max(near - 1, 0) : far]
                if (distance := _distance(item, target, low, high, attribute)) is not None
            ]
            if cue.nearest and reached:
                reached = [min(reached, key=lambda pair: (pair[0], pair[1].first < item.first))]
            for distance, target in reached:
                known = claims[target.place].get(attribute)
                if known is None or distance < known.distance:
                    claims[target.place][attribute] = _Claim(distance, value, item)


def _fences(
    words: Words, first: int, last: int, found: Sequence[Found], roles: Mapping[str, frozenset[str]]
) -> Mapping[str, list[tuple[int, int]]]:
    """For each attribute the word ranges no scope may cross, in order."""
    claims = {item.first for item in found}
    every = [(at, at) for at in clause_starts(words.words, first, last, roles, claims)]
    ends = [item for item in found if item.cue.kind == "terminator"]
    if not ends:
        return dict.fromkeys(ATTRIBUTES, every)
    return {
        attribute: sorted([*every, *((item.first, item.last) for item in ends if attribute in item.cue.ends)])
        for attribute in ATTRIBUTES
    }


def _scope(
    tokens: Sequence[str], item: Found, fences: Sequence[tuple[int, int]], first: int, last: int
) -> tuple[int, int]:
    """Words [low, high) that the cue may speak of, itself included."""
    low, high = item.first, item.last
    if item.cue.forward:
        at = bisect_left(fences, (item.last, -1))
        high = fences[at][0] if at < len(fences) else last
    if item.cue.backward:
        at = bisect_right(fences, (item.first, item.last)) - 1
        low = max(fences[at][1], first) if at >= 0 else first
        low = min(low, item.first)
    if item.cue.phrase:
        ahead, behind = range(item.last, min(high, item.last + _REACH)), range(item.first - 1, low - 1, -1)
        high = next((j for j in ahead if tokens[j] in _PHRASE_ENDS), high)
        low = next((j + 1 for j in behind[:_REACH] if tokens[j] in _PHRASE_ENDS), low)
    if item.cue.limit is not None:
        low, high = max(low, item.first - item.cue.limit - 1), min(high, item.last + item.cue.limit + 1)
    return low, high


def _distance(item: Found, target: _Target, low: int, high: int, attribute: str) -> int | None:
    """Words between the cue and the target; None when the target is out of scope."""
    if target.site and attribute not in _SITE_ATTRIBUTES:
        return None
    if target.first <= item.first and item.last <= target.last:
        leads = target.given and target.first == item.first and item.last < target.last and item.cue.forward
        return 0 if leads and attribute == "polarity" else None
    if target.first >= item.first:
        return max(target.first - item.last, 0) if item.cue.forward and target.first < high else None
    return max(item.first - target.last, 0) if item.cue.backward and target.last > low else None


def _swallowed(item: Found, targets: Sequence[_Target], firsts: Sequence[int]) -> bool:
    """Whether the cue is inside a concept: then it is part of a name, not a claim, unless it leads the concept.

    A word that grades only the nearest concept grades no other one ("high grade glioma versus metastasis").
    """
    at = bisect_right(firsts, item.first) - 1
    if at < 0:
        return False
    target = targets[at]
    if target.site or item.last > target.last:
        return False
    grades = all(attribute in _GRADES for attribute, _ in item.cue.gives)
    return target.first < item.first or (grades and item.cue.nearest and not target.given)


def _carry(items: Iterable[tuple[Span, Found]], concepts: Sequence[Concept], claims: list[_Claims]) -> None:
    """Let the opening line of a list speak for the mentions in its items, where nothing nearer does."""
    for line, found in items:
        at = bisect_left(concepts, line.start, key=lambda concept: concept.start)
        while at < len(concepts) and concepts[at].start < line.end:
            for attribute, value in found.cue.gives:
                if concepts[at].given or concepts[at].label != "body_site":
                    claims[at].setdefault(attribute, _Claim(_REACH, value, found))
            at += 1


class _SectionIndex:
    """The section that holds an offset."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self._starts = [section.start for section in sections]

    def at(self, offset: int) -> Section | None:
        at = bisect_right(self._starts, offset) - 1
        return self._sections[at] if at >= 0 and offset < self._sections[at].end else None


def _date(
    dates: Sequence[Date],
    words: Words,
    first: int,
    last: int,
    targets: Sequence[_Target],
    concepts: Sequence[Concept],
    whens: list[When | None],
) -> None:
    """Write into ``whens`` the dates of one stretch, each at its nearest mention."""
    low = bisect_left(dates, words.starts[first], key=lambda date: date.start)
    high = bisect_left(dates, words.end(last - 1), key=lambda date: date.start)
    if low < high:
        named = [target.place for target in targets if not target.site]
        spans = [(concepts[i].start, concepts[i].end) for i in named]
        for i, when in nearest_dates(dates[low:high], spans):
            whens[named[i]] = whens[named[i]] or when


def _context(words: Words, claims: _Claims, section: Section | None, when: When | None) -> Context:
    if "certainty" in claims and "polarity" in claims and claims["certainty"].distance > claims["polarity"].distance:
        del claims["certainty"]  # "possible effusion without pneumothorax": the hedge speaks of what stands before
    values = {attribute: claim.value for attribute, claim in claims.items()}
    evidence = [
        Evidence(
            claim.found.cue.id,
            words.starts[claim.found.first],
            words.end(claim.found.last - 1),
            f"{attribute}={claim.value}",
        )
        for attribute, claim in claims.items()
    ]
    if section is not None and (section.temporality or section.experiencer):
        for attribute, default in (("temporality", section.temporality), ("experiencer", section.experiencer)):
            if default is not None and attribute not in values:
                values[attribute] = default
                evidence.append(Evidence(section.rule, section.start, section.body_start, f"{attribute}={default}"))
    if not values and when is None:
        return _DEFAULT
    return Context(**values, when=when, evidence=tuple(evidence))
