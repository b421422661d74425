"""Misspelt words of a vocabulary's terms, found with as few errors as can be.

A word is corrected only when it is in no list of known words (those of the vocabulary, of the cue tables, of English)
and exactly one word of the vocabulary is one edit away (an insertion, deletion, exchange or swap of neighbours: optimal
string alignment distance 1), has seven letters or more, begins with the same letter and ends in the same three. The
last rule keeps inflections apart. Nothing is corrected into a word of the cue tables or of ``spelling/lookalikes.tsv``,
nor across one of its pairs of beginnings or endings (hypo-, hyper-). Each distinct word is tried once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA

from clinnote.errors import OntologyError
from clinnote.ontology.cues import shipped_roles, shipped_rows, words_in
from clinnote.ontology.tables import read_table
from clinnote.ontology.vocabularies.vocabulary import Vocabulary

_SHORTEST: Final = 7
_ENDING: Final = 3
_MOST_MET: Final = 500_000
"""Words that are remembered as tried, at most; beyond, all are forgotten and tried again."""
_COLUMNS: Final = ("id", "kind", "one", "other", "why", "source")
_KINDS: Final = ("word", "beginning", "ending")


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is known of words beside the vocabulary."""

    english: frozenset[str]
    kept: frozenset[str]
    """Words that are neither corrected nor ever the correction of another: cues, side words, look-alikes."""
    beginnings: tuple[tuple[str, str], ...]
    endings: tuple[tuple[str, str], ...]


def load_spelling(ontologies: Path) -> Spelling:
    """The tables of ``spelling/``, and the words of the cue tables.

    Raises:
        OntologyError: a table is missing or breaks its contract.
    """
    folder = ontologies / "spelling"
    try:
        lines = (folder / "english.tsv").read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise OntologyError(f"english.tsv is missing in {folder}") from None
    english = frozenset(line for line in lines if line.isalpha())
    kept = {word for row in shipped_rows(ontologies) for word in words_in(row)}
    kept.update(word for words in shipped_roles(ontologies).values() for word in words)
    pairs: dict[str, list[tuple[str, str]]] = {kind: [] for kind in _KINDS}
    for row in read_table(folder / "lookalikes.tsv", _COLUMNS):
        if row["kind"] not in pairs:
            raise row.error(f"kind must be one of {', '.join(_KINDS)}")
        if not (row["one"] and row["other"]):
            raise row.error("one and other must be given")
        pairs[row["kind"]] += [(row["one"], row["other"]), (row["other"], row["one"])]
    kept.update(word for pair in pairs["word"] for word in pair)
    return Spelling(english, frozenset(kept), tuple(pairs["beginning"]), tuple(pairs["ending"]))


class Speller:
    """Corrects words towards one vocabulary; the words of its terms are read when the first unknown word comes."""

    def __init__(self, vocabulary: Vocabulary, spelling: Spelling) -> None:
        self._vocabulary = vocabulary
        self._spelling = spelling
        self._words: frozenset[str] | None = None
        self._alike: dict[str, list[str]] = {}
        self._met: set[str] = set()
        self._fixes: dict[str, str] = {}

    def fixes(self, distinct: frozenset[str]) -> Mapping[str, str]:
        """The misspelt among these words, each with its correction."""
        fresh = distinct - self._met
        if fresh:
            if len(self._met) > _MOST_MET:
                self._met = set()
            self._met |= fresh
            for word in fresh:
                if len(word) >= _SHORTEST and word not in self._spelling.english:
                    fix = self.fix(word)
                    if fix is not None:
                        self._fixes[word] = fix
        return {word: self._fixes[word] for word in distinct & self._fixes.keys()}

    def fix(self, word: str) -> str | None:
        """The one word of the vocabulary that ``word`` (in normal form) can be meant for, or None."""
        if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return None
        if self._words is None:
            self._read()
        if word in self._spelling.english or word in self._spelling.kept or self._words is None or word in self._words:
            return None
        near = [
            other
            for other in self._alike.get(word[0] + word[-_ENDING:], ())
            if OSA.distance(word, other, score_cutoff=1) <= 1
        ]
        if len(near) != 1 or near[0] in self._spelling.kept or len(near[0]) < _SHORTEST:
            return None
        return None if self._looks_alike(word, near[0]) else near[0]

    def _looks_alike(self, word: str, other: str) -> bool:
        return any(
            word.startswith(one) and other.startswith(two) and word[len(one) :] == other[len(two) :]
            for one, two in self._spelling.beginnings
        ) or any(
            word.endswith(one) and other.endswith(two) and word[: -len(one)] == other[: -len(two)]
            for one, two in self._spelling.endings
        )

    def _read(self) -> None:
        words = self._vocabulary.words()
        self._words = words
        for word in sorted(words | self._spelling.kept):
            if len(word) >= _SHORTEST - 1 and word.isascii() and word.isalpha():
                self._alike.setdefault(word[0] + word[-_ENDING:], []).append(word)
