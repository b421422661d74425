"""DICOM Segmentation objects: one label per segment, binary, fractional and label map (PS3.3 A.51, C.8.20).

The side of a segment can stand in the name of its type ("Left atrium"), the type's modifier, the anatomic region's
modifier, the segment's label, and the geometry of its mask.
"""

from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.dicom.codes import codes_in, first_code, sides_of_laterality, sides_stated
from clinnote.imaging.dicom.concepts import BACKGROUND, GENERIC_TYPES
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.masks import Mask
from clinnote.imaging.dicom.modality import modality_of_references
from clinnote.imaging.dicom.seg_source import MaskSource, source_of
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.dicom.values import first_item, integer_of, items, numbers_of, text_of
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.label_text import side_of_label
from clinnote.imaging.sides.labels import MASK, SeenSide, join_sides, label_id, values_of
from clinnote.imaging.sides.midline import Region, midline_of, side_of_picture, side_of_region
from clinnote.imaging.sides.places import Places, standard_name
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, LabelSite, Source

FORMAT: Final = "dicom-seg"
_REGIONS: Final = (
    ("AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
    ("PrimaryAnatomicStructureSequence", "PrimaryAnatomicStructureModifierSequence"),
)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment as read: its type, own label, stated sides, the node it is itself, and its mask."""

    number: int
    elements: Elements
    kind: Code | None
    label: str
    seen: tuple[SeenSide, ...]
    node: str | None
    mask: Mask | None


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all labels of one object share."""

    elements: Elements
    midline: float | None
    modality: str | None
    source: MaskSource | None
    origin: Origin


def read_seg(elements: Elements, origin: Origin, masks: dict[int, Mask] | None) -> list[ImageLabel]:
    """The labels of a segmentation.

    Args:
        elements: the object (pixel data not needed).
        origin: study, file and look-ups.
        masks: segment number -> where its voxels are; None when the pixel data could not be read. A segment that
            is known to be empty gives no label.
    """
    segments = [
        segment
        for item in items(elements, "SegmentSequence")
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
    modality = modality_of_references(elements) or origin.study.modality
    flat = any(segment.mask is not None and segment.mask.flat for segment in segments)
    shared = _Shared(elements, midline, modality, source_of(elements, flat), origin)
    return [_label(segment, shared) for segment in segments]


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
    seen: list[SeenSide] = []
    typed = first_item(segment, "SegmentedPropertyTypeCodeSequence")
    for code, _ in codes_in(typed, "SegmentedPropertyTypeModifierCodeSequence"):
        seen.extend(sides_stated(code, "Segmented Property Type Modifier"))
    for region, modifier in _REGIONS:
        for code, item in codes_in(segment, region):
            for side, _ in codes_in(item, modifier):
                seen.extend(sides_stated(side, modifier))
            seen.extend(places.coded_site(code.display or code.code, code, region)[1])
    if kind is not None:
        # a chamber's name holds its side ("Left atrium"), and here the segment is that chamber itself
        words = kind.display or standard_name(kind)
        named = places.coded_site(kind.display or kind.code, kind, "type")[1]
        seen.extend(named or [SeenSide(side_of_label(words), "code", "name of the type")])
    seen.append(SeenSide(places.node_of(label)[1], "label_text", "Segment Label"))
    return [statement for statement in seen if statement.sides]


def _label(segment: _Segment, shared: _Shared) -> ImageLabel:
    origin, midline, source = shared.origin, shared.midline, shared.source
    kind, study = segment.kind, origin.study
    generic = kind is None or kind.key in GENERIC_TYPES or not (kind.display or standard_name(kind))
    named = kind.display or standard_name(kind) or kind.code if kind else f"segment {segment.number}"
    text = segment.label if generic and segment.label else named
    site = _site(segment, origin.places)
    geometry, found = _geometry(segment, site, shared.elements, midline, origin.places)
    sides, extra = join_sides(segment.seen, found)
    metadata: dict[str, Any] = {**study.metadata, **extra, **_told(segment)}
    if midline is not None and geometry is not None and geometry.unit == "mm":
        metadata["midline_mm"] = round(midline, 1)
    if source is not None and segment.mask is not None:
        metadata[MASK] = source.as_metadata()
    on_image = source is not None and geometry is not None and geometry.unit == "px"
    return ImageLabel(
        label_id=label_id(FORMAT, study.image_id, str(segment.number), text),
        study_id=study.study_id,
        series_id=source.series if source and on_image and source.series else study.series_id,
        image_id=source.image if source and on_image else study.image_id,
        finding=LabelFinding(text, (kind,) if kind and kind.code and not generic else ()),
        sides=sides,
        site=site,
        geometry=geometry,
        date=study.date,
        modality=shared.modality,
        annotator=text_of(segment.elements, "SegmentAlgorithmName") or None,
        source=Source(FORMAT, origin.file, f"segment {segment.number}"),
        metadata=metadata,
    )


def _told(segment: _Segment) -> dict[str, Any]:
    """What else a segment says of itself."""
    item = segment.elements
    category = first_code(item, "SegmentedPropertyCategoryCodeSequence")
    typed = first_item(item, "SegmentedPropertyTypeCodeSequence")
    modifiers = [code for code, _ in codes_in(typed, "SegmentedPropertyTypeModifierCodeSequence")]
    told = {
        "segment_label": segment.label,
        "segment_description": text_of(item, "SegmentDescription"),
        "category": category.display if category is not None else None,
        "type_modifier": ", ".join(code.display or code.code for code in modifiers if not sides_of_laterality(code)),
        "tracking_identifier": text_of(item, "TrackingID"),
        "tracking_uid": text_of(item, "TrackingUID"),
        "algorithm_type": text_of(item, "SegmentAlgorithmType"),
    }
    return {key: value for key, value in told.items() if value}


def _site(segment: _Segment, places: Places) -> LabelSite | None:
    """The anatomic region, else the primary structure, else the type or the label when they name a body site."""
    for region, modifier in _REGIONS:
        for code, item in codes_in(segment.elements, region):
            site, _ = places.coded_site(code.display or code.code, code, region)
            return places.narrowed(site, [each for each, _ in codes_in(item, modifier)])
    if segment.kind is not None and segment.kind.key not in GENERIC_TYPES:
        site, _ = places.coded_site(segment.kind.display or segment.kind.code, segment.kind, "type")
        if site is not None and site.site is not None:
            return site
    site, _ = places.site_of(segment.label)
    return site if site is not None and site.site is not None else None


def _geometry(
    segment: _Segment, site: LabelSite | None, elements: Elements, midline: float | None, places: Places
) -> tuple[Geometry | None, GeometrySide | None]:
    """The centroid of the mask, and the side that the mask lies on."""
    mask = segment.mask
    if mask is None:
        return None, GeometrySide(None, reason="voxels_not_readable")
    nodes = (segment.node, site.site if site else None)
    if mask.x is None or mask.y is None or mask.z is None:
        return _flat(mask, elements, nodes, places)
    geometry = Geometry("centroid", "mm", x=round(mask.x, 2), y=round(mask.y, 2), z=round(mask.z, 2))
    middle = midline or 0.0
    parts = mask.part(middle, "left"), mask.part(middle, "right")
    return geometry, side_of_region(mask.x, midline, parts, nodes, segment.seen, places)


def _flat(
    mask: Mask, elements: Elements, nodes: tuple[str | None, str | None], places: Places
) -> tuple[Geometry | None, GeometrySide | None]:
    """The box of a mask on an image without a position in space; its side needs a Patient Orientation."""
    if mask.box is None:
        return None, GeometrySide(None, reason="frames_without_position")
    x, y, width, height = mask.box
    geometry = Geometry(
        "box",
        x=x,
        y=y,
        width=width,
        height=height,
        image_width=next(iter(numbers_of(elements, "Columns")), None),
        image_height=next(iter(numbers_of(elements, "Rows")), None),
        orientation=text_of(elements, "PatientOrientation") or None,
    )
    if nodes[0] in places.single:
        return geometry, GeometrySide(None, reason="unpaired_structure")
    return geometry, side_of_picture(geometry, None, "SEG", nodes, places)
