"""Runs the example sentences of every reading of an abbreviation (``clinnote ontology check``)."""

from dataclasses import dataclass

from clinnote.ontology.senses import Sense, load_senses
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.pipeline.concepts import ConceptFinder
from clinnote.pipeline.records import Concept
from clinnote.settings import Home


@dataclass(frozen=True, slots=True)
class SenseFailure:
    """A reading that does not do what its example says."""

    rule: str
    place: str
    example: str
    """``positive`` or ``negative``."""
    message: str


def check_senses(home: Home) -> tuple[SenseFailure, ...]:
    """Every reading whose examples fail, with the starter vocabulary, in the order of the table.

    Raises:
        OntologyError: a table can't be read.
    """
    senses = load_senses(home.ontologies)
    finder = ConceptFinder(starter_vocabulary(home.ontologies), senses)
    return tuple(failure for sense in senses for failure in _check(sense, finder))


def _check(sense: Sense, finder: ConceptFinder) -> list[SenseFailure]:
    found: list[SenseFailure] = []
    for example, text, wanted in (("positive", sense.positive, True), ("negative", sense.negative, False)):
        mention = _mention(finder, text, sense.form)
        if sense.form not in text:
            found.append(SenseFailure(sense.id, sense.place, example, f"does not hold {sense.form}"))
        elif sense.reading is None:
            if wanted and mention is not None:
                found.append(SenseFailure(sense.id, sense.place, example, "is read as a mention"))
        elif finder.vocabulary.lookup(sense.reading):
            reads = mention is not None and sense.id in [evidence.rule for evidence in mention.evidence]
            if reads != wanted:
                message = f"is not read as {sense.reading}" if wanted else f"is read as {sense.reading}"
                found.append(SenseFailure(sense.id, sense.place, example, message))
    return found


def _mention(finder: ConceptFinder, text: str, form: str) -> Concept | None:
    """The mention of the short form, or None; in another mention it is none."""
    return next((c for c in finder.find(text) if text[c.start : c.end] == form), None)
