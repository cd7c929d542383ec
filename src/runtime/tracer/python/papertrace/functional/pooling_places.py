"""Maxima with the places they come from, the way back from them, and power averages."""

from __future__ import annotations

import math
from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, filled
from papertrace.declare import declare
from papertrace.dtypes import int64
from papertrace.errors import Unsupported
from papertrace.functional.padding import padded
from papertrace.join import stack
from papertrace.scatter import scatter
from papertrace.shapes import fixed, pair
from papertrace.slices import sliced
from papertrace.tensor import Tensor
from papertrace.views import reshape


def pooled_with_places(
    rank: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    """(the largest number of every window, its place in the flattened image): the first where several are as large.

    Of several NaN torch names the last.
    """
    if ceil_mode:
        raise Unsupported("max_pool with return_indices and ceil_mode is not supported.")
    kernel = fixed(kernel_size, rank)
    strides = fixed(kernel if stride is None or stride == [] or stride == () else stride, rank)
    pads, dilations = fixed(padding, rank), fixed(dilation, rank)
    spatial = input.shape[-rank:]
    edges = [0] * (input.ndim - rank)
    places = reshape(arange(symbolic.product(spatial)), spatial)
    image = padded(input, [*edges, *pads], [*edges, *pads], "constant", -math.inf)
    # Where −∞ is all there is, the padding before a window is as large as what comes first in it.
    index = padded(places, pads, pads, "replicate", 0)
    values, found = [], []
    for offset in _offsets(kernel):
        cut_values, cut_places = image, index
        for axis in range(rank):
            count = (spatial[axis] + 2 * pads[axis] - dilations[axis] * (kernel[axis] - 1) - 1) // strides[axis] + 1
            start = offset[axis] * dilations[axis]
            end = start + (count - 1) * strides[axis] + 1
            cut_values = sliced(cut_values, input.ndim - rank + axis, start, end, strides[axis])
            cut_places = sliced(cut_places, axis, start, end, strides[axis])
        values.append(cut_values)
        found.append(cut_places)
    windows = stack(values, -1)
    choice = windows.argmax(-1, True)
    best = windows.gather(-1, choice).squeeze(-1)
    chosen = stack(found, -1).expand(windows.shape).gather(-1, choice).squeeze(-1)
    return best, chosen


def _offsets(kernel: Any) -> list[tuple[int, ...]]:
    offsets: list[tuple[int, ...]] = [()]
    for width in kernel:
        offsets = [(*offset, place) for offset in offsets for place in range(width)]
    return offsets


def _declare(rank: int) -> None:
    def max_unpool(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Tensor:
        """Zeros, and the maxima where they came from."""
        kernel = pair(kernel_size, rank)
        strides = pair(kernel if stride is None else stride, rank)
        pads = pair(padding, rank)
        sizes = [
            (size - 1) * step - 2 * edge + width
            for size, step, edge, width in zip(input.shape[-rank:], strides, pads, kernel)
        ]
        if output_size is not None:
            sizes = list(output_size)[-rank:]
        lead = input.shape[:-rank]
        flat = filled((*lead, symbolic.product(sizes)), 0, input.dtype)
        source = reshape(input, (*lead, symbolic.product(input.shape[-rank:])))
        return reshape(scatter(flat, -1, reshape(indices.to(int64), source.shape), source), (*lead, *sizes))

    def lp_pool(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Tensor:
        """(Σ xᵖ)^(1/p) over windows; the greatest or least |x| where p is infinite."""
        from papertrace.functional.pooling import pooled

        if ceil_mode:
            raise Unsupported("lp_pool with ceil_mode is not supported.")
        if math.isinf(norm_type):
            sign = math.copysign(1.0, norm_type)
            return pooled("max", rank, input.abs() * sign, kernel_size, stride, 0, 1, False, True) * sign
        mean = pooled("average", rank, input.pow(norm_type), kernel_size, stride, 0, 1, False, True)
        count = math.prod(pair(kernel_size, rank))
        return (mean * count).pow(1.0 / norm_type)

    declare(f"nn.functional.max_unpool{rank}d")(max_unpool)
    declare(f"nn.functional.lp_pool{rank}d")(lp_pool)


for _rank in (1, 2, 3):
    _declare(_rank)
