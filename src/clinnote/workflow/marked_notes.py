"""Marked notes of both sides of an evaluation, from any format, and which belong together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinnote.errors import RecordError, Reject
from clinnote.labelstudio.export import looks_like_export, read_export
from clinnote.model.mention import TaggedNote
from clinnote.model.note import Note
from clinnote.ontology.gold_map import FORMATS, GoldMap, load_gold_map
from clinnote.settings import DEFAULT_GUIDELINE, Home
from clinnote.sources.marked import marked_files, read_marked
from clinnote.sources.placed import Placed
from clinnote.store.json_text import load_json
from clinnote.workflow.label_studio import find_guideline
from clinnote.workflow.tag_options import TagOptions
from clinnote.workflow.tagging import tag_notes


@dataclass(frozen=True, slots=True)
class Tagging:
    """How gold texts are tagged to be judged; with ``given``, the gold spans and labels are taken as they are."""

    pipeline: str = "general"
    vocabulary: Path | None = None
    given: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Gold notes with their predictions, and what has no partner."""

    pairs: tuple[tuple[TaggedNote, TaggedNote | None], ...]
    without_gold: tuple[str, ...]
    rejects: tuple[Reject, ...]


def read_side(
    paths: Sequence[Path], home: Home, own_map: Path | None = None, guideline: str = DEFAULT_GUIDELINE
) -> Iterator[Placed | Reject]:
    """Every marked note of gold or predictions; what can't be read comes as :class:`Reject` with file and line.

    Args:
        paths: Files and folders.
        home: Where the shipped map and guidelines lie.
        own_map: Rows that go before the shipped meanings of foreign annotations.
        guideline: That of the notes which ``clinnote push`` brought into Label Studio.

    Raises:
        UsageError: a path does not exist or has an ending that no reader knows.
        OntologyError: a map or the guideline breaks its contract.
    """
    maps = {form: load_gold_map(home.configs, form, own_map) for form in FORMATS}
    for path in paths:
        for item in marked_files(path):
            if isinstance(item, Reject):
                yield item
                continue
            file, note_id = item
            if file.suffix.lower() == ".json":
                yield from _read_export(file, guideline, home, maps["labelstudio"])
            else:
                yield from read_marked(file, note_id, maps)


def tagged_anew(gold: Iterable[Placed | Reject], tagging: Tagging, home: Home) -> Iterator[Placed | Reject]:
    """The gold texts as a pipeline tags them; nothing else of the gold set is seen but, with ``given``, its spans.

    Raises:
        UsageError: there is no such pipeline or vocabulary.
    """
    options = TagOptions(home, tagging.pipeline, tagging.vocabulary, tagging.given)
    items = [_bare(item, tagging.given) for item in gold if not isinstance(item, Reject)]
    for item, tagged in zip(items, tag_notes(items, options), strict=True):
        yield Placed(tagged, item.file, item.line) if isinstance(tagged, TaggedNote) else tagged


def _bare(item: Placed, given: bool) -> Placed | Reject:
    """A gold note as it would have come in: its text and, with ``given``, the spans and labels of its mentions."""
    note = note_of(item)
    if note.text is None:
        message = f"note {note.note_id}: carries no text, so it can't be tagged"
        return Reject(item.file, item.line, "no_text", message)
    spans = [{"start": m.start, "end": m.end, "label": m.label} for m in note.mentions]
    keys = (note.patient_id, note.study_id, note.accession, note.note_type, note.date)
    return Placed(Note(note.note_id, note.text, *keys, {"mentions": spans} if given else {}), item.file, item.line)


def _read_export(file: Path, guideline: str, home: Home, rules: GoldMap) -> Iterator[Placed | Reject]:
    try:
        tasks = load_json(file.read_bytes())
    except RecordError as error:
        yield Reject(str(file), None, error.reason, str(error))
        return
    except OSError as error:
        yield Reject(str(file), None, "unreadable_file", error.strerror or type(error).__name__)
        return
    if not looks_like_export(tasks):
        yield Reject(str(file), None, "not_an_export", "is no Label Studio export; export as JSON, or give .jsonl")
        return
    for item in read_export(tasks, str(file), find_guideline(guideline, home), rules):
        yield item if isinstance(item, Reject) else Placed(item, str(file))


def join(gold: Iterable[Placed | Reject], predicted: Iterable[Placed | Reject]) -> Joined:
    """Each gold note with its prediction: by note id where the text is the same, else by the text alone.

    A gold note whose id is predicted with another text, and with its own text nowhere, is a reject: spans of two
    texts can't be compared.
    """
    rejects: list[Reject] = []
    wanted = _unique(gold, rejects)
    offered = _unique(predicted, rejects)
    by_text: dict[str, list[str]] = {}
    for name, item in offered.items():
        by_text.setdefault(note_of(item).text_sha256, []).append(name)
    same = (n for n, i in wanted.items() if n in offered and note_of(offered[n]).text_sha256 == note_of(i).text_sha256)
    found = {name: name for name in same}
    taken = set(found)
    pairs: list[tuple[TaggedNote, TaggedNote | None]] = []
    for name, item in wanted.items():
        if name not in found:
            other = next((n for n in by_text.get(note_of(item).text_sha256, ()) if n not in taken), None)
            if other is not None:
                found[name] = other
                taken.add(other)
            elif name in offered:
                message = f"note {name}: was predicted from another text than the gold text, so spans can't be compared"
                rejects.append(Reject(offered[name].file, offered[name].line, "text_differs", message))
                taken.add(name)
                continue
        pairs.append((note_of(item), note_of(offered[found[name]]) if name in found else None))
    return Joined(tuple(pairs), tuple(name for name in offered if name not in taken), tuple(rejects))


def _unique(items: Iterable[Placed | Reject], rejects: list[Reject]) -> dict[str, Placed]:
    notes: dict[str, Placed] = {}
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
        elif item.record.note_id in notes:
            message = f"note {item.record.note_id}: stands there twice; only the first is used"
            rejects.append(Reject(item.file, item.line, "duplicate_note_id", message))
        else:
            notes[item.record.note_id] = item
    return notes


def note_of(item: Placed) -> TaggedNote:
    """The tagged note of an item that :func:`read_side` gave."""
    if not isinstance(item.record, TaggedNote):
        raise TypeError("marked notes are tagged notes")
    return item.record
