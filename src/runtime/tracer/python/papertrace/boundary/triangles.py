"""numpy's indices of triangles and diagonals, and remainders."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from papertrace.boundary.arrays import Array, pairwise


def _indices(keep: Callable[[int], bool]) -> Callable[..., tuple[Array, Array]]:
    def indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, Array]:
        """(rows, columns) of an n × m matrix, m being n where it is not given."""
        width = n if m is None else m
        places = [(row, column) for row in range(n) for column in range(width) if keep(column - row - k)]
        return Array(row for row, _ in places), Array(column for _, column in places)

    return indices


def diag_indices(n: int, ndim: int = 2) -> tuple[Array, ...]:
    return tuple(Array(range(n)) for _ in range(ndim))


FUNCTIONS: dict[str, Any] = {
    "tril_indices": _indices(lambda above: above <= 0),
    "triu_indices": _indices(lambda above: above >= 0),
    "diag_indices": diag_indices,
    "mod": lambda left, right: pairwise(operator.mod, left, right),
}
