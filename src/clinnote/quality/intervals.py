"""Precision, recall and F1 with bootstrap intervals.

Notes, not mentions, are drawn anew, since the mentions of one note are not independent (Efron & Tibshirani, An
Introduction to the Bootstrap, 1993, percentile method). One drawing serves every label and attribute of a run, so
their intervals may be compared. The generator is seeded: the same counts always give the same interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clinnote.settings import SAMPLES

LEVEL: Final = 0.95
_CELLS: Final = 4_000_000
"""Weights held at a time; a larger run draws in pieces."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; all None where there was nothing to divide by."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Right, wrong and missed, and what follows from them."""

    tp: int
    fp: int
    fn: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


def scores(
    counts: Sequence[Sequence[Sequence[int]]] | NDArray[np.float64], samples: int = SAMPLES, seed: int = 0
) -> list[Score]:
    """A score for each row of ``counts``; a row holds (tp, fp, fn) of every note, all rows the same notes.

    ``samples`` 0 leaves the intervals out. An interval always holds its estimate.
    """
    if not len(counts):
        return []
    table = np.asarray(counts, dtype=np.float64).reshape(len(counts), -1, 3)
    total = table.sum(axis=1)
    estimates = _ratios(total)
    rows, notes, _ = table.shape
    if samples and notes:
        drawn = resampled(table.transpose(1, 0, 2).reshape(notes, rows * 3), samples, seed)
        low, high = bounds(_ratios(drawn.reshape(samples, rows, 3)))
    else:
        low = high = np.full_like(estimates, np.nan)
    found: list[Score] = []
    for row in range(rows):
        tp, fp, fn = (int(n) for n in total[row])
        precision, recall, f1 = (estimate(estimates[row, i], low[row, i], high[row, i]) for i in range(3))
        found.append(Score(tp, fp, fn, precision, recall, f1))
    return found


def resampled(table: NDArray[np.float64], samples: int, seed: int) -> NDArray[np.float64]:
    """Sums of the columns of ``table`` (one row a note) over notes drawn with replacement: one row a sample."""
    notes = table.shape[0]
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // notes)
    pieces = [
        generator.multinomial(notes, np.full(notes, 1 / notes), size=min(step, samples - done)).astype(float) @ table
        for done in range(0, samples, step)
    ]
    drawn: NDArray[np.float64] = np.concatenate(pieces)
    return drawn


def bounds(drawn: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound over the first axis; samples in which a share is undefined (NaN) are left out."""
    some = ~np.isnan(drawn).all(axis=0)
    low, high = np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    tail = (1 - LEVEL) / 2
    if some.any():
        low[some], high[some] = np.nanquantile(drawn[:, some], (tail, 1 - tail), axis=0)
    return low, high


def estimate(value: float, low: float, high: float) -> Estimate:
    """The three as a record, NaN as None, the bounds widened to hold the value."""
    if np.isnan(value):
        return Estimate(None)
    if np.isnan(low):
        return Estimate(float(value))
    return Estimate(float(value), float(min(low, value)), float(max(high, value)))


def _ratios(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Precision, recall and F1 of (..., 3) counts; NaN where the denominator is 0."""
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    top = np.stack([tp, tp, 2 * tp], axis=-1)
    bottom = np.stack([tp + fp, tp + fn, 2 * tp + fp + fn], axis=-1)
    ratios: NDArray[np.float64] = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratios, where=bottom > 0)
    return ratios
