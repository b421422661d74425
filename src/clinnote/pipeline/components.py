"""The stages as spaCy components: each finds records in the raw text and writes them to the Doc.

A component is a pure function of (text, annotations so far) wrapped twice: ``find`` gives new annotations and is all
that a tagger needs; ``__call__`` does the same on a ``Doc``. All state on a Doc stands in ``doc._.clinnote``
(:class:`~clinnote.pipeline.records.Annotations`) and, for use with other components, in ``doc.spans["clinnote"]``.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from clinnote.ontology.anatomy import Anatomy
from clinnote.ontology.cues import CueTable
from clinnote.ontology.number_tables import NumberTables
from clinnote.ontology.sections import SectionTable
from clinnote.ontology.times import TimeTable
from clinnote.pipeline.concepts import ConceptFinder, without_headings
from clinnote.pipeline.context.stage import find_context
from clinnote.pipeline.numbers.short_names import ShortNames
from clinnote.pipeline.numbers.stage import find_measurements
from clinnote.pipeline.predicates import PredicateFinder
from clinnote.pipeline.records import Annotations
from clinnote.pipeline.sections import find_sections
from clinnote.pipeline.sentences import find_sentences
from clinnote.pipeline.sites.stage import PlaceFinder

if TYPE_CHECKING:
    from spacy.tokens import Doc

STATE: Final = "clinnote"
"""Name of the Doc extension and of the span group."""
STAGES: Final = ("sentences", "sections", "concepts", "contexts", "places", "measurements")


class Component(ABC):
    """One stage: ``find`` is pure, calling it with a Doc reads and writes the state there."""

    def __call__(self, doc: "Doc") -> "Doc":
        """Run the stage on ``doc.text`` and write the result to the Doc."""
        doc._.clinnote = self.find(doc.text, doc._.clinnote)
        return doc

    @abstractmethod
    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with this stage's records added."""


class Sentences(Component):
    """Writes ``sentences``."""

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with the sentences of ``text``."""
        return replace(so_far, sentences=find_sentences(text))


class Sections(Component):
    """Writes ``sections``."""

    def __init__(self, table: SectionTable) -> None:
        self._table = table

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with the sections of ``text``."""
        return replace(so_far, sections=find_sections(text, self._table))


class Concepts(Component):
    """Writes ``concepts``, and a span group with one span a concept, widened to whole tokens."""

    def __init__(
        self, finder: ConceptFinder, predicates: PredicateFinder | None = None, names: ShortNames | None = None
    ) -> None:
        self.finder = finder
        self._predicates = predicates
        self._names = names

    def __call__(self, doc: "Doc") -> "Doc":
        """Run the stage on ``doc.text`` and write the result to the Doc."""
        super().__call__(doc)
        spans = (
            doc.char_span(concept.start, concept.end, label=concept.label, alignment_mode="expand")
            for concept in doc._.clinnote.concepts
        )
        doc.spans[STATE] = [span for span in spans if span is not None]
        return doc

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with the concepts of ``text``; concepts that are already there are taken as given."""
        given = so_far.concepts
        if given:
            return replace(so_far, concepts=self.finder.locate(text, given, so_far.sections, so_far.note_type))
        found = self.finder.find(text, so_far.sections, so_far.note_type)
        if self._predicates is not None:
            found = self._predicates.add(text, found)
        if self._names is not None:
            found = self._names.add(text, found)
        return replace(so_far, concepts=without_headings(found, so_far.sections))


class ContextFinder(Component):
    """Writes ``contexts``, parallel to the concepts."""

    def __init__(self, cues: CueTable, times: TimeTable | None = None) -> None:
        self._cues = cues
        self._times = times

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with the context of each concept."""
        contexts = find_context(
            text, so_far.sentences, so_far.sections, so_far.concepts, self._cues, self._times, so_far.date
        )
        return replace(so_far, contexts=contexts)


class Sites(Component):
    """Writes ``places``, parallel to the concepts."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._finder = PlaceFinder(anatomy)

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with side and sites of each concept."""
        places = self._finder.find(text, so_far.sentences, so_far.sections, so_far.concepts)
        return replace(so_far, places=places)


class Measurements(Component):
    """Writes ``measurements``, ``dosages`` and ``readings``, parallel to the concepts."""

    def __init__(self, tables: NumberTables) -> None:
        self._tables = tables

    def find(self, text: str, so_far: Annotations) -> Annotations:
        """The annotations with the measurements of each concept and the dosage of each drug."""
        found = find_measurements(text, so_far.sentences, so_far.concepts, self._tables)
        return replace(so_far, measurements=found.measurements, dosages=found.dosages, readings=found.evidence)


def register_state() -> None:
    """Declare ``doc._.clinnote`` and, for each stage, ``doc._.clinnote_<stage>`` that reads from it."""
    from spacy.tokens import Doc

    if not Doc.has_extension(STATE):
        Doc.set_extension(STATE, default=Annotations())
    for stage in STAGES:
        if not Doc.has_extension(f"{STATE}_{stage}"):
            Doc.set_extension(f"{STATE}_{stage}", getter=partial(_read_stage, stage))


def _read_stage(stage: str, doc: "Doc") -> object:
    return getattr(doc._.clinnote, stage)
