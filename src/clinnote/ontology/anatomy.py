"""Body sites: what is part of what, what comes in pairs, what overlaps, and what the words for them are.

Read from ``ontologies/anatomy``; the header comments of its tables define the columns.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy_tables import TOKEN, Form, Node, read_partners, read_sites, tokens, with_article
from clinnote.ontology.linking import Linking, load_linking
from clinnote.ontology.references import References, load_references, load_repeats
from clinnote.ontology.side_words import SideWords, load_side_words
from clinnote.ontology.studies import Studies, load_studies
from clinnote.ontology.tables import state_of

__all__ = ["Anatomy", "Form", "Node", "load_anatomy"]

_SIDE_WORDS: Final[Mapping[str, Sides]] = {
    **dict.fromkeys(("left", "lt", "lft"), laterality.LEFT),
    **dict.fromkeys(("right", "rt", "rgt"), laterality.RIGHT),
    **dict.fromkeys(("bilateral", "bilat", "bilaterally", "both"), laterality.BILATERAL),
}
_REMEMBERED: Final = 1 << 14
_REMEMBERED_LENGTH: Final = 80
_SIDE_LETTERS: Final[Mapping[str, Sides]] = {"l": laterality.LEFT, "r": laterality.RIGHT, "b": laterality.BILATERAL}


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The graph of body sites. All ids are checked on load; an unknown id raises KeyError."""

    nodes: Mapping[str, Node]
    sided: tuple[Form, ...]
    side_words: SideWords = field(repr=False)
    linking: Linking = field(repr=False)
    references: References = field(repr=False)
    repeats: re.Pattern[str] = field(repr=False)
    """Finds, up to where it ends, the words that make the next one a finding that was named before ("the larger")."""
    studies: Studies = field(repr=False)
    _partners: tuple[tuple[str, str], ...] = field(repr=False)
    _ancestors: Mapping[str, tuple[str, ...]] = field(repr=False)
    _parts: Mapping[str, tuple[str, ...]] = field(repr=False)
    _phrases: Mapping[tuple[str, ...], tuple[str, Sides]] = field(repr=False)
    _levels: Mapping[str, int] = field(repr=False)
    _plurals: frozenset[tuple[str, ...]] = field(repr=False)
    _specific: Mapping[tuple[str, str], str] = field(repr=False)
    _longest_form: int
    _read: dict[str, tuple[tuple[int, int, str, Sides], ...]] = field(default_factory=dict, repr=False, compare=False)
    """What has been found in short texts, because the same words come again; emptied when it has grown large."""

    def node(self, site: str) -> Node:
        """The node of an id."""
        return self.nodes[site]

    def parent(self, site: str) -> str | None:
        """What the site is directly part of; None for the root."""
        return self.nodes[site].parent

    def ancestors(self, site: str) -> tuple[str, ...]:
        """Everything the site is part of, nearest first, without the site itself."""
        return self._ancestors[site]

    def is_part_of(self, site: str, whole: str) -> bool:
        """Whether ``site`` is ``whole`` or lies inside it."""
        return site == whole or whole in self._ancestors[site]

    def related(self, a: str, b: str) -> bool:
        """Whether one is part of the other."""
        return self.is_part_of(a, b) or self.is_part_of(b, a)

    def overlap(self, a: str, b: str) -> bool:
        """Whether a finding at ``a`` may be the same as a finding at ``b``.

        True if one is part of the other, or an overlap x-y is declared such that one of the two sites contains (or is)
        its end of it, and the other contains, is, or lies inside the other end. What only lies *inside* both ends
        stays apart: the pleura overlaps the lung, the costophrenic angle does not overlap the upper lobe.
        """
        if self.related(a, b):
            return True
        return self._declared(a, b) or self._declared(b, a)

    def _declared(self, a: str, b: str) -> bool:
        return any(self.related(y, b) for x in self._parts[a] for y in self.nodes[x].overlaps)

    def partners(self, a: str, b: str) -> bool:
        """Whether findings at the two sites are on one side where one is the company or the cause of the other."""
        for site, partner in self._partners:
            if self.is_part_of(a, site) and self.is_part_of(b, partner):
                return True
            if self.is_part_of(b, site) and self.is_part_of(a, partner):
                return True
        return False

    def distance(self, a: str, b: str) -> int:
        """Steps along part-of edges from ``a`` to ``b`` through their lowest common whole."""
        above_a, above_b = (a, *self._ancestors[a]), (b, *self._ancestors[b])
        common = self.common_whole(a, b)
        return above_a.index(common) + above_b.index(common)

    def levels_apart(self, a: str, b: str) -> int | None:
        """Levels between two sites of one numbered row (ribs, vertebrae, discs, rays ...); None for any other two."""
        series = self.nodes[a].series
        if series is None or series != self.nodes[b].series:
            return None
        return abs(self._levels[a] - self._levels[b])

    def common_whole(self, a: str, b: str) -> str:
        """The smallest site that holds both (one of the two, if it holds the other)."""
        above_b = (b, *self._ancestors[b])
        return next(site for site in (a, *self._ancestors[a]) if site in above_b)

    def mirror(self, site: str) -> str:
        """The counterpart of a site whose name holds its side ("left atrium"); any other site is its own."""
        for one, other in (("left_", "right_"), ("right_", "left_")):
            if site.startswith(one):
                counterpart = other + site[len(one) :]
                return counterpart if counterpart in self.nodes else site
        return site

    def side_at(self, site: str, stated: Sides) -> Sides:
        """The side of a finding at a site where ``stated`` are the sides that the words give.

        None where the side belongs to the structure's name; else the stated one; else the one that the site implies.
        """
        if self.has(site, "side_in_name"):
            return laterality.UNKNOWN
        return stated or self.implied_side(site)

    def narrowed(self, sites: frozenset[str]) -> frozenset[str]:
        """The sites with the parts that several organs have made those of the organ that is named beside them.

        ``lower_pole`` with ``thyroid_lobe`` is ``thyroid_lower_pole``; the organ stays if nothing was narrowed by it.
        """
        found = set(sites)
        for (part, whole), site in self._specific.items():
            if part in sites:
                organs = {other for other in sites if self.is_part_of(other, whole)}
                if organs:
                    found -= {part, whole, *(organ for organ in organs if self.is_part_of(site, organ))}
                    found.add(site)
        return frozenset(found)

    def part_in(self, part: str, organ: str) -> str | None:
        """What a part that several organs have ("lower pole") is in an organ or in what lies inside it, if anything."""
        for (name, whole), site in self._specific.items():
            if name == part and self.is_part_of(organ, whole):
                return site
        return None

    def paired(self, site: str) -> bool:
        """Whether the structure exists on both sides, so that a side word can tell which."""
        return self.nodes[site].paired

    def implied_side(self, site: str) -> Sides:
        """Left or right if the structure exists on that side only; unknown otherwise (midline implies nothing)."""
        side = self.nodes[site].side
        return laterality.UNKNOWN if side == laterality.MIDLINE else side

    def has(self, site: str, flag: str) -> bool:
        """Whether the site carries the flag (see the header of ``sites.tsv``)."""
        return flag in self.nodes[site].flags

    def level(self, site: str) -> int | None:
        """Place in the row of numbered siblings (rib, vertebra, disc, finger; counted from 0); None for other sites.

        Vertebrae count from C1 to S5 and discs from C2-C3 to L5-S1, across the parts of the spine.
        """
        return self._levels.get(site)

    def series(self, site: str) -> str | None:
        """The row of numbered siblings that a site belongs to ("vertebra"); levels of two rows are not comparable."""
        return self.nodes[site].series

    def forms(self) -> Iterator[Form]:
        """Every way to write a site: names and synonyms ("of" with and without article), and the sided forms."""
        for node in self.nodes.values():
            for text in dict.fromkeys(form for own in (node.name, *node.synonyms) for form in with_article(own)):
                yield Form(text, node.id, laterality.UNKNOWN)
        yield from self.sided

    def means_both(self, text: str) -> bool:
        """Whether a form is a plural that by itself means both sides ("apices", but not "lungs")."""
        return tokens(text) in self._plurals

    def find_form(self, text: str) -> tuple[str, Sides] | None:
        """Site and contained sides of a text that is one form as a whole (case and punctuation are ignored)."""
        return self._phrases.get(tokens(text))

    def resolve(self, text: str) -> tuple[str | None, Sides]:
        """Site and sides of a free-text label such as ``Lung_L``, ``left lung base`` or ``vertebrae_T12``.

        Side words anywhere and a lone L or R at either end give the side, unless the side belongs to the structure's
        name. Of several sites in the text the most specific one counts. A structure that exists on one side only
        gives that side. ``(None, sides)`` if no site is named.
        """
        words = tokens(text)
        whole = self._phrases.get(words)
        if whole:
            return whole[0], whole[1] or self.implied_side(whole[0])
        bare, sides = _strip_sides(words)
        found = [hit for hit in (self._phrases.get(bare), self._phrases.get(_side_first(words))) if hit]
        if not found:
            found = [*self._inside(bare), *(hit for hit in self._inside(words) if self.has(hit[0], "side_in_name"))]
        if not found:
            return None, sides
        site, contained = max(found, key=lambda hit: len(self._ancestors[hit[0]]))
        if self.has(site, "side_in_name"):
            return site, laterality.UNKNOWN
        return site, sides or contained or self.implied_side(site)

    def sites_in(self, text: str) -> tuple[tuple[int, int, str, Sides], ...]:
        """(start, end, site, contained sides) of the forms that stand in a text, the longest at each place."""
        known = self._read.get(text)
        if known is None:
            known = tuple(self._find_sites(text))
            if len(text) <= _REMEMBERED_LENGTH:
                if len(self._read) >= _REMEMBERED:
                    self._read.clear()
                self._read[text] = known
        return known

    def _find_sites(self, text: str) -> Iterator[tuple[int, int, str, Sides]]:
        spans = [match.span() for match in TOKEN.finditer(text)]
        words = tuple(text[start:end].lower() for start, end in spans)
        start = 0
        while start < len(words):
            hit, end = self._longest(words, start)
            if hit:
                yield spans[start][0], spans[end - 1][1], *hit
            start = end

    def _longest(self, words: tuple[str, ...], start: int) -> tuple[tuple[str, Sides] | None, int]:
        for end in range(min(len(words), start + self._longest_form), start, -1):
            hit = self._phrases.get(words[start:end])
            if hit:
                return hit, end
        return None, start + 1

    def _inside(self, words: tuple[str, ...]) -> Iterator[tuple[str, Sides]]:
        start = 0
        while start < len(words):
            hit, start = self._longest(words, start)
            if hit:
                yield hit


def _side_first(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with a side word moved to the front, the order in which names hold it (``atrium left``)."""
    return tuple(sorted(words, key=lambda w: w not in ("left", "right")))


def _strip_sides(words: tuple[str, ...]) -> tuple[tuple[str, ...], Sides]:
    sides: Sides = laterality.UNKNOWN
    bare = []
    for place, token in enumerate(words):
        at_end = place in (0, len(words) - 1) and len(words) > 1
        found = _SIDE_WORDS.get(token) or (_SIDE_LETTERS.get(token) if at_end else None)
        if found:
            sides |= found
        else:
            bare.append(token)
    return tuple(bare), sides


def load_anatomy(ontologies: Path) -> Anatomy:
    """The anatomy of the folder ``ontologies``; while its tables stay as they are, the same one.

    Raises:
        OntologyError: a table breaks its contract (unknown parent or overlap, second root, cycle, unknown flag,
            one form for two sites, a pattern that does not compile); the message names file and line.
    """
    return _load(ontologies, state_of(ontologies / "anatomy", ontologies / "sections"))


@lru_cache(maxsize=2)
def _load(ontologies: Path, state: object) -> Anatomy:  # noqa: ARG001 (the state of the tables is part of the key)
    tables = read_sites(ontologies)
    return Anatomy(
        tables.nodes,
        tables.sided,
        load_side_words(ontologies),
        load_linking(ontologies),
        load_references(ontologies, tables.nodes),
        load_repeats(ontologies),
        load_studies(ontologies),
        read_partners(ontologies, tables.nodes),
        tables.ancestors,
        tables.parts,
        tables.phrases,
        tables.levels,
        tables.plurals,
        tables.specific,
        max(map(len, tables.phrases)),
    )
