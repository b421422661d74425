"""Laws of matching: it agrees with a reference that tries every stretch of words, and its spans hold for any text."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.ontology.senses import load_senses
from clinnote.ontology.vocabularies.forms import ANY_CASE, variants
from clinnote.ontology.vocabularies.matcher import Matcher
from clinnote.ontology.vocabularies.misspellings import Speller, load_spelling
from clinnote.ontology.vocabularies.starter import starter_vocabulary
from clinnote.ontology.vocabularies.vocabulary import SITE, TERM, Entry, Vocabulary, compile_vocabulary
from clinnote.ontology.words import split_words
from clinnote.pipeline.concepts import ConceptFinder

VOCABULARY = "lung left pain mass of the and rib ribs biopsy tract x 3"
WORDS = st.sampled_from(VOCABULARY.split())
FORMS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
VOCABULARIES = st.lists(st.tuples(FORMS, st.sampled_from(["finding", "body_site"])), max_size=12)
PROSE = st.lists(st.one_of(WORDS, st.sampled_from([",", ".", "PAIN", "ribs", "masses"])), max_size=25).map(" ".join)
PIECES = (
    "MS|PT |RA|US.|as |and |or |/|- |, |mitral |tricuspid regurgitation|hepato|splenomegaly|fifth |sixth ribs|left |"
    "upper |lower lobe|pnemmonia |hemorrage|MS 4 mg|\n|.|\u0130|e\u0301|\ud800|\U0001fac1|\u00a0|\ufb01|(|)|3.2 |CA "
)
CLINICAL = st.sampled_from(PIECES.split("|"))
TEXTS = st.one_of(
    st.lists(CLINICAL, max_size=25).map("".join), st.text(st.characters(exclude_categories=()), max_size=60)
)


def compiled(rows):
    return Vocabulary(memoryview(compile_vocabulary([Entry(label, (form,)) for form, label in rows])))


def kinds_of(rows):
    """Key -> its kinds, made without the vocabulary."""
    kinds = {}
    for form, label in rows:
        for key, case in variants(form):
            assert case == ANY_CASE or not form.islower()
            kinds[key] = kinds.get(key, 0) | (SITE if label == "body_site" else TERM)
    return kinds


def spans(words, kinds, kind):
    """Every stretch of words that is a form of this kind."""
    tokens = words.words
    for first in range(len(tokens)):
        for last in range(first + 1, len(tokens) + 1):
            if kinds.get("".join(f"{word} " for word in tokens[first:last]), 0) & kind:
                yield first, last


def longest(found):
    kept = []
    for first, last in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or first >= kept[-1][1]:
            kept.append((first, last))
    return kept


def reference(words, kinds):
    terms, sites = longest(spans(words, kinds, TERM)), longest(spans(words, kinds, SITE))
    terms = [t for t in terms if not any(s[0] <= t[0] and t[1] <= s[1] and s[1] - s[0] > t[1] - t[0] for s in sites)]
    return terms, [s for s in sites if not any(t[0] < s[1] and s[0] < t[1] for t in terms)]


@given(rows=VOCABULARIES, text=PROSE)
@settings(deadline=None)
def test_matching_agrees_with_trying_every_stretch(rows, text):
    words = split_words(text)
    terms, sites = Matcher(compiled(rows)).find(text, words)
    assert ([m[:2] for m in terms], [m[:2] for m in sites]) == reference(words, kinds_of(rows))


@given(rows=VOCABULARIES, text=PROSE)
@settings(deadline=None)
def test_every_form_is_found_on_request(rows, text):
    words, kinds = split_words(text), kinds_of(rows)
    found = Matcher(compiled(rows)).find_all(text, words)
    assert sorted(m[:2] for m in found) == sorted({*spans(words, kinds, TERM), *spans(words, kinds, SITE)})


@given(rows=VOCABULARIES, texts=st.lists(PROSE, min_size=2, max_size=4))
@settings(deadline=None)
def test_what_a_matcher_has_seen_changes_nothing(rows, texts):
    used = Matcher(compiled(rows))
    for text in texts:
        words = split_words(text)
        assert used.find(text, words) == Matcher(compiled(rows)).find(text, words)


@pytest.fixture(scope="module")
def finders(root):
    tables = root / "ontologies"
    vocabulary, senses = starter_vocabulary(tables), load_senses(tables)
    speller = Speller(vocabulary, load_spelling(tables))
    return ConceptFinder(vocabulary, senses, speller), ConceptFinder(vocabulary, senses, speller, every=True)


@given(text=TEXTS)
@settings(deadline=None)
def test_concepts_of_any_text_lie_in_it_in_order(text, finders):
    longest_only, every = finders
    found = longest_only.find(text)
    assert all(0 <= c.start < c.end <= len(text) and c.codes is not None for c in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= e.start < e.end <= len(text) for c in found for e in c.evidence)
    assert all(0 < c.score <= 1 for c in found)
    assert {(c.start, c.end) for c in found if not c.evidence} <= {(c.start, c.end) for c in every.find(text)}
