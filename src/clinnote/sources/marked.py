"""Notes with mentions that somebody has made: records, brat folders, UIMA XMI. For gold sets and for predictions."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.mention import Mention, TaggedNote, mention_id, text_sha256
from clinnote.model.note import Note
from clinnote.model.schema import from_dict
from clinnote.model.spans import valid
from clinnote.ontology.gold_map import RULES, GoldMap
from clinnote.sources.brat import read_brat
from clinnote.sources.objects import read_lines
from clinnote.sources.placed import Placed
from clinnote.sources.xmi import read_xmi
from clinnote.store.walk import files_under

STANDARD_STREAM: Final = Path("-")
RECORD_ENDINGS: Final = (".jsonl", ".ndjson", ".parquet")
XMI_ENDINGS: Final = (".xmi", ".xml")
BRAT_ENDINGS: Final = (".ann", ".txt")
_KEY: Final = "mentions"


def marked_files(path: Path) -> Iterator[tuple[Path, str] | Reject]:
    """(file, note id) of every file of ``path`` that may hold marked notes; of a brat pair, the ``.txt``.

    Raises:
        UsageError: the path does not exist or has another ending, or the folder holds no such file.
    """
    endings = (*RECORD_ENDINGS, *XMI_ENDINGS, *BRAT_ENDINGS, ".json")
    if path != STANDARD_STREAM and not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    if not path.is_dir():
        if path != STANDARD_STREAM and path.suffix.lower() not in endings:
            raise UsageError(f"{path}: marked notes are read from {', '.join(endings)}, or a folder of them")
        yield (path.with_suffix(".txt") if path.suffix.lower() == ".ann" else path), path.stem
        return
    found = False
    for item in files_under(path):
        if isinstance(item, Reject):
            yield item
        elif item.suffix.lower() in endings and item.suffix.lower() != ".ann":
            found = True
            yield item, item.relative_to(path).with_suffix("").as_posix()
        elif item.suffix.lower() == ".ann" and not item.with_suffix(".txt").exists():
            yield Reject(str(item), None, "no_text", "there is no .txt file beside the annotations")
    if not found:
        raise UsageError(f"{path}: no marked notes in this folder ({', '.join(endings)})")


def read_marked(file: Path, note_id: str, maps: Mapping[str, GoldMap]) -> Iterator[Placed | Reject]:
    """The marked notes of one file; every :class:`Placed` holds a :class:`TaggedNote`."""
    ending = file.suffix.lower()
    if ending in XMI_ENDINGS:
        yield from read_xmi(file, note_id, maps["xmi"])
    elif ending == ".txt":
        yield from read_brat(file, note_id, maps["brat"])
    else:
        for item in read_lines(file, "text", "note_id"):
            yield item if isinstance(item, Reject) else _marked(item)


def _marked(item: Placed) -> Placed | Reject:
    note = item.record
    if isinstance(note, TaggedNote):
        return item
    try:
        return Placed(with_mentions(note), item.file, item.line)
    except RecordError as error:
        return Reject(item.file, item.line, error.reason, str(error))


def with_mentions(note: Note) -> TaggedNote:
    """A note whose mentions stand under ``mentions``, each with ``start`` and ``end`` and what else is known of it.

    Raises:
        RecordError: it has none, or one that does not mark the text.
    """
    given = note.metadata.get(_KEY)
    if not isinstance(given, list | tuple):
        raise RecordError("no_mentions", "the note has no 'mentions'; is it tagged?")
    digest = text_sha256(note.text)
    mentions = tuple(_mention(note.text, digest, data, place) for place, data in enumerate(given))
    rest = {key: value for key, value in note.metadata.items() if key != _KEY}
    keys = (note.patient_id, note.study_id, note.accession, note.note_type, note.date)
    return TaggedNote(note.note_id, digest, note.text, *keys, rest, mentions)


def _mention(text: str, digest: str, data: Any, place: int) -> Mention:
    where = f"mentions[{place}]"
    if not isinstance(data, Mapping):
        raise RecordError("not_an_object", f"{where} must be an object")
    start, end = data.get("start"), data.get("end")
    if not valid(start, end, len(text)):
        raise RecordError("bad_span", f"{where}: start and end mark no stretch of the text")
    quote = text[start:end]
    if data.get("text") not in (None, quote):
        raise RecordError("bad_span", f"{where}: its text is not what start and end mark; offsets shifted?")
    label = data.get("label") or "finding"
    identity = mention_id(digest, int(start or 0), int(end or 0), str(label), RULES)
    return from_dict(Mention, {"id": identity, **data, "text": quote, "label": label}, where)
