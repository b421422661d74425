"""Image headers: which part and which side of the body an image shows, and whose it is.

Attributes in PS3.3: Laterality (0020,0060), Image Laterality (0020,0062), Frame Laterality (0020,9072) inside the
functional groups, Measurement Laterality (0024,0113), Body Part Examined (0018,0015), Anatomic Region Sequence
(0008,2218) and Primary Anatomic Structure Sequence (0008,2228) with their modifiers.
"""

from collections.abc import Iterator
from typing import Final

from clinnote.imaging.dicom.codes import codes_in, first_code, sides_stated
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.dicom.values import first_item, integer_of, items, numbers_of, text_of
from clinnote.imaging.sides.label_text import sides_of_letter
from clinnote.imaging.sides.labels import SeenSide, join_sides, label_id
from clinnote.imaging.sides.places import Places, standard_name
from clinnote.model.image_label import ImageLabel, LabelFinding, LabelSite, Source
from clinnote.model.laterality import UNKNOWN, Sides

IMAGE: Final = "image"
"""Finding text of a label that is about the study itself: it names no finding."""
HEADER: Final = "dicom-header"
_LETTERS: Final = ("ImageLaterality", "Laterality", "MeasurementLaterality")
_AXES: Final = ("LR", "PA", "HF")
"""Letters of x, y, z (LPS) in positive and negative direction."""
_REGIONS: Final = (
    ("AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
    ("PrimaryAnatomicStructureSequence", "PrimaryAnatomicStructureModifierSequence"),
)


def read_header(dataset: Elements, origin: Origin) -> ImageLabel | None:
    """The label of an image's header, or None when it names no body part, no side, no patient and no accession."""
    study = origin.study
    site, words, where = _site_of(dataset, origin.places)
    seen = [*_coded_sides(dataset), *_letter_sides(dataset), SeenSide(words, "header", where)]
    sides, extra = join_sides(seen, None)
    if site is None and not sides.values and not {"patient_id", "accession"} & study.metadata.keys():
        return None
    orientation = text_of(dataset, "PatientOrientation") or _axes_of(dataset)
    metadata = {
        **study.metadata,
        **extra,
        **({"orientation": orientation} if orientation else {}),
        **{
            key: text
            for key, keyword in (
                ("body_part", "BodyPartExamined"),
                ("study_description", "StudyDescription"),
                ("series_description", "SeriesDescription"),
            )
            if (text := text_of(dataset, keyword))
        },
        **{
            key: number
            for key, keyword in (("rows", "Rows"), ("columns", "Columns"))
            if (number := integer_of(dataset, keyword))
        },
    }
    return ImageLabel(
        label_id=label_id(HEADER, study.image_id or study.series_id, study.study_id),
        study_id=study.study_id,
        series_id=study.series_id,
        image_id=study.image_id,
        finding=LabelFinding(IMAGE),
        sides=sides,
        site=site,
        date=study.date,
        modality=study.modality,
        view=_view_of(dataset),
        source=Source(HEADER, origin.file, where or "header"),
        metadata=metadata,
    )


def says_the_same(label: ImageLabel) -> tuple[object, ...]:
    """What two images of one series must share for the second to add nothing."""
    site = (label.site.text, label.site.site) if label.site else None
    patient = tuple(str(label.metadata.get(key)) for key in ("patient_id", "accession", "patient_sex", "orientation"))
    return (label.study_id, label.series_id, label.modality, label.view, label.sides, site, label.date, patient)


def _site_of(dataset: Elements, places: Places) -> tuple[LabelSite | None, Sides, str]:
    """(site, sides in its words, attribute) from the region's code, else from Body Part Examined."""
    best: tuple[LabelSite | None, Sides, str] = (None, UNKNOWN, "")
    for part in _anatomy_of(dataset):
        for region, _ in _REGIONS:
            for code, _ in codes_in(part, region):
                site, named = places.coded_site(code.display or code.code, code, region)
                sides = named[0].sides if named else UNKNOWN
                if site is not None and site.site is not None:
                    return site, sides, region
                best = best if best[0] else (site, sides, region)
    term = text_of(dataset, "BodyPartExamined")
    if not term:
        return best
    node, sides = places.body_part(term)
    if best[0] and not node:
        return best
    return LabelSite(term, node), sides, "BodyPartExamined"


def _anatomy_of(dataset: Elements) -> Iterator[Elements]:
    """The data sets that may name anatomy: top level, specimens of a slide, frame anatomy of the functional groups."""
    yield dataset
    yield from items(dataset, "SpecimenDescriptionSequence")
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in items(dataset, keyword):
            yield from items(group, "FrameAnatomySequence")


def _coded_sides(dataset: Elements) -> list[SeenSide]:
    return [
        stated
        for part in _anatomy_of(dataset)
        for region, modifier in _REGIONS
        for _, item in codes_in(part, region)
        for side, _ in codes_in(item, modifier)
        for stated in sides_stated(side, modifier)
    ]


def _letter_sides(dataset: Elements) -> list[SeenSide]:
    """Image Laterality before Laterality; sides of single frames are joined ("R" and "L" frames show both)."""
    seen = [SeenSide(sides_of_letter(text_of(dataset, keyword)), "header", keyword) for keyword in _LETTERS]
    frames = UNKNOWN
    for part in _anatomy_of(dataset):
        frames |= sides_of_letter(text_of(part, "FrameLaterality"))
    return [statement for statement in (*seen, SeenSide(frames, "header", "FrameLaterality")) if statement.sides]


def _view_of(dataset: Elements) -> str | None:
    view = text_of(dataset, "ViewPosition")
    if view:
        return view
    code = first_code(dataset, "ViewCodeSequence") or first_code(
        first_item(dataset, "ViewCodeSequence"), "ViewModifierCodeSequence"
    )
    return (code.display or standard_name(code) or code.code) if code else None


def _axes_of(dataset: Elements) -> str:
    """Image Orientation (Patient) as Patient Orientation: the main direction of row and column, or ""."""
    cosines = numbers_of(dataset, "ImageOrientationPatient")
    if len(cosines) != 6:
        return ""
    letters = []
    for direction in (cosines[:3], cosines[3:]):
        axis = max(range(3), key=lambda place: abs(direction[place]))
        letters.append(_AXES[axis][direction[axis] < 0])
    return "\\".join(letters)
