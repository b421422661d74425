"""Forms that share a word with their neighbour: "mitral and tricuspid regurgitation", "upper and lower lobe".

Of two forms that a conjunction joins, the first may leave out the end that it has in common with the second ("hepato-
and splenomegaly"), and the second the beginning that it has in common with the first ("fracture of the tibia and
fibula"). Each form that was found beside a conjunction is tried once: the words on the other side of the conjunction
take the place of its first (or last) words, and what comes out must be a form of the vocabulary, and of another concept
than the one that was found. Work is proportional to such places, not to the text.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from clinnote.ontology.vocabularies.matcher import Match, Matcher
from clinnote.ontology.vocabularies.vocabulary import CAPITALS, CAPITALS_S, SITE, TERM

LACKS_END: Final = "ellipsis.end"
"""Rule of a member that leaves its noun to what follows ("lower" of "lower and middle lobes")."""
LACKS_BEGINNING: Final = "ellipsis.beginning"
"""Rule of a member whose beginning stands with what goes before."""
_JOINTS: Final = frozenset({"and", "or", "/", "&"})
_COMMA: Final = ","
_LONGEST: Final = 2
"""Most words of a member that leaves out what it shares."""
_SIDES: Final = frozenset(("left", "right", "bilateral", "both", "either", "unilateral", "l", "r", "lt", "rt"))
"""A member begins behind them: its side is found where the sides of all concepts are."""
_AHEAD: Final = _JOINTS | _SIDES
_DETERMINERS: Final = frozenset({"the", "a", "an", "his", "her", "their", "this", "your", "my", "no"})
_PREPOSITIONS: Final = frozenset(
    {"in", "of", "to", "at", "on", "for", "from", "within", "over", "into", "near", "with"}
)
_WHERE: Final = frozenset({"in", "at", "over", "within", "near", "into", "along", "through", "throughout"})
_OF: Final = frozenset({"of", "to", "in"})
"""Words behind which a form names its place: what stands there may be put in a row."""
_STEM: Final = 3
"""Fewest letters of the part of a word that stands for the whole ("supra-")."""
_CASED: Final = CAPITALS | CAPITALS_S


class Shared(NamedTuple):
    """Words [first, last) stand for the form ``key``, the rest of which is in words [head, behind)."""

    first: int
    last: int
    key: int
    head: int
    behind: int
    site: bool
    form: str
    """The whole form, in normal form."""


class Ellipses:
    """Finds the members that leave out a part, by the vocabulary of a matcher, in the text that this searched last."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._vocabulary = matcher.vocabulary

    def find(self, tokens: Sequence[str], terms: Sequence[Match], sites: Sequence[Match]) -> list[Shared]:
        """The members that share a part with one of the matches, by place; none lies in a match of a term.

        A member may take the place of a site ("mitral" of "mitral and tricuspid regurgitation").
        """
        found: list[Shared] = []
        end = len(tokens) - 1
        for matches, kind in ((terms, TERM), (sites, SITE)):
            for match in matches:
                first, last, _ = match
                if tokens[first - 1] in _AHEAD and first > 1:
                    at = first - 2 if tokens[first - 1] in _SIDES else first - 1
                    if at > 0 and tokens[at] in _JOINTS:
                        found += self._before(tokens, at, match, kind)
                if last < end and tokens[last] in _JOINTS and last - first > 2 and kind == TERM:
                    found += self._behind(tokens, match)
        if not found:
            return found
        taken = {at for first, last, _ in terms for at in range(first, last)}
        own = {(first, last): key for first, last, key in sites}
        kept: list[Shared] = []
        for item in sorted(found):
            known = own.get((item.first, item.last))
            if taken.isdisjoint(range(item.first, item.last)) and not (
                known is not None and self._same(known, item.key)
            ):
                taken.update(range(item.first, item.last))
                kept.append(item)
        return kept

    def _before(self, tokens: Sequence[str], end: int, match: Match, kind: int) -> list[Shared]:
        """Members ahead of the joint at ``end``: "mitral, aortic and" ahead of "tricuspid regurgitation"."""
        found: list[Shared] = []
        while end > 0:
            if tokens[end - 1] == _COMMA:
                end -= 1
            member = self._stem(tokens, end, match, kind) or self._member(tokens, end, match, kind)
            if member is None:
                break
            found.append(member)
            end = member.first - 1
            if end <= 0 or (tokens[end] not in _JOINTS and tokens[end] != _COMMA):
                break
        return found

    def _member(self, tokens: Sequence[str], end: int, match: Match, kind: int) -> Shared | None:
        """The most words ending at ``end`` that make a form with the end of the match.

        Where that is what the match says anyway ("acute or subacute fracture"), they may still place it: "upper" of
        "upper and lower lobe opacities" is the upper lobe. A match with a side of its own is placed so only beside a
        member with one ("right upper and left lower lobe opacities"), for each keeps its own.
        """
        first, last, key = match
        sided = not _SIDES.isdisjoint(tokens[first - 1 : last])
        for begin in range(max(end - _LONGEST, 0), end):
            if not self._matcher.begins(tokens[begin]):
                continue
            words = tokens[begin:end]
            if not all(word.isalnum() and word not in _SIDES for word in words) or _own_phrase(tokens, begin, kind):
                continue
            for cut in range(first + 1, last):
                form = _form((*words, *tokens[cut:last]))
                whole = self._key(form, kind)
                if whole >= 0 and not self._same(whole, key):
                    return Shared(begin, end, whole, cut, last, kind == SITE, form)
                own = not sided or (begin > 0 and tokens[begin - 1] in _SIDES)
                for stop in range(last - 1, cut, -1) if whole >= 0 and own else ():
                    form = _form((*words, *tokens[cut:stop]))
                    place = self._key(form, SITE)
                    if place >= 0:
                        return Shared(begin, end, place, cut, stop, True, form)
        return None

    def _stem(self, tokens: Sequence[str], end: int, match: Match, kind: int) -> Shared | None:
        """A stem with a hyphen takes the end of the first word: "hepato-" ahead of "splenomegaly"."""
        first, last, key = match
        begin = end - 2
        if begin < 0 or tokens[end - 1] != "-" or len(tokens[begin]) < _STEM:
            return None
        word = tokens[first]
        for cut in range(_STEM, len(word) - _STEM + 1):
            form = _form((tokens[begin] + word[cut:], *tokens[first + 1 : last]))
            whole = self._key(form, kind)
            if whole >= 0 and not self._same(whole, key):
                return Shared(begin, begin + 1, whole, first, last, kind == SITE, form)
        return None

    def _behind(self, tokens: Sequence[str], match: Match) -> list[Shared]:
        """The member behind a match: "and fibula" behind "fracture of the tibia"."""
        first, last, key = match
        begin = last + 1
        if tokens[begin] in _DETERMINERS:
            begin += 1
        for head in [at + 1 for at in range(first + 1, last - 1) if tokens[at] in _OF]:
            for end in range(min(begin + _LONGEST, len(tokens)), begin, -1):
                words = tokens[begin:end]
                if not all(word.isalpha() and word not in _SIDES for word in words):
                    continue
                for middle in ((), ("the",)):
                    form = _form((*tokens[first:head], *middle, *words))
                    whole = self._key(form, TERM)
                    if whole >= 0 and not self._same(whole, key):
                        return [Shared(begin, end, whole, first, head, False, form)]
        return []

    def _key(self, form: str, kind: int) -> int:
        key = self._vocabulary.key(form)
        if key < 0:
            return -1
        kinds = self._vocabulary.kinds[key]
        return key if kinds & kind and not kinds & _CASED else -1

    def _same(self, one: int, other: int) -> bool:
        """Whether two forms share an entry of the vocabulary, or its code."""
        return not self._names(one).isdisjoint(self._names(other))

    def _names(self, key: int) -> set[str]:
        entries = self._vocabulary.entries_of(key)
        return {name for e in entries for name in (e.concept, *(code.code for code in e.codes)) if name}


def _form(words: Sequence[str]) -> str:
    return " ".join(words) + " "


def _own_phrase(tokens: Sequence[str], begin: int, kind: int) -> bool:
    """Whether this is a phrase of its own ("in the left lung and ...") or the end of another ("a/b and ...")."""
    at = begin - 1
    if at >= 0 and tokens[at] == "/":
        return True
    while at >= 0 and tokens[at] in _SIDES:
        at -= 1
    if at < 0 or kind == SITE:
        return False
    if tokens[at] in _DETERMINERS:
        return at > 0 and tokens[at - 1] in _PREPOSITIONS
    return tokens[at] in _WHERE
