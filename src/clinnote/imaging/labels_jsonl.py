"""Labels that are records already: JSON Lines, or one JSON object or list of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from clinnote.errors import RecordError, Reject
from clinnote.imaging.sides.geometry import REASON_KEY, with_geometry_side
from clinnote.imaging.sides.midline import sideless
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import ImageLabel
from clinnote.model.schema import from_dict
from clinnote.store.json_text import load_json


def read_label_lines(lines: Iterable[bytes], file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """The labels of a JSON Lines file, one a line; blank lines are left out."""
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            data = load_json(raw, bom=number == 1)
        except RecordError as error:
            yield Reject(file, number, error.reason, str(error))
        else:
            yield label_of(data, file, number, places)


def label_of(data: Any, file: str, line: int | None, places: Places) -> ImageLabel | Reject:
    """One label from its JSON object, sides filled in from its geometry where it has none."""
    try:
        label = from_dict(ImageLabel, data)
    except RecordError as error:
        return Reject(file, line, error.reason, str(error))
    if not label.study_id.strip():
        return Reject(file, line, "missing_study_id", "the study is blank, so no note can be compared with the label")
    if not label.label_id:
        label = replace(label, label_id=f"{file}:{line}")
    if label.geometry is None or label.sides.values or REASON_KEY in label.metadata:
        return label
    site = label.site
    node = None if site is None else site.site or places.node_of(site.text, site.codes)[0]
    reason = sideless((node, places.node_of(label.finding.text, label.finding.codes)[0]), places)
    if reason is None:
        return with_geometry_side(label)
    return replace(label, metadata={**label.metadata, REASON_KEY: reason})
