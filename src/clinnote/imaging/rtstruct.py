"""RT structure sets: one label per region of interest, its side from its name (AAPM TG-263) and its contours.

PS3.3 C.8.8.5 (names), C.8.8.6 (contours, patient coordinates in mm, LPS), C.8.8.8 (observations).
"""

from dataclasses import dataclass
from typing import Final

from clinnote.imaging.codes import codes_in, sides_of_code
from clinnote.imaging.elements import EMPTY, Elements
from clinnote.imaging.geometry import GeometrySide
from clinnote.imaging.labels import Origin, SeenSide, join_sides, label_id, values_of
from clinnote.imaging.midline import Region, midline_of, side_of_region
from clinnote.imaging.modality import modality_of_references
from clinnote.imaging.places import Places
from clinnote.imaging.values import integer_of, items, numbers_of, text_of
from clinnote.model.codes import Code
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source

_OUTLINE: Final = "EXTERNAL"
_NO_BODY_PART: Final = frozenset(
    (_OUTLINE, "ISOCENTER", "MARKER", "REGISTRATION", "SUPPORT", "FIXATION", "BOLUS", "DOSE_REGION", "CONTROL")
)
"""Interpreted types that mark equipment or references, not a part of the body or a finding."""


@dataclass(frozen=True, slots=True)
class _Roi:
    """One region of interest as read; ``points`` are x, y, z of its contours, one after the other."""

    number: int
    name: str
    kind: str
    code: Code | None
    seen: tuple[SeenSide, ...]
    node: str | None
    points: tuple[float, ...]

    @property
    def x(self) -> float:
        """Mean x of the contour points, mm."""
        return sum(self.points[::3]) * 3 / len(self.points)


def read_rtstruct(dataset: Elements, origin: Origin) -> list[ImageLabel]:
    """The labels of a structure set; regions that mark equipment, and those without contours, are left out."""
    contours = {integer_of(item, "ReferencedROINumber"): item for item in items(dataset, "ROIContourSequence")}
    observed = {integer_of(item, "ReferencedROINumber"): item for item in items(dataset, "RTROIObservationsSequence")}
    rois = []
    for item in items(dataset, "StructureSetROISequence"):
        number = integer_of(item, "ROINumber")
        if number is not None:
            observation, contour = observed.get(number, EMPTY), contours.get(number, EMPTY)
            rois.append(_roi(number, item, observation, contour, origin.places))
    outlines = [roi.points[::3] for roi in rois if roi.kind == _OUTLINE and roi.points]
    outline = (min(outlines[0]) + max(outlines[0])) / 2 if outlines else None
    wanted = [roi for roi in rois if roi.kind not in _NO_BODY_PART and (roi.points or not contours)]
    regions = (
        Region(roi.name, roi.node, values_of(roi.seen[0].sides) if roi.seen else (), roi.x)
        for roi in wanted
        if roi.points
    )
    midline = midline_of(regions, origin.places, outline)
    modality = modality_of_references(dataset) or origin.study.modality
    return [_label(roi, midline, modality, origin) for roi in wanted]


def _roi(number: int, item: Elements, observation: Elements, contour: Elements, places: Places) -> _Roi:
    name = text_of(item, "ROIName") or text_of(observation, "ROIObservationLabel") or f"ROI {number}"
    seen = []
    coded = next(codes_in(observation, "RTROIIdentificationCodeSequence"), None)
    if coded is not None:
        for side, _ in codes_in(coded[1], "SegmentedPropertyTypeModifierCodeSequence"):
            seen.append(SeenSide(sides_of_code(side), "code", "RT ROI Identification Code modifier"))
        seen.append(SeenSide(places.node_of(coded[0].display or "")[1], "code", "name of the ROI's code"))
    seen.append(SeenSide(places.node_of(name)[1], "label_text", "ROI Name"))
    points: list[float] = []
    for part in items(contour, "ContourSequence"):
        data = numbers_of(part, "ContourData")
        if len(data) % 3 == 0:
            points.extend(data)
    return _Roi(
        number,
        name,
        text_of(observation, "RTROIInterpretedType").upper(),
        coded[0] if coded else None,
        tuple(statement for statement in seen if statement.sides),
        places.structure_of(name, (coded[0],) if coded else ()),
        tuple(points),
    )


def _label(roi: _Roi, midline: float | None, modality: str | None, origin: Origin) -> ImageLabel:
    study, codes = origin.study, (roi.code,) if roi.code else ()
    site, _ = origin.places.site_of(roi.name, codes)
    geometry, found = _centroid(roi, site.site if site else None, midline, origin.places)
    sides, extra = join_sides(roi.seen, found)
    return ImageLabel(
        label_id=label_id("rtstruct", study.image_id, str(roi.number), roi.name),
        study_id=study.study_id,
        series_id=study.series_id,
        image_id=study.image_id,
        finding=LabelFinding(roi.name, codes),
        sides=sides,
        site=site if site is not None and site.site is not None else None,
        geometry=geometry,
        date=study.date,
        modality=modality,
        source=Source("rtstruct", origin.file, f"ROI {roi.number}"),
        metadata={**study.metadata, **extra, **({"category": roi.kind} if roi.kind else {})},
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
