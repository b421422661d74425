"""Notes in, tagged notes out: one pipeline with its vocabulary."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clinnote import __version__
from clinnote.errors import RecordError
from clinnote.model.mention import Mention, Run, TaggedNote, text_sha256
from clinnote.model.note import Note
from clinnote.ontology.vocabularies.vocabulary import Vocabulary
from clinnote.pipeline.components import Component
from clinnote.pipeline.concepts import given_concepts
from clinnote.pipeline.extract import mentions_of
from clinnote.pipeline.own_stages import build_stages, own_stages, pipeline_file, rules_version
from clinnote.pipeline.records import Annotations
from clinnote.settings import Home

if TYPE_CHECKING:
    from spacy.language import Language

_GIVEN: Final = "mentions"
_GIVEN_KEYS: Final = frozenset({"start", "end", "label", "codes", "text"})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Tagger:
    """Tags notes with one pipeline. Holds no state of any note.

    One of :func:`load_tagger` may be sent to another process, which loads the same pipeline for itself (``made_of``).
    """

    def __init__(
        self,
        pipeline: "Language | Sequence[Component]",
        rules: str,
        made_of: tuple[str, Path | None, Home] | None = None,
    ) -> None:
        self._nlp = None if isinstance(pipeline, Sequence) else pipeline
        self.rules = rules
        self._made_of = made_of
        pipes = pipeline if isinstance(pipeline, Sequence) else [pipe for _, pipe in pipeline.pipeline]
        known = (getattr(getattr(pipe, "finder", None), "vocabulary", None) for pipe in pipes)
        version = next((found.version for found in known if isinstance(found, Vocabulary)), "none")
        self.run = Run(__version__, rules, version)
        own = [pipe for pipe in pipes if isinstance(pipe, Component)]
        self._stages: Sequence[Component] | None = own if len(own) == len(pipes) else None
        """The components themselves when all are our own: then no Doc is needed."""

    @property
    def nlp(self) -> "Language":
        """The pipeline as spaCy's; one that runs without spaCy is built anew when this is first asked for.

        Raises:
            TypeError: the tagger was made of stages that no ``.cfg`` names.
        """
        if self._nlp is None:
            if self._made_of is None:
                raise TypeError("only a tagger of load_tagger, or of a spaCy pipeline, has one")
            from clinnote.pipeline.build import build_pipeline

            pipeline, vocabulary, home = self._made_of
            self._nlp = build_pipeline(pipeline, home, vocabulary)
        return self._nlp

    def __reduce__(self) -> tuple[Any, ...]:
        if self._made_of is None:
            raise TypeError("only a tagger of load_tagger can be sent to another process; build this one there")
        return load_tagger, self._made_of

    def __call__(self, note: Note | str, given: bool = False) -> TaggedNote:
        """Tag one note; a string is a note whose id is the first 16 hex digits of its text's hash.

        With ``given``, the mentions in ``note.metadata["mentions"]`` (start, end, label) take the place of the
        vocabulary: each comes back, in the same order, with everything else about it filled in.

        Raises:
            RecordError: with ``given``, the note carries no mentions or one whose span is not in the text.
        """
        with _uncollected():  # looking for cycles in between costs a tenth of the time
            return self._tag(note, given)

    def _tag(self, note: Note | str, given: bool) -> TaggedNote:
        text = note if isinstance(note, str) else note.text
        digest = text_sha256(text)
        if isinstance(note, str):
            note = Note(digest[:16], text)
        if given:
            mentions, metadata = self._tag_given(note, digest)
        else:
            found = self._annotate(text, Annotations(note_type=note.note_type, date=note.date))
            mentions = mentions_of(text, digest, found, self.rules)
            metadata = note.metadata
        return TaggedNote(
            note.note_id,
            digest,
            text,
            note.patient_id,
            note.study_id,
            note.accession,
            note.note_type,
            note.date,
            metadata,
            mentions,
            self.run,
        )

    def pipe(self, notes: Iterable[Note | str], given: bool = False) -> Iterator[TaggedNote]:
        """Tag notes one by one, lazily and in order."""
        for note in notes:
            yield self(note, given)

    def _annotate(self, text: str, start: Annotations) -> Annotations:
        if self._stages is not None:
            for stage in self._stages:
                start = stage.find(text, start)
            return start
        # spaCy's strings are UTF-8, which has no lone surrogates; one character for one keeps all offsets
        doc = self.nlp.make_doc(_SURROGATE.sub("\ufffd", text))
        doc._.clinnote = start
        return self.nlp(doc)._.clinnote  # type: ignore[no-any-return]

    def _tag_given(self, note: Note, digest: str) -> tuple[tuple[Mention, ...], Mapping[str, Any]]:
        if _GIVEN not in note.metadata:
            raise RecordError("no_mentions", f"note {note.note_id}: the key 'mentions' is missing")
        items = note.metadata[_GIVEN]
        try:
            concepts = given_concepts(note.text, items)
        except RecordError as error:
            raise RecordError(error.reason, f"note {note.note_id}: {error}") from None
        metadata = {key: value for key, value in note.metadata.items() if key != _GIVEN}
        if not concepts:
            return (), metadata
        order = sorted(range(len(concepts)), key=lambda i: concepts[i].start)
        start = Annotations(concepts=tuple(concepts[i] for i in order), note_type=note.note_type, date=note.date)
        found = self._annotate(note.text, start)
        tagged = iter(mentions_of(note.text, digest, _only_given(found), self.rules))
        by_place = dict(zip(order, tagged, strict=True))
        return tuple(_with_extra(by_place[i], items[i]) for i in range(len(concepts))), metadata


def load_tagger(pipeline: str, vocabulary: Path | None, home: Home) -> Tagger:
    """A tagger for a shipped pipeline ("general", "radiology") or a ``.cfg`` file.

    Raises:
        UsageError: the pipeline or the vocabulary can't be used; the message says why.
        OntologyError: a knowledge table breaks its contract.
    """
    made_of = pipeline, vocabulary and vocabulary.absolute(), home
    with _uncollected():
        return Tagger(_pipeline(pipeline, vocabulary, home), rules_version(pipeline, home), made_of)


def _pipeline(pipeline: str, vocabulary: Path | None, home: Home) -> "Language | Sequence[Component]":
    stages = own_stages(pipeline_file(pipeline, home))
    if stages is not None:
        return build_stages(stages, home, vocabulary)
    from clinnote.pipeline.build import build_pipeline

    return build_pipeline(pipeline, home, vocabulary)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: notes and tables make many small records, and none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _only_given(found: Annotations) -> Annotations:
    kept = [i for i, concept in enumerate(found.concepts) if concept.given]
    return replace(
        found,
        concepts=[found.concepts[i] for i in kept],
        contexts=[found.contexts[i] for i in kept] if found.contexts else (),
        places=[found.places[i] for i in kept] if found.places else (),
        measurements=[found.measurements[i] for i in kept] if found.measurements else (),
        dosages=[found.dosages[i] for i in kept] if found.dosages else (),
        readings=[found.readings[i] for i in kept] if found.readings else (),
    )


def _with_extra(mention: Mention, item: Mapping[str, Any]) -> Mention:
    extra = {key: value for key, value in item.items() if key not in _GIVEN_KEYS}
    own = extra.pop("metadata", None)
    extra |= own if isinstance(own, Mapping) else {}
    return replace(mention, metadata=extra) if extra else mention
