"""From the words and codes of a label to nodes of ``ontologies/anatomy``."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from clinnote.imaging.sides.label_text import plain_words, side_of_label, tokens
from clinnote.imaging.sides.labels import SeenSide
from clinnote.model.codes import SNOMED, Code
from clinnote.model.image_label import LabelSite
from clinnote.model.laterality import MIDLINE, UNKNOWN, Sides
from clinnote.ontology.anatomy import Node, load_anatomy
from clinnote.ontology.roi_names import Namer, load_roi_names
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
        is_part: (node, whole) -> whether the one is part of the other.
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
    is_part: Callable[[str, str], bool] = lambda _part, _whole: False
    _coded: dict[tuple[str, Code | None, str], tuple[LabelSite | None, tuple[SeenSide, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

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

    def coded_site(self, words: str, code: Code | None, what: str) -> tuple[LabelSite | None, tuple[SeenSide, ...]]:
        """The site that a code and its words name, and the sides in its name.

        A code means what its standard says: its own name counts beside the words of the file, which may be in another
        language, missing or wrong; where both name a side and differ, both are told.

        Args:
            words: the meaning that the file gives.
            code: the code, or None for words alone.
            what: the attribute, for ``SeenSide.where``.
        """
        key = (words, code, what)
        if key not in self._coded:
            self._coded[key] = self._look_up(words, code, what)
        return self._coded[key]

    def _look_up(self, words: str, code: Code | None, what: str) -> tuple[LabelSite | None, tuple[SeenSide, ...]]:
        codes = (code,) if code is not None else ()
        place, sides = self.site_of(words, codes)
        name = standard_name(code) if code is not None else ""
        if not name or place is None:
            return place, _seen((sides, "code" if codes else "label_text", f"name of the {what}"))
        node, own = self.node_of(name, codes)
        if place.site is None and node is not None:
            place = LabelSite(place.text, node, place.codes)
        if own == sides or not own:
            return place, _seen((sides, "code", f"name of the {what}"))
        return place, _seen((own, "code", f"code of the {what}"), (sides, "code", f"name of the {what}"))

    def narrowed(self, place: LabelSite | None, modifiers: Sequence[Code]) -> LabelSite | None:
        """The site with a modifier that makes it a part of itself: breast and "Upper outer quadrant of breast"."""
        if place is None or place.site is None:
            return place
        for modifier in modifiers:
            words = modifier.display or modifier.code
            for named in (f"{words} of {place.text}", f"{words} {place.text}", words):
                node, _ = self.node_of(named, (modifier,))
                if node is not None and node != place.site and self.is_part(node, place.site):
                    return LabelSite(f"{place.text}, {words}", node, (*place.codes, modifier))
        return place

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
    namer = Namer(anatomy, load_roi_names(home.ontologies))
    by_code: dict[tuple[str, str], str] = {}
    for node in anatomy.nodes.values():
        if node.code is not None:
            by_code.setdefault(node.code.key, node.id)
    table = read_table(home.ontologies / BODY_PARTS, ("term", "words", "source"))
    return Places(
        namer.resolve,
        by_code,
        {row["term"]: row["words"] for row in table},
        namer.structure,
        frozenset(site for site, node in anatomy.nodes.items() if _is_single(node)),
        frozenset(site for site, node in anatomy.nodes.items() if node.side == MIDLINE),
        frozenset(site for site in anatomy.nodes if any(anatomy.is_part_of(site, limb) for limb in LIMBS)),
        anatomy.is_part_of,
    )


@functools.cache
def _standard_names() -> Mapping[str, str]:
    """SNOMED CT code -> its name in DICOM (PS3.16), the first of several."""
    # 8,000 concepts are read only where a report names a coded site
    from pydicom.sr._concepts_dict import concepts

    names: dict[str, str] = {}
    dictionary: Mapping[str, Mapping[str, tuple[str, object]]] = cast("Any", concepts)["SCT"]
    for by_code in dictionary.values():
        for code, (name, _) in by_code.items():
            names.setdefault(code, name)
    return names


def standard_name(code: Code) -> str:
    """What the standard calls a SNOMED CT code; "" for codes that it does not use."""
    return _standard_names().get(code.code, "") if code.system == SNOMED else ""


def _seen(*statements: tuple[Sides, str, str]) -> tuple[SeenSide, ...]:
    return tuple(SeenSide(*statement) for statement in statements if statement[0])


def _is_single(node: Node) -> bool:
    """Neither paired nor a tissue that is found all over the body (bone, lymph node, skin)."""
    return not node.paired and (node.parent not in (None, "body") or node.side == MIDLINE or "region" in node.flags)
