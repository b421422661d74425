"""Finding cues: the gate of two words loses none, cues do not overlap, and none ends inside a concept."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.ontology.cues import load_cues
from clinnote.ontology.patterns import NUMBER
from clinnote.ontology.words import split_words
from clinnote.pipeline.context.cue_search import cue_heads, find_cues


@pytest.fixture(scope="module")
def cues(root):
    return load_cues(root / "ontologies")


def some_words(cues):
    """Words that make up cues, with their order kept, numbers and words of no cue between."""
    patterns = [
        " ".join(itertools.chain.from_iterable(words)).replace(NUMBER, "3").replace("$", ".")
        for row in cues.rows
        for pattern in row.patterns
        for words in itertools.islice(itertools.product(*pattern), 4)
    ]
    return st.lists(st.sampled_from([*patterns, "yet", "fever", "the", "of", "7", "."]), max_size=12).map(" ".join)


@given(data=st.data())
def test_the_gate_loses_no_cue(cues, data):
    words = split_words(data.draw(some_words(cues)))
    tokens, adverbs = words.words, cues.roles["adverb"]
    every = [i for i, word in enumerate(tokens) if word in cues.root.steps or word[0].isdigit()]
    slow = find_cues(tokens, every, len(tokens), cues.root, {}, adverbs)
    assert find_cues(tokens, cue_heads(words, cues.root, adverbs), len(tokens), cues.root, {}, adverbs) == slow


@given(data=st.data())
def test_cues_stand_in_order_and_share_no_word(cues, data):
    words = split_words(data.draw(some_words(cues)))
    found = find_cues(words.words, cue_heads(words, cues.root), len(words.words), cues.root)
    spans = sorted({(item.first, item.last) for item in found})
    assert all(first < last for first, last in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


@given(data=st.data())
def test_no_cue_ends_inside_a_concept(cues, data):
    words = split_words(data.draw(some_words(cues)))
    size = len(words.words)
    first = data.draw(st.integers(0, max(size - 1, 0)))
    last = data.draw(st.integers(first + 1, max(size, first + 1)))
    found = find_cues(words.words, cue_heads(words, cues.root), size, cues.root, {first: last})
    assert not any(item.first < first < item.last < last for item in found)
