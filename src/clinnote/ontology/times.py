"""How notes speak of time: the tables of ``ontologies/time`` as one word trie.

A pattern is a row of words and slots (``{q}`` for a quantity with its unit, ``{date}``, ``{month}`` ...). Every pattern
has a word, or a slot for a word, that says at a glance whether a text may hold it: the trigger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.patterns import expand
from clinnote.ontology.tables import Row, read_table

WORD_COLUMNS: Final = ("word", "class", "value", "source")
TIME_COLUMNS: Final = ("id", "kind", "gives", "anchor", "pattern", "source", "positive", "negative")
KINDS: Final = ("date", "relative", "duration", "phase", "frequency", "age")
ANCHORS: Final = ("", "note", "admission", "discharge", "surgery")
SLOTS: Final = frozenset(
    f"{{{name}}}"
    for name in ("q", "xq", "n", "ord", "unit", "date", "month", "year", "season", "weekday", "decade", "tens")
)
DIGITS: Final = frozenset({"{q}", "{n}", "{ord}", "{date}"})
LEAD: Final = ">"
"""What stands before it is context and no part of the expression."""

_COUNTED: Final = frozenset({"{n}", "{ord}", LEAD})
"""Slots whose words say nothing about time by themselves."""
_SHORT: Final = ("d", "h", "hr", "hrs", "wk", "wks", "mo", "mos", "yr", "yrs", "y", "min")
_NEAR: Final = 6
_FAR: Final = 9
"""Most words between the beginning of an expression and its unit."""
_BRACKETS: Final = {"[": "(", "]": ")"}
_YEARS: Final = range(1900, 2100)


class TimeRule(NamedTuple):
    """One row: what an expression means. ``order`` is its place in the table; of equally long ones the first counts."""

    rule: str
    order: int
    kind: str
    gives: str
    anchor: str


class TimeNode:
    """A step of the trie: next words, next slots, and the rule whose pattern ends here."""

    __slots__ = ("rule", "slots", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, TimeNode] = {}
        self.slots: dict[str, TimeNode] = {}
        self.rule: TimeRule | None = None


@dataclass(frozen=True, slots=True)
class TimeTable:
    """All rules and the words that they are made of."""

    root: TimeNode
    triggers: Mapping[str, int]
    """A text without any of these words says nothing about time; an expression begins at most so many words before."""
    starts: frozenset[str]
    """Words with which an expression may begin; another word in digits may begin one too."""
    numbers: Mapping[str, float | None]
    """Number words; None where the number is vague."""
    ordinals: Mapping[str, int]
    units: Mapping[str, str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    seasons: Mapping[str, int]
    """First month of each season."""
    examinations: frozenset[str]
    slots_of: Mapping[str, frozenset[str]]
    """The slots that may begin with a word; a word in digits that stands not here may begin one of ``DIGITS``."""
    rows: tuple[Row, ...]


def load_times(ontologies: Path) -> TimeTable:
    """The tables ``time/words.tsv`` and ``time/expressions.tsv``.

    Raises:
        OntologyError: a cell breaks the rules above; the message names file and line.
    """
    classes: dict[str, dict[str, str]] = {}
    for row in read_table(ontologies / "time" / "words.tsv", WORD_COLUMNS):
        classes.setdefault(row["class"], {})[row["word"]] = row["value"]
    units = classes["unit"]
    numbers = {word: float(value) if value else None for word, value in classes["number"].items()}
    root = TimeNode()
    triggers = _common_triggers(classes)
    rows = tuple(read_table(ontologies / "time" / "expressions.tsv", TIME_COLUMNS))
    seen: set[str] = set()
    for order, row in enumerate(rows):
        if row["id"] in seen:
            raise row.error(f"the id '{row['id']}' stands twice")
        seen.add(row["id"])
        if row["kind"] not in KINDS or row["anchor"] not in ANCHORS:
            raise row.error("kind or anchor is none of the known ones")
        rule = TimeRule(f"time.{row['id']}", order, row["kind"], row["gives"], row["anchor"])
        for pattern in _patterns(row):
            _plant(root, pattern, rule)
            for word, before in _triggers(row, pattern, units, classes["trigger"]):
                triggers[word] = max(triggers.get(word, 0), before)
    slots_of = _slots_of(classes)
    return TimeTable(
        root,
        triggers,
        frozenset({*slots_of, *root.steps}),
        numbers,
        {word: int(value) for word, value in classes["ordinal"].items()},
        units,
        {word: int(value) for word, value in classes["month"].items()},
        {word: int(value) for word, value in classes["weekday"].items()},
        {word: int(value) for word, value in classes["season"].items()},
        frozenset(classes["examination"]),
        slots_of,
        rows,
    )


def _common_triggers(classes: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """Words for units, months and the like, and numbers that speak of time by their form."""
    named = dict.fromkeys((*classes["month"], *classes["weekday"], *classes["season"]), _NEAR)
    years = dict.fromkeys([*map(str, _YEARS), *(f"{year}s" for year in _YEARS if year % 10 == 0)], _NEAR)
    tens = dict.fromkeys((f"{ten}s" for ten in range(10, 100, 10)), _NEAR)
    glued = dict.fromkeys((f"{n}{unit}" for n in range(1, 100) for unit in _SHORT), _NEAR)
    return {**named, **years, **tens, **glued, "/": _NEAR, **dict.fromkeys(classes["unit"], _FAR)}


def _slots_of(classes: Mapping[str, Mapping[str, str]]) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {"half": {"{q}"}, "x": {"{xq}"}}
    for name, slots in (
        ("number", "{q} {n}"),
        ("ordinal", "{ord}"),
        ("unit", "{unit}"),
        ("month", "{date} {month}"),
        ("weekday", "{weekday}"),
        ("season", "{season}"),
    ):
        for word in classes[name]:
            words.setdefault(word, set()).update(slots.split())
    words |= {str(year): {"{year}", "{date}", "{n}", "{q}"} for year in _YEARS}
    words |= {f"{year}s": {"{decade}"} for year in _YEARS if year % 10 == 0}
    words |= {f"{ten}s": {"{tens}"} for ten in range(10, 100, 10)} | {f"x{n}": {"{xq}"} for n in range(1, 100)}
    return {word: frozenset(slots) for word, slots in words.items()}


def _patterns(row: Row) -> tuple[tuple[str, ...], ...]:
    try:
        phrases = expand(row["pattern"])
    except ValueError as error:
        raise row.error(str(error)) from None
    patterns = tuple(
        tuple(_BRACKETS.get(word, word) for word in phrase.removeprefix(LEAD).split()) for phrase in phrases
    )
    for pattern in patterns:
        unknown = {word for word in pattern if word.startswith("{")} - SLOTS
        if unknown or not pattern:
            raise row.error(f"unknown slot {', '.join(sorted(unknown))}" if unknown else "an empty pattern")
    return patterns


def _plant(root: TimeNode, pattern: tuple[str, ...], rule: TimeRule) -> None:
    node = root
    for word in pattern:
        steps = node.slots if word in SLOTS or word == LEAD else node.steps
        node = steps.setdefault(word, TimeNode())
    if node.rule is None:
        node.rule = rule


def _triggers(
    row: Row, pattern: tuple[str, ...], units: Mapping[str, str], known: Mapping[str, str]
) -> list[tuple[str, int]]:
    """The words that tell of a pattern and how far from its beginning; none when a slot or a unit word already does."""
    if any((word in SLOTS and word not in _COUNTED) or word in units for word in pattern):
        return []
    found = [(word, at) for at, word in enumerate(pattern) if word in known]
    if not found:
        raise row.error(f"no word of the pattern '{' '.join(pattern)}' is a trigger")
    return found
