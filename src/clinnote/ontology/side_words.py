"""Words that give a side ("left-sided", "bilaterally", "R > L", "(L)"), and what the words around them make of them.

Rules come from ``ontologies/anatomy/side_words.tsv``: "to the left", "left lateral view" or "the patient left" say
nothing about where a finding is, "right greater than left" says both sides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.model import laterality
from clinnote.model.laterality import Sides
from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.words import split_words

COLUMNS: Final = ("id", "word", "before", "after", "sides", "takes", "example", "counter_example", "source")
CURVE: Final = "side.curve"
"""The rule for words that name a finding and its side at once."""
EYE: Final = "side.eye"
"""The rule for "OD", "OS" and "OU", which tell the side of an eye and of nothing else."""
LETTER: Final = "side.letter_heading"
"""The rule for a letter that heads what follows ("R: small effusion")."""
WORDS: Final = ("side", "left", "right", "both", "midline", "letter", "short")
GIVES: Final = ("none", "bilateral", "same")

_ANCHOR: Final = re.compile(
    r"(?<![\w/-])(?:(?P<side>left|right)(?:[\s-]?sided)?"
    r"|(?P<bilateral>bilateral(?:ly)?|bilat|b/l|(?:either|each) side(?! of\b))|(?P<both>both)(?: sides)?"
    r"|(?P<midline>midline)|(?P<eye>o[dsu])"
    r"|(?P<pair>[lr]\s?(?:>|<|/|\+|&|(?:greater|more|worse) than)\s?[lr])|\((?P<bracket>[lrb])\)"
    r"|(?P<curve>levo|dextro)(?=[\s-]?(?:roto)?[\s-]?(?:scolio|curv|convex))\w*|(?P<short>lt|rt)\b\.?|(?P<letter>[lr]))(?!\w)",
    re.IGNORECASE,
)
_FIRST_WORDS: Final = frozenset(
    (
        "left",
        "right",
        "leftsided",
        "rightsided",
        "bilateral",
        "bilaterally",
        "bilat",
        "b",
        "both",
        "midline",
        "l",
        "r",
        "(",
        "lt",
        "rt",
        "either",
        "each",
        "od",
        "os",
        "ou",
    )
)
"""First words of all that the pattern finds, but for curves."""
_CURVES: Final = ("levo", "dextro")
_SIDES: Final[Mapping[str, Sides]] = {
    "l": laterality.LEFT,
    "r": laterality.RIGHT,
    "d": laterality.RIGHT,  # dextro-
    "b": laterality.BILATERAL,
    "od": laterality.RIGHT,  # oculus dexter, sinister, uterque
    "os": laterality.LEFT,
    "ou": laterality.BILATERAL,
}
_REACH: Final = 60
"""Characters before a side word that a rule may look at."""


class SideWord(NamedTuple):
    """A side word in a text. ``weak`` words ("R", "Lt", "both") count only directly before what they belong to."""

    start: int
    end: int
    sides: Sides
    rule: str
    weak: bool = False


class _Rule(NamedTuple):
    id: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    gives: str
    takes: bool


class _Rules(NamedTuple):
    """The rules of one word in the order of the table; where neither pattern is found, none of them holds."""

    rules: tuple[_Rule, ...]
    any_before: re.Pattern[str]
    any_after: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class SideWords:
    """The rules, by the word they speak of (``letter``: "L", ``short``: "Lt"), in the order of the table."""

    rules: Mapping[str, _Rules]

    def find(self, text: str) -> list[SideWord]:
        """The side words of a text in order; a word that gives no side comes with an empty set.

        Linear in the text: one pass for the words, and a bounded look around each.
        """
        found: list[SideWord] = []
        taken = 0
        for start in _candidates(text):
            match = _ANCHOR.match(text, start) if start >= taken else None
            word = self._read(text, match) if match is not None else None
            if word is not None:
                taken = word.end
                found.append(word)
        return found

    def _read(self, text: str, match: re.Match[str]) -> SideWord | None:
        kind, word = match.lastgroup, match.group()
        if kind in ("bilateral", "pair"):
            return SideWord(match.start(), match.end(), laterality.BILATERAL, "side.bilateral")
        key = _key(kind or "", word)
        if kind == "eye":
            eye = _SIDES[word.lower()]
            return SideWord(match.start(), match.end(), eye, EYE) if word.isupper() else None
        if kind == "letter" and not word.isupper():
            return None
        if kind == "short" and not (word[0].isupper() or word.endswith(".")):
            return None
        own = _own_sides(kind or "", word)
        if kind == "curve":
            return SideWord(match.start(), match.end(), own, CURVE)
        weak = kind in ("letter", "short", "both")
        end = match.end()
        for rule in self._rules_at(text, key, match.start(), end):
            after = rule.after.match(text, end) if rule.after else None
            if rule.after and not after:
                continue
            if rule.before and not rule.before.search(text, max(0, match.start() - _REACH), match.start()):
                continue
            sides = {"none": laterality.UNKNOWN, "bilateral": laterality.BILATERAL, "same": own}[rule.gives]
            return SideWord(match.start(), after.end() if after and rule.takes else end, sides, rule.id)
        return SideWord(match.start(), end, own, f"side.{laterality.word(own)}", weak)

    def _rules_at(self, text: str, key: str, start: int, end: int) -> tuple[_Rule, ...]:
        """The rules that may hold for the word [start, end); for most words none does, and two searches tell."""
        known = self.rules.get(key)
        if known is None:
            return ()
        near = known.any_after.match(text, end) or known.any_before.search(text, max(0, start - _REACH), start)
        return known.rules if near else ()


def _candidates(text: str) -> list[int]:
    """Offsets where a side word may begin; looking for whole words is many times faster than the full pattern."""
    lowered = text.lower()
    if any(curve in lowered for curve in _CURVES):
        return [match.start() for match in _ANCHOR.finditer(text)]
    words = split_words(text)
    if words.distinct.isdisjoint(_FIRST_WORDS):
        return []
    return list(compress(words.starts, map(_FIRST_WORDS.__contains__, words.words)))


def _key(kind: str, word: str) -> str:
    """The column ``word`` of the rules that speak of this word."""
    if kind == "side":
        return "left" if word[0] in "lL" else "right"
    return "" if kind == "bracket" else kind


def _own_sides(kind: str, word: str) -> Sides:
    if kind == "both":
        return laterality.BILATERAL
    if kind == "midline":
        return laterality.MIDLINE
    return _SIDES[word.strip("(").lower()[0]]


def load_side_words(ontologies: Path) -> SideWords:
    """The rules of ``anatomy/side_words.tsv``.

    Raises:
        OntologyError: a row names an unknown word or value, or a pattern is no regular expression.
    """
    rules: dict[str, list[_Rule]] = {word: [] for word in WORDS if word != "side"}
    for row in read_table(ontologies / "anatomy" / "side_words.tsv", COLUMNS):
        if row["word"] not in WORDS or row["sides"] not in GIVES or row["takes"] not in ("yes", "no"):
            raise row.error("word, sides or takes is not one of the values that the header comment names")
        for word in ("left", "right") if row["word"] == "side" else (row["word"],):
            other = {"left": "right", "right": "left"}.get(word, "")
            before = _pattern(row, "before", other)
            after = _pattern(row, "after", other)
            if not before and not after:
                raise row.error("a rule needs a pattern before or after the word")
            rules[word].append(_Rule(row["id"], before, after, row["sides"], row["takes"] == "yes"))
    return SideWords({word: _grouped(found) for word, found in rules.items()})


def _grouped(rules: Sequence[_Rule]) -> _Rules:
    return _Rules(
        tuple(rules), _any([rule.before for rule in rules if not rule.after]), _any([rule.after for rule in rules])
    )


def _any(patterns: Sequence[re.Pattern[str] | None]) -> re.Pattern[str]:
    """What is found where one of the patterns is; nothing where there are none."""
    sources = [f"(?:{pattern.pattern})" for pattern in patterns if pattern is not None]
    return re.compile("|".join(sources) or "(?!)", re.IGNORECASE)


def _pattern(row: Row, column: str, other: str) -> re.Pattern[str] | None:
    source = row[column]
    if not source:
        return None
    source = source.replace("{other}", rf"(?:{other}|{other[:1]}\b)")
    try:
        return re.compile(rf"(?:{source})\s*$" if column == "before" else rf"[\s-]*+(?:{source})", re.IGNORECASE)
    except re.error as error:
        raise row.error(f"{column} is no regular expression: {error}") from None
