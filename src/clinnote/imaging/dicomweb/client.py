"""Studies of a DICOMweb server (PS3.18) to image labels: QIDO-RS finds, WADO-RS gives.

Structured reports, segmentations, structure sets, presentation states and key object notes are fetched whole, one by
one, so that a broken one harms no other; of images only the metadata is asked for, never pixels. The answers go
through the same readers as files. (dicomweb-client is not used here: it parses objects strictly, follows redirects to
other hosts and bounds no waiting; the tests use it as a second opinion.)
"""

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinnote.errors import RecordError, Reject, ServerError
from clinnote.imaging.dicom.reader import DicomResult, read_dicom
from clinnote.imaging.dicom.values import malformed
from clinnote.imaging.dicomweb.http import RefusedError, Server
from clinnote.imaging.dicomweb.json_elements import as_file
from clinnote.imaging.dicomweb.multipart import objects_in
from clinnote.imaging.events import End, Event
from clinnote.imaging.gathering import Gathering
from clinnote.imaging.sides.places import Places
from clinnote.model.image_label import ImageLabel
from clinnote.store.json_text import load_json

OBJECT_MODALITIES: Final = ("SR", "SEG", "RTSTRUCT", "PR", "KO")
"""Series of these hold objects that are read whole; of all others the metadata is read."""
_OBJECTS: Final = (
    "1.2.840.10008.5.1.4.1.1.88.",  # structured reports and key object notes
    "1.2.840.10008.5.1.4.1.1.11.",  # presentation states
    "1.2.840.10008.5.1.4.1.1.66.4",  # segmentation
    "1.2.840.10008.5.1.4.1.1.66.7",  # label map segmentation
    "1.2.840.10008.5.1.4.1.1.481.3",  # structure set
)
_PAGE = 1000
"""Rows asked for at a time: some servers go through all their studies for each page."""
_SMALL_PAGE: Final = 100
"""The same where the server refuses that many."""
_JSON: Final = "application/dicom+json, application/json;q=0.9"
_WHOLE: Final = 'multipart/related; type="application/dicom"'
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_UID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
"""Some archives hold UIDs with letters in them; none may lead out of its place in an address."""
_NO_UID: Final = "the server names something by a UID that is none"
_STUDY, _SERIES, _INSTANCE, _CLASS, _MODALITY = "0020000D", "0020000E", "00080018", "00080016", "00080060"
_COUNTS: Final = ("00201206", "00201208")
"""Number of Study Related Series and Instances."""
Found = ImageLabel | Reject


@dataclass(frozen=True, slots=True)
class FoundStudy:
    """A study that the server lists; ``state`` changes when series or objects are added or deleted."""

    uid: str
    state: str


class Pacs:
    """What one server holds, as image labels.

    Args:
        server: The connection.
        places: Look-ups of body sites.
        modalities: Series of these alone are read; empty for all.
    """

    def __init__(self, server: Server, places: Places, modalities: Collection[str] = ()) -> None:
        self._server = server
        self._places = places
        self._modalities = frozenset(modalities)
        self._longest: dict[str, int] = {}
        self._any_syntax = True
        self._limit = _PAGE

    def studies(self, query: Mapping[str, str]) -> list[FoundStudy]:
        """All studies that match, by UID; asked for at once, so that a growing archive shifts few pages.

        Raises:
            ServerError: the server can't be searched, or lists only a part and can't go on.
        """
        try:
            rows = list(self._search("studies", _STUDY, query))
        except RefusedError as error:
            raise ServerError(f"{self._server.name}: can't be searched for studies ({error})") from None
        return sorted(
            (FoundStudy(_value(row, _STUDY), "/".join(_value(row, tag) for tag in _COUNTS)) for row in rows),
            key=lambda study: study.uid,
        )

    def read(self, study: FoundStudy) -> list[Found]:
        """The labels of one study, and a reject for whatever gives none.

        Raises:
            ServerError: the server is not there any more, or the credentials have ended.
        """
        if not _UID.fullmatch(study.uid):
            return [self._reject("studies", "bad_uid", _NO_UID)]
        gathering = Gathering(self._places)
        done = [found for event in self._study(f"studies/{study.uid}") for found in gathering.take(event)]
        return [*done, *gathering.finish()]

    def _study(self, place: str) -> Iterator[Event]:
        try:
            rows = list(self._search(f"{place}/series", _SERIES, {}))
        except RefusedError as error:
            gone = error.status in (404, 410)
            yield self._reject(place, "study_gone" if gone else error.reason, str(error), skipped=gone)
            return
        if not rows:
            yield self._reject(place, "study_gone", "the server lists no series of this study", skipped=True)
        for row in sorted(rows, key=lambda row: _value(row, _SERIES)):
            modality = _value(row, _MODALITY)
            if self._modalities and modality not in self._modalities:
                continue
            if not _UID.fullmatch(_value(row, _SERIES)):
                yield self._reject(place, "bad_uid", _NO_UID)
                continue
            series = f"{place}/series/{_value(row, _SERIES)}"
            try:
                yield from self._objects(series) if modality in OBJECT_MODALITIES else self._images(series)
            except RefusedError as error:
                yield self._reject(series, error.reason, str(error))

    def _objects(self, series: str) -> Iterator[Event]:
        rows = self._search(f"{series}/instances", _INSTANCE, {})
        for uid in sorted(_value(row, _INSTANCE) for row in rows):
            yield from self._object(series, uid)

    def _images(self, series: str) -> Iterator[Event]:
        entries = self._json(f"{series}/metadata", {})
        for entry in sorted(entries, key=lambda entry: _value(entry, _INSTANCE)):
            uid = _value(entry, _INSTANCE)
            if _value(entry, _CLASS).startswith(_OBJECTS):
                yield from self._object(series, uid)
                continue
            file = f"{self._server.base}{series}/instances/{uid}"
            yield from _from_json(entry, file, self._places).events()
            yield End(file)

    def _object(self, series: str, uid: str) -> Iterator[Event]:
        if not _UID.fullmatch(uid):
            yield self._reject(series, "bad_uid", _NO_UID)
            return
        place = f"{series}/instances/{uid}"
        file = self._server.base + place
        try:
            for data in self._whole(place):
                yield from read_dicom(io.BytesIO(data), file, self._places).events()
                yield End(file)
        except RefusedError as error:
            gone = error.status in (404, 410)
            yield self._reject(place, "object_gone" if gone else error.reason, str(error), skipped=gone)
        except ValueError as error:
            yield self._reject(place, "bad_answer", str(error))

    def _whole(self, place: str) -> list[bytes]:
        """The objects of a place as stored (any transfer syntax); some servers know no ``*`` and are asked without."""
        if self._any_syntax:
            try:
                answer = self._server.get(place, f"{_WHOLE}; transfer-syntax=*")
                return list(objects_in(answer.body, answer.kind))
            except RefusedError as error:
                if error.status not in (400, 406, 415):
                    raise
        answer = self._server.get(place, _WHOLE)
        self._any_syntax = False
        return list(objects_in(answer.body, answer.kind))

    def _search(self, path: str, key: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The rows of a search, page after page, each once; without paging where the server ignores the offset.

        Raises:
            RefusedError: the search is refused, or its answer is none, or the server gives only the first rows.
        """
        level = path.rsplit("/", 1)[-1]
        seen: set[str] = set()
        while True:
            page, more = self._limited(path, query, len(seen))
            new = [row for row in page if _new(row, key, seen)]
            yield from new
            if page and not new and (more or len(page) <= self._limit):
                yield from self._at_once(path, key, query, seen)
                return
            self._longest[level] = max(self._longest.get(level, 0), len(page))
            # a page below the longest one was not cut by a limit of the server's own
            if not new or (len(page) < min(self._limit, self._longest[level]) and not more):
                return

    def _limited(self, path: str, query: Mapping[str, str], offset: int) -> tuple[list[dict[str, Any]], bool]:
        while True:
            try:
                return self._page(path, {**query, "limit": str(self._limit), "offset": str(offset)})
            except RefusedError as error:
                if error.status not in (400, 413, 422) or self._limit <= _SMALL_PAGE:
                    raise
                self._limit = _SMALL_PAGE

    def _at_once(self, path: str, key: str, query: Mapping[str, str], seen: set[str]) -> Iterator[dict[str, Any]]:
        """What is missing after a second page that repeats the first."""
        page, more = self._page(path, query)
        before = len(seen)
        yield from (row for row in page if _new(row, key, seen))
        if more or (len(seen) == before and len(page) >= self._limit):
            message = f"{path}: the server gives {len(page)} rows and ignores the offset; ask for less with --query"
            raise RefusedError("paging_not_supported", message)

    def _page(self, path: str, query: Mapping[str, str]) -> tuple[list[dict[str, Any]], bool]:
        answer = self._server.get(path, _JSON, query)
        return _rows(answer.body if answer.status != 204 else b"", path), answer.more

    def _json(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        return self._page(path, query)[0]

    def _reject(self, place: str, reason: str, message: str, skipped: bool = False) -> Reject:
        return Reject(self._server.base + place, None, reason, message, skipped)


def _new(row: Mapping[str, Any], key: str, seen: set[str]) -> bool:
    uid = _value(row, key)  # "" where the server names none; the first of these goes on, to be set aside as a bad UID
    if uid in seen:
        return False
    seen.add(uid)
    return True


def _rows(body: bytes, path: str) -> list[dict[str, Any]]:
    """The objects of a DICOM JSON answer (PS3.18, annex F); an empty body has none.

    Raises:
        RefusedError: the answer is no such list.
    """
    if not body.strip():
        return []
    try:
        data = load_json(body)
    except RecordError as error:
        raise RefusedError("bad_answer", f"{path}: {error}") from None
    if isinstance(data, dict) and any(map(_TAG.fullmatch, data)):
        data = [data]  # some servers give a single match without a list
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise RefusedError("bad_answer", f"{path}: the answer is no list of DICOM data sets")
    return data


def _value(row: Mapping[str, Any], tag: str) -> str:
    """The first value of an attribute as text; "" where there is none."""
    element = row.get(tag)
    values: Sequence[Any] = element.get("Value") or () if isinstance(element, dict) else ()
    first = values[0] if isinstance(values, list) and values else ""
    return str(first).strip(" \0") if isinstance(first, str | int) else ""


def _from_json(entry: Mapping[str, Any], file: str, places: Places) -> DicomResult:
    try:
        stream = as_file(entry)
    except malformed() as error:
        message = f"its metadata is not readable ({type(error).__name__})"
        return DicomResult((), (Reject(file, None, "malformed_dicom", message),))
    return read_dicom(stream, file, places)
