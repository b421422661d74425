"""From the words and codes of a label to nodes of ``ontologies/anatomy``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.imaging.label_text import plain_words, side_of_label, tokens
from clinnote.model.codes import Code
from clinnote.model.image_label import LabelSite
from clinnote.model.laterality import MIDLINE, UNKNOWN, Sides
from clinnote.ontology.anatomy import Node, load_anatomy
from clinnote.ontology.tables import read_table
from clinnote.settings import Home

BODY_PARTS: Final = Path("label_maps", "body_parts.tsv")
"""Body Part Examined terms (PS3.16 Annex L, and variants seen in the wild) in the words of the anatomy."""


LIMBS: Final = ("upper_limb", "lower_limb")


@dataclass(frozen=True)
class Places:
    """Looks up body sites.

    Attributes:
        resolve: words of a site -> (node id or None, the sides that the words name).
        by_code: (system URI, code) -> node id.
        body_parts: Body Part Examined term in capitals without blanks -> words for ``resolve``.
        structures: words that are the name of a node as a whole -> that node, or None.
        single: structures that exist once, so that where they lie says nothing about a side (heart, liver).
        midline: nodes that lie in the middle of the body (spine).
        limbs: nodes of arms and legs; the middle of an image of one limb is not the middle of the body.
    """

    resolve: Callable[[str], tuple[str | None, Sides]]
    by_code: Mapping[tuple[str, str], str] = field(default_factory=dict)
    body_parts: Mapping[str, str] = field(default_factory=dict)
    structures: Callable[[str], str | None] = lambda _: None
    single: frozenset[str] = frozenset()
    midline: frozenset[str] = frozenset()
    limbs: frozenset[str] = frozenset()

    def node_of(self, text: str, codes: Sequence[Code] = ()) -> tuple[str | None, Sides]:
        """(node id or None, sides that the words name) for a site's own words and codes.

        The words come first, because they may be more specific and name the side; the code is for words that no
        node has.
        """
        node, sides = self.resolve(text)
        if node is None:
            node, more = self.resolve(plain_words(text))
            sides = sides or more
        coded = next((self.by_code[code.key] for code in codes if code.key in self.by_code), None)
        if node is None and not sides:
            sides = side_of_label(text)
        return node or coded, sides

    def structure_of(self, text: str, codes: Sequence[Code] = ()) -> str | None:
        """The node that the words or the codes name as such ("Lung"), not one in which something lies."""
        coded = next((self.by_code[code.key] for code in codes if code.key in self.by_code), None)
        return coded or self.structures(text) or self.structures(plain_words(text))

    def site_of(self, text: str, codes: Sequence[Code] = ()) -> tuple[LabelSite | None, Sides]:
        """The site of a label and the sides that its words name; (None, unknown) for blank words without codes."""
        if not text.strip() and not codes:
            return None, UNKNOWN
        node, sides = self.node_of(text, codes)
        return LabelSite(text, node, tuple(codes)), sides

    def body_part(self, term: str) -> tuple[str | None, Sides]:
        """(node id or None, sides) for a Body Part Examined value; unknown words around a known one are ignored."""
        words = tokens(term)
        key = "".join(words).upper()
        if key in self.body_parts:
            return self.resolve(self.body_parts[key]) if self.body_parts[key] else (None, UNKNOWN)
        node, sides = self.node_of(term)
        if node:
            return node, sides
        known = {self.body_parts[word.upper()] for word in words if self.body_parts.get(word.upper())}
        return self.resolve(known.pop()) if len(known) == 1 else (None, sides)


def load_places(home: Home) -> Places:
    """The look-ups of a home's ontologies.

    Raises:
        OntologyError: a table is missing or breaks its contract.
    """
    anatomy = load_anatomy(home.ontologies)
    by_code: dict[tuple[str, str], str] = {}
    for node in anatomy.nodes.values():
        if node.code is not None:
            by_code.setdefault(node.code.key, node.id)
    table = read_table(home.ontologies / BODY_PARTS, ("term", "words", "source"))
    return Places(
        anatomy.resolve,
        by_code,
        {row["term"]: row["words"] for row in table},
        lambda words: named[0] if (named := anatomy.find_form(words)) else None,
        frozenset(site for site, node in anatomy.nodes.items() if _is_single(node)),
        frozenset(site for site, node in anatomy.nodes.items() if node.side == MIDLINE),
        frozenset(site for site in anatomy.nodes if any(anatomy.is_part_of(site, limb) for limb in LIMBS)),
    )


def _is_single(node: Node) -> bool:
    """Neither paired nor a tissue that is found all over the body (bone, lymph node, skin)."""
    return not node.paired and (node.parent not in (None, "body") or node.side == MIDLINE or "region" in node.flags)
