"""The content tree of a structured report, and what its measurement groups hold (templates of PS3.16)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clinnote.imaging import codes as known
from clinnote.imaging.codes import first_code, sides_of_code
from clinnote.imaging.elements import Elements
from clinnote.imaging.labels import SeenSide
from clinnote.imaging.values import items, text_of
from clinnote.model.codes import Code

_FINDINGS: Final = (known.FINDING, known.SINGLE_IMAGE_FINDING)
_SITES: Final = (known.FINDING_SITE, known.TARGET_REGION)
_LATERALITIES: Final = (known.LATERALITY, known.IMAGE_LATERALITY)
MAX_DEPTH: Final = 64
"""Deeper content than this is no report but an attack or a loop."""


@dataclass(frozen=True, slots=True)
class Item:
    """One content item with its concept name, its coded value (of CODE items) and its path."""

    dataset: Elements
    path: str
    kind: str
    name: Code | None
    value: Code | None
    children: tuple["Item", ...] = ()

    def named(self, *keys: tuple[str, str]) -> bool:
        """Whether the concept name is one of ``keys``."""
        return self.name is not None and self.name.key in keys

    def walk(self) -> Iterator["Item"]:
        """The item and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class SiteItem:
    """A finding site with its side and its topographical modifier."""

    code: Code
    sides: tuple[SeenSide, ...] = ()
    modifier: Code | None = None


@dataclass(slots=True)
class Group:
    """What one measurement group (or one coded finding outside a group) says."""

    item: Item
    findings: list[Item] = field(default_factory=list)
    sites: list[SiteItem] = field(default_factory=list)
    sides: list[SeenSide] = field(default_factory=list)
    evaluations: list[tuple[Code, Code]] = field(default_factory=list)
    category: Code | None = None


def item_of(dataset: Elements, path: str, depth: int = 0) -> Item:
    """The content tree below a data set; items deeper than ``MAX_DEPTH`` are cut off."""
    children = (
        tuple(
            item_of(child, f"{path}.{number}", depth + 1)
            for number, child in enumerate(items(dataset, "ContentSequence"), 1)
        )
        if depth < MAX_DEPTH
        else ()
    )
    name = first_code(dataset, "ConceptNameCodeSequence")
    value = first_code(dataset, "ConceptCodeSequence")
    return Item(dataset, path, text_of(dataset, "ValueType"), name, value, children)


def groups_of(root: Item) -> Iterator[Group]:
    """Measurement groups, and each coded finding that stands outside of one, in document order."""
    for child in root.children:
        if child.named(known.MEASUREMENT_GROUP):
            yield _group_of(child)
        elif child.named(*_FINDINGS) and child.value is not None:
            yield _finding_alone(child)
            yield from groups_of(child)
        else:
            yield from groups_of(child)


def _group_of(container: Item) -> Group:
    group = Group(container)
    for child in container.children:
        if child.named(*_FINDINGS) and child.value is not None:
            group.findings.append(child)
            group.sites.extend(_sites_below(child))
            group.sides.extend(_sides_below(child))
        elif child.named(*_SITES) and child.value is not None:
            group.sites.append(_site_of(child))
        elif child.named(known.FINDING_CATEGORY):
            group.category = child.value
        elif child.named(*_LATERALITIES) and child.value is not None:
            group.sides.extend(_side_statement(child))
        elif child.name is not None and child.value is not None:
            group.evaluations.append((child.name, child.value))
        elif child.kind in ("NUM", "CONTAINER"):
            group.sites.extend(_sites_below(child))
            group.sides.extend(_sides_below(child))
    group.sites = list({(site.code.key, site.sides): site for site in reversed(group.sites)}.values())[::-1]
    return group


def _finding_alone(item: Item) -> Group:
    group = Group(item, [item], _sites_below(item), _sides_below(item))
    for child in item.children:
        plain = child.name is not None and child.value is not None
        if plain and not child.named(*_SITES, *_LATERALITIES) and child.name and child.value:
            group.evaluations.append((child.name, child.value))
    return group


def _sites_below(item: Item) -> list[SiteItem]:
    return [_site_of(child) for child in item.children if child.named(*_SITES) and child.value is not None]


def _sides_below(item: Item) -> list[SeenSide]:
    return [
        statement
        for child in item.children
        if child.named(*_LATERALITIES) and child.value is not None
        for statement in _side_statement(child)
    ]


def _side_statement(item: Item) -> tuple[SeenSide, ...]:
    sides = sides_of_code(item.value) if item.value is not None else frozenset()
    return (SeenSide(sides, "code", f"Laterality at {item.path}"),) if sides else ()


def _site_of(item: Item) -> SiteItem:
    code = item.value or Code("", "")
    sides: list[SeenSide] = []
    modifier: Code | None = None
    for child in item.children:
        if child.value is None:
            continue
        stated = sides_of_code(child.value)
        if child.named(*_LATERALITIES) or stated:
            # some writers put the side where the topographical modifier belongs
            sides.extend(_side_statement(child))
        elif child.named(known.TOPOGRAPHICAL_MODIFIER):
            modifier = child.value
    return SiteItem(code, tuple(sides), modifier)
