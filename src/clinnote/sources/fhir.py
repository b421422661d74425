"""FHIR R4: the text of DocumentReference and DiagnosticReport resources, alone, in a Bundle, or one a line.

Sources: FHIR R4 (4.0.1) DocumentReference.content.attachment, DiagnosticReport.presentedForm and .conclusion. Real
feeds break small rules of the profile, so the few fields needed are read as they are instead of being validated.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.note import Note
from clinnote.sources.objects import note_from
from clinnote.sources.placed import Placed
from clinnote.store.fhir_links import FhirLinks, accession_of
from clinnote.store.json_text import load_json

KINDS: Final = ("DocumentReference", "DiagnosticReport")
_LINKING: Final = ("ImagingStudy", "ServiceRequest")
_MARKUP: Final = ("text/html", "application/xhtml", "application/xhtml+xml")
_BLOCKS: Final = frozenset(
    ["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "section"]
)


def read_json(path: Path, text_column: str, id_column: str) -> Iterator[Placed | Reject]:
    """The notes of a ``.json`` file: a FHIR resource or Bundle, or an array of note objects or strings.

    Raises:
        UsageError: the file is not JSON, or holds neither.
    """
    data = _load(path)
    if isinstance(data, list):
        for number, item in enumerate(data, 1):
            try:
                yield Placed(note_from(item, text_column, id_column, f"{path.stem}-{number}"), str(path), number)
            except RecordError as error:
                yield Reject(str(path), number, error.reason, str(error))
    elif isinstance(data, Mapping) and "resourceType" in data:
        yield from _resources(data, path, None)
    elif isinstance(data, Mapping) and text_column in data:
        yield Placed(note_from(data, text_column, id_column, path.stem), str(path))
    else:
        raise UsageError(f"{path}: neither a FHIR resource nor a list of notes")


def _load(path: Path) -> Any:
    try:
        return load_json(path.read_bytes())
    except RecordError as error:
        raise UsageError(f"{path}: {error}") from None


def read_fhir_lines(path: Path) -> Iterator[Placed | Reject]:
    """The notes of an ``.ndjson`` file (FHIR Bulk Data): one resource a line.

    The studies and orders that they refer to may stand in other ``.ndjson`` files of the folder.
    """
    links: FhirLinks | None = None
    others = 0
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            try:
                data = load_json(raw, bom=number == 1)
            except RecordError as error:
                yield Reject(str(path), number, error.reason, str(error))
                continue
            kind = data.get("resourceType") if isinstance(data, Mapping) else ""
            if kind in KINDS:
                links = links or _links_beside(path)
                yield from _notes(data, path, number, links)
            elif kind in ("", "Bundle"):
                yield from _resources(data, path, number)
            else:
                others += 1
    if others:
        message = f"{others} resources are no {' or '.join(KINDS)}"
        yield Reject(str(path), None, "no_notes", message, skipped=True)


def _resources(data: Any, path: Path, line: int | None) -> Iterator[Placed | Reject]:
    if not isinstance(data, Mapping):
        yield Reject(str(path), line, "not_an_object", "a FHIR resource must be an object")
        return
    links = FhirLinks()
    if data.get("resourceType") == "Bundle":
        entries = [_object(e) for e in _list(data.get("entry"))]
        for entry in entries:
            links.note(_object(entry.get("resource")), _text(entry.get("fullUrl")))
        found = [e.get("resource") for e in entries]
        resources = [r for r in found if isinstance(r, Mapping) and r.get("resourceType") in KINDS]
    else:
        resources = [data] if data.get("resourceType") in KINDS else []
    if not resources:
        yield Reject(str(path), line, "no_notes", f"holds no {' or '.join(KINDS)}", skipped=True)
    for resource in resources:
        yield from _notes(resource, path, line, links)


def _links_beside(path: Path) -> FhirLinks:
    """The studies and orders of a bulk export: of the files of the folder that begin with one."""
    links = FhirLinks()
    for file in sorted(path.parent.glob("*.ndjson")):
        with suppress(OSError), file.open("rb") as stream:
            for raw in stream:
                with suppress(RecordError):
                    data = load_json(raw, bom=True)
                    if _object(data).get("resourceType") not in _LINKING:
                        break
                    links.note(data, None)
    return links


def _notes(resource: Mapping[str, Any], path: Path, line: int | None, links: FhirLinks) -> Iterator[Placed | Reject]:
    kind = str(resource["resourceType"])
    name = f"{kind}/{_text(resource.get('id')) or path.stem}"
    forms = (
        [_object(c).get("attachment") for c in _list(resource.get("content"))]
        if kind == "DocumentReference"
        else _list(resource.get("presentedForm"))
    )
    texts: list[str] = []
    problems: list[Reject] = []
    for form in forms:
        result = _attachment_text(_object(form))
        if isinstance(result, str):
            texts.append(result)
        else:
            problems.append(Reject(str(path), line, result.reason, f"{name}: {result}"))
    if not texts and kind == "DiagnosticReport" and isinstance(resource.get("conclusion"), str):
        texts = [resource["conclusion"]]
    if not texts:
        yield from problems or [Reject(str(path), line, "no_text", f"{name}: no text in it", skipped=True)]
    for number, text in enumerate(texts, 1):
        yield Placed(_note(resource, name if len(texts) == 1 else f"{name}#{number}", text, links), str(path), line)


def _attachment_text(attachment: Mapping[str, Any]) -> str | RecordError:
    kind = str(attachment.get("contentType", "text/plain")).split(";")[0].strip().lower()
    data = attachment.get("data")
    if not isinstance(data, str):
        return RecordError("attachment_not_inline", "the attachment is a link; download it and tag the file")
    if not (kind.startswith("text/") or kind in _MARKUP):
        return RecordError("attachment_not_text", f"the attachment is {kind}, not text")
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
        text = raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return RecordError("bad_attachment", "the attachment is not base64 of UTF-8 text")
    return _visible_text(text) if kind in _MARKUP else text


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (base class)
        if tag in ("script", "style", "head"):
            self._hidden += 1
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "head"):
            self._hidden = max(0, self._hidden - 1)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _visible_text(markup: str) -> str:
    """The words of an XHTML or HTML attachment, a line for each block; offsets count from this text."""
    parser = _Visible()
    parser.feed(markup)
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _note(resource: Mapping[str, Any], name: str, text: str, links: FhirLinks) -> Note:
    coding = _object(resource.get("type") or resource.get("code"))
    subject = _text(_object(resource.get("subject")).get("reference"))
    identifiers = [_text(_object(i).get("value")) for i in _list(resource.get("identifier"))]
    dates = map(_text, map(resource.get, ("effectiveDateTime", "date", "issued")))
    study = links.study_of(resource)
    first = next((_object(c) for c in _list(coding.get("coding"))), {})
    return Note(
        note_id=name,
        text=text,
        patient_id=subject.removeprefix("Patient/") if subject else None,
        study_id=study.study_id if study else _study(resource),
        accession=accession_of(resource)
        or (study.accession if study else None)
        or next(filter(None, identifiers), None),
        note_type=_text(coding.get("text")) or _text(first.get("display")) or _text(first.get("code")),
        date=next(filter(None, dates), None),
        metadata={"resource": str(resource["resourceType"]), "status": resource.get("status")},
    )


def _study(resource: Mapping[str, Any]) -> str | None:
    """The study that the report names, as it stands there, where nobody knows it: imagingStudy (R4) or study (R5)."""
    for study in map(_object, (*_list(resource.get("imagingStudy")), *_list(resource.get("study")))):
        reference = _text(study.get("reference"))
        uid = _text(_object(study.get("identifier")).get("value")) or reference
        if uid:
            return uid.removeprefix("ImagingStudy/").removeprefix("urn:oid:")
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    """A string, or a number as one; None for what else stands there against the profile."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None
