import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.model.proportion import wilson


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(0, 0, 0, 1), (0, 5, 0, 0.4345), (5, 5, 0.5655, 1), (2, 3, 0.2077, 0.9385), (324, 898, 0.3301, 0.3928)],
)
def test_the_interval_of_a_share(successes, total, low, high):
    assert wilson(successes, total) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval_which_mirrors_that_of_the_rest(pair):
    successes, total = pair
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total <= high <= 1
    assert wilson(total - successes, total) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("successes", "total"), [(-1, 3), (4, 3), (1, 0)])
def test_impossible_counts_are_refused(successes, total):
    with pytest.raises(ValueError, match="between"):
        wilson(successes, total)
