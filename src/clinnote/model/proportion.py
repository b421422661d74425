"""A share and how sure one can be of it."""

import math
from typing import Final

_Z95: Final = 1.959963984540054
"""Quantile of the normal distribution for a two-sided interval of 95 %."""


def wilson(successes: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share (E. B. Wilson, J Am Stat Assoc 1927;22:209); of nothing, 0 to 1.

    Raises:
        ValueError: more successes than trials, or a negative number.
    """
    if not 0 <= successes <= total:
        raise ValueError("successes must lie between 0 and the number of trials")
    if total == 0:
        return 0.0, 1.0
    share, square = successes / total, _Z95 * _Z95
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = _Z95 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == total else min(1.0, centre + half)
    return low, high
