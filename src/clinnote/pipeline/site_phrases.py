"""Place phrases of a sentence: body sites and side words that belong together ("the apex of the left lung").

A sentence becomes a row of items in reading order, findings and place phrases, with the gap between neighbours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.linking import Gap, Link, Linking
from clinnote.ontology.side_words import SideWord
from clinnote.pipeline.records import Concept

BODY_SITE: Final = "body_site"
PLACELESS: Final = frozenset({"medication", "lab", "vital"})
"""Labels that have no place in the body; such concepts stand in a sentence like any other word."""
_NAMED_BY_PLACE: Final = frozenset({"device", "procedure"})
"""Labels whose names often hold a whole region of the body that says nothing about the place."""
_LONGEST_PHRASE: Final = 12
"""Most sites and side words of one phrase; more is no phrase but a list without punctuation."""
WIDEST_NOUN_PHRASE: Final = 6
"""Most words between a modifier and its noun."""


class Side(NamedTuple):
    """Words that give a phrase its side, and by which rule."""

    rule: str
    start: int
    end: int
    sides: Sides


class SiteRef(NamedTuple):
    """Words that name a body site; ``index`` is that of their concept, None for words inside a finding."""

    node: str
    start: int
    end: int
    position: int | None = None
    both: bool = False
    """The words are a plural that means both sides ("apices")."""


@dataclass(slots=True)
class Phrase:
    """One place phrase: the words that name its sites, and those that give its side."""

    start: int
    end: int
    sites: list[SiteRef] = field(default_factory=list)
    words: list[Side] = field(default_factory=list)
    weak: bool = False
    """Only a weak side word ("R", "both"): it counts only directly before what it belongs to."""

    @property
    def sides(self) -> Sides:
        """The sides that its words name."""
        return frozenset(side for word in self.words for side in word.sides)


@dataclass(slots=True)
class Finding:
    """One concept that can be at a place. ``own`` holds the sites and sides inside its own span, if there are any."""

    index: int
    start: int
    end: int
    own: Phrase | None = None


Item = Phrase | Finding
GapOf = Callable[[int, int], Gap]


def tight(gap: Gap) -> bool:
    """Whether the gap holds nothing but words of the same noun phrase."""
    return not gap.roles and gap.words <= WIDEST_NOUN_PHRASE


def gap_reader(text: str, linking: Linking) -> GapOf:
    """What stands between two offsets of ``text``."""
    return lambda start, end: linking.gap(text[start:end])


def read_items(
    concepts: Sequence[tuple[int, Concept]],
    side_words: Sequence[SideWord],
    text: str,
    gap_of: GapOf,
    anatomy: Anatomy,
) -> list[Item]:
    """The findings and place phrases of one sentence in reading order.

    Args:
        concepts: (index in the note, concept) of the sentence, by start.
        side_words: the side words of the sentence, by start.
        text: the whole note.
        gap_of: see :func:`gap_reader`.
        anatomy: body sites.
    """
    items: list[Item] = []
    weak = False
    for item in _elements(concepts, side_words, text, anatomy):
        last = items[-1] if items else None
        if isinstance(item, Phrase):
            weak = weak or item.weak
            if isinstance(last, Phrase) and _joins(last, item, gap_of):
                last.end = item.end
                last.sites += item.sites
                last.words += item.words
                last.weak = False
                continue
        items.append(item)
    _carry_sides(items, gap_of, anatomy)
    if not weak:
        return items
    return [item for i, item in enumerate(items) if not _lost(item, items[i + 1 : i + 2], gap_of)]


def _carry_sides(items: Sequence[Item], gap_of: GapOf, anatomy: Anatomy) -> None:
    """Give the second of two joined places the side of the first: "right mid and upper lung zone"."""
    for left, right in pairwise(items):
        if not (isinstance(left, Phrase) and isinstance(right, Phrase)) or right.words or not left.words:
            continue
        gap = gap_of(left.end, right.start)
        if gap.roles == Link.JOINS and gap.words <= 2 and all(anatomy.paired(site.node) for site in right.sites):
            right.words = list(left.words)


def _lost(item: Item, following: Sequence[Item], gap_of: GapOf) -> bool:
    """Whether the item is a weak side word that does not stand directly before a finding."""
    if not (isinstance(item, Phrase) and item.weak):
        return False
    return not (following and isinstance(following[0], Finding) and tight(gap_of(item.end, following[0].start)))


def _joins(left: Phrase, right: Phrase, gap_of: GapOf) -> bool:
    gap = gap_of(left.end, right.start)
    if (left.weak and not tight(gap)) or len(left.words) + len(left.sites) >= _LONGEST_PHRASE:
        return False
    if left.sides and right.sides and left.sides != right.sides:
        return False
    if tight(gap):
        return True
    if gap.only(Link.OF) and left.sites:
        return gap.words <= WIDEST_NOUN_PHRASE and not (left.sides and right.words)
    # "lung base on the left", "costophrenic angles, bilaterally"
    behind = not right.sites and bool(left.sites) and not left.words
    return behind and gap.words <= 2 and gap.only(Link.LOCATES)


def _elements(
    concepts: Sequence[tuple[int, Concept]], side_words: Sequence[SideWord], text: str, anatomy: Anatomy
) -> Iterator[Item]:
    """Concepts and free side words by start. A side word inside a concept belongs to it."""
    elements: list[tuple[int, Item]] = []
    spans: list[tuple[int, int, Item]] = []
    for index, concept in concepts:
        item = _of_concept(index, concept, text, anatomy)
        if concept.label not in PLACELESS:
            elements.append((concept.start, item))
        spans.append((concept.start, concept.end, item))
    place = 0
    for word in side_words:
        while place < len(spans) and spans[place][1] <= word.start:
            place += 1
        inside = spans[place][2] if place < len(spans) and spans[place][0] < word.end else None
        side = Side(word.rule, word.start, word.end, word.sides)
        if inside is None and word.sides:
            elements.append((word.start, Phrase(word.start, word.end, [], [side], word.weak)))
        elif isinstance(inside, Finding):
            inside.own = inside.own or Phrase(inside.start, inside.end)  # also where the word gives no side
            inside.own.words += [side] if word.sides else []
    elements.sort(key=lambda element: element[0])
    return (item for _, item in elements)


def names_place(concept: Concept, text: str, anatomy: Anatomy) -> bool:
    """Whether the concept is a body site, or its name holds one that says more than the concept implies."""
    quote = text[concept.start : concept.end]
    return concept.label == BODY_SITE or _own_phrase(concept, quote, anatomy) is not None


def _of_concept(index: int, concept: Concept, text: str, anatomy: Anatomy) -> Item:
    quote = text[concept.start : concept.end]
    if concept.label != BODY_SITE:
        return Finding(index, concept.start, concept.end, _own_phrase(concept, quote, anatomy))
    node = concept.sites[0] if concept.sites else concept.concept
    phrase = Phrase(concept.start, concept.end)
    if node is not None and node in anatomy.nodes:
        phrase.sites.append(SiteRef(node, concept.start, concept.end, index, anatomy.means_both(quote)))
    form = anatomy.find_form(quote)
    if form is not None and form[1]:
        phrase.words.append(_contained(form[1], concept.start, concept.end))
    return phrase


def _own_phrase(concept: Concept, quote: str, anatomy: Anatomy) -> Phrase | None:
    """Sites inside a finding's span that say more than the sites that the concept implies anyway."""
    found = anatomy.sites_in(quote)
    if not found:
        return None
    phrase = Phrase(concept.start, concept.end)
    implied = [node for node in concept.sites if node in anatomy.nodes]
    for start, end, node, sides in found:
        if sides:
            phrase.words.append(_contained(sides, concept.start + start, concept.start + end))
        both = anatomy.means_both(quote[start:end])
        if concept.label in _NAMED_BY_PLACE and anatomy.has(node, "region"):
            continue  # "chest tube"
        if both or not any(anatomy.is_part_of(other, node) for other in implied):
            phrase.sites.append(SiteRef(node, concept.start + start, concept.start + end, None, both))
    return phrase if phrase.sites or phrase.words else None


def _contained(sides: Sides, start: int, end: int) -> Side:
    return Side(f"side.{laterality.word(sides)}", start, end, sides)
