"""The file layout: what is packed comes back, and damage is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import UsageError
from clinnote.model.codes import Code
from clinnote.ontology.vocabularies.artefact import intact, pack, unpack
from clinnote.ontology.vocabularies.forms import key_of
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary
from clinnote.ontology.words import normal_form

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(["finding", "body_site"]),
    st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    st.lists(st.builds(Code, TEXT, TEXT, st.none() | TEXT, st.none() | TEXT), max_size=3).map(tuple),
    st.none() | TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
)


@given(st.dictionaries(st.text("abc", min_size=1), st.binary(max_size=40), max_size=5))
def test_blocks_come_back(blocks):
    raw = memoryview(pack(blocks, {"fact": 1}, {"source": "x"}))
    header, found = unpack(raw, None)
    assert {name: bytes(block) for name, block in found.items()} == blocks
    assert (header["fact"], header["manifest"]) == (1, {"source": "x"})
    assert intact(header, found)


@given(st.lists(ENTRIES, max_size=6))
def test_entries_come_back_by_number_and_by_form(entries):
    known = Vocabulary(memoryview(compile_vocabulary(entries)))
    for number, entry in enumerate(entries):
        bare = Entry(entry.label, (), entry.codes, entry.concept, entry.sites)
        assert known.entry(number) == bare
        for form in entry.forms:
            if 1 < len(normal_form(form)) <= 255 and "\0" not in form:
                assert bare in known.lookup(form)


@given(st.text(max_size=30))
def test_the_short_way_to_a_key_gives_the_normal_form(form):
    assert key_of(form) == normal_form(form)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_changes_nothing_that_counts(place, change):
    raw = bytearray(pack({"one": b"x" * 100, "two": b"y" * 30}, {}, {"licence": "none"}))
    place %= len(raw)
    raw[place] ^= change
    try:
        header, blocks = unpack(memoryview(bytes(raw)), None)
        whole = intact(header, blocks)
    except (UsageError, KeyError, ValueError, TypeError):
        return
    same = {name: bytes(block) for name, block in blocks.items()} == {"one": b"x" * 100, "two": b"y" * 30}
    assert not whole or (same and header["manifest"] == {"licence": "none"})


def test_a_header_without_places_is_refused():
    raw = pack({}, {}, {}).replace(b'"blocks"', b'"blockz"')
    with pytest.raises(UsageError, match="header is damaged"):
        unpack(memoryview(raw), None)
