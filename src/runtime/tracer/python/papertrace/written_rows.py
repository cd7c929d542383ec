"""Rows of memory that began uninitialised, written through index tensors: `x[:, first] = …; x[:, second] = …`.

Where the indices are as many as the memory has rows they are taken to name each once, which a run checks where they are
not known here.
"""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.tensor import Tensor


def placed(result: Tensor, base: Tensor, advanced: list[tuple[int, Tensor]], new: Tensor) -> None:
    """``result`` is ``base`` with ``new`` at the index tensors, by dimension."""
    from papertrace.creation import filled
    from papertrace.dtypes import int64
    from papertrace.indexing import index_fill
    from papertrace.reads import holds

    value = result._value
    if not value.uninitialised or new.value.uninitialised or len(advanced) != 1:
        return
    dim, index = advanced[0]
    if index.ndim != 1 or index.value.uninitialised or index.dtype.category != 1:
        return
    before: tuple[Any, ...] = base._value.rows
    indices = (*(each for axis, each in before if axis == dim), index)
    value.rows = tuple((dim, each) for each in indices)
    count = sum((each.shape[0] for each in indices), 0)
    if not symbolic.same(count, base.shape[dim]):
        return
    written = filled((base.shape[dim],), 0, int64)
    for each in indices:
        written = index_fill(written, 0, each, 1)
    value.uninitialised = not holds(written.ne(0))
