"""Where, inside a sentence, a new statement begins.

A comma or a conjunction opens a new statement when what follows has a verb of its own ("no fever, heart is enlarged")
or begins with a subject ("no fever, the heart large"), and goes on with the old one otherwise ("no fever, cough, or
chills"). A verb that only closes the
list ("no fever and no cough were noted") or stands in a relative clause ("a cough that is dry") does not count.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

_JOINTS: Final = frozenset({",", "and", "or"})
_CLOSING_REACH: Final = 3
"""Words after the verb among which a closing participle may stand ("has not been seen")."""


def clause_starts(
    tokens: Sequence[str],
    first: int,
    last: int,
    roles: Mapping[str, frozenset[str]],
    claims: Collection[int],
) -> Iterator[int]:
    """Indexes of the joints in [first, last) at which a new statement begins.

    ``roles`` are the word classes of ``cues/clause_words.tsv``; ``claims`` the words that begin a cue, which make a
    statement complete without a verb ("no effusion, the heart is large").
    """
    verbs, participles, relatives = roles["verb"], roles["closing_participle"], roles["relative"]
    subjects, pronouns = roles["subject"], roles["pronoun"]
    joint: int | None = None
    spoken = False
    spoken_at_joint = False
    for i in range(first, last):
        word = tokens[i]
        if word == ";" or (word == ")" and _numbers_item(tokens, first, i)):
            yield i
            joint, spoken = None, False
        elif word in _JOINTS:
            joint, spoken_at_joint = i, spoken
            if spoken and i + 1 < last and tokens[i + 1] in (subjects if word == "," else pronouns):
                yield i
                joint, spoken = None, False
        elif word in verbs and not (i > first and tokens[i - 1] in relatives):
            if joint is not None and spoken_at_joint and not _closes(tokens, i, last, participles):
                yield joint
            joint, spoken = None, True
        elif i in claims:
            spoken = True


def _numbers_item(tokens: Sequence[str], first: int, close: int) -> bool:
    """Whether the bracket ends the number of an item: "1) fracture 2) effusion"."""
    return close > first and tokens[close - 1].isdigit() and (close < first + 2 or tokens[close - 2] != "(")


def _closes(tokens: Sequence[str], verb: int, last: int, participles: frozenset[str]) -> bool:
    return any(token in participles for token in tokens[verb + 1 : min(verb + 1 + _CLOSING_REACH, last)])
