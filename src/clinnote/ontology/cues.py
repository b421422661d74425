"""Cue tables: which words negate, hedge, date or grade a mention, and where their scope ends (ConText).

Method: Harkema et al., "ConText: an algorithm for determining negation, experiencer, and temporal status from clinical
reports", J Biomed Inform 42 (2009). The tables are ``ontologies/cues/*.tsv``; every row names a rule and carries a
sentence where it must fire and one where it must not, with the mention in double square brackets.

A pattern is words with alternatives in round brackets: ``(no|without) (evidence of|)``. ``#`` stands for a number,
``####`` for a year ("2015", "1990s"), ``$`` at the end for the end of the statement, and a free bar separates whole
patterns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from clinnote.errors import OntologyError
from clinnote.model import mention
from clinnote.ontology.patterns import END, NUMBER, YEAR, Pattern, Words, read_pattern
from clinnote.ontology.tables import Row, read_table

COLUMNS: Final = (
    "id", "kind", "gives", "direction", "limit", "targets", "pattern", "source", "positive", "negative",
)  # fmt: skip
WORD_COLUMNS: Final = ("id", "role", "words", "source")
KINDS: Final = ("cue", "pseudo", "terminator")
DIRECTIONS: Final = ("forward", "backward", "both")
ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "polarity": mention.POLARITIES,
    "certainty": mention.CERTAINTIES,
    "temporality": mention.TEMPORALITIES,
    "experiencer": mention.EXPERIENCERS,
    "change": mention.CHANGES,
    "severity": mention.SEVERITIES,
}
ROLES: Final = (
    "verb", "closing_verb", "closing_participle", "relative", "subject", "pronoun", "adverb", "circumstance",
    "preposition", "definite", "test",
)  # fmt: skip
_WORD_TABLE: Final = "clause_words.tsv"
_TARGETS: Final = frozenset({"nearest", "finding", "condition", "episode", "goes_on"})
_TESTS: Final = frozenset({"lab", "procedure", "vital"})


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule. ``gives`` are (attribute, value) pairs of a cue; ``ends`` the attributes a terminator stops."""

    id: str
    kind: str
    gives: tuple[tuple[str, str], ...] = ()
    ends: frozenset[str] = frozenset()
    forward: bool = False
    backward: bool = False
    limit: int | None = None
    """Most words between cue and mention; None is the whole clause."""
    phrase: bool = False
    """The scope ends at the next comma."""
    to_verb: bool = False
    """The scope ends at the next verb: "a man without fever was seen for cough"."""
    most: int | None = None
    """Most mentions meant, the nearest first; None is all in scope."""
    not_tests: bool = False
    """Mentions that are tests are not meant: a negative culture was done."""
    only: frozenset[str] = frozenset()
    """Labels of the mentions that are meant; empty is all."""
    never: frozenset[str] = frozenset()
    """Labels of mentions that are not."""
    ended_by: frozenset[tuple[str, str]] = frozenset()
    """The scope ends at another cue that gives one of these."""
    episode: bool = False
    """It tells of a past episode, which the sentences behind may go on with."""
    goes_on: bool = False
    """It counts only where a sentence goes on with an episode."""


@dataclass(frozen=True, slots=True)
class CueRow:
    """A rule with its patterns and its two example sentences, as the table has it."""

    cue: Cue
    patterns: tuple[Pattern, ...]
    positive: str
    negative: str
    place: str
    """File and line, for messages."""


class Node:
    """A step of the word trie: the next words, and the cues whose pattern ends here."""

    __slots__ = ("closing", "cues", "open", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, Node] = {}
        self.cues: tuple[Cue, ...] = ()
        self.closing: tuple[Cue, ...] = ()
        """Cues that count only where the statement ends."""
        self.open = False
        """Whether a pattern may match whatever the next word is: it ends here, or goes on with a number."""


@dataclass(frozen=True, slots=True)
class CueTable:
    """All rules as two word tries, and the word classes that clause boundaries are made of."""

    rows: tuple[CueRow, ...]
    roles: Mapping[str, frozenset[str]]
    root: Node = field(default_factory=Node)
    """Cues and pseudo cues."""
    ends: Node = field(default_factory=Node)
    """Terminators; a text is searched for them only where a cue speaks."""
    follows: Node = field(default_factory=Node)
    """Cues that count only in a sentence behind one that told of a past episode."""


def load_cues(ontologies: Path) -> CueTable:
    """All cue tables of ``ontologies/cues``, in the order of their file names.

    Raises:
        OntologyError: a cell breaks the rules above; the message names file and line.
    """
    return make_table(shipped_rows(ontologies), shipped_roles(ontologies))


def shipped_rows(ontologies: Path) -> list[CueRow]:
    """The rules of all cue tables of ``ontologies/cues``.

    Raises:
        OntologyError: a cell breaks the rules above; the message names file and line.
    """
    folder = ontologies / "cues"
    files = sorted(path for path in folder.glob("*.tsv") if path.name != _WORD_TABLE)
    if not files:
        raise OntologyError(f"no cue tables in {folder}")
    return [row for path in files for row in read_cues(path)]


def read_cues(path: Path) -> list[CueRow]:
    """The rules of one cue table.

    Raises:
        OntologyError: a cell breaks the rules above; the message names file and line.
    """
    return [_parse(row) for row in read_table(path, COLUMNS)]


def make_table(rows: Iterable[CueRow], roles: Mapping[str, frozenset[str]]) -> CueTable:
    """Put rules into one trie.

    Raises:
        OntologyError: two rules share an id.
    """
    table = CueTable(tuple(rows), roles)
    ids: set[str] = set()
    for row in table.rows:
        if row.cue.id in ids:
            raise OntologyError(f"{row.place}: the id '{row.cue.id}' stands twice")
        ids.add(row.cue.id)
        plant(table, row)
    return table


def plant(table: CueTable, row: CueRow) -> None:
    """Add the patterns of a rule to the tries."""
    for node, closes in _leaves(table, row):
        if closes:
            node.closing = (*node.closing, row.cue)
        else:
            node.cues = (*node.cues, row.cue)


def uproot(table: CueTable, row: CueRow) -> None:
    """Take the patterns of a rule out of the tries; their steps stay."""
    for node, closes in _leaves(table, row):
        if closes:
            node.closing = tuple(cue for cue in node.closing if cue is not row.cue)
        else:
            node.cues = tuple(cue for cue in node.cues if cue is not row.cue)


def _leaves(table: CueTable, row: CueRow) -> Iterator[tuple[Node, bool]]:
    """The nodes at which the patterns end, made where they are missing, and whether the statement must end there."""
    top = table.ends if row.cue.kind == "terminator" else table.follows if row.cue.goes_on else table.root
    leaves: dict[tuple[Node, bool], None] = {}
    for pattern in row.patterns:
        reached: dict[tuple[Node, bool], None] = {(top, False): None}
        for choices in pattern:
            reached = {_step(node, words): None for node, _ in reached for words in choices}
        leaves |= reached
    for node, closes in leaves:
        node.open = True
        yield node, closes


def _step(node: Node, words: Words) -> tuple[Node, bool]:
    """The node to which words lead, and whether the end of the statement must follow."""
    closes = words[-1:] == (END,)
    for word in words[:-1] if closes else words:
        step = node.steps.get(word)
        if step is None:
            step = node.steps[word] = Node()
            node.open |= word in (NUMBER, YEAR)
        node = step
    return node, closes


def words_in(row: CueRow) -> frozenset[str]:
    """Every word that stands in a pattern of a rule."""
    return frozenset(chain.from_iterable(words for pattern in row.patterns for part in pattern for words in part))


def _parse(row: Row) -> CueRow:
    kind, direction = row["kind"], row["direction"]
    if kind not in KINDS:
        raise row.error(f"kind must be one of {', '.join(KINDS)}")
    if (direction not in DIRECTIONS) if kind == "cue" else direction:
        raise row.error(f"direction must be one of {', '.join(DIRECTIONS)} for a cue, and empty otherwise")
    targets = set(row.items("targets"))
    if not targets <= _TARGETS:
        raise row.error(f"targets must be empty or some of {', '.join(sorted(_TARGETS))}")
    limit = row["limit"]
    if limit and limit not in ("phrase", "verb") and not limit.isdigit():
        raise row.error("limit must be a number of words, 'phrase', 'verb' or empty")
    gives, ends = _claims(row, kind)
    cue = Cue(
        row["id"],
        kind,
        gives,
        ends,
        forward=direction in ("forward", "both"),
        backward=direction in ("backward", "both"),
        limit=int(limit) if limit.isdigit() else None,
        phrase=limit == "phrase",
        to_verb=limit == "verb",
        most=1 if "nearest" in targets else None,
        not_tests="finding" in targets,
        never=_TESTS if "condition" in targets else frozenset(),
        episode="episode" in targets,
        goes_on="goes_on" in targets,
    )
    try:
        patterns = read_pattern(row["pattern"])
    except ValueError as error:
        raise row.error(f"pattern: {error}") from None
    return CueRow(cue, patterns, row["positive"], row["negative"], f"{row.file.name}:{row.line}")


def _claims(row: Row, kind: str) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    if kind == "pseudo":
        if row["gives"]:
            raise row.error("a pseudo cue gives nothing")
        return (), frozenset()
    if kind == "terminator":
        ends = frozenset(ATTRIBUTES) if row["gives"] == "all" else frozenset(row.items("gives"))
        if not ends or not ends <= set(ATTRIBUTES):
            raise row.error(f"gives must be 'all' or some of {', '.join(ATTRIBUTES)}")
        return (), ends
    gives = tuple((a, v) for a, _, v in (item.partition("=") for item in row.items("gives")))
    if not gives or any(value not in ATTRIBUTES.get(attribute, ()) for attribute, value in gives):
        raise row.error("gives must be attribute=value with a value of the contract")
    return gives, frozenset()


def shipped_roles(ontologies: Path) -> Mapping[str, frozenset[str]]:
    """The word classes of ``cues/clause_words.tsv``.

    Raises:
        OntologyError: a role is not one of ``ROLES``.
    """
    roles: dict[str, set[str]] = {role: set() for role in ROLES}
    for row in read_table(ontologies / "cues" / _WORD_TABLE, WORD_COLUMNS):
        if row["role"] not in roles:
            raise row.error(f"role must be one of {', '.join(ROLES)}")
        roles[row["role"]].update(row.items("words"))
    return {role: frozenset(words) for role, words in roles.items()}
