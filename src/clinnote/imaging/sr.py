"""DICOM structured reports: measurement groups (TID 1500) and coded findings anywhere in the content tree.

A tolerant walk over the content items (PS3.3 C.17.3), because real reports deviate from their templates. The pointer
of a label is the path of its content item, counted from 1 ("1.9.2").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clinnote.imaging import codes as known
from clinnote.imaging.elements import Elements
from clinnote.imaging.geometry import GeometrySide
from clinnote.imaging.labels import Origin, SeenSide, join_sides, label_id
from clinnote.imaging.midline import side_of_picture, side_of_region
from clinnote.imaging.modality import modality_of_references
from clinnote.imaging.places import Places
from clinnote.imaging.sr_tree import Group, SiteItem, groups_of, item_of
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
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSite, Source


@dataclass(frozen=True, slots=True)
class Report:
    """What all labels of one report share."""

    origin: Origin
    evidence: Evidence
    annotator: str | None
    modality: str | None


def read_sr(dataset: Elements, origin: Origin) -> list[ImageLabel]:
    """The labels of a structured report; empty when it holds no coded finding and no finding site."""
    root = item_of(dataset, "1")
    report = Report(
        origin,
        evidence_of(dataset),
        observer_of(root),
        modality_in(root) or modality_of_references(dataset) or origin.study.modality,
    )
    return [label for group in groups_of(root) for label in _labels_of(group, report)]


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
