"""RT structure sets: one label per region of interest, its side from its name (AAPM TG-263) and its contours.

PS3.3 C.8.8.5 (names), C.8.8.6 (contours, patient coordinates in mm, LPS), C.8.8.8 (observations).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinnote.imaging.dicom.codes import codes_in, sides_stated
from clinnote.imaging.dicom.elements import EMPTY, Elements
from clinnote.imaging.dicom.modality import modality_of_references
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.dicom.values import integer_of, items, numbers_of, text_of
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.label_text import plain_words
from clinnote.imaging.sides.labels import SeenSide, join_sides, label_id, values_of
from clinnote.imaging.sides.midline import Region, midline_of, side_of_region
from clinnote.imaging.sides.places import Places
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source

FORMAT: Final = "rtstruct"
_OUTLINE: Final = "EXTERNAL"
_OUTLINES: Final = ("body", "external", "skin", "outline", "patient", "contour external", "external contour")
"""Names of the body's outline where its type is not given (AAPM TG-263: Body, External, Skin)."""
_NO_BODY_PART: Final = frozenset(
    (_OUTLINE, "ISOCENTER", "MARKER", "REGISTRATION", "SUPPORT", "FIXATION", "BOLUS", "DOSE_REGION", "CONTROL")
)
"""Interpreted types that mark equipment or references, not a part of the body or a finding."""


@dataclass(frozen=True, slots=True)
class _Roi:
    """One region of interest as read; ``points`` are x, y, z of its contours, one after the other.

    ``broken`` counts contours whose data is no list of points.
    """

    number: int
    name: str
    kind: str
    code: Code | None
    seen: tuple[SeenSide, ...]
    node: str | None
    points: tuple[float, ...]
    broken: int
    label: str

    @property
    def x(self) -> float:
        """Mean x of the contour points, mm."""
        return sum(self.points[::3]) * 3 / len(self.points)


def read_rtstruct(elements: Elements, origin: Origin) -> tuple[list[ImageLabel], list[str]]:
    """The labels of a structure set, and which of its regions or contours were set aside and why.

    Regions that mark equipment, the outline of the body and, where others have contours, regions without are left out.
    """
    contours = {integer_of(item, "ReferencedROINumber"): item for item in items(elements, "ROIContourSequence")}
    observed = {integer_of(item, "ReferencedROINumber"): item for item in items(elements, "RTROIObservationsSequence")}
    rois = []
    for item in items(elements, "StructureSetROISequence"):
        number = integer_of(item, "ROINumber")
        if number is not None:
            observation, contour = observed.get(number, EMPTY), contours.get(number, EMPTY)
            rois.append(_roi(number, item, observation, contour, origin.places))
    outlines = [roi.points[::3] for roi in rois if roi.kind == _OUTLINE and roi.points]
    outline = (min(outlines[0]) + max(outlines[0])) / 2 if outlines else None
    parts = [roi for roi in rois if roi.kind not in _NO_BODY_PART]
    drawn = any(roi.points for roi in rois)
    wanted = [roi for roi in parts if roi.points or not drawn]
    regions = (
        Region(roi.name, roi.node, values_of(roi.seen[0].sides) if roi.seen else (), roi.x)
        for roi in wanted
        if roi.points
    )
    midline = midline_of(regions, origin.places, outline)
    modality = modality_of_references(elements) or origin.study.modality
    aside = [f"ROI {roi.number}: no contour" for roi in parts if not roi.points and not roi.broken and drawn]
    aside += [f"ROI {roi.number}: {roi.broken} contours are no lists of points" for roi in rois if roi.broken]
    return [_label(roi, midline, modality, origin) for roi in wanted], aside


def _roi(number: int, item: Elements, observation: Elements, contour: Elements, places: Places) -> _Roi:
    label = text_of(observation, "ROIObservationLabel")
    name = text_of(item, "ROIName") or label or f"ROI {number}"
    kind = text_of(observation, "RTROIInterpretedType").upper()
    if kind in ("", "NONE", "ORGAN") and plain_words(name).strip() in _OUTLINES:
        kind = _OUTLINE
    coded = next(codes_in(observation, "RTROIIdentificationCodeSequence"), None)
    points, broken = _points_of(contour)
    return _Roi(
        number,
        name,
        kind,
        coded[0] if coded else None,
        tuple(_stated_sides(name, label, coded, places)),
        places.structure_of(name, (coded[0],) if coded else ()),
        points,
        broken,
        label,
    )


def _stated_sides(name: str, label: str, coded: tuple[Code, Elements] | None, places: Places) -> Iterator[SeenSide]:
    """The sides of the identification code, the name, and the observation's label."""
    seen: list[SeenSide] = []
    if coded is not None:
        code, item = coded
        for side, _ in codes_in(item, "SegmentedPropertyTypeModifierCodeSequence"):
            seen.extend(sides_stated(side, "RT ROI Identification Code modifier"))
        seen.extend(places.coded_site(code.display or code.code, code, "ROI's code")[1])
    seen.append(SeenSide(places.node_of(name)[1], "label_text", "ROI Name"))
    if label and label != name:
        named = places.node_of(label)[1]
        seen.append(SeenSide(named, "label_text", "ROI Observation Label"))
    return (statement for statement in seen if statement.sides)


def _points_of(contour: Elements) -> tuple[tuple[float, ...], int]:
    """(x, y, z of all contour points, number of contours whose data is no list of points)."""
    points: list[float] = []
    broken = 0
    for part in items(contour, "ContourSequence"):
        data = numbers_of(part, "ContourData")
        if data and len(data) % 3 == 0:
            points.extend(data)
        elif data or text_of(part, "ContourData"):
            broken += 1
    return tuple(points), broken


def _label(roi: _Roi, midline: float | None, modality: str | None, origin: Origin) -> ImageLabel:
    study, codes = origin.study, (roi.code,) if roi.code else ()
    site, _ = origin.places.site_of(roi.name, codes)
    if roi.label and (site is None or site.site is None):
        site, _ = origin.places.site_of(roi.label, codes)
    geometry, found = _centroid(roi, site.site if site else None, midline, origin.places)
    sides, extra = join_sides(roi.seen, found)
    told = {"category": roi.kind, "observation_label": roi.label if roi.label != roi.name else ""}
    if midline is not None and geometry is not None:
        extra["midline_mm"] = round(midline, 1)
    return ImageLabel(
        label_id=label_id(FORMAT, study.image_id, str(roi.number), roi.name),
        study_id=study.study_id,
        series_id=study.series_id,
        image_id=study.image_id,
        finding=LabelFinding(roi.name, codes),
        sides=sides,
        site=site if site is not None and site.site is not None else None,
        geometry=geometry,
        date=study.date,
        modality=modality,
        source=Source(FORMAT, origin.file, f"ROI {roi.number}"),
        metadata={**study.metadata, **extra, **{key: value for key, value in told.items() if value}},
    )


def _centroid(
    roi: _Roi, site: str | None, midline: float | None, places: Places
) -> tuple[Geometry | None, GeometrySide | None]:
    """The mean of all contour points, and the side that nine tenths of the points lie on."""
    if not roi.points:
        return None, None
    x, y, z = (round(sum(roi.points[axis::3]) * 3 / len(roi.points), 2) for axis in range(3))
    xs, middle = roi.points[::3], midline or 0.0
    left = sum(value > middle for value in xs) / len(xs)
    right = sum(value < middle for value in xs) / len(xs)
    return Geometry("centroid", "mm", x=x, y=y, z=z), side_of_region(
        x, midline, (left, right), (roi.node, site), roi.seen, places
    )
