"""The images that a report refers to: where they belong (evidence), and what its image library says of each.

TID 1600 and TID 4000 list the images with laterality, view, orientation and size; findings refer to an entry of that
list by its place in the tree, or to the image itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from clinnote.imaging.dicom import concepts as known
from clinnote.imaging.dicom.codes import sides_of_laterality
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.sr_tree import Item, Tree
from clinnote.imaging.dicom.values import first_item, items, numbers_of, text_of
from clinnote.imaging.sides.labels import SeenSide

_LETTERS: Final = frozenset("APLRHF")


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image: identifiers, and what the library says of its side, view, Patient Orientation and size."""

    uid: str
    side: SeenSide | None = None
    view: str | None = None
    orientation: str | None = None
    columns: float | None = None
    rows: float | None = None


class Images:
    """The images of one report."""

    def __init__(self, elements: Elements, tree: Tree) -> None:
        self._tree = tree
        self._evidence = _evidence_of(elements)
        self._library: dict[str, ImageFacts] = {}
        for key in (known.IMAGE_LATERALITY, known.IMAGE_VIEW, known.ORIENTATION_ROW, known.PIXEL_COLUMNS):
            if tree.named(key):
                self._library = {facts.uid: facts for facts in _library_of(tree)}
                break

    def of(self, item: Item) -> tuple[ImageFacts, ...]:
        """The images that an item and those below it refer to, each once."""
        found: dict[str, ImageFacts] = {}
        for part in item.walk():
            target = part if part.kind else self._tree.referenced(part)
            if target is not None and target.kind in ("IMAGE", "COMPOSITE"):
                for uid in _uids(target):
                    found[uid] = self._library.get(uid) or ImageFacts(uid)
        return tuple(found.values())

    def place(self, images: tuple[ImageFacts, ...]) -> tuple[str | None, str | None, str | None]:
        """(image, series, study) of some images; each None unless they agree on it."""
        places = [self._evidence.get(image.uid, ("", "")) for image in images]
        return (
            _only({image.uid for image in images}),
            _only({series for _, series in places}),
            _only({study for study, _ in places}),
        )


def _evidence_of(elements: Elements) -> Mapping[str, tuple[str, str]]:
    """SOP instance UID -> (study UID, series UID), from both evidence sequences (PS3.3 C.17.2)."""
    found: dict[str, tuple[str, str]] = {}
    for keyword in ("PertinentOtherEvidenceSequence", "CurrentRequestedProcedureEvidenceSequence"):
        for study in items(elements, keyword):
            study_uid = text_of(study, "StudyInstanceUID")
            for series in items(study, "ReferencedSeriesSequence"):
                place = (study_uid, text_of(series, "SeriesInstanceUID"))
                for instance in items(series, "ReferencedSOPSequence"):
                    found[text_of(instance, "ReferencedSOPInstanceUID")] = place
    return found


def _library_of(tree: Tree) -> Iterator[ImageFacts]:
    """What the items of images (and the groups around them) say."""
    for container in tree.root.walk():
        for item in container.children:
            if item.kind == "IMAGE":
                for uid in _uids(item):
                    yield _facts(uid, [*container.children, *item.children])


def _facts(uid: str, told: list[Item]) -> ImageFacts:
    """The facts that a list of items states; the last one counts, which is that of the image itself."""
    by_key = {item.key: item for item in told}

    def text(key: known.Key) -> str:
        return by_key[key].text if key in by_key else ""

    def number(key: known.Key) -> float | None:
        measured = first_item(by_key[key].elements, "MeasuredValueSequence") if key in by_key else None
        return next(iter(numbers_of(measured, "NumericValue")), None) if measured is not None else None

    row, column = text(known.ORIENTATION_ROW).upper(), text(known.ORIENTATION_COLUMN).upper()
    sided = by_key.get(known.IMAGE_LATERALITY)
    sides = sides_of_laterality(sided.value) if sided is not None and sided.value is not None else frozenset()
    return ImageFacts(
        uid,
        SeenSide(sides, "header", f"Image Laterality at {sided.path}") if sides and sided is not None else None,
        text(known.IMAGE_VIEW) or None,
        f"{row}\\{column}" if row and column and _LETTERS.issuperset(row + column) else None,
        number(known.PIXEL_COLUMNS),
        number(known.PIXEL_ROWS),
    )


def _uids(item: Item) -> list[str]:
    found = (text_of(each, "ReferencedSOPInstanceUID") for each in items(item.elements, "ReferencedSOPSequence"))
    return [uid for uid in found if uid]


def _only(values: set[str]) -> str | None:
    return next(iter(values)) or None if len(values) == 1 else None
