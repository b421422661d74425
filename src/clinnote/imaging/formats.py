"""The formats that are read, one row each: how a file's first bytes tell it, and who reads it.

The first row that fits a file reads it; JSON has rows of its own, told by the value.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from clinnote.errors import RecordError
from clinnote.imaging.boxes.coco import is_box_list, is_coco, is_results, read_box_list, read_coco, read_results
from clinnote.imaging.boxes.table import read_boxes
from clinnote.imaging.boxes.voc import is_xml, read_voc
from clinnote.imaging.boxes.yolo import is_yolo, read_yolo
from clinnote.imaging.events import Event
from clinnote.imaging.fhir.reader import is_fhir, read_fhir, read_fhir_lines
from clinnote.imaging.item import Item
from clinnote.imaging.label_studio.reader import is_label_studio, read_label_studio
from clinnote.imaging.labels_jsonl import label_of, read_label_lines
from clinnote.imaging.shared import Shared
from clinnote.imaging.sniff import is_nifti, looks_like_dicom
from clinnote.store.json_text import load_json

Found = Iterator[Event]
DICOM_ENDINGS: Final = (".dcm", ".dicom", ".ima")
_TABLE_ENDINGS: Final = (".csv", ".tsv")
_LINE_ENDINGS: Final = (".jsonl", ".ndjson")
_BOM: Final = b"\xef\xbb\xbf"
_FIRST_LINE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        streams: its reader goes through the bytes once and needs no seeking.
    """

    name: str
    sniff: Callable[[bytes, Item], bool]
    read: Callable[[Item, Shared], Found]
    streams: bool = False


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """One kind of JSON value."""

    name: str
    sniff: Callable[[Any], bool]
    read: Callable[[Any, Item, Shared], Found]


def format_of(head: bytes, item: Item) -> Format | None:
    """The format that a file's first bytes (and, for text, its name) tell; None when nobody reads it."""
    return next((row for row in FORMATS if row.sniff(head, item)), None)


def _dicom(item: Item, shared: Shared) -> Found:
    from clinnote.imaging.dicom.reader import read_dicom

    return read_dicom(cast("BinaryIO", item.stream), item.name, shared.places).events()


def _nifti(item: Item, shared: Shared) -> Found:
    from clinnote.imaging.nifti.reader import read_nifti

    yield from read_nifti(item, shared.masks)


def _voc(item: Item, shared: Shared) -> Found:
    yield from read_voc(item, shared.places)


def _yolo(item: Item, shared: Shared) -> Found:
    yield from read_yolo(item, shared.places)


def _is_text(head: bytes, item: Item) -> bool:
    return b"\0" not in head and item.suffix not in DICOM_ENDINGS


def _is_json(head: bytes, item: Item) -> bool:
    return _is_text(head, item) and head.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def _is_table(head: bytes, item: Item) -> bool:
    return _is_text(head, item) and (item.asked_for or item.suffix in (*_TABLE_ENDINGS, *_LINE_ENDINGS, ".json"))


def _table(item: Item, shared: Shared) -> Found:
    text = io.TextIOWrapper(item.stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from read_boxes(text, item.name, shared.places, shared.rules)
    finally:
        text.detach()  # the stream is closed by whoever opened it


def _json(item: Item, shared: Shared) -> Found:
    """The whole value, or one value a line."""
    if item.suffix in _LINE_ENDINGS or _has_lines(item):
        yield from _lines(item, shared)
        return
    try:
        data = load_json(item.stream.read())
    except RecordError as error:
        yield item.reject(error.reason, str(error))
        return
    row = next((row for row in JSON_FORMATS if row.sniff(data)), None)
    if row is None:
        message = "no labels that are known; see the table of formats in docs/images.md"
        yield item.reject("unknown_json", message, skipped=not item.asked_for)
    else:
        yield from row.read(data, item, shared)


def _has_lines(item: Item) -> bool:
    """Whether the first line is a JSON object by itself, and another line follows."""
    first = _object_in(item.stream.readline(_FIRST_LINE))
    more = item.stream.readline(_FIRST_LINE).strip() if first is not None else b""
    item.stream.seek(0)
    return bool(more)


def _lines(item: Item, shared: Shared) -> Found:
    first = next((found for line in item.stream if (found := _object_in(line)) is not None), {})
    item.stream.seek(0)
    if is_fhir(first):
        yield from read_fhir_lines(item)
    else:
        yield from read_label_lines(item.stream, item.name, shared.places)


def _object_in(line: bytes) -> dict[str, Any] | None:
    try:
        found = load_json(line.strip()) if line.strip() else None
    except RecordError:
        return None
    return found if isinstance(found, dict) else None


def _is_labels(data: Any) -> bool:
    return (isinstance(data, dict) and "finding" in data) or (
        isinstance(data, list) and not any(isinstance(entry, dict) and "data" in entry for entry in data)
    )


def _labels(data: Any, item: Item, shared: Shared) -> Found:
    if isinstance(data, list):
        yield from (label_of(entry, item.name, None, shared.places) for entry in data)
    else:
        yield label_of(data, item.name, 1, shared.places)


def _box_list(data: Any, item: Item, shared: Shared) -> Found:
    yield from read_box_list(data, item.name, shared.places, shared.rules.maps.complete_for("chestx_det"))


JSON_FORMATS: Final = (
    JsonFormat("coco", is_coco, lambda data, item, shared: read_coco(data, item.name, shared.places)),
    JsonFormat("coco_results", is_results, lambda data, item, shared: read_results(data, item, shared.places)),
    JsonFormat("chestx_det", is_box_list, _box_list),
    JsonFormat("fhir", is_fhir, lambda data, item, _: read_fhir(data, item)),
    JsonFormat("label_studio", is_label_studio, lambda data, item, shared: read_label_studio(data, item, shared)),
    JsonFormat("labels", _is_labels, _labels),
)

FORMATS: Final = (
    Format("dicom", lambda head, _: looks_like_dicom(head), _dicom),
    Format("nifti", lambda head, _: is_nifti(head), _nifti, streams=True),
    Format("voc", lambda head, item: _is_text(head, item) and is_xml(head), _voc),
    Format("json", _is_json, _json),
    Format("yolo", lambda head, item: _is_text(head, item) and is_yolo(head, item), _yolo),
    Format("table", _is_table, _table, streams=True),
)
