"""Terms that would mark what is no clinical statement: too short, digits only, or common English words.

The words stand in ``ontologies/vocabularies/dangerous.tsv``. A term that is such a word but was written in capitals is
kept and matches in capitals only ("AIDS" is no "hearing aids").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import read_table
from clinnote.ontology.vocabularies.forms import key_of, other_number

COLUMNS: Final = ("word", "why")
_SHORTEST: Final = 3
_LONGEST: Final = 254
_ACRONYM: Final = re.compile(r"[A-Z][A-Z0-9]{1,5}")
_LETTER: Final = re.compile(r"[^\W\d_]")
_MANY_WORDS: Final = 4
_FUNCTION: Final = "function word"
_OPEN_ENDS: Final = frozenset({"of", "the", "to", "and", "or", "with", "by", "for", "from"})
"""A term that ends in one of these is a piece of a longer one."""
_EMPTY: Final = "function words only"


@dataclass(frozen=True, slots=True)
class Dangers:
    """Words that are left out, with the reason for each; ``kept`` are terms (normal form) to keep whatever they are."""

    words: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    def judge(self, term: str) -> tuple[str, bool]:
        """(why the term is left out or "", whether it may match in capitals only)."""
        key = key_of(term)[:-1]
        if key in self.dropped:
            return "on the list of terms to drop", False
        if key in self.kept:
            return "", False
        if len(key) > _LONGEST:
            return "too long to match", False
        words = key.split(" ")
        if len(words) == 1:
            why = self._word(key) or ("too short" if len(key) < _SHORTEST else "")
        elif words[-1] in _OPEN_ENDS:
            why = "ends in a function word"
        else:
            why = "" if len(words) > _MANY_WORDS or not all(map(self._empty, words)) else _EMPTY
        if not _LETTER.search(key):
            why = "no letters"
        if why and why not in (_FUNCTION, _EMPTY) and _ACRONYM.fullmatch(term.strip()):
            return "", why != "too short"
        return why, False

    def _word(self, key: str) -> str:
        """The reason against a word, in its singular or plural."""
        return next((self.words[word] for word in (key, *other_number(key)) if word in self.words), "")

    def _empty(self, word: str) -> bool:
        return self.words.get(word) == _FUNCTION or not _LETTER.search(word)


def load_dangers(ontologies: Path, keep: Path | None = None, drop: Path | None = None) -> Dangers:
    """The table of dangerous words, and a user's lists of terms to keep and to drop (one a line).

    Raises:
        OntologyError: the table breaks its contract.
        OSError: a list can't be read.
    """
    rows = read_table(ontologies / "vocabularies" / "dangerous.tsv", COLUMNS)
    return Dangers({row["word"]: row["why"] for row in rows}, _terms(keep), _terms(drop))


def _terms(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    return frozenset(key_of(line)[:-1] for line in lines if line.strip() and not line.startswith("#"))
