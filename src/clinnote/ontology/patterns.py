"""Patterns of words with alternatives in round brackets, as the tables of cues and of time expressions write them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from clinnote.ontology.words import WORD, normal

NUMBER: Final = "#"
YEAR: Final = "####"
END: Final = "$"

type Words = tuple[str, ...]
type Pattern = tuple[tuple[Words, ...], ...]
"""The choices at each place of a pattern: "(no|without) evidence" has two at the first place and one at the second.

A pattern stands for up to thousands of phrases, which share most of their words: kept place by place, they need not be
written out.
"""


def parts_of(pattern: str) -> list[list[str]]:
    """The whole patterns between free bars, each divided at its free spaces into parts to :func:`expand`.

    Raises:
        ValueError: the brackets do not match.
    """
    found: list[list[str]] = [[""]]
    depth = 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            raise ValueError("a bracket is closed that was not opened")
        if depth == 0 and sign == "|":
            found.append([""])
        elif depth == 0 and sign.isspace():
            found[-1].append("")
        else:
            found[-1][-1] += sign
    if depth:
        raise ValueError("a bracket is not closed")
    return [[part for part in parts if part] for parts in found]


def expand(pattern: str) -> tuple[str, ...]:
    """Every phrase that a pattern with alternatives stands for.

    Raises:
        ValueError: the brackets do not match.
    """
    phrases, at = _alternatives(pattern, 0)
    if at != len(pattern):
        raise ValueError("a bracket is closed that was not opened")
    return tuple(dict.fromkeys(" ".join(phrase.split()) for phrase in phrases))


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    done: list[str] = []
    current = [""]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            done += current
            current = [""]
        elif pattern[at] == "(":
            inner, at = _alternatives(pattern, at + 1)
            if at == len(pattern):
                raise ValueError("a bracket is not closed")
            current = [head + tail for head in current for tail in inner]
        else:
            current = [head + pattern[at] for head in current]
        at += 1
    return done + current, at


def read_pattern(cell: str) -> tuple[Pattern, ...]:
    """The patterns of a cell.

    Raises:
        ValueError: the brackets do not match, a pattern may be empty, or goes on behind the end of the statement.
    """
    patterns = tuple(tuple(_choices(part) for part in parts) for parts in parts_of(cell))
    for pattern in patterns:
        if all(() in choices for choices in pattern):
            raise ValueError("a pattern is empty")
        if any(words[-1:] == (END,) for choices in pattern[:-1] for words in choices):
            raise ValueError(f"{END} must be the last sign of a pattern")
    return patterns


@lru_cache(maxsize=1 << 12)
def _choices(part: str) -> tuple[Words, ...]:
    """The words of each phrase that a part stands for; many patterns share parts."""
    return tuple(dict.fromkeys(tuple(pattern_words(phrase)) for phrase in expand(part)))


@lru_cache(maxsize=1 << 12)
def _words_of(part: str) -> tuple[str, ...]:
    """The words of a part without white space; the same few stand in tens of thousands of patterns."""
    return (part,) if part in (NUMBER, YEAR, END) else tuple(WORD.findall(normal(part)))


def pattern_words(phrase: str) -> Iterator[str]:
    """The words of one phrase as the trie has them, with its signs for numbers and the end of the statement."""
    for part in phrase.split():
        yield from _words_of(part)
