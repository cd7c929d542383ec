"""Pooling functions of torch.nn.functional."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.declare import declare
from papertrace.errors import Unsupported
from papertrace.functional.pooling_places import pooled_with_places
from papertrace.join import cat
from papertrace.reductions import reduced
from papertrace.shapes import fixed, pair
from papertrace.slices import sliced
from papertrace.symbolic import is_one, same
from papertrace.tensor import Tensor, emit
from papertrace.views import reshape


def pooled(
    kind: str,
    rank: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Tensor:
    if input.ndim == rank + 1:
        result = pooled(
            kind, rank, input.unsqueeze(0), kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        )
        return reshape(result, result.shape[1:])
    pads, dilations = fixed(padding, rank), fixed(dilation, rank)
    if all(map(same, pair(kernel_size, rank), input.shape[2:])) and not any(pads):
        # One window, however large.
        return reduced({"average": "mean"}.get(kind, kind), input, list(range(2, rank + 2)), True, input.dtype)
    kernel = fixed(kernel_size, rank)
    strides = fixed(kernel if stride is None or stride == [] or stride == () else stride, rank)
    spatial = [
        _count(size, width, jump, edge, step, ceil_mode)
        for size, width, jump, edge, step in zip(input.shape[2:], kernel, strides, pads, dilations)
    ]
    attributes = {
        "kind": kind,
        "kernel": kernel,
        "strides": strides,
        "pads": [*pads, *pads],
        "dilations": dilations,
        "ceilMode": bool(ceil_mode),
        "countIncludePad": bool(count_include_pad),
    }
    return emit("pool", [input], attributes, (*input.shape[:2], *spatial), input.dtype)


def _count(size: int, width: int, jump: int, edge: int, step: int, ceil_mode: bool) -> int:
    room = size + 2 * edge - step * (width - 1) - 1
    if not ceil_mode:
        return room // jump + 1
    count = (room + jump - 1) // jump + 1
    return count - 1 if symbolic.decide("ge", (count - 1) * jump, size + edge) else count


def adaptive(kind: str, rank: int, input: Tensor, output_size: Any) -> Tensor:
    """Each dimension by itself: cell j covers ⌊jn/m⌋ … ⌈(j+1)n/m⌉."""
    sizes = (output_size,) * rank if isinstance(output_size, int) or output_size is None else tuple(output_size)
    x = input
    for axis, wanted in enumerate(sizes):
        dim = x.ndim - rank + axis
        size = x.shape[dim]
        if wanted is None or same(wanted, size):
            continue
        if is_one(wanted):
            x = reduced(kind, x, dim, True, x.dtype)
            continue
        count = symbolic.concrete(wanted)
        if size % count == 0:
            split = reshape(x, (*x.shape[:dim], count, size // count, *x.shape[dim + 1 :]))
            x = reduced(kind, split, dim + 1, False, x.dtype)
            continue
        length = symbolic.concrete(size)
        cells = [sliced(x, dim, j * length // count, -((-(j + 1) * length) // count)) for j in range(count)]
        x = cat([reduced(kind, cell, dim, True, x.dtype) for cell in cells], dim)
    return x


def _declare(rank: int) -> None:
    def max_pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Tensor:
        if return_indices:
            return pooled_with_places(rank, input, kernel_size, stride, padding, dilation, ceil_mode)
        return pooled("max", rank, input, kernel_size, stride, padding, dilation, ceil_mode, True)

    def avg_pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Any = None,
    ) -> Tensor:
        if divisor_override is not None:
            raise Unsupported("avg_pool with divisor_override is not supported.")
        return pooled("average", rank, input, kernel_size, stride, padding, 1, ceil_mode, count_include_pad)

    declare(f"nn.functional.max_pool{rank}d", f"torch.max_pool{rank}d")(max_pool)
    declare(f"nn.functional.avg_pool{rank}d", f"torch.avg_pool{rank}d")(avg_pool)
    declare(f"nn.functional.adaptive_avg_pool{rank}d", f"torch.adaptive_avg_pool{rank}d")(
        lambda input, output_size: adaptive("mean", rank, input, output_size)
    )

    def adaptive_max_pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Tensor:
        if return_indices:
            raise Unsupported("adaptive_max_pool with return_indices is not supported.")
        return adaptive("max", rank, input, output_size)

    declare(f"nn.functional.adaptive_max_pool{rank}d")(adaptive_max_pool)
    declare(f"nn.functional.max_pool{rank}d_with_indices")(
        lambda input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False: (
            pooled_with_places(rank, input, kernel_size, stride, padding, dilation, ceil_mode)
        )
    )


for _rank in (1, 2, 3):
    _declare(_rank)
