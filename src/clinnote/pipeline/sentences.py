"""Sentences of clinical text: prose, wrapped prose, lists, headings and telegram style.

A sentence ends at . ! ? and before a new line that does not go on with the same sentence. Abbreviations, decimals,
initials and numbered lists do not end one. Linear in the text.
"""

import re
from typing import Final

from clinnote.model.spans import Span

_TITLES: Final = "dr drs mr mrs ms prof st vs cf e.g i.e eg ie fig figs nos approx ca ref refs"
_UNITS: Final = (
    "etc al pt pts inc dept ext resp temp wt ht tab tabs cap caps inj jr sr rt lt bilat ant post sup inf med lat vol "
    "min max a.m p.m q.d b.i.d t.i.d q.i.d p.r.n p.o i.v i.m s.p h.o c.o w.o u.s jan feb mar apr jun jul aug sep sept "
    "oct nov dec hx dx tx sx fx abd pulm neg pos vit y.o exam incl excl susp hosp esp yrs mos wks hrs w.r.t q.h.s q.o.d"
)
_NEVER_END: Final = frozenset(_TITLES.split())
"""Abbreviations that something always follows ("Dr. Smith")."""
_MAY_END: Final = frozenset(_UNITS.split())
"""Abbreviations that end a sentence only before a capital letter ("at 8 a.m. He left")."""

_LETTERED: Final = "stage grade type class group vitamin hepatitis influenza factor lead level than on"
_BEFORE_LETTER: Final = frozenset(_LETTERED.split())
"""Words whose single letter is no initial: "hepatitis C. He", "than L. A" are two sentences, "seen by J. Smith" one."""
_BEFORE_SIDE: Final = frozenset("0123456789<>=")
"""The last character before a letter that is no initial: "98.6 F.", "R > L."."""
_ENDINGS: Final = "|".join(sorted({word[-4:] for word in _NEVER_END | _MAY_END if word.isalpha() and len(word) >= 4}))
_STOP: Final = re.compile(
    # Every branch starts with the same small set of characters: the engine then skips all other text at once.
    # What no group marks is certain; groups: 1 end of marks that may not end a sentence, 2 the same without white
    # space behind it, 3 a line break that may not end one.
    r"[.!?;\n](?:"
    rf"(?<=[a-z]{{4}}\.)(?<!(?:{_ENDINGS})\.)\s+"
    r"|(?<=[.?!])[.!?]*[\"')\]\u201d\u2019]*()(?:\s+|\Z)"
    r"|(?:(?<=[a-z]{3}\.)|(?<=\d\.\d\.))()(?=[A-Z][a-z])"
    r"|(?<=;)[^\S\n]*\n\s*"
    r"|(?<=\n)[^\S\n]*(?:\n\s*|(?=[-*\u2022\u00b7\u25cf\u2013\u2014>#+][ \t])|(?<=[:;]\n)|()))"
)
_WORD_BEFORE: Final = re.compile(r"[\w.]+$")
_ITEM: Final = re.compile(
    r"[ \t]*(?:[-*\u2022\u00b7\u25cf\u2013\u2014>#+]+[ \t]+|\(?\d{1,3}[.):][ \t]*|[A-Za-z][.)][ \t]+|\[[ xX]?\])"
)
_LABEL: Final = re.compile(r"[ \t]*[A-Za-z][A-Za-z0-9 /&,()'-]{0,60}:(?:\s|$)")
_NEXT_WORD: Final = re.compile(r"[ \t]*(\S+)")
_CONTINUES: Final = re.compile(
    r"(?:,|\b(?:a|an|the|and|or|nor|of|to|in|on|at|for|with|without|from|by|as|than|that|which|is|are|was|were|be|been"
    r"|has|have|had|no|not|any|his|her|their|this|these|into|per|versus|vs|due|likely|possible|possibly|mild|moderate"
    r"|severe|left|right|bilateral|upper|lower|middle|small|large|denies|status))$",
    re.IGNORECASE,
)
_WRAPPED: Final = 40
"""A line shorter than this was not broken by a text editor's right margin."""
_LONG_LINE: Final = 60
"""From this length on a break before a capital letter is taken for a margin, if the next word did not fit."""


def find_sentences(text: str) -> tuple[Span, ...]:
    """The sentences of ``text`` in order: non-empty, without white space at their ends, not overlapping."""
    spans: list[Span] = []
    width: _Width | None = None
    start = len(text) - len(text.lstrip())
    for stop in _STOP.finditer(text):
        at, behind = stop.span()
        group = stop.lastindex
        if group is None:
            end = at if text[at] == "\n" else at + 1
        elif group == 3:
            width = width or _Width(text)
            if _goes_on(text, at, width):
                continue
            end = at
        else:
            end = stop.start(group)
            if text[at] == "." and not _ends(text, start, at, behind):
                newline = text.find("\n", end, behind)
                if newline < 0:
                    continue
                end = newline
            elif text[at] == "?" and (at == start or text[at - 1].isspace()) and text[behind : behind + 1].isalnum():
                continue  # "Dysuria, ? cystitis": the sign of a question ahead of what is asked
        while end > start and text[end - 1].isspace():
            end -= 1
        if end > start:
            spans.append(Span(start, end))
        start = behind
    end = len(text.rstrip())
    if end > start:
        spans.append(Span(start, end))
    return tuple(spans)


def _ends(text: str, since: int, at: int, behind: int) -> bool:
    """Whether the full stop at ``at`` ends a sentence that began at ``since``; ``behind`` is what follows it."""
    before = _WORD_BEFORE.search(text, max(since, at - 24), at)
    if before is None:
        return True
    word = before.group().lower()
    follows = text[behind : behind + 1]
    if word.isdigit() and _only_number(text, since, before.start(), word == "1"):
        return False  # "1. Cardiomegaly", "Impression: 1. Cardiomegaly": the number of a list item
    if word == "no":
        return not follows.isdigit()
    if len(word) == 1 and word.isalpha():
        joins = follows.islower() or (before.group().isupper() and follows.isupper())
        return not (joins and _is_initial(text, since, before.start()))
    return word not in _NEVER_END and not (word in _MAY_END and not follows.isupper())


def _is_initial(text: str, since: int, at: int) -> bool:
    """Whether the letter at ``at`` stands for a word ("J. Smith", "w. pain"), and not as in "98.6 F.", "stage I."."""
    before = text[max(since, at - 24) : at].split()
    return not before or not (before[-1][-1] in _BEFORE_SIDE or before[-1].lower() in _BEFORE_LETTER)


def _only_number(text: str, since: int, at: int, first: bool) -> bool:
    """Whether the number opens a line or a sentence; the first of a list may also stand behind a colon."""
    line = text.rfind("\n", since, at) + 1
    lead = text[max(line, since, at - 24) : at].strip(" \t([#")
    return not lead or (first and lead[-1] == ":")


class _Width:
    """Longest line of the block (lines between blank lines) around an offset; each block is looked at once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._until = 0
        self._width = 0
        self._lines = 0

    def at(self, offset: int) -> tuple[int, int]:
        """(length of the longest line, number of lines) of the block that holds ``offset``."""
        if offset >= self._until:
            blank = self._text.rfind("\n\n", self._until, offset)
            begin = blank + 2 if blank >= 0 else self._until
            end = self._text.find("\n\n", offset)
            self._until = len(self._text) + 1 if end < 0 else end
            lines = self._text[begin : self._until].split("\n")
            self._width, self._lines = max(map(len, lines)), len(lines)
        return self._width, self._lines


def _goes_on(text: str, newline: int, width: _Width) -> bool:
    """Whether the line break at ``newline`` stands inside a sentence."""
    line_start = text.rfind("\n", 0, newline) + 1
    line = text[line_start:newline].rstrip()
    following = _NEXT_WORD.match(text, newline + 1)
    if not line.strip() or following is None or following.start(1) != _line_text(text, newline + 1):
        return False
    if line.endswith((".", "!", "?", ":", ";")) or _ITEM.match(text, newline + 1) or _LABEL.match(text, newline + 1):
        return False
    word = following.group(1)
    if line.isupper() and not word.isupper():
        return False  # "XR LEFT ANKLE", a title
    if _CONTINUES.search(line[-16:]):
        return True
    longest, lines = width.at(newline)
    did_not_fit = len(line) + 1 + len(word) > longest
    if word[0].islower() or word[0] in "(,":
        return len(line) >= _WRAPPED and did_not_fit
    return len(line) >= _LONG_LINE and did_not_fit and lines > 2


def _line_text(text: str, start: int) -> int:
    """Offset of the first character of the line at ``start`` that is not a blank."""
    while start < len(text) and text[start] in " \t\r":
        start += 1
    return start
