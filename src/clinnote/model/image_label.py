"""What one imaging source says about one study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.model.codes import Code

PRESENCES: Final = ("present", "absent", "uncertain")
BASES: Final = ("code", "header", "label_text", "oriented_geometry", "convention_geometry")
"""What a side rests on, strongest first (facts of PS3.3/PS3.16; geometry by display convention is weakest)."""
GEOMETRY_KINDS: Final = ("box", "point", "polygon", "centroid")
UNITS: Final = ("px", "percent", "mm")


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """The source's own words for the finding, and its codes."""

    text: str
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSides:
    """Sides (``left``, ``right``, ``midline``; empty is unknown) and what they rest on."""

    values: tuple[str, ...] = ()
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class LabelSite:
    """Where the source puts the finding; ``site`` is a node of ``ontologies/anatomy``."""

    text: str
    site: str | None = None
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Geometry:
    """A box, point, polygon (px or percent, origin top left, x to the right) or centroid (mm, DICOM LPS)."""

    kind: str
    unit: str = "px"
    x: float | None = None
    y: float | None = None
    z: float | None = None
    width: float | None = None
    height: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    image_width: float | None = None
    image_height: float | None = None
    orientation: str | None = None
    """DICOM Patient Orientation (0020,0020) as ``row\\column``, for example ``L\\F``."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a label was read: the format, the file, and the segment, ROI, content-item path or row in it."""

    format: str
    file: str
    pointer: str


@dataclass(frozen=True, slots=True)
class ImageLabel:
    """One statement of one imaging source."""

    label_id: str
    study_id: str
    finding: LabelFinding
    source: Source
    presence: str = "present"
    series_id: str | None = None
    image_id: str | None = None
    sides: LabelSides = LabelSides()
    site: LabelSite | None = None
    geometry: Geometry | None = None
    size_mm: tuple[float, ...] = ()
    date: str | None = None
    modality: str | None = None
    view: str | None = None
    annotator: str | None = None
    exhaustive_for: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
