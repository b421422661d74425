"""The image that a segmentation was drawn on, where its masks must have that image's rows and columns.

A mask in space may have a grid of its own. It must fit the source image when the segmentation says that locations are
preserved (Spatial Locations Preserved, PS3.3 C.7.6.16.2.6), and when it has no position in space at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.values import first_item, integer_of, items, text_of


@dataclass(frozen=True, slots=True)
class MaskSource:
    """One source image (and its series, where the segmentation names it), and the size of the masks."""

    image: str
    series: str
    rows: int
    columns: int

    def as_metadata(self) -> dict[str, Any]:
        """The form that a label keeps."""
        return {"image": self.image, "series": self.series, "rows": self.rows, "columns": self.columns}


def source_of(elements: Elements, flat: bool) -> MaskSource | None:
    """The first source image whose size the masks must have, or None when none is named or other sizes are allowed."""
    rows, columns = integer_of(elements, "Rows"), integer_of(elements, "Columns")
    if rows is None or columns is None:
        return None
    series_of = {
        text_of(image, "ReferencedSOPInstanceUID"): text_of(series, "SeriesInstanceUID")
        for series in items(elements, "ReferencedSeriesSequence")
        for image in items(series, "ReferencedInstanceSequence")
    }
    for source in _sources(elements):
        uid = text_of(source, "ReferencedSOPInstanceUID")
        if uid and (flat or text_of(source, "SpatialLocationsPreserved").upper() == "YES"):
            return MaskSource(uid, series_of.get(uid, ""), rows, columns)
    if flat and len(series_of) == 1:
        ((uid, series_uid),) = series_of.items()
        return MaskSource(uid, series_uid, rows, columns)
    return None


def _sources(elements: Elements) -> Iterator[Elements]:
    """Source images of the first frame, and those that all frames share."""
    groups = items(elements, "PerFrameFunctionalGroupsSequence")[:1]
    for group in (*groups, first_item(elements, "SharedFunctionalGroupsSequence")):
        for derivation in items(group, "DerivationImageSequence"):
            yield from items(derivation, "SourceImageSequence")
    yield from items(elements, "SourceImageSequence")
