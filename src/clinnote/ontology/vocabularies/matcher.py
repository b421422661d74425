"""Longest match of a vocabulary at word starts, in one pass over the words of a text.

The trie of the vocabulary is asked once for each run of words that may begin a form; the answers are kept as nodes of
dictionaries, so that a text costs one look-up a word and a few more for each form in it, whatever the number of terms.
Keys end in a space, so only whole words match. Time is linear in the text.
"""

from collections.abc import Sequence
from typing import Final

from clinnote.ontology.vocabularies.vocabulary import CAPITALS, CAPITALS_S, SITE, TERM, Vocabulary
from clinnote.ontology.words import Words

Match = tuple[int, int, int]
"""(first word, word behind the last, key): these words carry that key of the vocabulary."""

_CASED: Final = CAPITALS | CAPITALS_S
_MOST_NODES: Final = 300_000
"""Runs of words whose answer is kept, at most; beyond, all are forgotten and asked again."""


class _Node:
    """One run of words: the key it is, and what is known of the words that may follow."""

    __slots__ = ("following", "key", "kind", "text")

    def __init__(self, text: str, key: int, kind: int, longer: bool) -> None:
        self.text = text
        self.key = key
        self.kind = kind
        self.following: dict[str, _Node | None] | None = {} if longer else None
        """Next word -> its node, or None when no form goes on so; no dictionary when none goes on at all."""


class Matcher:
    """Finds the forms of one vocabulary, and remembers what it asked of it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._first: dict[str, _Node] = {}
        self._met: set[str] = set()
        self._asked = 0

    def find(self, text: str, words: Words) -> tuple[list[Match], list[Match]]:
        """(terms, body sites) in ``text``, each in order, the longest from the left, no two overlapping.

        A site inside a term goes ("pleural" of "pleural effusion"), a term inside a longer site goes too; of a term
        and a site that overlap only in part, the term stays.
        """
        self._meet(words)
        terms: list[Match] = []
        sites: list[Match] = []
        first, tokens = self._first, words.words
        behind = len(tokens)
        term_end = site_end = 0
        for i in [i for i, word in enumerate(tokens) if word in first]:
            node: _Node | None = first[tokens[i]]
            term = site = -1
            term_last = site_last = last = i
            while node is not None:
                last += 1
                kind = node.kind
                if kind and not (kind & _CASED and not _cased(text, words, i, last, kind)):
                    if kind & TERM:
                        term, term_last = node.key, last
                    if kind & SITE:
                        site, site_last = node.key, last
                following = node.following
                if following is None or last == behind:
                    break
                after = tokens[last]
                node = following[after] if after in following else self._learn(node, after)
            if term >= 0 and i >= term_end:
                terms.append((i, term_last, term))
                term_end = term_last
            if site >= 0 and i >= site_end:
                sites.append((i, site_last, site))
                site_end = site_last
        terms = _without_inner(terms, sites)
        return terms, _without_overlaps(sites, terms)

    def find_all(self, text: str, words: Words) -> list[Match]:
        """Every form in ``text``, also those inside or across others, ordered by first word and then by length."""
        self._meet(words)
        found: list[Match] = []
        tokens = words.words
        for i, word in enumerate(tokens):
            node = self._first.get(word)
            last = i
            while node is not None:
                last += 1
                kind = node.kind
                if kind and not (kind & _CASED and not _cased(text, words, i, last, kind)):
                    found.append((i, last, node.key))
                following = node.following
                if following is None or last == len(tokens):
                    break
                after = tokens[last]
                node = following[after] if after in following else self._learn(node, after)
        return found

    def begins(self, word: str) -> bool:
        """Whether a form begins with ``word``, a word of the text that was searched last."""
        return word in self._first

    def _meet(self, words: Words) -> None:
        """Ask about the words that no text had before."""
        if self._asked > _MOST_NODES:
            self._first, self._met, self._asked = {}, set(), 0
        fresh = words.distinct - self._met
        if fresh:
            self._met |= fresh
            for word in fresh:
                node = self._ask(f"{word} ")
                if node is not None:
                    self._first[word] = node

    def _learn(self, node: _Node, word: str) -> _Node | None:
        """Ask whether a form goes on from ``node`` with ``word``, and keep the answer."""
        learnt = self._ask(f"{node.text}{word} ")
        if node.following is not None:
            node.following[word] = learnt
        return learnt

    def _ask(self, text: str) -> _Node | None:
        self._asked += 1
        key, longer = self.vocabulary.step(text)
        if key < 0 and not longer:
            return None
        return _Node(text, key, self.vocabulary.kinds[key] if key >= 0 else 0, longer)


def _cased(text: str, words: Words, first: int, last: int, kind: int) -> bool:
    """Whether the text writes these words in the capitals that the key asks for."""
    quote = text[words.starts[first] : words.end(last - 1)]
    if kind & CAPITALS_S:
        return quote[-1:] == "s" and quote[:-1].isupper()
    return quote.isupper()


def _without_inner(terms: Sequence[Match], sites: Sequence[Match]) -> list[Match]:
    """The terms that are not strictly inside a site."""
    kept: list[Match] = []
    j = 0
    for term in terms:
        while j < len(sites) and sites[j][1] <= term[0]:
            j += 1
        inside = j < len(sites) and sites[j][0] <= term[0] and term[1] <= sites[j][1]
        if not (inside and sites[j][1] - sites[j][0] > term[1] - term[0]):
            kept.append(term)
    return kept


def _without_overlaps(sites: Sequence[Match], terms: Sequence[Match]) -> list[Match]:
    """The sites that share no word with a term."""
    kept: list[Match] = []
    j = 0
    for site in sites:
        while j < len(terms) and terms[j][1] <= site[0]:
            j += 1
        if j == len(terms) or terms[j][0] >= site[1]:
            kept.append(site)
    return kept
