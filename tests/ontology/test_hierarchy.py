"""Is-a, parents and ancestors out of the memory-mapped hierarchy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.codes import ICD10CM, SNOMED
from clinnote.ontology.vocabularies.hierarchy import Hierarchy, pack_hierarchy
from clinnote.ontology.vocabularies.vocabulary import Entry, Vocabulary, compile_vocabulary

EDGES = {ICD10CM: {"J18.9": ["J18"], "J18": ["J09-J18"], "J09-J18": ["10"]}, SNOMED: {"3": ["2", "1"], "2": ["1"]}}


def hierarchy(edges):
    systems, blocks = pack_hierarchy(edges)
    return Hierarchy(systems, {name: memoryview(block) for name, block in blocks.items()})


@pytest.mark.parametrize(
    ("code", "ancestor", "system", "holds"),
    [
        ("J18.9", "J18", "icd10cm", True),
        ("J18.9", "10", ICD10CM, True),
        ("J18", "J18.9", None, False),
        ("J18.9", "J18.9", None, True),
        ("3", "1", None, True),
        ("3", "J18", None, False),
        ("3", "1", "icd10cm", False),
        ("unknown", "1", None, False),
        ("unknown", "unknown", None, True),
    ],
)
def test_is_a(code, ancestor, system, holds):
    assert hierarchy(EDGES).is_a(code, ancestor, system) is holds


def test_ancestors_come_nearest_first_and_parents_sorted():
    known = hierarchy(EDGES)
    assert known.ancestors("J18.9") == ("J18", "J09-J18", "10")
    assert known.parents("3", "snomed") == ("1", "2")
    assert known.parents("1") == ()
    assert known.knows("J09-J18")
    assert not known.knows("J09-J18", "snomed")


def test_a_vocabulary_carries_the_hierarchy(tmp_path):
    known = Vocabulary(memoryview(compile_vocabulary([Entry("disorder", ("pneumonia",))], EDGES)))
    assert known.is_a("J18.9", "J18")
    assert set(known.ancestors("3", "snomed")) == {"1", "2"}
    plain = Vocabulary(memoryview(compile_vocabulary([Entry("disorder", ("pneumonia",))])))
    assert not plain.is_a("J18.9", "J18")
    assert plain.ancestors("J18.9") == ()


CODES = st.integers(0, 12).map(str)


@given(st.dictionaries(CODES, st.lists(CODES, max_size=4)))
def test_ancestors_are_what_parents_of_parents_are_whatever_the_graph(edges):
    """The closure taken naively and the one out of the arrays agree, cycles and all."""
    known = hierarchy({SNOMED: edges})
    for code in edges:
        seen, queue = set(), list(edges[code])
        while queue:
            one = queue.pop()
            if one not in seen:
                seen.add(one)
                queue += edges.get(one, [])
        assert set(known.ancestors(code)) == seen - {code}
        assert all(known.is_a(code, above) for above in seen)
