"""DICOM structured reports: measurement groups (TID 1500) and coded findings anywhere in the content tree.

A tolerant walk over the content items (PS3.3 C.17.3, templates of PS3.16), because real reports deviate from their
templates. The pointer of a label is the path of its content item, counted from 1 ("1.9.2").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from clinnote.imaging import codes as known
from clinnote.imaging.codes import first_code, sides_of_code
from clinnote.imaging.geometry import GeometrySide
from clinnote.imaging.labels import Origin, SeenSide, join_sides, label_id
from clinnote.imaging.midline import side_of_picture, side_of_region
from clinnote.imaging.modality import modality_of_references
from clinnote.imaging.places import Places
from clinnote.imaging.sr_values import (
    Evidence,
    evidence_of,
    lengths_mm,
    modality_in,
    observer_of,
    references_of,
    region_of,
    text_under,
)
from clinnote.imaging.values import items, text_of
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSite, Source

_FINDINGS = (known.FINDING, known.SINGLE_IMAGE_FINDING)
_SITES = (known.FINDING_SITE, known.TARGET_REGION)
_LATERALITIES = (known.LATERALITY, known.IMAGE_LATERALITY)
MAX_DEPTH = 64
"""Deeper content than this is no report but an attack or a loop."""


@dataclass(frozen=True, slots=True)
class Item:
    """One content item with its concept name, its coded value (of CODE items) and its path."""

    dataset: Dataset
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


@dataclass(frozen=True, slots=True)
class Report:
    """What all labels of one report share."""

    origin: Origin
    evidence: Evidence
    annotator: str | None
    modality: str | None


@dataclass(slots=True)
class Group:
    """What one measurement group (or one coded finding outside a group) says."""

    item: Item
    findings: list[Item] = field(default_factory=list)
    sites: list[SiteItem] = field(default_factory=list)
    sides: list[SeenSide] = field(default_factory=list)
    evaluations: list[tuple[Code, Code]] = field(default_factory=list)
    category: Code | None = None


def read_sr(dataset: Dataset, origin: Origin) -> list[ImageLabel]:
    """The labels of a structured report; empty when it holds no coded finding and no finding site."""
    root = item_of(dataset, "1")
    report = Report(
        origin,
        evidence_of(dataset),
        observer_of(root),
        modality_in(root) or modality_of_references(dataset) or origin.study.modality,
    )
    return [label for group in groups_of(root) for label in _labels_of(group, report)]


def item_of(dataset: Dataset, path: str, depth: int = 0) -> Item:
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


def _presence(group: Group) -> str:
    """Present, unless an evaluation of presence (or of the finding itself) says otherwise."""
    own = {item.value.key for item in group.findings if item.value is not None}
    for name, value in group.evaluations:
        presence = known.PRESENCES.get(value.key)
        if presence and (name.key in own or name.key == known.PRESENCE_OF_PROPERTY or _is_presence(name)):
            return presence
    return "present"


def _is_presence(name: Code) -> bool:
    words = (name.display or "").lower().split()
    return bool(words) and (words[0] in ("presence", "present", "presence/absence") or words[-1] == "presence")


def _labels_of(group: Group, report: Report) -> Iterator[ImageLabel]:
    named = [item.value for item in group.findings if item.value is not None]
    presence = _presence(group)
    statements: list[tuple[Code | None, str]] = [(finding, presence) for finding in named]
    if not named:
        asked = [
            (name, known.PRESENCES[value.key]) for name, value in group.evaluations if value.key in known.PRESENCES
        ]
        statements = [(name, stated) for name, stated in asked if not _is_presence(name)]
    if not statements and group.sites:
        statements = [(None, presence)]
    sites: Sequence[SiteItem | None] = group.sites or [None]
    for number, (finding, stated) in enumerate(statements):
        for place, site in enumerate(sites):
            pointer = group.item.path + (f"#{number + 1}.{place + 1}" if len(statements) * len(sites) > 1 else "")
            yield _label(group, finding, stated, site, pointer, report)


def _label(
    group: Group, finding: Code | None, presence: str, site: SiteItem | None, pointer: str, report: Report
) -> ImageLabel:
    study, places = report.origin.study, report.origin.places
    tracking = text_under(group.item, known.TRACKING_IDENTIFIER)
    text = (finding.display or finding.code) if finding else tracking or "measurement"
    place, seen = _place(finding, text, site, group, places)
    geometry = region_of(group.item)
    sides, extra = join_sides(seen, _geometry_side(finding, text, place, geometry, seen, report))
    image, series, about = references_of(group.item, report.evidence)
    own: dict[str, Any] = {
        "tracking_identifier": tracking,
        "category": group.category.display if group.category else None,
        "topographical_modifier": site.modifier.display if site and site.modifier else None,
        "evaluations": [f"{name.display} = {value.display}" for name, value in group.evaluations],
    }
    metadata = {**study.metadata, **extra, **{key: value for key, value in own.items() if value}}
    return ImageLabel(
        label_id=label_id("dicom-sr", study.image_id, pointer, text),
        study_id=about or study.study_id,
        series_id=series or study.series_id,
        image_id=image or study.image_id,
        finding=LabelFinding(text, (finding,) if finding else ()),
        presence=presence,
        sides=sides,
        site=place,
        geometry=geometry,
        size_mm=lengths_mm(group.item),
        date=study.date,
        modality=report.modality,
        annotator=report.annotator,
        source=Source("dicom-sr", report.origin.file, pointer),
        metadata=metadata,
    )


def _place(
    finding: Code | None, text: str, site: SiteItem | None, group: Group, places: Places
) -> tuple[LabelSite | None, list[SeenSide]]:
    """The site (that of the finding's own name when no site is given) and the sides that codes state."""
    seen = [*(site.sides if site else ()), *group.sides]
    if site is not None:
        place, words = places.site_of(site.code.display or site.code.code, (site.code,))
        return place, [*seen, SeenSide(words, "code", "name of the Finding Site")]
    if finding is not None:
        place, words = places.site_of(text, (finding,))
        if place is not None and place.site is not None:
            return place, [*seen, SeenSide(words, "code", "name of the Finding")]
    return None, seen


def _geometry_side(
    finding: Code | None,
    text: str,
    site: LabelSite | None,
    geometry: Geometry | None,
    seen: Sequence[SeenSide],
    report: Report,
) -> GeometrySide | None:
    """The side of the region; a group that measures an unpaired structure itself has none."""
    if geometry is None:
        return None
    places = report.origin.places
    node = places.structure_of(text, (finding,)) if finding else None
    where = site.site if site else None
    if geometry.unit == "mm" and geometry.x is not None:
        return side_of_region(geometry.x, None, (1.0, 1.0), (node, where), seen, places)
    return side_of_picture(geometry, None, report.modality, (where,), places)
