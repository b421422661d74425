"""Signs for "yes" and "no" beside a finding: "hematuria (-), dysuria (+)", "+cough, -fever", "cough [x] fever [ ]".

A sign in brackets speaks of the mention it touches. Whether signs stand before or behind their mentions, the last sign
of a line tells. A bare minus is a sign only in a line that shows it to be one; elsewhere it is a hyphen or a bullet.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from clinnote.ontology.cues import Cue
from clinnote.ontology.words import Words
from clinnote.pipeline.context.claims import TESTS, Claim, Claims
from clinnote.pipeline.context.cue_search import Found
from clinnote.pipeline.records import Concept

_NO: Final = Cue("neg.sign", "cue", (("polarity", "negated"),), forward=True, backward=True)
_BRACKETED: Final = re.compile(
    r"[(\[](?:\s?(?:(?P<no>[-\u2212\u2013\u2014]|neg(?:ative)?\b\.?|absent\b)|\+{1,3}|[xX\u2713]|pos(?:itive)?|yes)|(?P<open>)\s?)\s?[)\]]",
    re.IGNORECASE,
)
_TICKED: Final = re.compile(r"[(\[]\s?[xX\u2713]\s?[)\]]")
_BARE: Final = re.compile(r"(?:\+|(?P<no>[-\u2212\u2013]))(?<![^\s,;:(/].)(?=[A-Za-z])")
_LISTED: Final = re.compile(r"[,;] ?[-\u2212\u2013](?=[a-z])")
_TOUCHES: Final = re.compile(r"[ \t]{0,3}:?[ \t]{0,3}")
_CLOSED: Final = re.compile(r"[ \t]*(?:[,;.|\n]|and\b|$)")
_NEAR: Final = 8
_Sign = re.Match[str]


def claim_signs(text: str, words: Words, concepts: Sequence[Concept], claims: list[Claims | None]) -> None:
    """Write into ``claims`` (one a concept) what signs deny; a sign is nearer than any word.

    ``concepts`` stand in the order of their starts. Time is linear in the text and the number of signs.
    """
    bracketed = list(_BRACKETED.finditer(text))
    bare = "+" in text or _LISTED.search(text) is not None
    if not bracketed and not bare:
        return
    starts = [concept.start for concept in concepts]
    found = list(_in_brackets(text, concepts, starts, bracketed)) + (list(_bare(text, starts)) if bare else [])
    for at, sign in found:
        if concepts[at].given or (concepts[at].label != "body_site" and concepts[at].label not in TESTS):
            first, last = bisect_left(words.starts, sign.start()), bisect_left(words.starts, sign.end())
            known = claims[at] or {}
            known["polarity"] = Claim(0, "negated", Found(first, max(last, first + 1), _NO))
            claims[at] = known


def _in_brackets(
    text: str, concepts: Sequence[Concept], starts: Sequence[int], signs: Sequence[_Sign]
) -> Iterator[tuple[int, _Sign]]:
    """(index of the concept, sign) for each sign in brackets that says no."""
    ticked = _TICKED.search(text) is not None
    for _, group in groupby(signs, lambda sign: text.rfind("\n", 0, sign.start())):
        line = list(group)
        leads = _opens(text, line[0]) or _after(text, starts, line[-1]) is not None
        for sign in line:
            if sign["no"] or (ticked and sign["open"] is not None):
                at = _after(text, starts, sign) if leads else _before(text, concepts, starts, sign)
                if at is not None:
                    yield at, sign


def _opens(text: str, sign: _Sign) -> bool:
    """Whether no word stands before the sign that it could speak of: it opens a line or a statement."""
    before = text[max(0, sign.start() - _NEAR) : sign.start()].rstrip(" \t")
    return not before or before[-1] in "\n:.;"


def _after(text: str, starts: Sequence[int], sign: _Sign) -> int | None:
    """Index of the concept that begins right behind the sign."""
    gap = _TOUCHES.match(text, sign.end())
    begin = gap.end() if gap else sign.end()
    at = bisect_left(starts, begin)
    return at if at < len(starts) and starts[at] == begin else None


def _before(text: str, concepts: Sequence[Concept], starts: Sequence[int], sign: _Sign) -> int | None:
    """Index of the concept that ends right before the sign, when nothing but another one follows the sign."""
    at = bisect_right(starts, sign.start()) - 1
    if at < 0 or concepts[at].end > sign.start() or not _TOUCHES.fullmatch(text, concepts[at].end, sign.start()):
        return None
    return at if _CLOSED.match(text, sign.end()) or _after(text, starts, sign) is not None else None


def _bare(text: str, starts: Sequence[int]) -> Iterator[tuple[int, _Sign]]:
    """(index of the concept, sign) for each minus that is written against a concept in a line of such signs."""
    for _, group in groupby(_BARE.finditer(text), lambda sign: text.rfind("\n", 0, sign.start())):
        line = list(group)
        denied = [sign for sign in line if sign["no"]]
        listed = len(denied) > 1 and any(text[sign.start() - 2 : sign.start()].strip() in (",", ";") for sign in denied)
        if len(denied) == len(line) and not listed:
            continue
        for sign in denied:
            at = bisect_left(starts, sign.end())
            if at < len(starts) and starts[at] == sign.end():
                yield at, sign
