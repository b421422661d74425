"""Words of a text with their offsets, and the normal form in which forms and cues are compared.

The normal form is lower case, without accents, with one space between words; line breaks, runs of white space and the
hyphen inside a word count as one space: "follow-up", "follow up" and the same words on two lines do not differ.
Lower-casing never moves an offset.
"""

import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WORD: Final = re.compile(r"\w+|[^\w\s-]|(?<!\w)-|-(?!\w)")
"""A run of letters and digits, one punctuation mark, or a hyphen that does not join two words."""


def _fold_table() -> Mapping[str, str]:
    """One-to-one replacements: accented Latin letters to plain ones, typographic quotes and dashes to ASCII.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD.
    """
    table = dict(zip(map(ord, "\u2018\u2019\u201a\u2032\u02bc\u201c\u201d\u201e\u2033"), "'''''\"\"\"\"", strict=True))
    table |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    for code in range(0xC0, 0x250):
        plain = unicodedata.normalize("NFD", chr(code))
        if len(plain) > 1 and plain[0].isascii():
            table[code] = plain[0].lower()
    return {chr(code): plain for code, plain in table.items()}


_FOLD: Final = _fold_table()
_FOLDED: Final = frozenset(_FOLD)
_FEW: Final = 32
"""Up to so many different characters, one replacement each is faster than a regular expression."""
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_OTHER: Final = re.compile(r"[^\w\x00-\x7f]")
"""What is neither ASCII nor a letter: symbols, and the white space of typesetters."""
_INNER_HYPHEN: Final = re.compile(r"-(?<=\w-)(?=\w)")
_LETTER: Final = 1
_MARK: Final = 2
_INSTEAD: Final = (" ", "a", ".")
"""By class: the ASCII character that stands in for one of the class."""


def _class_of(character: str) -> int:
    if character.isspace():
        return 0
    return _LETTER if character.isalnum() or character == "_" else _MARK


_CLASSES: Final = bytes(_class_of(chr(code)) for code in range(128)) + bytes(128)
_PADDED: Final = tuple((chr(code), f" {chr(code)} ") for code in range(128) if _CLASSES[code] == _MARK)


def _folded(match: re.Match[str]) -> str:
    return _FOLD.get(match.group(), match.group())


def normal(text: str) -> str:
    """Lower case without accents, of the same length as ``text``, so that offsets stay valid."""
    if not text.isascii():
        others = frozenset(_NOT_ASCII.findall(text))
        if len(others) > _FEW:
            text = _NOT_ASCII.sub(_folded, text)
        else:
            for other in others & _FOLDED:
                text = text.replace(other, _FOLD[other])
        lowered = text.lower()
        if len(lowered) != len(text):
            return "".join(low if len(low := c.lower()) == 1 else c for c in text)
        return lowered
    return text.lower()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text in normal form.

    ``starts[i]`` is the offset of word i in the raw text; ``distinct`` holds each word once, for tests by intersection.
    """

    words: list[str]
    starts: list[int]
    distinct: frozenset[str]

    def end(self, index: int) -> int:
        """Offset in the raw text just behind word ``index``."""
        return self.starts[index] + len(self.words[index])


@functools.lru_cache(maxsize=2)
def split_words(text: str) -> Words:
    """The words of ``text``, as :data:`WORD` tells them. The last two results are kept, for several stages ask.

    The words come from ``str.split`` after each punctuation mark got spaces around it, their offsets from the places
    where the class of character changes; both run outside Python's loops, in less than half the time of the regular
    expression.
    """
    plain = normal(text)
    if "-" in plain:
        plain = _INNER_HYPHEN.sub(" ", plain)
    spaced = plain
    if not plain.isascii():
        plain, spaced = _without_others(plain)
    for mark, padded in _PADDED:
        if mark in spaced:
            spaced = spaced.replace(mark, padded)
    words = spaced.split()
    return Words(words, _starts(plain), frozenset(words))


def _starts(plain: str) -> list[int]:
    """Offsets of the words of an ASCII text in which white space alone divides words from words."""
    import numpy as np

    classes = np.frombuffer(plain.encode("ascii").translate(_CLASSES), np.uint8)
    begins = classes == _LETTER
    begins[1:] &= ~begins[:-1]
    begins |= classes == _MARK
    starts: list[int] = begins.nonzero()[0].tolist()
    return starts


def _without_others(plain: str) -> tuple[str, str]:
    """(the text with a letter, mark or space of ASCII for each other character, the text with spaces around marks)."""
    others = frozenset(_NOT_ASCII.findall(plain))
    if len(others) > _FEW:
        return _NOT_ASCII.sub(_stand_in, plain), _OTHER.sub(" \\g<0> ", plain)
    spaced = plain
    for other in others:
        instead = _INSTEAD[_class_of(other)]
        plain = plain.replace(other, instead)
        if instead == ".":
            spaced = spaced.replace(other, f" {other} ")
    return plain, spaced


def _stand_in(match: re.Match[str]) -> str:
    return _INSTEAD[_class_of(match.group())]


def normal_form(form: str) -> str:
    """The key under which a form is stored: its words, each followed by one space; empty when it has none."""
    words: list[str] = WORD.findall(normal(form))
    return " ".join(words) + " " if words else ""
