"""Whether a concept can be at a place that the words give it."""

from collections.abc import Sequence
from typing import Final

from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.side_words import EYE
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sites.headings import Above, sees
from clinnote.pipeline.sites.phrases import Phrase, SiteRef, side_alone
from clinnote.pipeline.sites.sharing import Attachment, Way

_BESIDE: Final = frozenset({Way.SHARED, Way.RENAMED, Way.COMPANION, Way.NEIGHBOUR})
"""How a finding may come to the side of a finding at a neighbouring place."""
_AROUND: Final = frozenset({"soft_tissue", "subcutaneous_tissue", "joint"})
"""What lies around the bones of a limb: "fracture of the left fibula with soft tissue swelling"."""
_LESIONS: Final = frozenset({"finding", "disorder"})
_ANYWHERE: Final = frozenset(
    {"nerve_root", "peripheral_nerve", "ligament", "tendon", "muscle", "soft_tissue", "joint", "bone"}
)
"""What lies at many places, so that a heading says more."""


def fits(attachment: Attachment, concept: Concept, anatomy: Anatomy) -> bool:
    """Whether the concept can be at the phrase's sites.

    A quadrant of the abdomen does not locate a finding of the chest. What was only shared or is the subject of the
    clause must overlap the sites that the concept itself implies, and a bare side needs a paired structure; with a
    concept that implies none, only places with a side are shared ("abdominal pain, nausea"). A landmark says
    less than the sites that the concept implies, but may tell the side of what has two.
    """
    own = [node for node in concept.sites if node in anatomy.nodes]
    nodes = [site.node for site in attachment.phrase.sites]
    if attachment.way in (Way.SUBJECT, Way.RENAMED) and _ANYWHERE.issuperset(own):
        own = []
    if attachment.phrase.words and attachment.phrase.words[0].rule == EYE:
        return any(sees(node, anatomy) for node in nodes) or any(sees(node, anatomy) for node in own)
    if own and attachment.way == Way.REFERENCE:
        two = any(anatomy.paired(node) or anatomy.is_part_of(node, "spine") for node in own)
        return two and bool(attachment.phrase.sides)
    if not own:
        sided = bool(attachment.phrase.words) or any(
            site.both or anatomy.implied_side(site.node) for site in attachment.phrase.sites
        )
        if attachment.way in (Way.RENAMED, Way.COMPANION):
            return sided or not any(anatomy.has(node, "region") for node in nodes)
        return attachment.way != Way.SHARED or sided
    if nodes and all(anatomy.has(node, "quadrant") for node in nodes):
        return not all(anatomy.is_part_of(node, "chest") for node in own)
    if attachment.way in (Way.SHARED, Way.RENAMED, Way.COMPANION, Way.SUBJECT, Way.SIDE):
        if not nodes:
            return any(anatomy.paired(node) for node in own)
        if attachment.way == Way.COMPANION:
            return any(anatomy.related(a, b) for a in nodes for b in own)
        return any(anatomy.overlap(a, b) for a in nodes for b in own)
    return True


def admitted(
    own: Attachment, attachments: Sequence[Attachment], concept: Concept, anatomy: Anatomy
) -> list[Attachment]:
    """The place in the concept's own name, and the attachments whose places it can be at.

    Of a finding that it is the company or the cause of at a neighbouring place, it has the side alone. So has what is
    at a place of its own, if that has two sides.
    """
    kept = [own]
    sides: list[Attachment] = []
    near: list[Attachment] = []
    for attachment in attachments:
        if attachment.way == Way.SIDE:
            sides.append(attachment)
        elif attachment.way != Way.NEIGHBOUR and fits(attachment, concept, anatomy):
            kept.append(attachment)
        elif attachment.way in _BESIDE and attachment.phrase.words:
            near.append(attachment)
    if not sides and not near:
        return kept
    places = [site for a in kept for site in a.phrase.sites]
    nodes = [site.node for site in places] or [node for node in concept.sites if node in anatomy.nodes]
    sides += [
        Attachment(side_alone(attachment.phrase), Way.SIDE, attachment.ahead)
        for attachment in near
        if any(_beside(site.node, node, anatomy) for site in attachment.phrase.sites for node in nodes)
    ]
    if all((anatomy.paired(site.node) or site.node in _AROUND) and not site.both for site in places):
        kept += [side for side in sides if places or fits(side, concept, anatomy)]
    return kept


def _beside(node: str, other: str, anatomy: Anatomy) -> bool:
    if other in _AROUND:
        return anatomy.is_part_of(node, "upper_limb") or anatomy.is_part_of(node, "lower_limb")
    return anatomy.overlap(node, other) or anatomy.partners(node, other)


def under(row: Phrase, kept: Sequence[Attachment], concept: Concept, anatomy: Anatomy) -> bool:
    """Whether the place that heads the line holds for a finding in it.

    The level of a spine holds for everything of the spine; another place for what is said to be nowhere else.
    """
    if len(row.sites) != 1:
        return False
    node = row.sites[0].node
    named = [site.node for a in kept for site in a.phrase.sites]
    nodes = named or [site for site in concept.sites if site in anatomy.nodes]
    if node in nodes or concept.label not in _LESIONS or anatomy.has(node, "region"):
        return False
    if anatomy.level(node) is not None and not any(anatomy.level(other) is not None for other in nodes):
        return all(anatomy.is_part_of(other, "spine") or other in _ANYWHERE for other in nodes)
    return all(other in _ANYWHERE for other in nodes)


def narrow(site: SiteRef, around: Sequence[str], above: Above, anatomy: Anatomy) -> SiteRef:
    """A part that several organs have ("lower pole") as that of the organ that has it.

    Sought first among the sites ``around`` it, then in the headings over it, then backwards through what was named
    before.
    """
    node = anatomy.node(site.node)
    if node.parent != "body" or not node.overlaps:
        return site
    for organ in (*around, *above.nodes):
        more = anatomy.part_in(site.node, organ)
        if more is not None:
            return site._replace(node=more)
    if above.earlier is not None:
        more = above.earlier.part(site.node, site.start, anatomy)
        if more is not None:
            return site._replace(node=more)
    return site


def named_sites(
    kept: Sequence[Attachment], concept: Concept, above: Above, anatomy: Anatomy
) -> list[tuple[SiteRef, Attachment]]:
    """The sites that words name for a finding, each with its attachment.

    Left out are what the same phrase or overlapping words have named before, and a whole that holds a site which the
    finding implies ("pneumothorax of the left chest"). Parts that several organs have are those of the organ beside
    or above them.
    """
    own = [node for node in concept.sites if node in anatomy.nodes]
    named: list[tuple[SiteRef, Attachment]] = []
    shared = False
    for attachment in kept:
        if not attachment.phrase.sites:
            continue
        for site in attachment.phrase.sites:
            node = anatomy.node(site.node)
            if _named_before(site, attachment, named) or _holds(site.node, own, anatomy):
                continue
            shared = shared or (node.parent == "body" and bool(node.overlaps))
            named.append((site, attachment))
    if not shared:
        return named
    around = [*own, *[site.node for site, _ in named]]
    return [(narrow(site, around, above, anatomy), attachment) for site, attachment in named]


def _named_before(site: SiteRef, attachment: Attachment, named: Sequence[tuple[SiteRef, Attachment]]) -> bool:
    for other, it in named:
        meets = site.start < other.end and other.start < site.end
        if other.node == site.node and (meets or it.phrase is attachment.phrase):
            return True
    return False


def _holds(node: str, own: Sequence[str], anatomy: Anatomy) -> bool:
    return any(node != other and anatomy.is_part_of(other, node) for other in own)


def same_place(node: str, other: str, anatomy: Anatomy) -> bool:
    """Whether a site adds nothing to the other one: a part, the whole, or declared to overlap it."""
    return anatomy.related(node, other) or other in anatomy.node(node).overlaps or node in anatomy.node(other).overlaps
