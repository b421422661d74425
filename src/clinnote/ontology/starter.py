"""The starter vocabulary: the concepts and body sites of ``ontologies/``."""

from collections.abc import Iterator
from pathlib import Path

from clinnote.model.codes import CLINNOTE
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.concepts import load_concepts
from clinnote.ontology.vocabulary import BODY_SITE, Entry, Vocabulary, compile_vocabulary


def concept_entries(ontologies: Path) -> Iterator[Entry]:
    """One entry a concept of ``terms/``."""
    for concept in load_concepts(ontologies).values():
        codes = tuple(code for code in concept.codes if code.system != CLINNOTE)
        yield Entry(concept.label, concept.forms, codes, concept.id, concept.sites)


def site_entries(ontologies: Path) -> Iterator[Entry]:
    """One entry a body site of ``anatomy/`` with all its forms, those that contain a side included."""
    anatomy = load_anatomy(ontologies)
    forms: dict[str, list[str]] = {}
    for form in anatomy.forms():
        forms.setdefault(form.site, []).append(form.text)
    for site, texts in forms.items():
        code = anatomy.node(site).code
        yield Entry(BODY_SITE, tuple(texts), (code,) if code else (), site, (site,))


def starter_vocabulary(ontologies: Path) -> Vocabulary:
    """The starter vocabulary, compiled in memory; nothing is written."""
    return Vocabulary(memoryview(_compiled(ontologies)))


def write_starter(ontologies: Path, out: Path) -> None:
    """Write the starter vocabulary to a file, for several processes to map."""
    out.write_bytes(_compiled(ontologies))


def _compiled(ontologies: Path) -> bytes:
    return compile_vocabulary([*concept_entries(ontologies), *site_entries(ontologies)])
