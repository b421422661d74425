"""What one process does to notes: tag them, and make of them the bytes of the output."""

import gc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clinnote import logs
from clinnote.errors import ClinnoteError, RecordError, Reject
from clinnote.model.mention import Mention, Run, TaggedNote
from clinnote.model.note import Note
from clinnote.model.schema import to_dict
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.store.json_text import dump_line
from clinnote.workflow.tag_options import Batch, Item, TagOptions

Result = TaggedNote | Reject


class NoteTagger:
    """One tagger; turns whatever goes wrong with a note into a reject that holds none of its text."""

    def __init__(self, options: TagOptions, keep_tagged: bool = False) -> None:
        self._options = options
        self._keep_tagged = keep_tagged
        self._tagger: Tagger | None = None

    def tagger(self) -> Tagger:
        """The tagger, loaded when it is first needed."""
        options = self._options
        self._tagger = self._tagger or load_tagger(options.pipeline, options.vocabulary, options.home)
        return self._tagger

    def __call__(self, item: Item) -> Result:
        """The tagged note, or why there is none."""
        if isinstance(item, Reject):
            return item
        if self._keep_tagged and isinstance(item.record, TaggedNote):
            return item.record
        options, tagger = self._options, self.tagger()
        try:
            tagged = tagger(_as_note(item.record, options.given), given=options.given)
        except RecordError as error:
            return Reject(item.file, item.line, error.reason, str(error))
        except ClinnoteError:
            raise
        except Exception as error:  # noqa: BLE001 (one note must not stop a million; its text must not leak)
            message = f"note {item.record.note_id}: tagging failed with {type(error).__name__}"
            return Reject(item.file, item.line, "internal_error", message)
        if options.started is None and options.keep_text:
            return tagged
        run = replace(tagged.run, started=options.started) if tagged.run else None
        return replace(tagged, run=run, text=tagged.text if options.keep_text else None)


class FileTagger:
    """Notes to the bytes of a ``.jsonl`` or ``.parquet`` output."""

    def __init__(self, options: TagOptions, as_parquet: bool) -> None:
        self._tag = NoteTagger(options)
        self._as_parquet = as_parquet
        self.about: Run = replace(self._tag.tagger().run, started=options.started)
        """The run stamp of every record."""
        gc.collect()
        gc.freeze()  # tables live as long as the process: the collector need not walk them again and again

    def __call__(self, items: Sequence[Item]) -> Batch:
        """The output of these notes."""
        results = [self._tag(item) for item in items]
        if not self._as_parquet:
            return _batch(results, b"".join(dump_line(r) for r in results if isinstance(r, TaggedNote)))
        try:
            payload = _as_table(results)
        except RecordError:
            results = [_fitting(item, result) for item, result in zip(items, results, strict=True)]
            payload = _as_table(results)
        return _batch(results, payload)


def _batch(results: Sequence[Result], payload: bytes) -> Batch:
    tagged = [result for result in results if isinstance(result, TaggedNote)]
    rejects = tuple(result for result in results if isinstance(result, Reject))
    return Batch(payload, len(tagged), sum(len(note.mentions) for note in tagged), rejects)


def _as_table(results: Sequence[Result]) -> bytes:
    from clinnote.store.parquet import to_bytes

    tagged = [result for result in results if isinstance(result, TaggedNote)]
    return to_bytes(tagged, TaggedNote) if tagged else b""


def _fitting(item: Item, result: Result) -> Result:
    """The result, or the reject that says why Parquet can't hold it."""
    if isinstance(item, Reject) or isinstance(result, Reject):
        return result
    from clinnote.store.parquet import row_of

    try:
        row_of(result, TaggedNote)
    except RecordError as error:
        return Reject(item.file, item.line, error.reason, f"note {result.note_id}: {error}")
    return result


class RecordTagger:
    """Notes to tagged notes and rejects, in order."""

    def __init__(self, options: TagOptions, keep_tagged: bool) -> None:
        self._tag = NoteTagger(options, keep_tagged)

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """One result an item."""
        return [self._tag(item) for item in items]


def file_tagger(options: TagOptions, as_parquet: bool) -> FileTagger:
    """:class:`FileTagger` in a worker process."""
    logs.configure()
    return FileTagger(options, as_parquet)


def record_tagger(options: TagOptions, keep_tagged: bool) -> RecordTagger:
    """:class:`RecordTagger` in a worker process."""
    logs.configure()
    return RecordTagger(options, keep_tagged)


def _as_note(item: Note | TaggedNote, given: bool) -> Note:
    if isinstance(item, Note):
        return item
    if item.text is None:
        raise RecordError("no_text", "the tagged note carries no text, so it can't be tagged again")
    carried = {"mentions": [_as_given(mention) for mention in item.mentions]} if given else {}
    return Note(
        item.note_id,
        item.text,
        item.patient_id,
        item.study_id,
        item.accession,
        item.note_type,
        item.date,
        {**item.metadata, **carried},
    )


def _as_given(mention: Mention) -> dict[str, Any]:
    """What a mention was before anything was filled in."""
    codes = [to_dict(code) for code in mention.codes]
    return {**mention.metadata, "start": mention.start, "end": mention.end, "label": mention.label, "codes": codes}
