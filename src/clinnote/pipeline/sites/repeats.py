"""The place of a finding that is named again: "a nodule in the left lower lobe ... the nodule measures 8 mm"."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from clinnote.model.mention import Evidence
from clinnote.ontology.anatomy import Anatomy
from clinnote.pipeline.records import Concept, Place, Section
from clinnote.pipeline.sites.references import LESIONS, REACH

_BEFORE: Final = 60
_SEVERAL: Final = -1
"""In place of an index: findings of that name lie at more than one place."""


def place_repeated(
    text: str,
    sections: Sequence[Section],
    concepts: Sequence[Concept],
    places: list[Place],
    anatomy: Anatomy,
) -> None:
    """Give "the nodule" without a place that of the nodule before it, if all nodules of the section share one place.

    A name of one word stands for every finding whose name holds the word ("the mass" for a renal mass); so does the
    last word of a longer one that can be at that place ("the solid nodule").

    Args:
        text: the note.
        sections: its sections; what is said in one holds there alone.
        concepts: in reading order.
        places: parallel to ``concepts``; changed in place.
        anatomy: body sites, and the words that make a name one of a known finding ("the larger").
    """
    starts = [section.start for section in sections]
    section = -2
    last: dict[str, int] = {}
    for index, concept in enumerate(concepts):
        if concept.label not in LESIONS:
            continue
        here = bisect_right(starts, concept.start) - 1
        if here != section:
            section = here
            last.clear()
        place = places[index]
        if place.evidence:
            words = text[concept.start : concept.end].lower().split()
            for word in words:
                _remember(last, _singular(word), index, places)
            if concept.concept and len(words) > 1:
                _remember(last, f"={concept.concept}", index, places)
        elif last:
            words = text[concept.start : concept.end].lower().split()
            known = last.get(f"={concept.concept}", _SEVERAL) if len(words) > 1 else _SEVERAL
            if known == _SEVERAL and words:
                known = last.get(_singular(words[-1]), _SEVERAL)
                if known != _SEVERAL and len(words) > 1 and not _may_lie(concept, places[known], anatomy):
                    continue
            near = known != _SEVERAL and concept.start - concepts[known].end <= REACH
            if near and anatomy.repeats.search(text, max(0, concept.start - _BEFORE), concept.start):
                places[index] = _taken_from(places[known], concepts[known])


def _remember(last: dict[str, int], key: str, index: int, places: Sequence[Place]) -> None:
    known = last.get(key, index)
    last[key] = index if known != _SEVERAL and _same(places[known], places[index]) else _SEVERAL


def _may_lie(concept: Concept, place: Place, anatomy: Anatomy) -> bool:
    """Whether a concept can be at one of the sites of a place."""
    own = [node for node in concept.sites if node in anatomy.nodes]
    nodes = [site.site for site in place.sites if site.site is not None]
    return not own or any(anatomy.overlap(a, b) for a in own for b in nodes)


def _singular(word: str) -> str:
    """The word without a plural ending, good enough to compare two words of one note."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _same(a: Place, b: Place) -> bool:
    return a.laterality == b.laterality and [site.site for site in a.sites] == [site.site for site in b.sites]


def _taken_from(place: Place, of: Concept) -> Place:
    why = [Evidence("site.same_finding", site.start, site.end, f"site={site.site}") for site in place.sites]
    if place.laterality:
        why.insert(0, Evidence("side.same_finding", of.start, of.end, f"laterality={place.laterality}"))
    return Place(place.laterality, place.sites, tuple(why))
