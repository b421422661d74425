"""Mentions as targets of cues, and which of them a negation does not mean though it reaches them.

"No recurrence of the tumour" denies the recurrence and takes the tumour for granted: what follows a preposition with a
definite determiner is presupposed (Strawson, "On referring", Mind 59, 1950). "No cough during the infusion" denies the
cough; the infusion is the circumstance. A test that "was negative" was done: its finding is denied, not the test.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from clinnote.pipeline.context.cue_search import Found

_BREAKS: Final = frozenset({",", ";", ":", "or", "nor", "(", ")", "but"})
TESTS: Final = frozenset({"procedure", "lab", "vital"})
"""Labels of what is done or measured: "negative" is its result, not its absence."""
_QUANTIFIERS: Final = frozenset({"any", "all", "none", "one", "each", "either", "some", "most", "many", "both"})
_PLACES: Final = frozenset({"on", "at", "by", "under", "via", "in", "with"})
_LISTS: Final = frozenset({"including", "includes", "include", "like"})
_STATEMENT_BREAKS: Final = frozenset({";", ":", ".", "but"})
_BACK: Final = 12
"""A phrase is looked back on for this many words."""
_AHEAD: Final = 4
"""Words behind a mention among which it may be named a test: "mycoplasma and chlamydia antibodies"."""


class Claim(NamedTuple):
    """What one cue says about one attribute of one mention, and how many words stand between the two."""

    distance: int
    value: str
    found: Found


class Target(NamedTuple):
    """Concept number ``place`` covers words [first, last)."""

    first: int
    last: int
    place: int
    site: bool
    given: bool
    label: str


Claims = dict[str, Claim]
"""The nearest claim for each attribute."""


def is_presupposed(
    tokens: Sequence[str],
    target: Target,
    targets: Sequence[Target],
    begin: int,
    forward: bool,
    roles: Mapping[str, frozenset[str]],
) -> bool:
    """Whether the target stands in a phrase that a negation of the words before it takes for granted.

    ``begin`` is the first word behind the cue (``forward``), or of the clause that a cue closes.
    """
    prepositions, definite, circumstance = roles["preposition"], roles["definite"], roles["circumstance"]
    for i in range(target.first - 1, max(begin, target.first - _BACK) - 1, -1):
        word = tokens[i]
        if word in _BREAKS:
            return False
        if word in circumstance:
            return forward and i > begin
        if word in prepositions:
            if i == begin or tokens[i - 1] in _QUANTIFIERS or tokens[i - 1] in _BREAKS:
                return False
            if not (tokens[i + 1] in definite or (word in _PLACES and _names_test(tokens, target, roles))):
                return False
            return any(begin <= other.first and other.last <= i for other in targets if not other.site)
    return False


def is_test(tokens: Sequence[str], target: Target, roles: Mapping[str, frozenset[str]]) -> bool:
    """Whether the target names a test, or what one looks for: "hepatitis B serology", "markers including desmin"."""
    test, prepositions = roles["test"], roles["preposition"]
    if target.label in TESTS or _names_test(tokens, target, roles):
        return True
    for i in range(target.last, min(target.last + _AHEAD, len(tokens))):
        word = tokens[i]
        if word in test:
            return True
        if word in _BREAKS or word in roles["verb"] or (word in prepositions and word != "and"):
            break
    for i in range(target.first - 1, max(target.first - 3 * _BACK, 0), -1):
        word = tokens[i]
        if word in _LISTS:
            return tokens[i - 1] in test
        if word in _STATEMENT_BREAKS:
            break
    return False


def _names_test(tokens: Sequence[str], target: Target, roles: Mapping[str, frozenset[str]]) -> bool:
    test = roles["test"]
    return any(tokens[i] in test for i in range(target.first, min(target.last, len(tokens))))
