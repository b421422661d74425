"""Where, inside a sentence, a new statement begins.

A comma or a conjunction opens a new statement when what follows has a verb of its own ("no fever, heart is enlarged")
or begins with a subject ("no fever, the heart large"), and goes on with the old one otherwise ("no fever, cough, or
chills"). A verb that only closes the
list ("no fever and no cough were noted") or stands in a relative clause ("a cough that is dry") does not count.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

_JOINTS: Final = frozenset({",", "and", "or", "but"})
_CLOSING_REACH: Final = 3
"""Words after the verb among which a closing participle may stand ("has not been seen")."""


def clause_starts(
    tokens: Sequence[str],
    first: int,
    last: int,
    roles: Mapping[str, frozenset[str]],
    claims: Collection[int],
) -> list[tuple[int, bool]]:
    """The joints in [first, last) at which a new statement begins, and whether it goes on with the old subject.

    ``roles`` are the word classes of ``cues/clause_words.tsv``; ``claims`` the words that begin a cue, which make a
    statement complete without a verb ("no effusion, the heart is large").
    """
    verbs, closing, participles = roles["verb"], roles["closing_verb"], roles["closing_participle"]
    relatives, subjects, pronouns = roles["relative"], roles["subject"], roles["pronoun"]
    starts: list[tuple[int, bool]] = []
    joint = -1
    spoken = verbal = spoken_at_joint = verbal_at_joint = False
    for i in range(first, last):
        word = tokens[i]
        if word == ";" or (word == ")" and _numbers_item(tokens, first, i)):
            starts.append((i, False))
            joint, spoken, verbal = -1, False, False
        elif word in _JOINTS:
            joint, spoken_at_joint, verbal_at_joint = i, spoken, verbal
            if spoken and i + 1 < last and tokens[i + 1] in (subjects if word == "," else pronouns):
                starts.append((i, False))
                joint, spoken, verbal = -1, False, False
        elif word in verbs and not (i > first and tokens[i - 1] in relatives):
            opens = verbal_at_joint if joint >= 0 and tokens[joint] == "or" else spoken_at_joint
            if joint >= 0 and opens and not _closes(tokens, i, last, participles):
                starts.append((joint, i - joint == 1 or (i - joint == 2 and tokens[i - 1] in roles["adverb"])))
            joint, spoken, verbal = -1, True, True
        elif word in closing:
            if joint >= 0 and verbal_at_joint:
                starts.append((joint, i - joint == 1))
                joint = -1
        elif i in claims:
            spoken = True
    return starts


def next_verb(tokens: Sequence[str], first: int, last: int, default: int, roles: Mapping[str, frozenset[str]]) -> int:
    """Index of the first verb in [first, last) that belongs to no relative clause, or ``default``."""
    verbs, relatives = roles["verb"], roles["relative"]
    for i in range(first, last):
        if tokens[i] in verbs and tokens[i - 1] not in relatives:
            return i
    return default


def _numbers_item(tokens: Sequence[str], first: int, close: int) -> bool:
    """Whether the bracket ends the number of an item: "1) fracture 2) effusion"."""
    return close > first and tokens[close - 1].isdigit() and (close < first + 2 or tokens[close - 2] != "(")


def _closes(tokens: Sequence[str], verb: int, last: int, participles: frozenset[str]) -> bool:
    return any(token in participles for token in tokens[verb + 1 : min(verb + 1 + _CLOSING_REACH, last)])
