"""Surface forms of a term: regular plurals and singulars, possessives, and the all-capitals rule for acronyms."""

import functools
import re
from typing import Final

from clinnote.ontology.words import normal_form

ANY_CASE: Final = 0
CAPITALS: Final = 1
"""Matches only where the text has all capitals ("PE", not "pe")."""
CAPITALS_S: Final = 2
"""Plural of an acronym: capitals and a small s ("PEs")."""

_ACRONYM_LETTERS: Final = 3
_LONGEST: Final = 6
"""Names of more words than this, and names with a comma, are descriptions that nobody puts into the plural."""
_POSSESSIVE: Final = re.compile(r"['\u2019]s\b")
_WORD: Final = re.compile(r"[a-z]{4,}")
_PLAIN: Final = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")


def key_of(form: str) -> str:
    """The normal form of a term, by a short way where it has nothing but ASCII letters, digits and single spaces."""
    low = form.lower()
    return f"{low} " if _PLAIN.fullmatch(low) else normal_form(form)


def variants(form: str) -> list[tuple[str, int]]:
    """(key, case rule) of every surface that stands for ``form``: the form itself first, then regular variants."""
    key = key_of(form)
    if not key:
        return []
    bare = form.strip()
    if bare.isupper():
        plural = f"{key[:-1]}s "
        if bare.isalpha() and len(bare) <= _ACRONYM_LETTERS:
            return [(key, CAPITALS), (plural, CAPITALS_S)] if len(bare) > 1 else [(key, CAPITALS)]
        return [(key, ANY_CASE), (plural, ANY_CASE)]
    found = [key]
    if ("'" in bare or "\u2019" in bare) and _POSSESSIVE.search(bare):
        found += (key_of(_POSSESSIVE.sub(short, bare)) for short in ("", "s"))
    if "," not in bare and key.count(" ") <= _LONGEST:
        head, of, rest = key.partition(" of ")
        if of:
            found += (f"{number} of {rest}" for number in other_number(head))
        found += (f"{number} " for number in other_number(key[:-1]))
    return [(surface, ANY_CASE) for surface in found]


def other_number(phrase: str) -> tuple[str, ...]:
    """The regular plural of a phrase in normal form, or its singular when the last word looks like a plural."""
    start = phrase.rfind(" ") + 1
    word = phrase[start:]
    return tuple(phrase[:start] + other for other in _other_numbers(word))


@functools.lru_cache(maxsize=50_000)
def _other_numbers(word: str) -> tuple[str, ...]:
    if not _WORD.fullmatch(word):
        return ()
    if word.endswith("sis"):
        return (f"{word[:-2]}es",)
    if word.endswith(("ss", "x", "z", "ch", "sh", "us")):
        return (f"{word}es",)
    if word.endswith("is"):
        return ()
    if word.endswith("s"):
        return _singulars(word)
    if word.endswith("y") and word[-2] not in "aeiou":
        return (f"{word[:-1]}ies",)
    return (f"{word}s",)


def _singulars(word: str) -> tuple[str, ...]:
    if len(word) < 5:
        return (word[:-1],)
    if word.endswith("ies"):
        return (f"{word[:-3]}y",)
    if word.endswith(("sses", "xes", "ches", "shes")):
        return (word[:-2],)
    return (word[:-1],)
