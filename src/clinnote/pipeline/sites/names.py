"""What the name of a concept says about its place, wherever it stands; read once for each name."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from clinnote.model.codes import Code
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.anatomy_tables import TOKEN, tokens
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sites.ranges import Ranges

BODY_SITE: Final = "body_site"
_NAMED_BY_PLACE: Final = frozenset({"device", "procedure"})
"""Labels whose names often hold a whole region of the body that says nothing about the place."""
_TISSUES: Final = frozenset(
    {"skin", "soft_tissue", "subcutaneous_tissue", "bone", "joint", "muscle", "tendon", "ligament", "lymph_node"}
    | {"blood_vessel", "peripheral_nerve"}
)
"""What is found all over the body: the word for it locates a finding only if nothing else does."""
_REMEMBERED: Final = 1 << 15
_WORDS_BEFORE: Final = 3
"""Most words before a finding's name that make a site with its first words."""
_LONGEST_WORD: Final = 20


class NamedSite(NamedTuple):
    """Words [start, end) name a site, counted from the name's first character; ``both``: on both sides.

    Words before the name have a negative start.
    """

    start: int
    end: int
    site: str
    both: bool


class NamedSides(NamedTuple):
    """Words [start, end) of a name, counted from its first character, name sides."""

    start: int
    end: int
    sides: Sides


class Name(NamedTuple):
    """One name. ``sites`` and ``sides`` are in its words; ``implied`` are the concept's own sites with their codes."""

    body_site: bool
    sites: tuple[NamedSite, ...]
    sides: tuple[NamedSides, ...]
    implied: tuple[tuple[str, tuple[Code, ...]], ...]
    numbered: bool = False
    """Whether a site of it stands in a numbered row, so that a number before or behind may name more of them."""
    first: str = ""
    """Its first word, if other words before this make a site with it ("thoracic" before "spine fusion")."""

    @property
    def places(self) -> bool:
        """Whether the words themselves name a place or a side."""
        return self.body_site or bool(self.sites) or bool(self.sides)


class Names:
    """Reads the names of concepts, and remembers them."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._known: dict[tuple[str, str, tuple[str, ...]], Name] = {}
        self._ranges = Ranges(anatomy)
        self._pairs = frozenset(pair for form in anatomy.forms() for pair in pairwise(tokens(form.text)))
        self._inner = frozenset(second for _, second in self._pairs)

    def of(self, concept: Concept, text: str) -> Name:
        """What the name of a concept of ``text`` says about its place."""
        quote = text[concept.start : concept.end]
        key = (quote, concept.label, concept.sites)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._marked(self._read(concept, quote), quote)
        if known.numbered or (known.first and self._continued(text, concept.start, known.first)):
            return self._widened(known, concept, text)
        return known

    def _marked(self, name: Name, quote: str) -> Name:
        """The name with what the words around it may add."""
        numbered = any(self._ranges.numbered(site.site) for site in name.sites)
        first = None if name.body_site else TOKEN.search(quote.lower())
        word = first.group() if first is not None and first.start() == 0 and first.group() in self._inner else ""
        return name._replace(numbered=numbered, first=word) if numbered or word else name

    def _widened(self, name: Name, concept: Concept, text: str) -> Name:
        """The name with the sites that it names together with the words around it."""
        start = concept.start
        sites = list(name.sites)
        sides = list(name.sides)
        continues = bool(name.first) and self._continued(text, start, name.first)
        if continues:
            begin, hit = self._reaching(text, start, concept.end)
            if hit is not None:
                first, last, site, said = hit
                anatomy = self._anatomy
                sites = [one for one in sites if one.start >= last + begin and not anatomy.is_part_of(site, one.site)]
                sites.insert(0, NamedSite(begin + first, begin + last, site, False))
                if said:
                    sides.append(NamedSides(begin + first, begin + last, said))
        if name.numbered or (continues and sites and self._ranges.numbered(sites[0].site)):
            for one in sites.copy():
                begin, more = self._ranges.before(text, start + one.start, one.site)
                sites += [NamedSite(begin - start, one.end, site, False) for site in more]
                behind, more = self._ranges.behind(text, start + one.end, one.site)
                if more and start + one.end == concept.end:
                    sites.remove(one)
                    sites.append(NamedSite(one.start, one.end, more[0], False))
                    sites += [NamedSite(one.start, behind - start, site, False) for site in more[1:]]
        return name._replace(sites=tuple(sites), sides=tuple(sides))

    def _continued(self, text: str, start: int, first: str) -> bool:
        """Whether the word before ``start`` stands before the name's first word in some form, too."""
        if text[start - 1 : start] not in (" ", "-"):
            return False
        before = text[max(start - _LONGEST_WORD, 0) : start - 1]
        word = before[max(before.rfind(" "), before.rfind("-")) + 1 :]
        return (word.lower(), first) in self._pairs

    def _reaching(self, text: str, start: int, end: int) -> tuple[int, tuple[int, int, str, Sides] | None]:
        """The site that words before a name make with its first ones: "thoracic" before "spine fusion"."""
        at = start
        begins: list[int] = []
        while len(begins) < _WORDS_BEFORE and at > 1 and text[at - 1] in " -" and text[at - 2].isalnum():
            at -= 1
            while at > 0 and (text[at - 1].isalnum() or (text[at - 1] == "-" and at > 1 and text[at - 2].isalnum())):
                at -= 1
            begins.append(at)
        for begin in reversed(begins):
            hits = self._anatomy.sites_in(text[begin:end])
            if hits and hits[0][0] == 0 and hits[0][1] > start - begin:
                return begin - start, hits[0]
        return 0, None

    def _read(self, concept: Concept, quote: str) -> Name:
        anatomy = self._anatomy
        own = [anatomy.node(site) for site in concept.sites if site in anatomy.nodes]
        implied = tuple((node.id, (node.code,) if node.code else ()) for node in own)
        if concept.label != BODY_SITE:
            sites, sides = self._inside(concept.label, quote, [node.id for node in own])
            return Name(False, sites, sides, implied)
        site = concept.sites[0] if concept.sites else concept.concept
        whole = (NamedSite(0, len(quote), site, anatomy.means_both(quote)),) if site in anatomy.nodes and site else ()
        form = anatomy.find_form(quote)
        return Name(True, whole, (NamedSides(0, len(quote), form[1]),) if form and form[1] else (), implied)

    def _inside(
        self, label: str, quote: str, implied: Sequence[str]
    ) -> tuple[tuple[NamedSite, ...], tuple[NamedSides, ...]]:
        """The sites inside a finding's name that say more than those the concept implies anyway, and its sides.

        What cannot be the same place as those that it implies is another meaning of the word: "femoral hernia" is in
        the groin. Tissues that are found all over the body exclude nothing.
        """
        anatomy = self._anatomy
        sites = self._beside(quote, implied)
        named: list[NamedSides] = []
        bound = [node for node in implied if node not in _TISSUES]
        for start, end, site, sides in anatomy.sites_in(quote):
            if sides:
                named.append(NamedSides(start, end, sides))
            if label in _NAMED_BY_PLACE and anatomy.has(site, "region"):
                continue  # "chest tube"
            if any(one.start < end and start < one.end for one in sites):
                continue
            if bound and (site in _TISSUES or not any(anatomy.overlap(site, node) for node in bound)):
                continue
            both = anatomy.means_both(quote[start:end])
            if both or not any(anatomy.is_part_of(other, site) for other in implied):
                sites.append(NamedSite(start, end, site, both))
        sites.sort()
        return tuple(sites), tuple(named)

    def _beside(self, quote: str, implied: Sequence[str]) -> list[NamedSite]:
        """The sites that words of a name give beside an implied site or another word of it."""
        known = self._anatomy.linking.name_words
        found: list[NamedSite] = []
        lowered = quote.lower()
        words = [(match.start(), match.end(), match.group()) for match in TOKEN.finditer(lowered)]
        for start, end, word in words:
            for beside, site in known.get(word, ()):
                if beside in implied or any(beside == other for _, _, other in words):
                    found.append(NamedSite(start, end, site, False))
        return found
