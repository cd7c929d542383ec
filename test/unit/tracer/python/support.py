"""The tracer's Python on the path, and small helpers for its tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "src" / "runtime" / "tracer" / "python"))

import torch  # noqa: E402
from papertrace import record  # noqa: E402
from papertrace.dtypes import float32  # noqa: E402
from papertrace.tensor import wrap  # noqa: E402


def free(name: str, hint: int) -> int:
    """A symbolic size of the current trace."""
    return record.trace.symbol(name, hint)


def argument(name: str, *shape: int, dtype: torch.dtype = float32) -> torch.Tensor:
    """An argument of forward."""
    return wrap(record.trace.input(name, dtype, shape))


def guards() -> list[tuple[str, bool]]:
    """(comparison, result) of the size guards so far."""
    return [(guard[0], guard[3]) for guard in record.trace.guards.sizes.values()]


def primitives() -> list[str]:
    return [operation.primitive for operation in record.trace.operations]
