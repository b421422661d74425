"""Label Studio exports of image tasks (JSON and JSON_MIN): rectangles, ellipses, polygons, points, brushes, choices.

Coordinates are percent of the image as the browser shows it (after EXIF orientation). A rectangle turns about its top
left corner, an ellipse about its centre, clockwise, in degrees. Results that share an id are one region: its shape, its
labels, and what was chosen for it (side, presence, ...).

Cancelled annotations are left out. Predictions are read only for tasks without any annotation, because a task's
annotations were made by looking at them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote, urlparse

from clinnote.errors import RecordError, Reject
from clinnote.imaging.item import Item
from clinnote.imaging.label_studio.regions import Region, regions_of, shape_of
from clinnote.imaging.sides.places import Places
from clinnote.imaging.sides.statement import Statement, label_from, presence_in, side_in
from clinnote.imaging.table_rules import TableRules, column_key
from clinnote.model.image_label import ImageLabel, Source

_UPLOAD_HASH: Final = 8
"""Label Studio puts so many hexadecimal digits and a hyphen before the name of an uploaded file."""
_NOT_DATA: Final = (
    "id", "annotations", "predictions", "annotator", "annotation_id", "created_at", "updated_at", "lead_time",
    "completed_by", "drafts", "meta", "data", "result", "file_upload", "inner_id", "project", "comment_count",
)  # fmt: skip


class _Shared(Protocol):
    @property
    def places(self) -> Places: ...

    @property
    def rules(self) -> TableRules: ...


def is_label_studio(data: Any) -> bool:
    """Whether a JSON value is a list of tasks (or one task) as Label Studio exports them."""
    tasks = data if isinstance(data, list) else [data]
    first = tasks[0] if tasks and isinstance(tasks[0], Mapping) else {}
    if isinstance(first.get("data"), Mapping) and ({"annotations", "predictions", "completions"} & first.keys()):
        return True
    return {"annotator", "annotation_id"} <= first.keys() and "id" in first


def read_label_studio(data: Any, item: Item, shared: _Shared) -> Iterator[ImageLabel | Reject]:
    """One label per region and label; the pointer is task, annotation and region."""
    texts = 0
    for number, task in enumerate(data if isinstance(data, list) else [data], 1):
        if not isinstance(task, Mapping):
            yield item.reject("bad_record", f"task {number} (in file order) is no object")
            continue
        name = f"task {task.get('id', number)}"
        listed = task.get("annotations") or task.get("completions") or task.get("predictions")
        if listed and not isinstance(listed, list):
            yield item.reject("bad_record", f"{name}: its annotations are no list; export the project again")
        for annotation, pointer in _annotations(task, name):
            if annotation.get("was_cancelled") is True:
                yield item.reject("cancelled_annotation", f"{pointer} was cancelled", skipped=True)
                continue
            found = list(_read(annotation, task, pointer, item, shared))
            texts += _is_about_text(annotation)
            yield from found
    if texts:
        yield item.reject("text_labels", f"{texts} annotations label text, not images", skipped=True)


def _annotations(task: Mapping[str, Any], name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """(annotation, pointer) of a task; a JSON_MIN task is its own annotation."""
    if not isinstance(task.get("data"), Mapping):
        yield {**task, "result": _full(task)}, f"{name} annotation {task.get('annotation_id')}"
        return
    given = task.get("annotations") or task.get("completions")
    kind = "annotation" if given else "prediction"
    found = given or task.get("predictions")
    for number, annotation in enumerate(found if isinstance(found, list) else [], 1):
        if isinstance(annotation, Mapping):
            yield annotation, f"{name} {kind} {annotation.get('id', number)}"


def _full(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results of a JSON_MIN task in the shape of the full export."""
    results: list[dict[str, Any]] = []
    for key, value in task.items():
        if key in _NOT_DATA:
            continue
        if isinstance(value, Mapping) and isinstance(value.get("choices"), list):
            results.append({"from_name": key, "type": "choices", "value": value})
        elif isinstance(value, list):
            regions = [region for region in value if isinstance(region, Mapping)]
            results += [{"from_name": key, "value": region, **_sizes(region)} for region in regions]
        elif isinstance(value, str) and key in ("choice", "choices", "finding", "findings", "label", "laterality"):
            results.append({"from_name": key, "type": "choices", "value": {"choices": [value]}})
    return results


def _sizes(region: Mapping[str, Any]) -> dict[str, Any]:
    return {key: region[key] for key in ("original_width", "original_height", "image_rotation") if key in region}


def _read(
    annotation: Mapping[str, Any], task: Mapping[str, Any], pointer: str, item: Item, shared: _Shared
) -> Iterator[ImageLabel | Reject]:
    data = task["data"] if isinstance(task.get("data"), Mapping) else task
    results = annotation.get("result")
    for place, region in enumerate(regions_of(results if isinstance(results, list) else []), 1):
        where = f"{pointer} region {region.name or place}"
        if not region.findings:
            yield item.reject("no_label", f"{where} is a shape without a label; give it one in Label Studio")
        for finding in region.findings:
            try:
                statement = _statement(region, finding, annotation, data, where, item, shared.rules)
            except RecordError as error:
                skipped = error.reason in ("empty_mask", "other_shape")
                yield item.reject(error.reason, f"{where}: {error}", skipped=skipped)
            else:
                yield label_from(statement, shared.places)


def _statement(
    region: Region,
    finding: str,
    annotation: Mapping[str, Any],
    data: Mapping[str, Any],
    where: str,
    item: Item,
    rules: TableRules,
) -> Statement:
    said = _Data(data, rules)
    image = said.image()
    study = said.value("study") or image or said.value("patient_id")
    if not study:
        raise RecordError("missing_study_id", "the task's data name no study and no image")
    orientation = said.value("orientation") or None
    geometry, shown = shape_of(region, orientation)
    presence, side = "present", ""
    kept: dict[str, Any] = {}
    for name, words in region.chosen:
        if presence_in(words):
            presence = presence_in(words) or presence
        elif side_in(words):
            side = words
        else:
            kept[name] = words
    if said.value("patient_id"):
        kept["patient_id"] = said.value("patient_id")
    digest = hashlib.sha256(json.dumps(region.value, sort_keys=True, default=str).encode()).hexdigest()
    return Statement(
        study,
        finding,
        Source("label-studio", item.name, where),
        ("label-studio", where, study, finding, digest),
        image_id=image or None,
        series_id=said.value("series") or None,
        presence=region.presence or presence,
        geometry=geometry,
        site=said.value("site"),
        side=side or said.value("side"),
        side_where="choice for the region" if side else "side in the task's data",
        view=said.value("view") or None,
        modality=said.value("modality") or None,
        annotator=_annotator(annotation),
        shown=shown,
        metadata=kept,
    )


class _Data:
    """The data of a task, by what its keys mean (``configs/images.toml``)."""

    def __init__(self, data: Mapping[str, Any], rules: TableRules) -> None:
        self._by_key = {column_key(str(key)): value for key, value in data.items() if key not in _NOT_DATA}
        self._rules = rules

    def value(self, field: str) -> str:
        for name in self._rules.columns[field]:
            found = self._by_key.get(name)
            if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
                return str(found).strip()
        return ""

    def image(self) -> str:
        """The name of the image's file; of a URL its last part, without what Label Studio puts before it."""
        urls = [value for value in self._by_key.values() if isinstance(value, str) and _is_url(value)]
        named = self.value("image") or (urls[0] if urls else "")
        return file_name(named) if _is_url(named) else named


def _is_url(text: str) -> bool:
    return "://" in text or text.startswith("/")


def file_name(url: str) -> str:
    """The file's name in a URL: ``/data/upload/3/1a2b3c4d-film.png`` and ``/data/local-files/?d=a/film.png``."""
    parts = urlparse(url)
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    name = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    start, hyphen, rest = name.partition("-")
    is_hash = len(start) == _UPLOAD_HASH and all(letter in "0123456789abcdef" for letter in start)
    return rest if "/upload/" in url and hyphen and is_hash else name


def _annotator(annotation: Mapping[str, Any]) -> str | None:
    """Who made it: e-mail or number of the person, version of the model."""
    by = annotation.get("completed_by", annotation.get("annotator"))
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("id")
    if by is None and annotation.get("model_version"):
        by = f"model {annotation['model_version']}"
    return str(by) if isinstance(by, str | int) and not isinstance(by, bool) else None


def _is_about_text(annotation: Mapping[str, Any]) -> bool:
    results = annotation.get("result")
    values: Sequence[Any] = (
        [r.get("value") for r in results if isinstance(r, Mapping)] if isinstance(results, list) else []
    )
    return any(isinstance(value, Mapping) and {"start", "end"} <= value.keys() for value in values)
