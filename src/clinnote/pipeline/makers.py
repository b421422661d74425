"""How each stage is made from its settings, spaCy or not.

Every setting is JSON-able. ``ontologies`` is the folder with the knowledge tables; None looks it up as
:func:`clinnote.settings.find_home` does. ``vocabulary`` is a compiled vocabulary; None takes the starter one.
"""

from pathlib import Path
from typing import Literal

from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.context_rules import load_house_cues
from clinnote.ontology.cues import load_cues
from clinnote.ontology.number_tables import load_numbers
from clinnote.ontology.predicates import load_predicates
from clinnote.ontology.sections import load_sections
from clinnote.ontology.senses import load_senses
from clinnote.ontology.times import load_times
from clinnote.ontology.vocabularies.misspellings import Speller, load_spelling
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import Vocabulary
from clinnote.pipeline import components
from clinnote.pipeline.concepts import ConceptFinder
from clinnote.pipeline.numbers.short_names import ShortNames
from clinnote.pipeline.predicates import PredicateFinder
from clinnote.settings import find_cache, find_home


def tables_in(ontologies: str | None) -> Path:
    """The folder of the knowledge tables."""
    return Path(ontologies) if ontologies else find_home().ontologies


def vocabulary_in(vocabulary: str | None, tables: Path) -> Vocabulary:
    """The compiled vocabulary, or the starter one."""
    return Vocabulary.open(Path(vocabulary)) if vocabulary else starter_vocabulary(tables, find_cache())


def sentences() -> components.Sentences:
    """Sentences of prose, lists and telegram style."""
    return components.Sentences()


def sections(ontologies: str | None = None, kinds: list[str] | None = None) -> components.Sections:
    """Sections by the headings of ``sections/sections.tsv``; ``kinds`` leaves only those kinds of section."""
    return components.Sections(load_sections(tables_in(ontologies), kinds))


def concepts(
    vocabulary: str | None = None,
    ontologies: str | None = None,
    spelling: bool = False,
    matches: Literal["longest", "all"] = "longest",
) -> components.Concepts:
    """Concepts by the longest forms of a vocabulary, and findings said of a structure in a clause.

    ``spelling = true`` corrects misspelt words where no form has them; ``matches = "all"`` gives every form, also those
    inside or across others.
    """
    tables = tables_in(ontologies)
    known = vocabulary_in(vocabulary, tables)
    names = ShortNames(load_numbers(tables), known)
    speller = Speller(known, load_spelling(tables)) if spelling else None
    return components.Concepts(
        ConceptFinder(known, load_senses(tables), speller, matches == "all"),
        PredicateFinder(load_predicates(tables), known),
        names=names,
    )


def context(ontologies: str | None = None, cues: str | None = None, shipped: bool = True) -> components.ContextFinder:
    """Polarity, certainty, time, experiencer, change and severity by the cue tables.

    ``cues`` is a file of one's own rules, medspaCy's ConTextRule JSON or a cue table (``.tsv``); ``shipped = false``
    puts it in the place of the shipped rules.
    """
    tables = tables_in(ontologies)
    known = load_house_cues(tables, Path(cues), shipped) if cues else load_cues(tables)
    return components.ContextFinder(known, load_times(tables))


def sites(ontologies: str | None = None) -> components.Sites:
    """Side and body sites of each concept."""
    return components.Sites(load_anatomy(tables_in(ontologies)))


def measurements(ontologies: str | None = None) -> components.Measurements:
    """Sizes, values of labs and vitals, and how drugs are given, by ``numbers/``."""
    return components.Measurements(load_numbers(tables_in(ontologies)))
