"""Shapes on flat images, completed by the header of the image they were drawn on, when that was read as well.

A region of a structured report, or a box of a table, knows its pixels but not which way the patient faces: Patient
Orientation, size, view and laterality stand in the image.
"""

from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from clinnote.errors import Reject
from clinnote.imaging.dicom.header import IMAGE
from clinnote.imaging.sides.geometry import REASON_KEY, GeometrySide
from clinnote.imaging.sides.labels import DISPLAY_MIRRORED, GEOMETRY, MASK, SIDES_SEEN, SeenSide, join_sides
from clinnote.imaging.sides.midline import side_of_picture
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import BASES, ImageLabel
from clinnote.model.laterality import from_values

_REFERRING: Final = ("dicom-sr", "dicom-ko", "dicom-gsps")
"""Formats whose labels name the image that they are about."""


class Headers:
    """The headers read so far, by instance UID, file name and (while all its images agree) series UID."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._by_image: dict[str, ImageLabel] = {}
        self._by_series: dict[str, ImageLabel | None] = {}

    def add(self, header: ImageLabel) -> None:
        """Remember the label of an image's header."""
        name = PurePath(header.source.file)
        for key in (header.image_id, name.name, name.stem):
            if key:
                self._by_image.setdefault(key, header)
        if header.series_id:
            first = self._by_series.setdefault(header.series_id, header)
            if first is not None and _shown(first) != _shown(header):
                self._by_series[header.series_id] = None

    def find(self, label: ImageLabel) -> ImageLabel | None:
        """The header of the image (or of all images of the series) that a label is about."""
        if label.image_id in self._by_image:
            return self._by_image[label.image_id]
        return self._by_series.get(label.series_id) if label.series_id else None

    def complete(self, label: ImageLabel) -> ImageLabel | Reject:
        """The label with orientation, size, view, modality and sides that its image's header adds.

        A mask that does not have the size of its image is set aside.
        """
        if misfit := self._misfit(label):
            return misfit
        header = self.find(label)
        if header is None or (label.geometry is not None and label.geometry.unit == "mm"):
            return label
        if label.geometry is None:
            sides, extra = join_sides(self._of_image(header), None)
            return replace(label, view=label.view or header.view, sides=sides, metadata={**label.metadata, **extra})
        geometry = replace(
            label.geometry,
            orientation=header.metadata.get("orientation"),
            image_width=label.geometry.image_width or header.metadata.get("columns"),
            image_height=label.geometry.image_height or header.metadata.get("rows"),
        )
        view, modality = label.view or header.view, header.modality or label.modality
        nodes = [site.site for site in (label.site, header.site) if site is not None]
        found = _as_displayed(side_of_picture(geometry, view, modality, nodes, self._places), label)
        sides, extra = join_sides([*_stated(label), *self._of_image(header)], found)
        kept = {key: value for key, value in label.metadata.items() if key not in (SIDES_SEEN, REASON_KEY)}
        return replace(label, geometry=geometry, view=view, modality=modality, sides=sides, metadata={**kept, **extra})

    def _misfit(self, label: ImageLabel) -> Reject | None:
        mask = label.metadata.get(MASK)
        if not isinstance(mask, dict):
            return None
        header = self._by_image.get(str(mask.get("image"))) or self._by_series.get(str(mask.get("series")))
        sizes = [(header.metadata.get("rows"), header.metadata.get("columns"))] if header else []
        own = (mask.get("rows"), mask.get("columns"))
        if not sizes or None in sizes[0] or sizes[0] == own:
            return None
        (rows, columns), source = sizes[0], label.source
        message = f"{source.pointer}: a mask of {own[0]} x {own[1]} pixels does not fit its image of {rows} x {columns}"
        return Reject(source.file, None, "mask_shape", message)

    def _of_image(self, header: ImageLabel) -> list[SeenSide]:
        """The side of the image, if it shows one side of a paired part; a side of the whole chest places nothing."""
        part = header.site.site if header.site else None
        if len(header.sides.values) != 1 or part in self._places.single:
            return []
        return [SeenSide(from_values(header.sides.values), "header", "header of the image")]


def _takes_side_of_image(label: ImageLabel) -> bool:
    """Whether a label without side and shape refers to an image, whose header may show one side of a paired part."""
    about_finding = label.source.format in _REFERRING and label.finding.text != IMAGE
    return about_finding and label.geometry is None and not label.sides.values and label.image_id is not None


def _as_displayed(found: GeometrySide, label: ImageLabel) -> GeometrySide:
    """A side by display convention, of an image that its reader displayed mirrored or turned."""
    mirrored = label.metadata.get(DISPLAY_MIRRORED)
    if found.basis != "convention_geometry" or not mirrored:
        return found
    if mirrored is not True:
        return GeometrySide(None, reason="displayed_rotated")
    return GeometrySide("right" if found.value == "left" else "left", found.basis, "displayed_mirrored")


def waits_for_header(label: ImageLabel) -> bool:
    """Whether a label's shape lies on a flat image of unknown orientation, or its mask must fit an image."""
    if MASK in label.metadata or _takes_side_of_image(label):
        return True
    return label.geometry is not None and label.geometry.unit != "mm" and not label.geometry.orientation


def _shown(header: ImageLabel) -> tuple[Any, ...]:
    keys = ("orientation", "rows", "columns")
    return (header.view, header.sides, header.site, *(header.metadata.get(key) for key in keys))


def _stated(label: ImageLabel) -> list[SeenSide]:
    """What codes and words of a label say, without what its geometry said before."""
    seen = label.metadata.get(SIDES_SEEN)
    stated = [
        SeenSide(from_values(item["values"]), item["basis"], str(item.get("where")))
        for item in (seen if isinstance(seen, list) else ())
        if isinstance(item, dict) and item.get("where") != GEOMETRY and item.get("basis") in BASES and _sides_in(item)
    ]
    if stated or not label.sides.values or label.sides.basis in ("oriented_geometry", "convention_geometry"):
        return stated
    return [SeenSide(from_values(label.sides.values), label.sides.basis or "label_text", "label")]


def _sides_in(item: dict[str, Any]) -> bool:
    values = item.get("values")
    return isinstance(values, list) and bool(values) and all(value in ("left", "right", "midline") for value in values)
