"""Softcopy presentation states (PS3.3 C.10.5, C.10.6): what was written and drawn on an image, and how it was shown.

A text is a label where it names more than a side or a view; its place is its anchor, or the one shape drawn with it.
Image Horizontal Flip and Image Rotation do not move anything in the image (annotations are in pixels of the image as
stored), but they are evidence: a reader who mirrors an image thinks that it was stored mirrored, so the display
convention holds for the mirrored image.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.header import IMAGE
from clinnote.imaging.dicom.modality import modality_of_references
from clinnote.imaging.dicom.sr_values import shape_of
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.dicom.values import integer_of, items, numbers_of, text_of
from clinnote.imaging.sides.free_text import Note, names_a_finding, note_of
from clinnote.imaging.sides.geometry import GeometrySide
from clinnote.imaging.sides.labels import DISPLAY_MIRRORED, join_sides, label_id
from clinnote.imaging.sides.midline import side_of_picture
from clinnote.model.image_label import Geometry, ImageLabel, LabelFinding, Source

FORMAT: Final = "dicom-gsps"


@dataclass(frozen=True, slots=True)
class _State:
    """What all labels of a presentation state share."""

    origin: Origin
    modality: str | None
    annotator: str | None
    images: tuple[tuple[str, str], ...]
    """(series UID, image UID) of every image it is about."""
    metadata: dict[str, Any]
    displayed: bool
    """Whether it is displayed otherwise than stored."""


def read_gsps(elements: Elements, origin: Origin) -> list[ImageLabel]:
    """The labels of a presentation state: one for each text, and one about the image where it is shown mirrored."""
    state = _state_of(elements, origin)
    labels: list[ImageLabel] = []
    plain: list[str] = []
    shapes = 0
    for number, annotation in enumerate(items(elements, "GraphicAnnotationSequence"), 1):
        drawn = list(_shapes(annotation))
        shapes += len(drawn)
        for place, written in enumerate(items(annotation, "TextObjectSequence"), 1):
            text = " ".join(text_of(written, "UnformattedTextValue").split())
            if not names_a_finding(text):
                plain.append(text)
                continue
            pointer = f"annotation {number} text {place}"
            note = note_of(text, "Unformatted Text Value", origin.places)
            labels.append(_label(state, note, _place_of(written, drawn), annotation, pointer))
    plain = [text for text in plain if text]
    if state.displayed or (not labels and (plain or shapes)):
        told = {"texts": plain, "shapes": shapes}
        labels.append(_about_image(state, {key: value for key, value in told.items() if value}))
    return labels


def _state_of(elements: Elements, origin: Origin) -> _State:
    images = tuple(
        (text_of(series, "SeriesInstanceUID"), text_of(image, "ReferencedSOPInstanceUID"))
        for series in items(elements, "ReferencedSeriesSequence")
        for image in items(series, "ReferencedImageSequence")
    )
    flipped = text_of(elements, "ImageHorizontalFlip").upper() == "Y"
    rotation = (integer_of(elements, "ImageRotation") or 0) % 360
    own: dict[str, Any] = {
        "display_flip": flipped,
        "display_rotation": rotation,
        # turned by 180 degrees and flipped is upside down, with left and right where they were
        DISPLAY_MIRRORED: "rotated" if rotation in (90, 270) else flipped != (rotation == 180),
        "presentation": text_of(elements, "ContentDescription") or text_of(elements, "ContentLabel"),
    }
    return _State(
        origin,
        modality_of_references(elements) or origin.study.modality,
        text_of(elements, "ContentCreatorName") or None,
        images,
        {key: value for key, value in own.items() if value},
        flipped or rotation != 0,
    )


def _shapes(annotation: Elements) -> Iterator[Geometry]:
    """What is drawn in pixels of the image."""
    for graphic in items(annotation, "GraphicObjectSequence"):
        data = numbers_of(graphic, "GraphicData")
        in_pixels = text_of(graphic, "GraphicAnnotationUnits").upper() == "PIXEL"
        if in_pixels and len(data) >= 2 and len(data) % 2 == 0:
            yield shape_of(text_of(graphic, "GraphicType").upper(), data)
    for graphic in items(annotation, "CompoundGraphicSequence"):
        data = numbers_of(graphic, "GraphicData")
        in_pixels = text_of(graphic, "CompoundGraphicUnits").upper() == "PIXEL"
        if in_pixels and len(data) >= 2 and len(data) % 2 == 0:
            yield shape_of(text_of(graphic, "CompoundGraphicType").upper(), data)


def _place_of(written: Elements, drawn: list[Geometry]) -> Geometry | None:
    """What a text points at; where the text itself stands says nothing."""
    anchor = numbers_of(written, "AnchorPoint")
    if len(anchor) == 2 and text_of(written, "AnchorPointAnnotationUnits").upper() == "PIXEL":
        return Geometry("point", x=anchor[0], y=anchor[1])
    return drawn[0] if len(drawn) == 1 else None


def _label(state: _State, note: Note, geometry: Geometry | None, annotation: Elements, pointer: str) -> ImageLabel:
    study, places = state.origin.study, state.origin.places
    shown = {text_of(image, "ReferencedSOPInstanceUID") for image in items(annotation, "ReferencedImageSequence")}
    images = [place for place in state.images if not shown or place[1] in shown]
    found: GeometrySide | None = None
    if geometry is not None:
        found = side_of_picture(geometry, None, state.modality, (note.site.site if note.site else None,), places)
    sides, extra = join_sides(note.seen, found)
    return ImageLabel(
        label_id=label_id(FORMAT, study.image_id, pointer, note.text),
        study_id=study.study_id,
        series_id=_only({series for series, _ in images}) or None,
        image_id=_only(shown or {image for _, image in images}) or None,
        finding=LabelFinding(note.text),
        presence=note.presence,
        sides=sides,
        site=note.site,
        geometry=geometry,
        date=study.date,
        modality=state.modality,
        annotator=state.annotator,
        source=Source(FORMAT, state.origin.file, pointer),
        metadata={**study.metadata, **state.metadata, **extra},
    )


def _about_image(state: _State, told: dict[str, Any]) -> ImageLabel:
    study = state.origin.study
    return ImageLabel(
        label_id=label_id(FORMAT, study.image_id, "display"),
        study_id=study.study_id,
        series_id=_only({series for series, _ in state.images}) or None,
        image_id=_only({image for _, image in state.images}) or None,
        finding=LabelFinding(IMAGE),
        date=study.date,
        modality=state.modality,
        annotator=state.annotator,
        source=Source(FORMAT, state.origin.file, "display"),
        metadata={**study.metadata, **state.metadata, **told},
    )


def _only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""
