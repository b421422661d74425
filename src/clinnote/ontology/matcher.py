"""Longest match of a vocabulary at word starts, in one pass over the words of a text.

Time is linear in the text and does not depend on the number of terms: at each word that begins some form, the trie is
asked once for all forms that are a prefix of what follows. Keys end in a space, so only whole words match.
"""

from collections.abc import Sequence
from typing import NamedTuple

from clinnote.ontology.vocabulary import CAPITALS, CAPITALS_S, SITE, TERM, Vocabulary
from clinnote.ontology.words import Words


class Match(NamedTuple):
    """Words [first, last) carry form ``key`` of the vocabulary."""

    first: int
    last: int
    key: int


def find_matches(text: str, words: Words, vocabulary: Vocabulary) -> tuple[list[Match], list[Match]]:
    """(terms, body sites) found in ``text``, each in order, no two overlapping.

    A site inside a term goes ("pleural" of "pleural effusion"), a term inside a longer site goes too; of a term and a
    site that overlap only in part, the term stays.
    """
    terms: list[Match] = []
    sites: list[Match] = []
    firsts, look, kinds, reach = vocabulary.first_words, vocabulary.prefixes, vocabulary.kinds, vocabulary.longest
    joined, starts, offsets = words.text, words.starts, words.offsets
    term_end = site_end = 0
    for i, word in enumerate(words.words):
        if word not in firsts:
            continue
        at = offsets[i]
        term = site = None
        for key_text, key in look(joined[at : at + reach]):
            kind = kinds[key]
            last = i + key_text.count(" ")
            if kind & (CAPITALS | CAPITALS_S):
                quote = text[starts[i] : words.end(last - 1)]
                if not _capitals(quote, kind):
                    continue
            if kind & TERM:
                term = Match(i, last, key)
            if kind & SITE:
                site = Match(i, last, key)
        if term is not None and i >= term_end:
            terms.append(term)
            term_end = term.last
        if site is not None and i >= site_end:
            sites.append(site)
            site_end = site.last
    terms = _without_inner(terms, sites)
    return terms, _without_overlaps(sites, terms)


def _capitals(quote: str, kind: int) -> bool:
    if kind & CAPITALS_S:
        return quote[-1:] == "s" and quote[:-1].isupper()
    return quote.isupper()


def _without_inner(terms: Sequence[Match], sites: Sequence[Match]) -> list[Match]:
    """The terms that are not strictly inside a site."""
    kept: list[Match] = []
    j = 0
    for term in terms:
        while j < len(sites) and sites[j].last <= term.first:
            j += 1
        inside = j < len(sites) and sites[j].first <= term.first and term.last <= sites[j].last
        if not (inside and sites[j].last - sites[j].first > term.last - term.first):
            kept.append(term)
    return kept


def _without_overlaps(sites: Sequence[Match], terms: Sequence[Match]) -> list[Match]:
    """The sites that share no word with a term."""
    kept: list[Match] = []
    j = 0
    for site in sites:
        while j < len(terms) and terms[j].last <= site.first:
            j += 1
        if j == len(terms) or terms[j].first >= site.last:
            kept.append(site)
    return kept
