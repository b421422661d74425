"""DICOM structured reports: measurement groups (TID 1500) and coded findings anywhere in the content tree.

A tolerant walk over the content items (PS3.3 C.17.3), because real reports deviate from their templates. The pointer
of a label is the path of its content item, counted from 1 ("1.9.2").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.dicom import concepts as known
from clinnote.imaging.dicom.codes import presence_of_code
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.modality import modality_of_references
from clinnote.imaging.dicom.sr_groups import Group, SiteItem, groups_of, is_presence
from clinnote.imaging.dicom.sr_images import ImageFacts, Images
from clinnote.imaging.dicom.sr_tree import Tree
from clinnote.imaging.dicom.sr_values import (
    measured_below,
    modality_in,
    observer_of,
    other_values,
    region_of,
    value_below,
)
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.dicom.values import items, text_of
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.labels import SeenSide, join_sides, label_id
from clinnote.imaging.sides.midline import side_of_picture, side_of_region
from clinnote.imaging.sides.places import Places
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSite, Source

FORMAT: Final = "dicom-sr"
_MOST_UNREAD: Final = 20
"""Items that hold nothing readable are named up to this number."""


@dataclass(frozen=True, slots=True)
class Report:
    """What all labels of one report share."""

    origin: Origin
    images: Images
    annotator: str | None
    modality: str | None
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SrResult:
    """What a report gives: its labels, why there is none, and the items that hold nothing readable ("1.2.3 CODE")."""

    labels: tuple[ImageLabel, ...]
    nothing: str
    unread: tuple[str, ...]


def read_sr(elements: Elements, origin: Origin) -> SrResult:
    """The labels of a structured report."""
    tree = Tree(elements)
    report = Report(
        origin,
        Images(elements, tree),
        observer_of(tree),
        modality_in(tree) or modality_of_references(elements) or origin.study.modality,
        {**origin.study.metadata, **_document(elements)},
    )
    labels: list[ImageLabel] = []
    nameless: list[str] = []
    passed_over = 0
    for group in groups_of(tree.root):
        if group.intent == known.NOT_FOR_PRESENTATION or _is_no_finding(group):
            passed_over += 1
            continue
        before = len(labels)
        labels.extend(_labels_of(group, report))
        if len(labels) == before:
            nameless.append(f"{group.item.path} group without finding or site")
    texts = sum(item.kind == "TEXT" for item in tree.named(*known.REPORT_TEXT))
    unread = tree.unread() + (nameless if labels else [])
    return SrResult(tuple(labels), _nothing(texts, passed_over, len(nameless)), tuple(unread[:_MOST_UNREAD]))


def _document(elements: Elements) -> dict[str, Any]:
    """How far the report is valid: completion, verification, and the documents that it replaces (PS3.3 C.17.2)."""
    told = {
        "completion": text_of(elements, "CompletionFlag"),
        "verification": text_of(elements, "VerificationFlag"),
        "predecessors": [
            text_of(instance, "ReferencedSOPInstanceUID")
            for study in items(elements, "PredecessorDocumentsSequence")
            for series in items(study, "ReferencedSeriesSequence")
            for instance in items(series, "ReferencedSOPSequence")
        ],
    }
    return {key: value for key, value in told.items() if value}


def _nothing(texts: int, passed_over: int, nameless: int) -> str:
    """Why a report gives no label."""
    told = "holds no coded finding and no finding site"
    if texts:
        told += f"; {texts} findings in free text (give them as a note)"
    if nameless:
        told += f"; {nameless} measurement groups name neither"
    if passed_over:
        told += f"; {passed_over} marks of CAD that are no findings or not for presentation"
    return told


def _is_no_finding(group: Group) -> bool:
    """Whether all that is named is image quality, anatomy or geometry."""
    named = [(code.system, code.code) for _, code in group.findings if code is not None]
    return bool(named) and len(named) == len(group.findings) and known.NO_FINDINGS.issuperset(named)


def _labels_of(group: Group, report: Report) -> Iterator[ImageLabel]:
    presence = group.presence()
    statements: list[tuple[str, Code | None, str]] = [(text, code, presence) for text, code in group.findings]
    if not statements:
        statements = [
            (name.display or name.code, name, stated)
            for _, name, value in group.evaluations
            if not is_presence(name) and (stated := presence_of_code(value)) is not None
        ]
    if not statements and group.sites:
        statements = [("", None, presence)]
    sites: Sequence[SiteItem | None] = group.sites or [None]
    shared = _Shared(group, report) if statements else None
    for number, (text, code, stated) in enumerate(statements):
        for place, site in enumerate(sites):
            pointer = group.item.path + (f"#{number + 1}.{place + 1}" if len(statements) * len(sites) > 1 else "")
            if shared is not None:
                yield _label(shared, (text, code, stated), site, pointer)


class _Shared:
    """What all labels of one group share."""

    __slots__ = ("about", "geometry", "group", "images", "metadata", "report", "sizes", "tracking")

    def __init__(self, group: Group, report: Report) -> None:
        item = group.item
        self.group = group
        self.report = report
        self.tracking: str = value_below(item, known.TRACKING_IDENTIFIER, "TextValue")
        self.images = report.images.of(item)
        self.about = report.images.place(self.images)
        self.geometry = _on_image(region_of(item), self.images)
        self.sizes, measured = measured_below(item)
        own: dict[str, Any] = {
            "tracking_identifier": self.tracking,
            "tracking_uid": value_below(item, known.TRACKING_UID, "UID"),
            "category": group.category.display if group.category else None,
            "evaluations": [f"{name.display} = {value.display or value.code}" for _, name, value in group.evaluations],
            "measurements": measured,
            "other_values": other_values(item),
        }
        self.metadata = {key: value for key, value in own.items() if value}


def _label(shared: _Shared, statement: tuple[str, Code | None, str], site: SiteItem | None, pointer: str) -> ImageLabel:
    report, group = shared.report, shared.group
    study, places = report.origin.study, report.origin.places
    said, finding, presence = statement
    text = said or shared.tracking or "measurement"
    place, seen = _place(finding, text, site, group, places)
    seen.extend(image.side for image in shared.images if image.side is not None)
    view = next(iter({image.view for image in shared.images}), None) if len(shared.images) == 1 else None
    found = _geometry_side(finding, text, place, shared.geometry, (seen, view), report)
    sides, extra = join_sides(seen, found)
    image, series, about = shared.about
    modifiers = [*(site.modifiers if site else ()), *group.modifiers]
    metadata = {**report.metadata, **extra, **shared.metadata}
    if modifiers:
        metadata["topographical_modifier"] = ", ".join(code.display or code.code for code in modifiers)
    return ImageLabel(
        label_id=label_id(FORMAT, study.image_id, pointer, text),
        study_id=about or study.study_id,
        series_id=series or study.series_id,
        image_id=image or study.image_id,
        finding=LabelFinding(text, (finding,) if finding else ()),
        presence=presence,
        sides=sides,
        site=place,
        geometry=shared.geometry,
        size_mm=shared.sizes,
        # the date is that of the report's study; another study's is not known here
        date=study.date if about in (None, study.study_id) else None,
        modality=report.modality,
        view=view,
        annotator=report.annotator,
        source=Source(FORMAT, report.origin.file, pointer),
        metadata=metadata,
    )


def _on_image(geometry: Geometry | None, images: tuple[ImageFacts, ...]) -> Geometry | None:
    """A region in pixels, with the orientation and size of its image where the report tells them."""
    if geometry is None or geometry.unit != "px" or len(images) != 1 or not images[0].orientation:
        return geometry
    return Geometry(
        geometry.kind,
        x=geometry.x,
        y=geometry.y,
        width=geometry.width,
        height=geometry.height,
        points=geometry.points,
        image_width=images[0].columns,
        image_height=images[0].rows,
        orientation=images[0].orientation,
    )


def _place(
    finding: Code | None, text: str, site: SiteItem | None, group: Group, places: Places
) -> tuple[LabelSite | None, list[SeenSide]]:
    """The site (that of the finding's own name when no site is given) and the sides that codes state."""
    seen = [*(site.sides if site else ()), *group.sides]
    modifiers = [*(site.modifiers if site else ()), *group.modifiers]
    if site is not None:
        place, named = places.coded_site(site.words, site.code, "Finding Site")
        return places.narrowed(place, modifiers), [*seen, *named]
    place, named = places.coded_site(text, finding, "Finding")
    if place is not None and place.site is not None:
        return places.narrowed(place, modifiers), [*seen, *named]
    for modifier in modifiers:
        place, named = places.coded_site(modifier.display or modifier.code, modifier, "Topographical modifier")
        if place is not None and place.site is not None:
            return place, [*seen, *named]
    return None, seen


def _geometry_side(
    finding: Code | None,
    text: str,
    site: LabelSite | None,
    geometry: Geometry | None,
    stated: tuple[Sequence[SeenSide], str | None],
    report: Report,
) -> GeometrySide | None:
    """The side of the region; a group that measures an unpaired structure itself has none."""
    if geometry is None:
        return None
    places = report.origin.places
    node = places.structure_of(text, (finding,)) if finding else None
    where = site.site if site else None
    if geometry.unit == "mm" and geometry.x is not None:
        return side_of_region(geometry.x, None, (1.0, 1.0), (node, where), stated[0], places)
    return side_of_picture(geometry, stated[1], report.modality, (where,), places)
