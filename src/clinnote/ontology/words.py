"""Words of a text with their offsets, and the normal form in which forms and cues are compared.

The normal form is lower case, without accents, with one space between words; line breaks, runs of white space and the
hyphen inside a word count as one space: "follow-up", "follow up" and the same words on two lines do not differ.
Lower-casing never moves an offset.
"""

import functools
import itertools
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


_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def _folded(match: re.Match[str]) -> str:
    return _FOLD.get(match.group(), match.group())


def normal(text: str) -> str:
    """Lower case without accents, of the same length as ``text``, so that offsets stay valid."""
    if not text.isascii():
        text = _NOT_ASCII.sub(_folded, text)
        lowered = text.lower()
        if len(lowered) != len(text):
            return "".join(low if len(low := c.lower()) == 1 else c for c in text)
        return lowered
    return text.lower()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text in normal form.

    ``starts[i]`` is the offset of word i in the raw text; ``text`` joins the words by single spaces (one at the end,
    too), and ``offsets[i]`` is the place of word i in it.
    """

    words: list[str]
    starts: list[int]
    text: str
    offsets: list[int]

    def end(self, index: int) -> int:
        """Offset in the raw text just behind word ``index``."""
        return self.starts[index] + len(self.words[index])


@functools.lru_cache(maxsize=2)
def split_words(text: str) -> Words:
    """The words of ``text``. The last two results are kept, because several stages ask for the same text."""
    lowered = normal(text)
    words: list[str] = WORD.findall(lowered)
    starts = [match.start() for match in WORD.finditer(lowered)]
    offsets = list(itertools.accumulate((len(word) + 1 for word in words), initial=0))
    offsets.pop()
    return Words(words, starts, " ".join(words) + " ", offsets)


def normal_form(form: str) -> str:
    """The key under which a form is stored: its words, each followed by one space; empty when it has none."""
    words: list[str] = WORD.findall(normal(form))
    return " ".join(words) + " " if words else ""
