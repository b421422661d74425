from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.assignment import assign

WEIGHTS = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0, -1.0]), min_size=columns, max_size=columns),
        min_size=1,
        max_size=4,
    )
)


def best_by_trying(weights):
    if len(weights) > len(weights[0]):
        weights = [list(column) for column in zip(*weights, strict=True)]
    orders = permutations(range(len(weights[0])), len(weights))
    return max(sum(max(row[j], 0) for row, j in zip(weights, order, strict=True)) for order in orders)


def test_the_greedy_choice_is_not_always_the_best():
    assert assign([[0.9, 0.8], [0.8, 0.0]]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("empty", [[], [[]], [[0.0]], [[-1.0, 0.0]]])
def test_what_has_no_weight_is_not_paired(empty):
    assert assign(empty) == []


@given(WEIGHTS)
def test_no_other_assignment_weighs_more(weights):
    pairs = assign(weights)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert sum(weights[i][j] for i, j in pairs) == pytest.approx(best_by_trying(weights))


@given(WEIGHTS)
def test_turning_the_table_turns_the_weight_not(weights):
    turned = [list(column) for column in zip(*weights, strict=True)]
    total = sum(weights[i][j] for i, j in assign(weights))
    assert sum(turned[i][j] for i, j in assign(turned)) == pytest.approx(total)
