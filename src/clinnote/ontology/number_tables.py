"""What numbers mean in clinical text: the tables in ``ontologies/numbers`` as look-ups by word.

Units, short names of labs and vital signs, the words around a value, and the words around a drug's name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from clinnote.ontology.tables import Row, read_table

FOLDER: Final = "numbers"
KINDS: Final = frozenset(
    "size volume dose rate lab vital percent density uptake angle caliber age".split()  # noqa: SIM905
)
"""Kinds of quantity; they decide whose value it can be."""
VALUE_ROLES: Final = frozenset(
    "link low high critical_low critical_high abnormal normal "  # noqa: SIM905
    "less at_most more at_least about earlier span".split()
)
DRUG_KINDS: Final = frozenset(
    "filler sig form route frequency as_needed duration status status_before status_after".split()  # noqa: SIM905
)
_NAME_COLUMNS: Final = ("id", "names", "term", "low", "high", "gate", "positive", "negative")
_WORD_COLUMNS: Final = ("id", "role", "kind", "forms", "positive", "negative")
_DRUG_COLUMNS: Final = ("id", "kind", "gives", "per_day", "phrases", "positive", "negative")
_MICRO: Final = str.maketrans("\u00b5\u03bc", "uu")
GATES: Final = ("beside", "row")
TOKEN: Final = re.compile(r"[A-Za-z]+|[0-9]+(?:\.[0-9]+)?|[^\sA-Za-z0-9]")
"""One word, number or sign of what stands around a drug's name; "q6h" is three."""
NUMBER: Final = "#"
"""Stands for a number in a phrase of ``drug_words.tsv``."""


class Unit(NamedTuple):
    """A UCUM code and the kind of quantity."""

    ucum: str
    kind: str


class ValueWord(NamedTuple):
    """A word beside a value: its rule id and its role."""

    rule: str
    role: str


class DrugWord(NamedTuple):
    """A row of ``drug_words.tsv``: what its phrases mean."""

    rule: str
    kind: str
    gives: str
    per_day: str


class LabName(NamedTuple):
    """A short name: the vocabulary's term that it stands for, and the values beside which it counts."""

    rule: str
    name: str
    term: str
    low: float
    high: float
    row: bool


class Phrases:
    """Phrases by their words: ``inner`` continues a phrase, ``word`` is what a phrase that ends here means."""

    __slots__ = ("inner", "word")

    def __init__(self) -> None:
        self.inner: dict[str, Phrases] = {}
        self.word: DrugWord | None = None

    def add(self, words: list[str], meaning: DrugWord) -> None:
        """Add one phrase; the first of two equal ones stays."""
        node = self
        for word in words:
            node = node.inner.setdefault(word, Phrases())
        node.word = node.word or meaning


@dataclass(frozen=True, slots=True)
class NumberTables:
    """Everything in ``ontologies/numbers``."""

    units: Mapping[str, Unit]
    """By what is written, lower case with u for micro; one-letter forms in their own case."""
    longer: Mapping[str, tuple[tuple[str, Unit], ...]]
    """Units of several words: by the first, what follows it (blank included), longest first."""
    names: Mapping[str, tuple[LabName, ...]]
    """Short names of labs and vitals, as written."""
    words: Mapping[str, ValueWord]
    """Words between a name and its value, lower case."""
    letters: Mapping[str, ValueWord]
    """Marks behind a value, as written."""
    drugs: Phrases
    """Phrases that count behind a drug's name."""
    drugs_before: Phrases
    """Phrases that count before it."""
    examples: tuple[tuple[Row, str], ...]
    """(row, table name) of every row with example sentences."""


def load_numbers(ontologies: Path, without: str | None = None) -> NumberTables:
    """Read and check the tables of ``ontologies/numbers``; ``without`` leaves out the row with that id.

    Raises:
        OntologyError: a table is missing or a row breaks its contract; the message names file and line.
    """
    folder = ontologies / FOLDER
    units, longer = _units(folder / "units.tsv")
    examples: list[tuple[Row, str]] = []
    names: dict[str, list[LabName]] = {}
    for row in read_table(folder / "lab_names.tsv", _NAME_COLUMNS):
        examples.append((row, "lab_names"))
        if row["id"] == without:
            continue
        for name in _names(row):
            names.setdefault(name.name, []).append(name)
    words: dict[str, ValueWord] = {}
    letters: dict[str, ValueWord] = {}
    for row in read_table(folder / "value_words.tsv", _WORD_COLUMNS):
        examples.append((row, "value_words"))
        if row["id"] == without:
            continue
        if row["role"] not in VALUE_ROLES or row["kind"] not in ("before", "both", "letter"):
            raise row.error("unknown role or kind")
        target = letters if row["kind"] == "letter" else words
        for form in row.items("forms"):
            target.setdefault(form, ValueWord(row["id"], row["role"]))
    drugs, before = Phrases(), Phrases()
    for row in read_table(folder / "drug_words.tsv", _DRUG_COLUMNS):
        examples.append((row, "drug_words"))
        if row["id"] == without:
            continue
        if row["kind"] not in DRUG_KINDS:
            raise row.error(f"unknown kind {row['kind']!r}; use one of {' '.join(sorted(DRUG_KINDS))}")
        meaning = DrugWord(row["id"], row["kind"], row["gives"], row["per_day"])
        for phrase in row.items("phrases"):
            spelled = TOKEN.findall(phrase.lower())
            if row["kind"] != "status_before":
                drugs.add(spelled, meaning)
            if row["kind"] not in ("sig", "status_after"):
                before.add(spelled, meaning)
    frozen = {name: tuple(rows) for name, rows in names.items()}
    return NumberTables(units, longer, frozen, words, letters, drugs, before, tuple(examples))


def _units(path: Path) -> tuple[dict[str, Unit], dict[str, tuple[tuple[str, Unit], ...]]]:
    units: dict[str, Unit] = {}
    longer: dict[str, list[tuple[str, Unit]]] = {}
    for row in read_table(path, ("ucum", "kind", "forms")):
        if row["kind"] not in KINDS:
            raise row.error(f"unknown kind {row['kind']!r}; use one of {' '.join(sorted(KINDS))}")
        unit = Unit(row["ucum"], row["kind"])
        for form in row.items("forms"):
            written = form if len(form) == 1 else form.lower().translate(_MICRO)
            first, blank, rest = written.partition(" ")
            if blank:
                longer.setdefault(first, []).append((blank + rest, unit))
            elif units.setdefault(written, unit) != unit:
                raise row.error(f"form {form!r} is already {units[written].ucum}")
    return units, {first: tuple(sorted(rest, key=lambda r: -len(r[0]))) for first, rest in longer.items()}


def _names(row: Row) -> Iterator[LabName]:
    try:
        low, high = float(row["low"]), float(row["high"])
    except ValueError:
        raise row.error("low and high must be numbers") from None
    if low > high or row["gate"] not in GATES:
        raise row.error(f"low must not be above high, and the gate must be one of {' '.join(GATES)}")
    for name in row.items("names"):
        yield LabName(row["id"], name, row["term"], low, high, row["gate"] == "row")
