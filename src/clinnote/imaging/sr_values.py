"""Parts of a structured report's content that are not codes: lengths, regions, references, who observed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from clinnote.imaging import codes as known
from clinnote.imaging.codes import first_code
from clinnote.imaging.elements import Elements
from clinnote.imaging.sr_tree import Item
from clinnote.imaging.values import first_item, items, numbers_of, text_of
from clinnote.model.image_label import Geometry

_TO_MM: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
"""UCUM length units in millimetres."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the images that a report refers to belong: SOP instance UID -> (study UID, series UID)."""

    instances: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def evidence_of(dataset: Elements) -> Evidence:
    """The current and pertinent other evidence sequences (PS3.3 C.17.2)."""
    found: dict[str, tuple[str, str]] = {}
    for keyword in ("PertinentOtherEvidenceSequence", "CurrentRequestedProcedureEvidenceSequence"):
        for study in items(dataset, keyword):
            for series in items(study, "ReferencedSeriesSequence"):
                for instance in items(series, "ReferencedSOPSequence"):
                    uid = text_of(instance, "ReferencedSOPInstanceUID")
                    found[uid] = (text_of(study, "StudyInstanceUID"), text_of(series, "SeriesInstanceUID"))
    return Evidence(found)


def references_of(item: Item, evidence: Evidence) -> tuple[str | None, str | None, str | None]:
    """(image, series, study) that the item refers to; each None unless all references agree on it."""
    uids = {
        text_of(reference, "ReferencedSOPInstanceUID")
        for part in item.walk()
        if part.kind in ("IMAGE", "COMPOSITE")
        for reference in items(part.dataset, "ReferencedSOPSequence")
    } - {""}
    places = [evidence.instances.get(uid, ("", "")) for uid in uids]
    return (
        _only(uids),
        _only({series for _, series in places}),
        _only({study for study, _ in places}),
    )


def _only(values: set[str]) -> str | None:
    return next(iter(values)) or None if len(values) == 1 else None


def lengths_mm(item: Item) -> tuple[float, ...]:
    """Diameters, axes, lengths, widths below the item, in millimetres, in document order."""
    found: list[float] = []
    for part in item.walk():
        if part.kind != "NUM" or part.name is None or part.name.key not in known.LENGTHS:
            continue
        measured = first_item(part.dataset, "MeasuredValueSequence")
        unit = first_code(measured, "MeasurementUnitsCodeSequence")
        factor = _TO_MM.get(unit.code) if unit else None
        values = numbers_of(measured, "NumericValue")
        if factor is not None and len(values) == 1:
            found.append(round(values[0] * factor, 3))
    return tuple(found)


def region_of(item: Item) -> Geometry | None:
    """The region of the item: the centroid of its 3D coordinates (mm, LPS), else its first region in pixels."""
    flat: Geometry | None = None
    for part in item.walk():
        data = numbers_of(part.dataset, "GraphicData")
        if part.kind == "SCOORD3D" and data and len(data) % 3 == 0:
            return _centroid(data)
        if part.kind == "SCOORD" and flat is None and len(data) >= 2 and len(data) % 2 == 0:
            points = tuple(zip(data[::2], data[1::2], strict=True))
            flat = (
                Geometry("point", x=points[0][0], y=points[0][1])
                if len(points) == 1
                else Geometry("polygon", points=points)
            )
    return flat


def _centroid(data: tuple[float, ...]) -> Geometry:
    count = len(data) // 3
    x, y, z = (round(sum(data[axis::3]) / count, 3) for axis in range(3))
    return Geometry("centroid", "mm", x=x, y=y, z=z)


def text_under(item: Item, key: tuple[str, str]) -> str:
    """The text of the first item below whose concept name is ``key``; "" when there is none."""
    for part in item.walk():
        if part.name is not None and part.name.key == key:
            return text_of(part.dataset, "TextValue")
    return ""


def observer_of(root: Item) -> str | None:
    """The first named observer of a report: person or device."""
    for part in root.walk():
        if part.name is not None and part.name.key in (known.PERSON_OBSERVER, known.DEVICE_OBSERVER):
            name = text_of(part.dataset, "PersonName") or text_of(part.dataset, "TextValue")
            if name:
                return name
    return None


def modality_in(root: Item) -> str | None:
    """The modality that the report's image library names, or None when it names none or several."""
    found = {part.value.code for part in root.walk() if part.name and part.name.key == known.MODALITY and part.value}
    return found.pop() if len(found) == 1 else None
