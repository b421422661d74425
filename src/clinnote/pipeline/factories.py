"""spaCy factories of all stages, registered in this one place (entry points in ``pyproject.toml`` name them).

Every setting is JSON-able. ``ontologies`` is the folder with the knowledge tables; null looks it up as
:func:`clinnote.settings.find_home` does. ``vocabulary`` is a compiled vocabulary; null compiles the starter one.
"""

# ruff: noqa: ARG001 (spaCy passes nlp and name to every factory)

from pathlib import Path
from typing import Literal

from spacy.language import Language

from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.context_rules import load_house_cues
from clinnote.ontology.cues import load_cues
from clinnote.ontology.misspellings import Speller, load_spelling
from clinnote.ontology.number_tables import load_numbers
from clinnote.ontology.predicates import load_predicates
from clinnote.ontology.sections import load_sections
from clinnote.ontology.senses import load_senses
from clinnote.ontology.starter import starter_vocabulary
from clinnote.ontology.times import load_times
from clinnote.ontology.vocabulary import Vocabulary
from clinnote.pipeline import components
from clinnote.pipeline.concepts import ConceptFinder
from clinnote.pipeline.medspacy_parts import MedspacyRecords, MedspacyTargets, TargetFinder
from clinnote.pipeline.predicates import PredicateFinder
from clinnote.pipeline.short_names import ShortNames
from clinnote.settings import find_home

_SENTENCES = "doc._.clinnote_sentences"
_SECTIONS = "doc._.clinnote_sections"
_CONCEPTS = "doc._.clinnote_concepts"


def _tables(ontologies: str | None) -> Path:
    components.register_state()
    return Path(ontologies) if ontologies else find_home().ontologies


@Language.factory("clinnote_sentences", assigns=[_SENTENCES])
def sentences(nlp: Language, name: str) -> components.Sentences:
    """Sentences of prose, lists and telegram style."""
    components.register_state()
    return components.Sentences()


@Language.factory("clinnote_sections", assigns=[_SECTIONS], default_config={"ontologies": None, "kinds": None})
def sections(nlp: Language, name: str, ontologies: str | None, kinds: list[str] | None) -> components.Sections:
    """Sections by the headings of ``sections/sections.tsv``; ``kinds`` leaves only those kinds of section."""
    return components.Sections(load_sections(_tables(ontologies), kinds))


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
    """Concepts by the longest forms of a vocabulary, and findings said of a structure in a clause.

    ``spelling = true`` corrects misspelt words where no form has them; ``matches = "all"`` gives every form, also those
    inside or across others.
    """
    tables = _tables(ontologies)
    known = Vocabulary.open(Path(vocabulary)) if vocabulary else starter_vocabulary(tables)
    names = ShortNames(load_numbers(tables), known)
    speller = Speller(known, load_spelling(tables)) if spelling else None
    return components.Concepts(
        ConceptFinder(known, load_senses(tables), speller, matches == "all"),
        PredicateFinder(load_predicates(tables), known),
        names=names,
    )


@Language.factory(
    "clinnote_context",
    requires=[_SENTENCES, _SECTIONS, _CONCEPTS],
    assigns=["doc._.clinnote_contexts"],
    default_config={"ontologies": None, "cues": None, "shipped": True},
)
def context(
    nlp: Language, name: str, ontologies: str | None, cues: str | None, shipped: bool
) -> components.ContextFinder:
    """Polarity, certainty, time, experiencer, change and severity by the cue tables.

    ``cues`` is a file of one's own rules, medspaCy's ConTextRule JSON or a cue table (``.tsv``); ``shipped = false``
    puts it in the place of the shipped rules.
    """
    tables = _tables(ontologies)
    known = load_house_cues(tables, Path(cues), shipped) if cues else load_cues(tables)
    return components.ContextFinder(known, load_times(tables))


@Language.factory(
    "clinnote_sites",
    requires=[_SENTENCES, _SECTIONS, _CONCEPTS],
    assigns=["doc._.clinnote_places"],
    default_config={"ontologies": None},
)
def sites(nlp: Language, name: str, ontologies: str | None) -> components.Sites:
    """Side and body sites of each concept."""
    return components.Sites(load_anatomy(_tables(ontologies)))


@Language.factory(
    "clinnote_measurements",
    requires=[_SENTENCES, _CONCEPTS],
    assigns=["doc._.clinnote_measurements"],
    default_config={"ontologies": None},
)
def measurements(nlp: Language, name: str, ontologies: str | None) -> components.Measurements:
    """Sizes, values of labs and vitals, and how drugs are given, by ``numbers/``."""
    return components.Measurements(load_numbers(_tables(ontologies)))


@Language.factory(
    "clinnote_medspacy_targets",
    assigns=[_CONCEPTS, "doc.spans"],
    default_config={"vocabulary": None, "ontologies": None, "rules": None},
)
def medspacy_targets(
    nlp: Language, name: str, vocabulary: str | None, ontologies: str | None, rules: str | None
) -> MedspacyTargets:
    """Concepts by medspaCy's matcher: the forms of a vocabulary, or ``rules``, a file of its TargetRule JSON."""
    tables = _tables(ontologies)
    known = Vocabulary.open(Path(vocabulary)) if vocabulary else starter_vocabulary(tables)
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
