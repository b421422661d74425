import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.quality.intervals import Estimate, scores

COUNTS = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=8)


def test_precision_recall_and_f1_of_two_notes_by_hand():
    [score] = scores([[(3, 1, 0), (1, 0, 4)]], samples=0)
    assert (score.tp, score.fp, score.fn) == (4, 1, 4)
    assert score.precision == Estimate(0.8)
    assert score.recall == Estimate(0.5)
    assert score.f1.value == pytest.approx(8 / 13)


def test_nothing_to_divide_by_gives_no_share():
    [score] = scores([[(0, 0, 0)]])
    assert (score.precision, score.recall, score.f1) == (Estimate(None), Estimate(None), Estimate(None))


def test_nothing_predicted_has_no_precision_but_a_recall_of_nought():
    [score] = scores([[(0, 0, 3)]])
    assert score.precision.value is None
    assert score.recall == Estimate(0.0, 0.0, 0.0)
    assert score.f1.value == 0.0


def test_no_rows_give_no_scores():
    assert scores([]) == []


def test_the_interval_of_many_even_notes_is_that_of_the_normal_approximation():
    """400 notes of one mention, half of them right: 0.5 with a standard error of 0.025."""
    [score] = scores([[(1, 0, 0)] * 200 + [(0, 0, 1)] * 200], samples=4000)
    assert score.recall.value == 0.5
    assert score.recall.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
    assert score.recall.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)


def test_notes_are_drawn_not_mentions():
    """One note with all the errors makes the interval wide; errors spread over all notes keep it narrow."""
    clustered = [(10, 0, 0)] * 9 + [(0, 0, 10)]
    spread = [(9, 0, 1)] * 10
    wide, narrow = scores([clustered, spread])
    assert wide.recall.value == narrow.recall.value == 0.9
    assert narrow.recall.low == narrow.recall.high == 0.9
    assert wide.recall.low < 0.8


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    counts = [[(2, 1, 0), (1, 0, 2), (3, 1, 1), (0, 1, 1)]]
    assert scores(counts, seed=3) == scores(counts, seed=3)
    assert scores(counts, seed=3) != scores(counts, seed=4)


def test_a_run_that_is_drawn_in_pieces_keeps_its_number_of_samples(monkeypatch):
    monkeypatch.setattr("clinnote.quality.intervals._CELLS", 7)
    [score] = scores([[(2, 1, 0), (1, 0, 2), (3, 1, 1)]], samples=50)
    assert score.f1.low <= score.f1.value <= score.f1.high


def test_equal_rows_get_equal_intervals_because_the_drawing_is_shared():
    counts = [(2, 1, 0), (1, 0, 2), (3, 1, 1)]
    one, other = scores([counts, counts])
    assert one == other


@given(COUNTS, st.integers(0, 5))
def test_every_interval_holds_its_estimate(counts, seed):
    for score in scores([counts], samples=20, seed=seed):
        for share in (score.precision, score.recall, score.f1):
            if share.value is not None:
                assert 0 <= share.low <= share.value <= share.high <= 1


@given(COUNTS)
def test_swapping_false_positives_and_misses_swaps_precision_and_recall(counts):
    [one] = scores([counts], samples=20)
    [other] = scores([[(tp, fn, fp) for tp, fp, fn in counts]], samples=20)
    assert (one.precision, one.recall, one.f1) == (other.recall, other.precision, other.f1)


def test_counts_may_come_as_an_array():
    assert scores(np.array([[[1, 0, 1]]]), samples=0)[0].recall == Estimate(0.5)
