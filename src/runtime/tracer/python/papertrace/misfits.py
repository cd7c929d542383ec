"""Errors that say what would have fitted: two sizes that have to be the same, a tensor that has to be another one."""

from __future__ import annotations

from typing import Any


def different(message: str, left: int, right: int) -> RuntimeError:
    """The error for two sizes that have to be the same."""
    error = RuntimeError(message)
    error.sizes = (left, right)  # type: ignore[attr-defined]
    return error


def misplaced(
    message: str, tensor: Any, *, rank: int | None = None, dtype: str | None = None, error: type = RuntimeError
) -> Exception:
    """The error for a tensor that has to have another rank or another type."""
    error = error(message)
    error.needed = (tensor.value, rank, dtype)  # type: ignore[attr-defined]
    return error


def out_of_range(message: str, rank: int) -> IndexError:
    """The error for a dimension that only a tensor of a higher rank has."""
    error = IndexError(message)
    error.least_rank = rank  # type: ignore[attr-defined]
    return error
