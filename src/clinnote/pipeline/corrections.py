"""Reading a text as if its misspelt words were written right."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from clinnote.model.mention import Evidence
from clinnote.ontology.words import Words
from clinnote.pipeline.records import Concept


def corrected(words: Words, fixes: Mapping[str, str]) -> Words:
    """The words with each misspelt one exchanged; they stand where they stood."""
    read = [fixes.get(word, word) for word in words.words]
    return Words(read, words.starts, frozenset(read))


def mark_corrected(found: Sequence[Concept], words: Words, fixes: Mapping[str, str]) -> None:
    """Lower the score of each concept with a corrected word to the likeness of the two words, and say which it was."""
    starts = [concept.start for concept in found]
    for at, word in enumerate(words.words):
        if word in fixes:
            place = bisect_right(starts, words.starts[at]) - 1
            if place >= 0 and words.starts[at] < found[place].end:
                concept = found[place]
                concept.score = min(concept.score, round(fuzz.ratio(word, fixes[word]) / 100, 3))
                said = Evidence("spelling", words.starts[at], words.end(at), f"form={fixes[word]}")
                concept.evidence = (*concept.evidence, said)
