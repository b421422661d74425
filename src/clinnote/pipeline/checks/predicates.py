"""Runs the examples of every rule about what is said of a structure (``clinnote ontology check``)."""

from dataclasses import dataclass

from clinnote.ontology.predicates import PredicateRow, PredicateTable, load_predicates
from clinnote.ontology.words import split_words
from clinnote.pipeline.predicates import find_predicates
from clinnote.settings import Home


@dataclass(frozen=True, slots=True)
class PredicateFailure:
    """A rule that does not do what its example says."""

    rule: str
    place: str
    example: str
    """``positive`` or ``negative``."""
    message: str


def check_predicates(home: Home) -> tuple[PredicateFailure, ...]:
    """Every rule that does not do what its examples say, in the order of the table.

    Raises:
        OntologyError: a table can't be read, or an example does not mark exactly one stretch.
    """
    table = load_predicates(home.ontologies)
    return tuple(failure for number, row in enumerate(table.rows) for failure in _check(number, row, table))


def _check(number: int, row: PredicateRow, table: PredicateTable) -> list[PredicateFailure]:
    sentence, marked = row.example()
    found: list[PredicateFailure] = []
    if marked not in _quotes(number, sentence, table):
        found.append(PredicateFailure(row.id, row.place, "positive", "does not find the marked words"))
    if _quotes(number, row.negative, table):
        found.append(PredicateFailure(row.id, row.place, "negative", "finds something"))
    return found


def _quotes(number: int, sentence: str, table: PredicateTable) -> list[str]:
    words = split_words(sentence)
    found = [said for said in find_predicates(words, table) if said.row == number]
    return [sentence[words.starts[said.first] : words.end(said.last - 1)] for said in found]
