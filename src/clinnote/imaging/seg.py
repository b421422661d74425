"""DICOM Segmentation objects: one label per segment, binary, fractional and label map (PS3.3 A.51, C.8.20).

The side of a segment can stand in the name of its type ("Left atrium"), the type's modifier, the anatomic region's
modifier, the segment's label, and the geometry of its mask.
"""

from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.codes import codes_in, first_code, sides_of_code
from clinnote.imaging.concepts import BACKGROUND, GENERIC_TYPES
from clinnote.imaging.elements import Elements
from clinnote.imaging.geometry import GeometrySide, side_of
from clinnote.imaging.label_text import side_of_label
from clinnote.imaging.labels import Origin, SeenSide, join_sides, label_id, values_of
from clinnote.imaging.masks import Mask
from clinnote.imaging.midline import Region, midline_of, side_of_region
from clinnote.imaging.modality import modality_of_references
from clinnote.imaging.places import Places
from clinnote.imaging.values import first_item, integer_of, items, numbers_of, text_of
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSite, Source

_REGIONS: Final = (
    ("AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
    ("PrimaryAnatomicStructureSequence", "PrimaryAnatomicStructureModifierSequence"),
)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment as read: its type, own label, stated sides, the node it is itself, and its mask."""

    number: int
    dataset: Elements
    kind: Code | None
    label: str
    seen: tuple[SeenSide, ...]
    node: str | None
    mask: Mask | None


def read_seg(dataset: Elements, origin: Origin, masks: dict[int, Mask] | None) -> list[ImageLabel]:
    """The labels of a segmentation.

    Args:
        dataset: the object (pixel data not needed).
        origin: study, file and look-ups.
        masks: segment number -> where its voxels are; None when the pixel data could not be read. A segment that
            is known to be empty gives no label.
    """
    segments = [
        segment
        for item in items(dataset, "SegmentSequence")
        if (segment := _segment(item, origin.places, masks)) is not None
    ]
    midline = midline_of(
        (
            Region(
                segment.kind.code if segment.kind else "",
                segment.node,
                values_of(segment.seen[0].sides) if segment.seen else (),
                segment.mask.x,
            )
            for segment in segments
            if segment.mask is not None and segment.mask.x is not None and not segment.mask.flat
        ),
        origin.places,
    )
    modality = modality_of_references(dataset) or origin.study.modality
    return [_label(segment, dataset, midline, modality, origin) for segment in segments]


def _segment(item: Elements, places: Places, masks: dict[int, Mask] | None) -> _Segment | None:
    """One segment, or None for the background and for segments without a voxel."""
    number = integer_of(item, "SegmentNumber")
    kind = first_code(item, "SegmentedPropertyTypeCodeSequence")
    if not number or (kind is not None and kind.key == BACKGROUND):
        return None
    if masks is not None and number not in masks:
        return None
    label = text_of(item, "SegmentLabel")
    generic = kind is None or kind.key in GENERIC_TYPES
    node = places.structure_of(label) if kind is None or generic else places.structure_of(kind.display or "", (kind,))
    mask = masks[number] if masks is not None else None
    return _Segment(number, item, kind, label, tuple(_stated_sides(item, kind, label, places)), node, mask)


def _stated_sides(segment: Elements, kind: Code | None, label: str, places: Places) -> list[SeenSide]:
    """The sides that codes and label state, strongest first."""
    seen = []
    typed = first_item(segment, "SegmentedPropertyTypeCodeSequence")
    for code, _ in codes_in(typed, "SegmentedPropertyTypeModifierCodeSequence"):
        seen.append(SeenSide(sides_of_code(code), "code", "Segmented Property Type Modifier"))
    for region, modifier in _REGIONS:
        for code, item in codes_in(segment, region):
            for side, _ in codes_in(item, modifier):
                seen.append(SeenSide(sides_of_code(side), "code", modifier))
            seen.append(SeenSide(places.node_of(code.display or "", (code,))[1], "code", f"name in {region}"))
    if kind is not None and kind.display:
        # a chamber's name holds its side ("Left atrium"), and here the segment is that chamber itself
        named = places.node_of(kind.display, (kind,))[1] or side_of_label(kind.display)
        seen.append(SeenSide(named, "code", "name of the type"))
    seen.append(SeenSide(places.node_of(label)[1] or side_of_label(label), "label_text", "Segment Label"))
    return [statement for statement in seen if statement.sides]


def _label(
    segment: _Segment, dataset: Elements, midline: float | None, modality: str | None, origin: Origin
) -> ImageLabel:
    kind, study = segment.kind, origin.study
    generic = kind is None or kind.key in GENERIC_TYPES or not kind.display
    named = kind.display or kind.code if kind else f"segment {segment.number}"
    text = segment.label if generic and segment.label else named
    category = first_code(segment.dataset, "SegmentedPropertyCategoryCodeSequence")
    site = _site(segment, origin.places)
    geometry, found = _geometry(segment, site, dataset, midline, origin.places)
    sides, extra = join_sides(segment.seen, found)
    metadata: dict[str, Any] = {**study.metadata, **extra}
    if segment.label:
        metadata["segment_label"] = segment.label
    if category is not None and category.display:
        metadata["category"] = category.display
    if midline is not None and geometry is not None and geometry.unit == "mm":
        metadata["midline_mm"] = round(midline, 1)
    return ImageLabel(
        label_id=label_id("dicom-seg", study.image_id, str(segment.number), text),
        study_id=study.study_id,
        series_id=study.series_id,
        image_id=study.image_id,
        finding=LabelFinding(text, (kind,) if kind and kind.code and not generic else ()),
        sides=sides,
        site=site,
        geometry=geometry,
        date=study.date,
        modality=modality,
        annotator=text_of(segment.dataset, "SegmentAlgorithmName") or None,
        source=Source("dicom-seg", origin.file, f"segment {segment.number}"),
        metadata=metadata,
    )


def _site(segment: _Segment, places: Places) -> LabelSite | None:
    """The anatomic region, else the primary structure, else the type or the label when they name a body site."""
    for region, _ in _REGIONS:
        for code, _ in codes_in(segment.dataset, region):
            return places.site_of(code.display or code.code, (code,))[0]
    if segment.kind is not None and segment.kind.key not in GENERIC_TYPES:
        site, _ = places.site_of(segment.kind.display or segment.kind.code, (segment.kind,))
        if site is not None and site.site is not None:
            return site
    site, _ = places.site_of(segment.label)
    return site if site is not None and site.site is not None else None


def _geometry(
    segment: _Segment, site: LabelSite | None, dataset: Elements, midline: float | None, places: Places
) -> tuple[Geometry | None, GeometrySide | None]:
    """The centroid of the mask, and the side that the mask lies on."""
    mask = segment.mask
    if mask is None:
        return None, GeometrySide(None, reason="voxels_not_readable")
    if mask.x is None or mask.y is None or mask.z is None:
        return (None, None) if mask.x is None or mask.y is None else _flat(mask.x, mask.y, dataset)
    geometry = Geometry("centroid", "mm", x=round(mask.x, 2), y=round(mask.y, 2), z=round(mask.z, 2))
    middle = midline or 0.0
    parts = mask.part(middle, "left"), mask.part(middle, "right")
    return geometry, side_of_region(
        mask.x, midline, parts, (segment.node, site.site if site else None), segment.seen, places
    )


def _flat(x: float, y: float, dataset: Elements) -> tuple[Geometry, GeometrySide]:
    """A point on an image without a position in space; its side needs a Patient Orientation."""
    geometry = Geometry(
        "point",
        x=round(x, 2),
        y=round(y, 2),
        image_width=next(iter(numbers_of(dataset, "Columns")), None),
        image_height=next(iter(numbers_of(dataset, "Rows")), None),
        orientation=text_of(dataset, "PatientOrientation") or None,
    )
    return geometry, side_of(geometry, modality="SEG")
