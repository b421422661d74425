"""Finding time expressions in the words of a text: leftmost longest, from the words that tell of time.

Only the few words around a trigger ("days", "March", "yesterday") are looked at; a text without one costs one look at
each word. What an expression means is left to :mod:`clinnote.pipeline.times`.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

from clinnote.ontology.times import LEAD, TimeNode, TimeRule, TimeTable
from clinnote.ontology.words import Words
from clinnote.pipeline.time_slots import READERS, Reader, Value

_REACH: Final = 9
"""No expression begins further than this many words before its trigger."""


class Match(NamedTuple):
    """Words [first, last) are the expression; ``values`` are what its slots hold, in order."""

    first: int
    last: int
    rule: TimeRule
    values: tuple[Value, ...]


def find_matches(text: str, words: Words, table: TimeTable) -> list[Match]:
    """The time expressions of a text in order, not overlapping."""
    tokens = words.words
    known = table.triggers
    triggers = list(compress(range(len(tokens)), map(known.__contains__, tokens)))
    if not triggers:
        return []
    reader = Reader(text, tokens, words.starts, table)
    found: list[Match] = []
    free = 0
    for trigger in triggers:
        if trigger < free or (tokens[trigger] == "/" and not _between_digits(tokens, trigger)):
            continue
        best: Match | None = None
        for at in range(max(free, trigger - _REACH), trigger + 1):
            word = tokens[at]
            if word in table.starts or word[0].isdigit():
                match = _match(reader, at, table.root, at, ())
                if match is not None and match.last > (trigger if best is None else best.last):
                    best = match
        if best is not None:
            found.append(best)
            free = best.last
    return found


def _between_digits(tokens: Sequence[str], at: int) -> bool:
    return 0 < at < len(tokens) - 1 and tokens[at - 1].isdigit() and tokens[at + 1].isdigit()


def _match(reader: Reader, at: int, node: TimeNode, first: int, values: tuple[Value, ...]) -> Match | None:
    """The longest expression from ``at`` on; of equally long ones the one whose rule stands first."""
    best = None if node.rule is None else Match(first, at, node.rule, values)
    if at < len(reader.words):
        step = node.steps.get(reader.words[at])
        if step is not None:
            best = _better(best, _match(reader, at + 1, step, first, values))
    for slot, following in node.slots.items():
        if slot == LEAD:
            best = _better(best, _match(reader, at, following, at, values))
        elif at < len(reader.words):
            read = READERS[slot](reader, at)
            if read is not None:
                best = _better(best, _match(reader, read[0], following, first, (*values, read[1])))
    return best


def _better(one: Match | None, other: Match | None) -> Match | None:
    if one is None or other is None:
        return one or other
    if other.last != one.last:
        return other if other.last > one.last else one
    return other if other.rule.order < one.rule.order else one
