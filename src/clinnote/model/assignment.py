"""Best one-to-one assignment (Kuhn 1955, Munkres 1957; the shortest augmenting path form of Jonker and Volgenant)."""

from collections.abc import Sequence
from math import inf


def assign(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column) of largest total weight; weights below or at 0 are never paired.

    Cubic in the smaller side: made for the handful of spans that overlap each other.
    """
    if not weights or not weights[0]:
        return []
    if len(weights) > len(weights[0]):
        turned = [list(column) for column in zip(*weights, strict=True)]
        return sorted((row, column) for column, row in assign(turned))
    rows, columns = len(weights), len(weights[0])
    by_row, by_column = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner, before = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        _add_row(row, weights, by_row, by_column, owner, before)
    pairs = [(owner[column] - 1, column - 1) for column in range(1, columns + 1) if owner[column]]
    return sorted((row, column) for row, column in pairs if weights[row][column] > 0)


def _add_row(
    row: int,
    weights: Sequence[Sequence[float]],
    by_row: list[float],
    by_column: list[float],
    owner: list[int],
    before: list[int],
) -> None:
    """Give one more row a column, moving earlier rows along the cheapest path; column 0 stands for the new row."""
    columns = len(owner) - 1
    slack, seen = [inf] * (columns + 1), [False] * (columns + 1)
    owner[0], column = row, 0
    while owner[column]:
        seen[column] = True
        held, least, following = owner[column], inf, 0
        for other in range(1, columns + 1):
            if seen[other]:
                continue
            cost = -max(weights[held - 1][other - 1], 0.0) - by_row[held] - by_column[other]
            if cost < slack[other]:
                slack[other], before[other] = cost, column
            if slack[other] < least:
                least, following = slack[other], other
        for other in range(columns + 1):
            if seen[other]:
                by_row[owner[other]] += least
                by_column[other] -= least
            else:
                slack[other] -= least
        column = following
    while column:
        owner[column] = owner[before[column]]
        column = before[column]
