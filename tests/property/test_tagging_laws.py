"""Laws that hold for any text: offsets survive, sentences cover, given mentions come back."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinnote.model.note import Note
from clinnote.ontology.vocabularies.matcher import Matcher
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary
from clinnote.ontology.words import WORD, normal, normal_form, split_words
from clinnote.pipeline.sections import find_sections, load_sections
from clinnote.pipeline.sentences import find_sentences
from clinnote.pipeline.tagger import load_tagger
from clinnote.settings import Home

CLINICAL = (
    "no|No |denies|history of|.|. |, |; |: |\n|\r\n|\n\n|- |1) |(|)|pneumothorax|pleural effusion|left |lung|3 cm |"
    "FINDINGS:|PAST MEDICAL HISTORY:|IMPRESSION|in 2019|3/4/2020|is |and |but |possible |was ruled out|\ud800|"
    "\u0130|\u00e9|\ufb01|\U0001fac1|e\u0301|\u00a0|\t|'s|-ve|?|mother |stable |?"
)
PIECES = st.sampled_from(CLINICAL.split("|"))
TEXTS = st.one_of(
    st.lists(PIECES, max_size=30).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=80),
)
WORDY = st.text(st.characters(categories=("Ll", "Lu", "Nd")), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def tagger(root):
    return load_tagger("general", None, Home(root))


@pytest.fixture(scope="module")
def table(root):
    return load_sections(root / "ontologies")


@given(text=TEXTS)
def test_lower_case_and_words_keep_offsets(text):
    lowered, words = normal(text), split_words(text)
    assert len(lowered) == len(text)
    assert words.words == WORD.findall(lowered)
    assert words.starts == [match.start() for match in WORD.finditer(lowered)]
    assert words.distinct == set(words.words)


@given(text=TEXTS)
def test_sentences_hold_every_visible_character_once_and_in_order(text):
    spans = find_sentences(text)
    assert all(span.quote(text) == span.quote(text).strip() != "" for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "".join("".join(span.quote(text).split()) for span in spans) == "".join(text.split())


@given(text=TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sections_tile_the_text_behind_the_first_heading(text, table):
    sections = find_sections(text, table)
    assert all(s.start < s.body_start <= s.end for s in sections)
    assert [s.end for s in sections] == [*(s.start for s in sections[1:]), *([len(text)] if sections else [])]


@given(text=TEXTS)
@settings(deadline=None)
def test_every_quote_of_a_tagged_note_is_the_text(text, tagger):
    note = tagger(text)
    for m in note.mentions:
        assert text[m.start : m.end] == m.text
        assert 0 <= m.sentence[0] <= m.start < m.end <= m.sentence[1] <= len(text)
        assert all(text[s.start : s.end] == s.text for s in m.sites)
        assert all(0 <= e.start < e.end <= len(text) for e in m.evidence)
    assert len({m.id for m in note.mentions}) == len(note.mentions)


@given(data=st.data(), text=TEXTS.filter(bool))
@settings(deadline=None)
def test_given_mentions_come_back_as_they_were(data, text, tagger):
    place = st.integers(0, len(text) - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, len(text))))
    spans = data.draw(st.lists(place, max_size=4))
    items = [{"start": start, "end": end, "label": "finding"} for start, end in spans]
    note = tagger(Note("n", text, metadata={"mentions": items}), given=True)
    assert [(m.start, m.end) for m in note.mentions] == spans
    assert [m.text for m in note.mentions] == [text[start:end] for start, end in spans]


@given(terms=st.lists(st.lists(WORDY, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=6))
def test_a_form_is_found_where_it_stands_alone(terms):
    vocabulary = Vocabulary(memoryview(compile_vocabulary([Entry("finding", (term,)) for term in terms])))
    for term in terms:
        if len(normal_form(term)) <= vocabulary.longest:
            text = f"( {term.upper() if len(term.upper()) == len(term) else term} )"
            words = split_words(text)
            if normal_form(text[2:-2]) == normal_form(term):
                found, _ = Matcher(vocabulary).find(text, words)
                assert [(words.starts[first], words.end(last - 1)) for first, last, _ in found] == [(2, 2 + len(term))]


@given(text=TEXTS)
@settings(deadline=None)
def test_the_same_text_gives_the_same_note(text, tagger):
    assert tagger(text) == tagger(text)
