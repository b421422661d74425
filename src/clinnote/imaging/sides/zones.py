"""In which zone of the lungs does a shape on a frontal chest film lie: upper, mid or lower?

Zones are thirds of the height of the lungs, no lobes. Without shapes of the lungs the usual frame of a film stands for
them, which is rough: the confidence is low, and near a border there is no zone at all.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from clinnote.imaging.sides.geometry import extent_of, frontal_axis, size_of
from clinnote.model.image_label import Geometry, ImageLabel

ZONE_KEY: Final = "geometry_zone"
"""Key of ``ImageLabel.metadata``: the zone that a shape shows, with its basis and confidence."""

ZONES: Final = ("upper_lung_zone", "mid_lung_zone", "lower_lung_zone")
USUAL_LUNGS: Final = (0.1, 0.8)
"""Where the lungs begin and end on a film, as parts of its height."""
ZONE_DEAD_BAND: Final = 0.15
"""A centre nearer to a border than this part of a zone's height has no zone."""
TALL: Final = 1.5
"""A shape higher than so many zones lies in no single one."""
SEEN_LUNGS: Final = 0.7
ASSUMED_LUNGS: Final = 0.4


@dataclass(frozen=True, slots=True)
class GeometryZone:
    """A zone of the lungs: ``site`` a node of the anatomy or None; ``reason`` says why none."""

    site: str | None
    basis: str | None = None
    confidence: float | None = None
    reason: str | None = None


def zone_of(
    geometry: Geometry,
    view: str | None = None,
    modality: str | None = None,
    lungs: tuple[float, float] | None = None,
) -> GeometryZone:
    """The zone of a box, point or polygon on an upright frontal film of the chest.

    Args:
        geometry: in px or percent, with the size of the image.
        view: DICOM View Position or free words; without a frontal view or orientation there is no zone.
        modality: DICOM modality, or None.
        lungs: where the lungs begin and end, as parts of the image's height, if shapes show it.
    """
    basis = frontal_axis(geometry, view, modality)
    if basis is None:
        return GeometryZone(None, reason="no_upright_frontal_film")
    extent, size = extent_of(geometry, vertical=True), size_of(geometry, vertical=True)
    if extent is None or not size or size <= 0 or not all(map(math.isfinite, extent)):
        return GeometryZone(None, reason="no_coordinates" if extent is None else "no_image_size")
    top, bottom = lungs or USUAL_LUNGS
    height = (bottom - top) / 3
    if height <= 0:
        return GeometryZone(None, reason="no_lungs")
    low, high = extent[0] / size, extent[1] / size
    at = ((low + high) / 2 - top) / height
    if not -1 <= at <= 4:
        return GeometryZone(None, reason="outside_lungs")
    if high - low > TALL * height:
        return GeometryZone(None, reason="spans_zones")
    if min(abs(at - 1), abs(at - 2)) <= ZONE_DEAD_BAND:
        return GeometryZone(None, reason="near_zone_border")
    zone = ZONES[0 if at < 1 else 1 if at < 2 else 2]
    return GeometryZone(zone, basis, SEEN_LUNGS if lungs else ASSUMED_LUNGS)


def lungs_of(shapes: Iterable[Geometry]) -> tuple[float, float] | None:
    """Where the lungs begin and end, as parts of the image's height: the middle of what the shapes of lungs show."""
    spans = []
    for shape in shapes:
        extent, size = extent_of(shape, vertical=True), size_of(shape, vertical=True)
        if extent is not None and size and size > 0 and extent[1] > extent[0]:
            spans.append((extent[0] / size, extent[1] / size))
    if not spans:
        return None
    return sum(top for top, _ in spans) / len(spans), sum(bottom for _, bottom in spans) / len(spans)


def with_zone(label: ImageLabel, lungs: tuple[float, float] | None = None) -> ImageLabel:
    """The label with ``metadata["geometry_zone"]`` where its shape shows a zone and it names no site itself."""
    if label.geometry is None or label.site is not None or ZONE_KEY in label.metadata:
        return label
    found = zone_of(label.geometry, label.view, label.modality, lungs)
    if found.site is None:
        return label
    zone = {"site": found.site, "basis": found.basis, "confidence": found.confidence}
    return replace(label, metadata={**label.metadata, ZONE_KEY: zone})
