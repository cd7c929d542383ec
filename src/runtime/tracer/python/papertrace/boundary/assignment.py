"""scipy.optimize.linear_sum_assignment, which sources plan sizes with while they build."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from papertrace.boundary.arrays import Array, array
from papertrace.stubs import StandIn, refused


def linear_sum_assignment(cost_matrix: Any, maximize: bool = False) -> tuple[Array, Array]:
    """Rows and the columns that cost the least together, each taken once, as many as the shorter side has.

    By shortest augmenting paths (Kuhn, "The Hungarian method for the assignment problem", 1955).
    """
    cost = array(cost_matrix).map(lambda number: -number if maximize else number)
    if cost.shape[0] > cost.shape[1]:
        columns, rows = _assigned(cost.transpose())
        order = sorted(range(len(rows)), key=rows.__getitem__)
        return Array(rows[index] for index in order), Array(columns[index] for index in order)
    rows, columns = _assigned(cost)
    return Array(rows), Array(columns)


def _assigned(cost: Array) -> tuple[list[int], list[int]]:
    """For every row its column; there are at least as many columns. Prices of rows and columns count from 1."""
    height, width = cost.shape
    row_prices, column_prices = [0.0] * (height + 1), [0.0] * (width + 1)
    #: The row that each column is given to, 0 for none; column 0 holds the row that is being placed.
    rows = [0] * (width + 1)
    for start in range(1, height + 1):
        rows[0] = start
        shortest, before, done = [math.inf] * (width + 1), [0] * (width + 1), [False] * (width + 1)
        end = 0
        while rows[end]:
            done[end] = True
            row = rows[end]
            for column in range(1, width + 1):
                length = cost[row - 1][column - 1] - row_prices[row] - column_prices[column]
                if not done[column] and length < shortest[column]:
                    shortest[column], before[column] = length, end
            nearest = min((column for column in range(1, width + 1) if not done[column]), key=shortest.__getitem__)
            step = shortest[nearest]
            for column in range(width + 1):
                if done[column]:
                    row_prices[rows[column]] += step
                    column_prices[column] -= step
                else:
                    shortest[column] -= step
            end = nearest
        while end:
            rows[end] = rows[before[end]]
            end = before[end]
    return list(range(height)), [rows.index(row, 1) - 1 for row in range(1, height + 1)]


#: Modules of scipy by name.
MODULES: dict[str, Callable[[str], StandIn]] = {
    "scipy.optimize": lambda name: StandIn(
        name,
        {"linear_sum_assignment": linear_sum_assignment},
        lambda attribute: refused(f"scipy.optimize.{attribute}"),
    ),
}
