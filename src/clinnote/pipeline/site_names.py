"""What the name of a concept says about its place, wherever it stands; read once for each name."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.model.codes import Code
from clinnote.model.laterality import Sides
from clinnote.ontology.anatomy import Anatomy
from clinnote.pipeline.records import Concept

BODY_SITE: Final = "body_site"
_NAMED_BY_PLACE: Final = frozenset({"device", "procedure"})
"""Labels whose names often hold a whole region of the body that says nothing about the place."""
_REMEMBERED: Final = 1 << 15


class NamedSite(NamedTuple):
    """Words [start, end) of a name, counted from its first character, name a site; ``both``: on both sides."""

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

    @property
    def places(self) -> bool:
        """Whether the words themselves name a place or a side."""
        return self.body_site or bool(self.sites) or bool(self.sides)


class Names:
    """Reads the names of concepts, and remembers them."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._known: dict[tuple[str, str, tuple[str, ...]], Name] = {}

    def of(self, concept: Concept, text: str) -> Name:
        """What the name of a concept of ``text`` says about its place."""
        quote = text[concept.start : concept.end]
        key = (quote, concept.label, concept.sites)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._read(concept, quote)
        return known

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
        """The sites inside a finding's name that say more than those the concept implies anyway, and its sides."""
        anatomy = self._anatomy
        sites: list[NamedSite] = []
        named: list[NamedSides] = []
        for start, end, site, sides in anatomy.sites_in(quote):
            if sides:
                named.append(NamedSides(start, end, sides))
            if label in _NAMED_BY_PLACE and anatomy.has(site, "region"):
                continue  # "chest tube"
            both = anatomy.means_both(quote[start:end])
            if both or not any(anatomy.is_part_of(other, site) for other in implied):
                sites.append(NamedSite(start, end, site, both))
        return tuple(sites), tuple(named)
