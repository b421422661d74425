"""Place phrases of a sentence: body sites and side words that belong together ("the apex of the left lung").

A sentence becomes a row of items in reading order, findings and place phrases, with the gap between neighbours.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, final

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.linking import Gap, Link, Linking
from clinnote.ontology.side_words import CURVE, SideWord
from clinnote.ontology.vocabularies.ellipsis import LACKS_END
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sites.names import Name

PLACELESS: Final = frozenset({"medication", "lab", "vital"})
"""Labels that have no place in the body; such concepts stand in a sentence like any other word."""
LISTED: Final = Link.JOINS | Link.COMMA
"""What stands between the members of a list."""
_LONGEST_PHRASE: Final = 12
"""Most sites and side words of one phrase; more is no phrase but a list without punctuation."""
_ENDS: Final = frozenset({"head", "neck"})
WIDEST_NOUN_PHRASE: Final = 6
"""Most words between a modifier and its noun."""


SIDE_RULES: Final[Mapping[Sides, str]] = {
    sides: f"side.{laterality.word(sides)}"
    for sides in (laterality.LEFT, laterality.RIGHT, laterality.BILATERAL, laterality.MIDLINE)
}
"""The rule by which a word of a name gives its side."""


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


@final
class Phrase:
    """One place phrase: the words that name its sites, and those that give its side.

    ``weak``: it holds only a weak side word ("R", "both"), which counts only directly before what it belongs to.
    ``elliptic``: its last site shares its noun with what follows ("lower" of "lower and middle lobes").
    """

    __slots__ = ("elliptic", "end", "sites", "start", "weak", "words")

    def __init__(self, start: int, end: int, word: Side | None = None, weak: bool = False) -> None:
        self.start = start
        self.end = end
        self.sites: list[SiteRef] = []
        self.words: list[Side] = [] if word is None else [word]
        self.weak = weak
        self.elliptic = False

    @property
    def sides(self) -> Sides:
        """The sides that its words name."""
        words = self.words
        if len(words) == 1:
            return words[0].sides
        return frozenset([side for word in words for side in word.sides])


def side_alone(phrase: Phrase) -> Phrase:
    """The sides of a phrase, without its sites."""
    bare = Phrase(phrase.start, phrase.end)
    bare.words = phrase.words
    return bare


@final
class Finding:
    """One concept that can be at a place. ``own`` holds the sites and sides inside its own span, if there are any."""

    __slots__ = ("end", "index", "own", "start")

    def __init__(self, index: int, start: int, end: int, own: Phrase | None = None) -> None:
        self.index = index
        self.start = start
        self.end = end
        self.own = own


Item = Phrase | Finding
Member = tuple[int, Concept, Name]
"""Index of a concept in the note, the concept, and what its name says about its place."""
GapOf = Callable[[int, int], Gap]


def tight(gap: Gap) -> bool:
    """Whether the gap holds nothing but words of the same noun phrase."""
    return not gap.roles and gap.words <= WIDEST_NOUN_PHRASE


def gap_reader(text: str, linking: Linking) -> GapOf:
    """What stands between two offsets of ``text``."""
    return lambda start, end: linking.gap(text[start:end])


def read_items(
    members: Sequence[Member],
    side_words: Sequence[SideWord],
    gap_of: GapOf,
    anatomy: Anatomy,
    referred: Sequence[Phrase] = (),
) -> list[Item]:
    """The findings and place phrases of one sentence in reading order.

    Args:
        members: the concepts of the sentence, by start.
        side_words: the side words of the sentence, by start.
        gap_of: see :func:`gap_reader`.
        anatomy: body sites.
        referred: phrases that stand for an earlier place ("the same lobe"), by start.
    """
    items: list[Item] = []
    weak = False
    for item in _elements(members, side_words, referred):
        last = items[-1] if items else None
        if isinstance(item, Phrase):
            weak = weak or item.weak
            if isinstance(last, Phrase) and _joins(last, item, gap_of):
                last.end = item.end
                if item.sites and last.sites and _is_end(last.sites[-1].node, item.sites[0].node, anatomy):
                    last.sites.pop()
                last.sites += item.sites
                last.words += item.words
                last.weak = False
                last.elliptic = item.elliptic
                continue
        items.append(item)
    _carry_sides(items, gap_of, anatomy)
    if not weak:
        return items
    return [item for i, item in enumerate(items) if i == 0 or not _lost(item, items[i + 1 : i + 2], gap_of)]


def _is_end(node: str, of: str, anatomy: Anatomy) -> bool:
    """Whether a word that names a region of the body means an end of the structure: "neck of the fifth metacarpal"."""
    return node in _ENDS and not anatomy.overlap(node, of)


def _carry_sides(items: Sequence[Item], gap_of: GapOf, anatomy: Anatomy) -> None:
    """Give the second of two joined places the side of the first: "right mid and upper lung zone"."""
    for left, right in pairwise(items):
        if not (isinstance(left, Phrase) and isinstance(right, Phrase)) or right.words or not left.words:
            continue
        if not right.sites:
            continue
        gap = gap_of(left.end, right.start)
        if not gap.has(LISTED) or not gap.only(LISTED) or gap.words > 2:
            continue
        numbered = anatomy.level(left.sites[-1].node) is not None if left.sites else False
        if gap.has(Link.COMMA) and not (numbered and anatomy.level(right.sites[0].node) is not None):
            continue  # "left 5th, 6th and 7th ribs"
        if left.elliptic or all(anatomy.paired(site.node) for site in right.sites):
            right.words = list(left.words)


def _lost(item: Item, following: Sequence[Item], gap_of: GapOf) -> bool:
    """Whether the item is a weak side word that does not stand directly before a finding.

    The first of a sentence is kept: "R:" may be a heading.
    """
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


def _elements(members: Sequence[Member], side_words: Sequence[SideWord], referred: Sequence[Phrase]) -> list[Item]:
    """Concepts and free side words by start. A side word inside a concept belongs to it, unless it is all of it."""
    elements: list[tuple[int, Item]] = []
    spans: list[Item] = []
    for index, concept, name in members:
        item = _of_concept(index, concept, name)
        if concept.label not in PLACELESS:
            elements.append((concept.start, item))
        spans.append(item)
    place = 0
    for word in side_words:
        while place < len(spans) and spans[place].end <= word.start:
            place += 1
        inside = spans[place] if place < len(spans) and spans[place].start < word.end else None
        side = Side(word.rule, word.start, word.end, word.sides)
        if isinstance(inside, Finding) and _is_whole(word, inside):
            elements = [element for element in elements if element[1] is not inside]
            inside = None
        if inside is None and word.sides:
            elements.append((word.start, Phrase(word.start, word.end, side, word.weak)))
        elif isinstance(inside, Finding):
            own = inside.own or Phrase(inside.start, inside.end)  # also where the word gives no side
            inside.own = own
            if word.sides:
                own.words.append(side)
        elif isinstance(inside, Phrase) and word.sides and not inside.words:
            inside.words.append(side)
    for phrase in referred:
        elements.append((phrase.start, phrase))
    if side_words or referred:
        elements.sort(key=_start)
    return [item for _, item in elements]


def _is_whole(word: SideWord, finding: Finding) -> bool:
    """Whether a vocabulary has the side word as a term of its own ("Right"); "levoscoliosis" is more than a side."""
    return word.start <= finding.start and finding.end <= word.end and word.rule != CURVE


def _start(element: tuple[int, Item]) -> int:
    return element[0]


def _of_concept(index: int, concept: Concept, name: Name) -> Item:
    start = concept.start
    if not name.places:
        return Finding(index, start, concept.end)
    phrase = Phrase(start, concept.end)
    position = index if name.body_site else None
    for first, last, site, both in name.sites:
        phrase.sites.append(SiteRef(site, start + first, start + last, None if phrase.sites else position, both))
    for first, last, sides in name.sides:
        phrase.words.append(Side(SIDE_RULES[sides], start + first, start + last, sides))
    if phrase.sites:
        phrase.start = min(start, *[site.start for site in phrase.sites])
    phrase.elliptic = bool(concept.evidence) and concept.evidence[-1].rule == LACKS_END
    return phrase if name.body_site else Finding(index, start, concept.end, phrase)
