"""Readings of ambiguous abbreviations, weighed by section, neighbouring words and type of note.

``abbreviations/senses.tsv`` holds one row a reading. Each row collects points for what speaks for it; a point doubles
its odds against the other readings of the same short form, so that the shares of all readings sum to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.words import WORD, Words, normal

COLUMNS: Final = (
    *("id", "form", "reading", "usual", "sections", "beside", "near"),
    *("note_types", "positive", "negative", "source"),
)
_BESIDE: Final = 3
"""Points of the words directly around the form; each of them gives one more."""
_NEAR: Final = 3
"""Points of the first word near; each further one, up to two, gives one more."""
_MOST_MORE: Final = 2
_SECTION: Final = 3
_NOTE_TYPE: Final = 2
_REACH: Final = 8
"""How many words to either side are near."""
_ENDS: Final = frozenset(".;?!")
_PLACE: Final = "_"
_NUMBER: Final = "#"
"""Stands for any number in a pattern."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a short form; ``reading`` is its long form, or None when it names nothing that is a mention."""

    id: str
    form: str
    reading: str | None
    usual: int
    sections: frozenset[str]
    beside: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """(words before, words behind) of each pattern."""
    near: frozenset[str]
    note_types: tuple[str, ...]
    positive: str
    negative: str
    place: str


class Weighed(NamedTuple):
    """A reading with its share of the odds (0-1), whether a cue spoke for it, and the words [first, last) that did."""

    sense: Sense
    share: float
    cued: bool
    first: int
    last: int


def load_senses(ontologies: Path) -> tuple[Sense, ...]:
    """The rows of ``abbreviations/senses.tsv``, in their order.

    Raises:
        OntologyError: the table can't be read, or a row breaks its contract.
    """
    rows = read_table(ontologies / "abbreviations" / "senses.tsv", COLUMNS)
    return tuple(_sense(row) for row in rows)


def _sense(row: Row) -> Sense:
    if row["usual"] not in ("0", "1", "2", "3"):
        raise row.error("usual must be 0, 1, 2 or 3")
    if not (row["form"].isalpha() and sum(letter.isupper() for letter in row["form"]) > 1):
        raise row.error("form must be letters, two or more in capitals")
    beside = []
    for pattern in row.items("beside"):
        tokens = _tokens(pattern)
        if tokens.count(_PLACE) != 1:
            raise row.error(f"'{pattern}' must hold the place of the form once, written _")
        at = tokens.index(_PLACE)
        beside.append((tokens[:at], tokens[at + 1 :]))
    beside.sort(key=lambda pattern: -len(pattern[0]) - len(pattern[1]))
    return Sense(
        row["id"],
        row["form"],
        None if row["reading"] == "-" else row["reading"],
        int(row["usual"]),
        frozenset(row.items("sections")),
        tuple(beside),
        frozenset(row.items("near")),
        row.items("note_types"),
        row["positive"],
        row["negative"],
        f"{row.file.name}:{row.line}",
    )


def _tokens(pattern: str) -> tuple[str, ...]:
    return tuple(WORD.findall(normal(pattern)))


def weigh(
    senses: Sequence[Sense], words: Words, at: int, sections: frozenset[str], note_type: str | None
) -> list[Weighed]:
    """The readings of the short form at word ``at``, the likeliest first; among equals the order of the table."""
    points = [_points(sense, words, at, sections, note_type) for sense in senses]
    total = sum(2.0 ** own[0] for own in points)
    shares = [
        Weighed(sense, 2.0**own / total, own > sense.usual, first, last)
        for sense, (own, first, last) in zip(senses, points, strict=True)
    ]
    return sorted(shares, key=lambda weighed: -weighed.share)


def _points(
    sense: Sense, words: Words, at: int, sections: frozenset[str], note_type: str | None
) -> tuple[int, int, int]:
    """(points, words [first, last) of the nearest cue; the form itself when no word spoke for the reading)."""
    points, first, last = sense.usual, at, at + 1
    tokens = words.words
    hits = [place for place in _nearby(tokens, at) if tokens[place] in sense.near]
    if hits:
        nearest = min(hits, key=lambda place: abs(place - at))
        first, last = nearest, nearest + 1
        points += _NEAR + min(len({tokens[place] for place in hits}) - 1, _MOST_MORE)
    for before, behind in sense.beside:
        low, high = at - len(before), at + 1 + len(behind)
        if low >= 0 and _same(tokens[low:at], before) and _same(tokens[at + 1 : high], behind):
            points += _BESIDE + len(before) + len(behind)
            first, last = low, high
            break
    if sense.sections & sections:
        points += _SECTION
    if note_type and any(part in note_type for part in sense.note_types):
        points += _NOTE_TYPE
    return points, first, last


def _same(words: Sequence[str], pattern: Sequence[str]) -> bool:
    return len(words) == len(pattern) and all(
        word == part or (part == _NUMBER and word.isdigit()) for word, part in zip(words, pattern, strict=True)
    )


def _nearby(tokens: Sequence[str], at: int) -> list[int]:
    """The words within reach of ``at``, up to the end of the statement to either side."""
    found: list[int] = []
    for place in range(at - 1, max(at - _REACH, 0) - 1, -1):
        if _ends(tokens, place):
            break
        found.append(place)
    for place in range(at + 1, min(at + _REACH + 1, len(tokens))):
        if _ends(tokens, place):
            break
        found.append(place)
    return found


def _ends(tokens: Sequence[str], place: int) -> bool:
    """Whether a statement ends here; a point between digits is one of decimals."""
    if tokens[place] not in _ENDS:
        return False
    between = 0 < place < len(tokens) - 1 and tokens[place - 1].isdigit() and tokens[place + 1].isdigit()
    return not (between and tokens[place] == ".")
