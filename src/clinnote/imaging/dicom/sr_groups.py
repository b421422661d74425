"""What the content tree of a report says of findings.

Measurement groups (TID 1410, 1411, 1501), coded findings outside of groups, CAD findings and features (TID 4000, 4100),
and evaluations of a finding's presence. A finding takes the site and the side of the containers around it when it has
none of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clinnote.imaging.dicom import concepts as known
from clinnote.imaging.dicom.codes import presence_of_code, sides_of_code, sides_stated
from clinnote.imaging.dicom.concepts import Key
from clinnote.imaging.dicom.sr_tree import Item
from clinnote.imaging.sides.labels import SeenSide
from clinnote.model.codes import Code

FINDINGS: Final = frozenset((known.FINDING, known.SINGLE_IMAGE_FINDING, known.COMPOSITE_FEATURE))
SITES: Final = frozenset((known.FINDING_SITE, known.TARGET_REGION, known.LOCATION_IN_CHEST))
MODIFIERS: Final = frozenset((known.TOPOGRAPHICAL_MODIFIER, known.CLOCK_OR_REGION, known.QUADRANT))
LATERALITIES: Final = frozenset((known.LATERALITY, known.IMAGE_LATERALITY))
_STATEMENTS: Final = frozenset(
    (known.QUALITATIVE_EVALUATIONS, known.FINDINGS, known.FINDINGS_SECTION, known.IMPRESSIONS)
)
"""Containers in which a code with a presence as its value states a finding."""


@dataclass(frozen=True, slots=True)
class SiteItem:
    """A finding site in words and (unless it was typed) as a code, with its side and its topographical modifiers."""

    words: str
    code: Code | None
    sides: tuple[SeenSide, ...] = ()
    modifiers: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """The site and side of the containers around an item."""

    sites: tuple[SiteItem, ...] = ()
    sides: tuple[SeenSide, ...] = ()


@dataclass(slots=True)
class Group:
    """What one measurement group (or one coded finding outside a group) says."""

    item: Item
    findings: list[tuple[str, Code | None]] = field(default_factory=list)
    sites: list[SiteItem] = field(default_factory=list)
    sides: list[SeenSide] = field(default_factory=list)
    modifiers: list[Code] = field(default_factory=list)
    evaluations: list[tuple[Key, Code, Code]] = field(default_factory=list)
    category: Code | None = None
    intent: Key | None = None

    def close(self, around: Around) -> "Group":
        """The group with what it inherits, and each site once."""
        if not self.sites and not self.sides:
            self.sites.extend(around.sites)
        if not self.sides and not any(site.sides for site in self.sites):
            self.sides.extend(around.sides)
        self.sites = list(dict.fromkeys(self.sites))
        return self

    def presence(self) -> str:
        """Present, unless an evaluation of presence (or of the finding itself) says otherwise."""
        own = {(code.system, code.code) for _, code in self.findings if code is not None}
        for key, name, value in self.evaluations:
            stated = presence_of_code(value)
            if stated and (key in own or key == known.PRESENCE_OF_PROPERTY or is_presence(name)):
                return stated
        return "uncertain" if self.intent == known.PRESENTATION_OPTIONAL else "present"


def is_presence(name: Code) -> bool:
    """Whether a concept name asks for a presence as such ("Presence of property")."""
    words = (name.display or "").lower().split()
    return bool(words) and (words[0] in ("presence", "present", "presence/absence") or words[-1] == "presence")


def groups_of(container: Item, around: Around | None = None) -> Iterator[Group]:
    """The statements about findings below a container, in document order."""
    around = _inner(container, around or Around())
    for child in container.children:
        if child.key == known.MEASUREMENT_GROUP or _is_group(child):
            yield _group_of(child).close(around)
            yield from _inner_groups(child, around)
        elif child.key in FINDINGS and (child.value is not None or child.kind == "TEXT"):
            if child.value is not None:
                yield _finding_alone(child).close(around)
            yield from groups_of(child, around)
        elif container.key in _STATEMENTS and child.value is not None and presence_of_code(child.value):
            yield _statement(child).close(around)
        else:
            yield from groups_of(child, around)


def _inner(container: Item, around: Around) -> Around:
    """What the items below a container inherit."""
    sites = tuple(_site_of(child) for child in container.children if child.key == known.FINDING_SITE and child.text)
    sides = tuple(seen for child in container.children if child.key in LATERALITIES for seen in _side_of(child))
    if container.key in FINDINGS and not sites and not sides:
        return around
    return Around(sites or around.sites, sides or (() if sites else around.sides))


def _is_group(item: Item) -> bool:
    """Whether a container of another name holds one finding with its site, as a measurement group does."""
    if item.kind != "CONTAINER":
        return False
    found = sum(child.key in FINDINGS and bool(child.text) for child in item.children)
    return found == 1 and any(child.key == known.FINDING_SITE and child.text for child in item.children)


def _inner_groups(group: Item, around: Around) -> Iterator[Group]:
    """Groups inside of a group."""
    for child in group.children:
        if child.kind == "CONTAINER":
            yield from groups_of(child, around)


def _group_of(container: Item, alone: bool = False) -> Group:
    """What a container says; ``alone``: it is a finding itself, and findings below it speak for themselves."""
    group = Group(container)
    for child in container.children:
        if child.key in FINDINGS and alone:
            continue
        if child.key in FINDINGS and child.text:
            group.findings.append((child.text, child.value))
            _add_below(group, child)
        elif child.key in SITES and child.text:
            group.sites.append(_site_of(child))
        elif child.key in MODIFIERS and child.value is not None:
            group.modifiers.append(child.value)
        elif child.key == known.FINDING_CATEGORY:
            group.category = child.value
        elif child.key in LATERALITIES:
            group.sides.extend(_side_of(child))
        elif child.key == known.RENDERING_INTENT and child.value is not None:
            group.intent = (child.value.system, child.value.code)
        elif child.name is not None and child.value is not None:
            group.evaluations.append((child.key, child.name, child.value))
        elif child.kind == "NUM" or (child.kind == "CONTAINER" and child.key != known.MEASUREMENT_GROUP):
            _add_below(group, child)
    return group


def _finding_alone(item: Item) -> Group:
    group = _group_of(item, alone=True)
    group.findings = [(item.text, item.value)]
    return group


def _statement(item: Item) -> Group:
    """An evaluation outside of any group: the concept name is the finding, the value its presence."""
    group = _group_of(item)
    if item.name is not None and item.value is not None:
        if is_presence(item.name):
            return group
        group.findings = [(item.words, item.name)]
        group.evaluations.append((item.key, item.name, item.value))
    return group


def _add_below(group: Group, item: Item) -> None:
    """Sites, sides and modifiers that stand one level deeper, at a finding or a single measurement (TID 300)."""
    for child in item.children:
        if child.key in SITES and child.text:
            group.sites.append(_site_of(child))
        elif child.key in LATERALITIES:
            group.sides.extend(_side_of(child))
        elif child.key in MODIFIERS and child.value is not None:
            group.modifiers.append(child.value)


def _side_of(item: Item) -> tuple[SeenSide, ...]:
    if item.value is None:
        return ()
    basis = "header" if item.key == known.IMAGE_LATERALITY else "code"
    return sides_stated(item.value, f"Laterality at {item.path}", basis)


def _site_of(item: Item) -> SiteItem:
    sides: list[SeenSide] = []
    modifiers: list[Code] = []
    for child in item.children:
        if child.value is None:
            continue
        if child.key in LATERALITIES:
            sides.extend(_side_of(child))
        elif sides_of_code(child.value):
            # some writers put the side where the topographical modifier belongs
            sides.extend(sides_stated(child.value, f"Laterality at {child.path}"))
        elif child.key in MODIFIERS:
            modifiers.append(child.value)
    return SiteItem(item.text, item.value, tuple(sides), tuple(modifiers))
