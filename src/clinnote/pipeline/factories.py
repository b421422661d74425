"""spaCy factories of all stages, registered in this one place (entry points in ``pyproject.toml`` name them).

What their settings mean stands in :mod:`clinnote.pipeline.makers`, which makes the stages.
"""

# ruff: noqa: ARG001 (spaCy passes nlp and name to every factory)

from typing import Literal

from spacy.language import Language

from clinnote.pipeline import components, makers
from clinnote.pipeline.medspacy_parts import MedspacyRecords, MedspacyTargets, TargetFinder

_SENTENCES = "doc._.clinnote_sentences"
_SECTIONS = "doc._.clinnote_sections"
_CONCEPTS = "doc._.clinnote_concepts"


@Language.factory("clinnote_sentences", assigns=[_SENTENCES])
def sentences(nlp: Language, name: str) -> components.Sentences:
    """:func:`clinnote.pipeline.makers.sentences`."""
    components.register_state()
    return makers.sentences()


@Language.factory("clinnote_sections", assigns=[_SECTIONS], default_config={"ontologies": None, "kinds": None})
def sections(nlp: Language, name: str, ontologies: str | None, kinds: list[str] | None) -> components.Sections:
    """:func:`clinnote.pipeline.makers.sections`."""
    components.register_state()
    return makers.sections(ontologies, kinds)


@Language.factory(
    "clinnote_concepts",
    assigns=[_CONCEPTS, "doc.spans"],
    default_config={"vocabulary": None, "ontologies": None, "spelling": False, "matches": "longest"},
)
def concepts(
    nlp: Language,
    name: str,
    vocabulary: str | None,
    ontologies: str | None,
    spelling: bool,
    matches: Literal["longest", "all"],
) -> components.Concepts:
    """:func:`clinnote.pipeline.makers.concepts`."""
    components.register_state()
    return makers.concepts(vocabulary, ontologies, spelling, matches)


@Language.factory(
    "clinnote_context",
    requires=[_SENTENCES, _SECTIONS, _CONCEPTS],
    assigns=["doc._.clinnote_contexts"],
    default_config={"ontologies": None, "cues": None, "shipped": True},
)
def context(
    nlp: Language, name: str, ontologies: str | None, cues: str | None, shipped: bool
) -> components.ContextFinder:
    """:func:`clinnote.pipeline.makers.context`."""
    components.register_state()
    return makers.context(ontologies, cues, shipped)


@Language.factory(
    "clinnote_sites",
    requires=[_SENTENCES, _SECTIONS, _CONCEPTS],
    assigns=["doc._.clinnote_places"],
    default_config={"ontologies": None},
)
def sites(nlp: Language, name: str, ontologies: str | None) -> components.Sites:
    """:func:`clinnote.pipeline.makers.sites`."""
    components.register_state()
    return makers.sites(ontologies)


@Language.factory(
    "clinnote_measurements",
    requires=[_SENTENCES, _CONCEPTS],
    assigns=["doc._.clinnote_measurements"],
    default_config={"ontologies": None},
)
def measurements(nlp: Language, name: str, ontologies: str | None) -> components.Measurements:
    """:func:`clinnote.pipeline.makers.measurements`."""
    components.register_state()
    return makers.measurements(ontologies)


@Language.factory(
    "clinnote_medspacy_targets",
    assigns=[_CONCEPTS, "doc.spans"],
    default_config={"vocabulary": None, "ontologies": None, "rules": None},
)
def medspacy_targets(
    nlp: Language, name: str, vocabulary: str | None, ontologies: str | None, rules: str | None
) -> MedspacyTargets:
    """Concepts by medspaCy's matcher: the forms of a vocabulary, or ``rules``, a file of its TargetRule JSON."""
    components.register_state()
    known = makers.vocabulary_in(vocabulary, makers.tables_in(ontologies))
    return MedspacyTargets(TargetFinder(nlp, known, rules))


@Language.factory(
    "clinnote_medspacy_records",
    requires=[_CONCEPTS],
    assigns=[_SENTENCES, _SECTIONS, "doc._.clinnote_contexts"],
)
def medspacy_records(nlp: Language, name: str) -> MedspacyRecords:
    """Sentences, sections and context as medspaCy's components before it found them."""
    components.register_state()
    return MedspacyRecords()
