"""A Label Studio JSON export as tagged notes: for gold sets that were not pushed by clinnote, and those that were.

Tasks that ``clinnote push`` made are decoded as ``clinnote pull`` does. In all others every labelled span is a
mention, or several where it bears several labels; the choices and texts of its region are its attributes, which the
gold map gives their meaning (a choice whose name and value are those of a mention's field needs no row). Offsets are
code points, as Label Studio 1.23 writes them; where the quoted words prove that an older export counted UTF-16 units,
those are converted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clinnote.errors import RecordError, Reject
from clinnote.labelstudio.annotations import decode_annotation
from clinnote.labelstudio.codec import DATA_KEY, Quarantined
from clinnote.labelstudio.config_xml import CODES
from clinnote.labelstudio.regions import one_line
from clinnote.model.codes import Code
from clinnote.model.mention import TaggedNote, text_sha256
from clinnote.model.offsets import Utf16Offsets
from clinnote.model.spans import valid
from clinnote.ontology.gold_map import Annotation, GoldMap, mentions_from
from clinnote.ontology.guideline import Guideline

_LABELS: Final = "labels"


def looks_like_export(data: Any) -> bool:
    """Whether a JSON value is a Label Studio export: a list of tasks with ``data`` and ``annotations``."""
    first = data[0] if isinstance(data, list) and data else None
    return isinstance(first, Mapping) and "data" in first and "annotations" in first


def read_export(tasks: Sequence[Any], file: str, guideline: Guideline, rules: GoldMap) -> Iterator[TaggedNote | Reject]:
    """The annotated note of every task; a task that can't be used is a :class:`Reject` with its place in the list.

    A task with several annotations counts when one of them is marked as ground truth. Tasks without an annotation are
    skipped.
    """
    for place, task in enumerate(tasks, 1):
        try:
            note = _read_task(task, guideline, rules)
        except RecordError as error:
            skipped = error.reason == "not_annotated"
            yield Reject(file, None, error.reason, f"task {place}: {error}", skipped)
        else:
            yield note


def _read_task(task: Any, guideline: Guideline, rules: GoldMap) -> TaggedNote:
    data = task.get("data") if isinstance(task, Mapping) else None
    if not isinstance(task, Mapping) or not isinstance(data, Mapping):
        raise RecordError("not_a_task", "is no Label Studio task; export as JSON, not JSON-MIN")
    annotation = _chosen(task.get("annotations"))
    if isinstance(data.get(DATA_KEY), Mapping):
        found = decode_annotation(task, annotation, guideline)
        if isinstance(found, Quarantined):
            raise RecordError(found.reason, found.message)
        return found
    text = _text_of(data)
    digest = text_sha256(text)
    annotations = _annotations(annotation.get("result"), text, rules)
    name = data.get("note_id", data.get("id", task.get("id")))
    mentions = mentions_from(text, digest, annotations, rules)
    return TaggedNote(str(name), digest, text, mentions=mentions)


def _chosen(annotations: Any) -> Mapping[str, Any]:
    """The annotation that counts.

    Raises:
        RecordError: none, or several of which none is marked as ground truth.
    """
    found = annotations if isinstance(annotations, list) else []
    listed = [a for a in found if isinstance(a, Mapping) and not a.get("was_cancelled")]
    true = [a for a in listed if a.get("ground_truth")]
    if not listed:
        raise RecordError("not_annotated", "has no finished annotation")
    if len(true) > 1 or (len(listed) > 1 and not true):
        raise RecordError("several_annotations", "has several annotations; mark one of them as ground truth")
    return (true or listed)[0]


def _text_of(data: Mapping[str, Any]) -> str:
    text = data.get("text")
    if isinstance(text, str):
        return text
    strings = [value for key, value in data.items() if isinstance(value, str) and key not in ("note_id", "id")]
    if len(strings) != 1:
        raise RecordError("no_text", "its data has no key 'text', nor one single text")
    return strings[0]


@dataclass(slots=True)
class _Region:
    """What the items of one region have said so far."""

    labels: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)


def _annotations(items: Any, text: str, rules: GoldMap) -> list[Annotation]:
    if not isinstance(items, list):
        raise RecordError("bad_result", "the annotation has no list 'result'")
    regions: dict[str, _Region] = {}
    units = Utf16Offsets(text)
    for item in items:
        value = item.get("value") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(value, Mapping):
            continue  # relations
        region = regions.setdefault(str(item.get("id")), _Region())
        name, kind = str(item.get("from_name")), item.get("type")
        answers = value.get(str(kind))
        if kind == _LABELS:
            region.labels = tuple(_texts(answers))
            region.span = _span(value, text, units)
            if not region.labels:
                raise RecordError("unlabelled_span", "a span has no label")
        elif kind == "textarea" and name == CODES:
            region.codes += [_code(one_line(line), rules) for line in _texts(value.get("text"))]
        else:
            region.attributes += [(name, answer) for answer in _texts(answers or value.get("text"))]
    return [
        Annotation(label, (region.span,), tuple(region.attributes), tuple(region.codes))
        for region in regions.values()
        if region.span is not None
        for label in region.labels
    ]


def _span(value: Mapping[str, Any], text: str, units: Utf16Offsets) -> tuple[int, int]:
    start, end, quoted = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int:
        raise RecordError("bad_span", "start and end of a span must be whole numbers")
    readings = [(start, end), (units.point(start), units.point(end))]
    usable = [(a, b) for a, b in readings if a is not None and b is not None and valid(a, b, len(text))]
    if not usable:
        raise RecordError("bad_span", "a span is no stretch of the text")
    if not isinstance(quoted, str):
        return usable[0]
    for first, last in usable:
        if one_line(text[first:last]) == one_line(quoted):
            return first, last
    raise RecordError("quote_mismatch", "the words of a span are not what stands at its offsets")


def _texts(values: Any) -> list[str]:
    values = [values] if isinstance(values, str) else values
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _code(line: str, rules: GoldMap) -> Code:
    """A line of the codes field: ``snomed:60046008 Pleural effusion``."""
    coded, _, display = line.partition(" ")
    system, colon, code = coded.rpartition(":")
    if not colon or not code:
        raise RecordError("bad_code", "a line of codes must be system:code and perhaps its display")
    return Code(rules.system(system), code, display or None)
