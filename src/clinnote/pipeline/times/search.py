"""Finding time expressions in the words of a text: leftmost longest, from the words that tell of time.

Only the few words around a trigger ("days", "March", "yesterday") are looked at; a text without one costs one look at
each word. What an expression means is left to :mod:`clinnote.pipeline.times.stage`.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

from clinnote.ontology.times import DIGITS, LEAD, TimeNode, TimeRule, TimeTable
from clinnote.ontology.words import Words
from clinnote.pipeline.times.slots import READERS, Reader, Value

_ARTICLES: Final = frozenset({"a", "an"})
_NO_SLOTS: Final[frozenset[str]] = frozenset()


class Match(NamedTuple):
    """Words [first, last) are the expression; ``values`` are what its slots hold, in order."""

    first: int
    last: int
    rule: TimeRule
    values: tuple[Value, ...]


_Path = tuple[int, int, int, TimeRule, tuple[Value, ...]]
"""(word behind the end, minus the rule's order, first word, rule, values): the greatest is the best."""


def find_matches(text: str, words: Words, table: TimeTable) -> list[Match]:
    """The time expressions of a text in order, not overlapping."""
    tokens = words.words
    known = table.triggers
    triggers = list(compress(range(len(tokens)), map(known.__contains__, tokens)))
    if not triggers:
        return []
    reader = Reader(text, tokens, words.starts, table)
    starts = table.starts
    found: list[Match] = []
    free = 0
    for trigger in triggers:
        if trigger < free or (tokens[trigger] == "/" and not _in_date(tokens, trigger)):
            continue
        best: _Path | None = None
        for at in range(max(free, trigger - known[tokens[trigger]]), trigger + 1):
            word = tokens[at]
            if (word in starts or word[0].isdigit()) and _may_begin(tokens, at, table):
                path = _match(reader, at, table.root, at, ())
                if path is not None and path[0] > (trigger if best is None else best[0]):
                    best = path
                    if path[2] == at:
                        break
        if best is not None and not _is_turn_of_speech(tokens, best):
            free = best[0]
            found.append(Match(best[2], free, best[3], best[4]))
    return found


def _is_turn_of_speech(tokens: Sequence[str], path: _Path) -> bool:
    """Whether the expression is an article and a unit where a counted quantity is asked for ("20 mg a day")."""
    last, _, first, rule, _ = path
    return rule.gives == "counted" and last == first + 2 and tokens[first] in _ARTICLES


def _may_begin(tokens: Sequence[str], at: int, table: TimeTable) -> bool:
    """Whether two words in a row can begin an expression: spares most words the search."""
    word = tokens[at]
    if word in table.slots_of or word[0].isdigit():
        return True
    step = table.root.steps.get(word)
    if step is None or step.rule is not None:
        return step is not None
    return at + 1 < len(tokens) and _goes_on(step, tokens[at + 1], table)


def _goes_on(node: TimeNode, word: str, table: TimeTable) -> bool:
    if word in node.steps:
        return True
    lead = node.slots.get(LEAD)
    if lead is not None and _goes_on(lead, word, table):
        return True
    known = table.slots_of.get(word)
    if known is None:
        known = DIGITS if word[0].isdigit() else _NO_SLOTS
    return not known.isdisjoint(node.slots)


def _in_date(tokens: Sequence[str], at: int) -> bool:
    """Whether the first slash of "3/4/2020" or the one of "3/2020" stands here, and not that of "120/80"."""
    if not 0 < at < len(tokens) - 1 or not tokens[at - 1].isdigit() or not tokens[at + 1].isdigit():
        return False
    return len(tokens[at + 1]) == 4 or (at + 2 < len(tokens) and tokens[at + 2] == "/")


def _match(reader: Reader, at: int, node: TimeNode, first: int, values: tuple[Value, ...]) -> _Path | None:
    """The longest expression from ``at`` on; of equally long ones the one whose rule stands first."""
    rule = node.rule
    best: _Path | None = None if rule is None else (at, -rule.order, first, rule, values)
    if at >= len(reader.words):
        return best
    word = reader.words[at]
    step = node.steps.get(word)
    if step is not None:
        best = _better(best, _match(reader, at + 1, step, first, values))
    if not node.slots:
        return best
    lead = node.slots.get(LEAD)
    if lead is not None:
        best = _better(best, _match(reader, at, lead, at, values))
    known = reader.table.slots_of.get(word)
    if known is None:
        if not word[0].isdigit():
            return best
        known = DIGITS
    for slot in known:
        following = node.slots.get(slot)
        if following is not None:
            read = READERS[slot](reader, at)
            if read is not None:
                best = _better(best, _match(reader, read[0], following, first, (*values, read[1])))
    return best


def _better(one: _Path | None, other: _Path | None) -> _Path | None:
    if one is None or other is None:
        return one or other
    return other if other[0] > one[0] or (other[0] == one[0] and other[1] > one[1]) else one
