"""Files and folders to image labels: each file goes to its reader by what stands in it, not by its name."""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from clinnote.errors import RecordError, Reject
from clinnote.imaging.boxes import read_boxes
from clinnote.imaging.coco import is_box_list, is_coco, read_box_list, read_coco
from clinnote.imaging.dicom import looks_like_dicom, read_dicom
from clinnote.imaging.labels_jsonl import label_of, read_label_lines
from clinnote.imaging.linking import waits_for_header
from clinnote.imaging.places import Places, load_places
from clinnote.imaging.seen import Seen
from clinnote.model.image_label import ImageLabel
from clinnote.settings import Home
from clinnote.store.json_text import load_json
from clinnote.store.walk import files_under

STANDARD_STREAM: Final = Path("-")
_TEXT_ENDINGS: Final = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_DICOM_ENDINGS: Final = (".dcm", ".dicom", ".ima")
_HEAD: Final = 4096


def read_image_labels(paths: Iterable[Path], home: Home) -> Iterator[ImageLabel | Reject]:
    """The labels of files and folders (walked in name order), and a reject for whatever gives none.

    Never raises for what stands in a file. Labels of the same object read twice come once. Images of a series whose
    headers say the same give one label, for the first of them. Shapes on images of unknown orientation come last: they
    may be about an image whose header is read later.

    Raises:
        OntologyError: a table of the home breaks its contract.
    """
    reader = _Reader(load_places(home))
    waiting: list[ImageLabel] = []
    for path in paths:
        for file, asked_for in _files_of(path):
            if isinstance(file, Reject):
                yield file
                continue
            for item in reader.read(file, asked_for):
                if isinstance(item, ImageLabel) and waits_for_header(item):
                    waiting.append(item)
                else:
                    yield item
    yield from map(reader.headers.complete, waiting)


def _files_of(path: Path) -> Iterator[tuple[Path | Reject, bool]]:
    """(file, whether it was named itself rather than found in a folder)."""
    if path == STANDARD_STREAM or path.is_file():
        yield path, True
    elif path.is_dir():
        found = [file for file in files_under(path) if not _hidden(file, path)]
        yield from ((file, False) for file in found)
        if not found:
            yield Reject(str(path), None, "empty_folder", "holds no file"), True
    else:
        yield Reject(str(path), None, "no_such_file", "no such file or folder"), True


def _hidden(file: Path | Reject, top: Path) -> bool:
    place = Path(file.file) if isinstance(file, Reject) else file
    return any(part.startswith(".") for part in place.relative_to(top).parts)


class _Reader:
    """Reads file after file and remembers what it has seen."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._seen = Seen(places)
        self.headers = self._seen.headers

    def read(self, path: Path, asked_for: bool) -> Iterator[ImageLabel | Reject]:
        """The labels of one file."""
        try:
            with _open(path) as stream:
                yield from self._seen.once(self._dispatch(stream, path, asked_for), str(path))
        except (OSError, EOFError, zlib.error) as error:
            yield Reject(str(path), None, "unreadable_file", f"can't be read ({type(error).__name__})")

    def _dispatch(self, stream: BinaryIO, path: Path, asked_for: bool) -> Iterator[ImageLabel | Reject]:
        file = str(path)
        head = stream.read(_HEAD)
        stream.seek(0)
        if not head:
            yield Reject(file, None, "empty_file", "holds no byte")
        elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            yield Reject(file, None, "not_utf8", "is UTF-16; save it as UTF-8")
        elif looks_like_dicom(head):
            yield from self._seen.news(read_dicom(stream, file, self._places), file)
        elif b"\0" in head or path.suffix.lower() in _DICOM_ENDINGS:
            yield _no_reader(path, asked_for, "binary, but no DICOM; give DICOM, CSV, COCO JSON or JSON Lines")
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            yield from _json(stream, file, self._places)
        elif asked_for or path.name.lower().removesuffix(".gz").endswith(_TEXT_ENDINGS):
            yield from _csv(stream, file, self._places)
        else:
            yield _no_reader(path, asked_for, "text, but neither CSV nor JSON by its name")


def _no_reader(path: Path, asked_for: bool, message: str) -> Reject:
    """A file of another kind: skipped in a folder, unless its name promises DICOM."""
    if path.suffix.lower() in _DICOM_ENDINGS:
        return Reject(str(path), None, "not_dicom", "has no DICOM header; check or export the file again")
    return Reject(str(path), None, "unsupported_file", message, skipped=not asked_for)


def _open(path: Path) -> BinaryIO:
    """The bytes of a file, of a gzip file's content, or of standard input; seekable."""
    if path == STANDARD_STREAM:
        return io.BytesIO(sys.stdin.buffer.read())
    stream = path.open("rb")
    if stream.read(2) != b"\x1f\x8b" or path.suffix.lower() != ".gz":
        stream.seek(0)
        return stream
    stream.close()
    with gzip.open(path, "rb") as packed:
        return io.BytesIO(packed.read())


def _json(stream: BinaryIO, file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    """COCO, ChestX-Det, one label record or a list of them, or JSON Lines."""
    raw = stream.read()
    try:
        data = load_json(raw)
    except RecordError as error:
        if error.reason == "not_json" and _is_json_lines(raw, file):
            yield from read_label_lines(raw.splitlines(), file, places)
        else:
            yield Reject(file, None, error.reason, str(error))
    else:
        if is_coco(data):
            yield from read_coco(data, file, places)
        elif is_box_list(data):
            yield from read_box_list(data, file, places)
        elif isinstance(data, list):
            yield from (label_of(entry, file, None, places) for entry in data)
        elif isinstance(data, dict) and "finding" in data:
            yield label_of(data, file, 1, places)
        else:
            yield Reject(file, None, "unknown_json", "neither COCO nor image labels; see 'clinnote schema image_label'")


def _is_json_lines(raw: bytes, file: str) -> bool:
    """Whether the name says so, or the first line is a JSON object by itself."""
    if file.lower().endswith((".jsonl", ".ndjson")):
        return True
    try:
        return isinstance(load_json(raw.lstrip().split(b"\n", 1)[0]), dict)
    except RecordError:
        return False


def _csv(stream: BinaryIO, file: str, places: Places) -> Iterator[ImageLabel | Reject]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from read_boxes(text, file, places)
    except UnicodeDecodeError as error:
        yield Reject(file, None, "not_utf8", f"byte {error.start} is not UTF-8; re-encode the file as UTF-8")
    finally:
        text.detach()  # the stream is closed by whoever opened it
