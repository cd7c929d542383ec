"""nn.functional.pad"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace.declare import declare
from papertrace.shapes import as_int
from papertrace.slices import sliced
from papertrace.symbolic import is_negative, is_plain
from papertrace.tensor import Tensor, emit


def padded(input: Tensor, before: Sequence[int], after: Sequence[int], mode: str, value: Any) -> Tensor:
    """One entry per dimension in ``before`` and ``after``; negative ones crop."""
    x = input
    before, after = list(before), list(after)
    for dim in range(x.ndim):
        if is_negative(before[dim]):
            x = sliced(x, dim, -before[dim], None)
            before[dim] = 0
        if is_negative(after[dim]):
            x = sliced(x, dim, 0, x.shape[dim] + after[dim])
            after[dim] = 0
    if all(is_plain(size) and size == 0 for size in (*before, *after)):
        return x
    shape = [size + first + last for size, first, last in zip(x.shape, before, after)]
    value = _typed(x, value)
    if x._value.complex:
        shape, before, after = [*shape, 2], [*before, 0], [*after, 0]
    attributes = {"before": before, "after": after, "mode": mode, "value": value}
    return emit("pad", [x], attributes, shape, x.value.dtype, complex=x._value.complex)


def _typed(x: Tensor, value: Any) -> Any:
    convert = {0: bool, 1: int}.get(x.dtype.category, float)
    return convert(0 if value is None else value)


@declare("nn.functional.pad", "functional.pad")
def pad(input: Tensor, pad: Any, mode: str = "constant", value: Any = None) -> Tensor:
    """``pad`` goes from the last dimension backwards: (left, right, top, bottom, …)."""
    sizes = [as_int(size) for size in pad]
    before, after = [0] * input.ndim, [0] * input.ndim
    for pair in range(len(sizes) // 2):
        dim = input.ndim - 1 - pair
        before[dim], after[dim] = sizes[2 * pair], sizes[2 * pair + 1]
    return padded(input, before, after, mode, value.item() if isinstance(value, Tensor) else value)
