"""The laterality algebra."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model import laterality as lat

SIDES = st.frozensets(st.sampled_from(list(lat.Side)))


@given(SIDES)
def test_mirroring_twice_changes_nothing(sides):
    assert lat.mirror(lat.mirror(sides)) == sides


@given(SIDES, SIDES)
def test_mirroring_both_statements_keeps_every_relation(a, b):
    for relation in (lat.opposite, lat.subset, lat.agree):
        assert relation(a, b) == relation(lat.mirror(a), lat.mirror(b))


@given(SIDES, SIDES)
def test_relations_are_symmetric_and_exclude_each_other(a, b):
    held = [relation for relation in (lat.opposite, lat.subset, lat.agree) if relation(a, b)]
    assert held == [relation for relation in (lat.opposite, lat.subset, lat.agree) if relation(b, a)]
    assert len(held) <= 1


@given(SIDES)
def test_unknown_conflicts_with_nothing(sides):
    assert not lat.opposite(lat.UNKNOWN, sides)
    assert not lat.subset(lat.UNKNOWN, sides)


@given(SIDES, SIDES)
def test_joining_is_commutative_and_keeps_both(a, b):
    assert lat.join(a, b) == lat.join(b, a) >= a


@pytest.mark.parametrize("word", ["left", "right", "bilateral", "midline"])
def test_every_word_names_the_set_it_came_from(word):
    assert lat.word(lat.parse(word)) == word


def test_left_and_right_together_are_bilateral():
    assert lat.word(lat.join(lat.LEFT, lat.RIGHT)) == "bilateral"


def test_nobody_said_a_side():
    assert lat.parse(None) == lat.UNKNOWN
    assert lat.word(lat.UNKNOWN) is None


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="must be one of"):
        lat.parse("port")


def test_label_values_may_say_bilateral():
    assert lat.from_values(["bilateral"]) == lat.from_values(["left", "right"])
