"""Convolutions of torch.nn.functional, and unfold / fold."""

from __future__ import annotations

from typing import Any

from papertrace.creation import arange
from papertrace.declare import declare
from papertrace.functional.padding import padded
from papertrace.indexing import gathered
from papertrace.misfits import misplaced
from papertrace.shapes import check_equal, fixed, pair, show
from papertrace.symbolic import depends_on_data, hint
from papertrace.tensor import Tensor, emit
from papertrace.views import permuted, reshape


def convolution(
    input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, rank: int
) -> Tensor:
    """Convolution over ``rank`` spatial dimensions; an input without batch dimension gets one."""
    if input.ndim == rank + 1:
        _require_channels(input, weight.shape[1] * groups, rank)
        result = convolution(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups, rank)
        return reshape(result, result.shape[1:])
    strides, dilations, kernel = fixed(stride, rank), fixed(dilation, rank), weight.shape[2:]
    (groups,) = fixed(groups, 1)
    if padding == "same":
        totals = [step * (size - 1) for step, size in zip(dilations, fixed(kernel, rank))]
        before = [total // 2 for total in totals]
        after = [total - total // 2 for total in totals]
    else:
        before = after = list(fixed(0 if padding == "valid" else padding, rank))
    check_equal(input.shape[1], weight.shape[1] * groups, "The channels of a convolution's input and weight differ")
    spatial = [
        (size + first + last - step * (width - 1) - 1) // jump + 1
        for size, first, last, step, width, jump in zip(input.shape[2:], before, after, dilations, kernel, strides)
    ]
    attributes = {"strides": strides, "pads": [*before, *after], "dilations": dilations, "groups": groups}
    shape = (input.shape[0], weight.shape[0], *spatial)
    return emit("conv", [input, weight, bias], attributes, shape, input.dtype)


def _require_channels(input: Tensor, channels: int, rank: int) -> None:
    """Refuse one without batch dimension whose channels are others: it may be rows that lack theirs."""
    if hint(input.shape[0]) != hint(channels) and not depends_on_data(input.shape[0]):
        message = f"The channels of a convolution's input and weight differ: {show(input.shape)} has not {channels} in front"
        raise misplaced(message, input, rank=rank + 2)


def transposed(
    input: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    rank: int,
) -> Tensor:
    if input.ndim == rank + 1:
        result = transposed(input.unsqueeze(0), weight, bias, stride, padding, output_padding, groups, dilation, rank)
        return reshape(result, result.shape[1:])
    strides, pads, dilations = fixed(stride, rank), fixed(padding, rank), fixed(dilation, rank)
    extra, (groups,) = fixed(output_padding, rank), fixed(groups, 1)
    spatial = [
        (size - 1) * jump - 2 * edge + step * (width - 1) + more + 1
        for size, jump, edge, step, width, more in zip(
            input.shape[2:], strides, pads, dilations, weight.shape[2:], extra
        )
    ]
    attributes = {
        "strides": strides,
        "pads": [*pads, *pads],
        "dilations": dilations,
        "groups": groups,
        "outputPadding": extra,
    }
    shape = (input.shape[0], weight.shape[1] * groups, *spatial)
    return emit("conv_transpose", [input, weight, bias], attributes, shape, input.dtype)


def _declare(rank: int) -> None:
    def conv(
        input: Tensor,
        weight: Tensor,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        return convolution(input, weight, bias, stride, padding, dilation, groups, rank)

    def conv_transpose(
        input: Tensor,
        weight: Tensor,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Tensor:
        return transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, rank)

    declare(f"nn.functional.conv{rank}d", f"torch.conv{rank}d")(conv)
    declare(f"nn.functional.conv_transpose{rank}d", f"torch.conv_transpose{rank}d")(conv_transpose)


for _rank in (1, 2, 3):
    _declare(_rank)


@declare("nn.functional.unfold")
def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Sliding blocks as columns (im2col)."""
    kernel, steps, edges, jumps = (pair(item, 2) for item in (kernel_size, dilation, padding, stride))
    x = padded(input, [0, 0, *edges], [0, 0, *edges], "constant", 0)
    batch, channels, *spatial = x.shape
    counts = [
        (size - step * (width - 1) - 1) // jump + 1 for size, step, width, jump in zip(spatial, steps, kernel, jumps)
    ]
    for axis, (count, step, width, jump) in enumerate(zip(counts, steps, kernel, jumps)):
        index = (arange(width) * step).unsqueeze(1) + (arange(count) * jump).unsqueeze(0)
        x = gathered(x, 2 + 2 * axis, index)
    x = permuted(x, (0, 1, 2, 4, 3, 5))
    return reshape(x, (batch, channels * kernel[0] * kernel[1], counts[0] * counts[1]))


@declare("nn.functional.fold")
def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns back to an image, overlapping blocks added (col2im)."""
    from papertrace.creation import filled
    from papertrace.indexing import put

    kernel, steps, edges, jumps = (pair(item, 2) for item in (kernel_size, dilation, padding, stride))
    sizes = [size + 2 * edge for size, edge in zip(pair(output_size, 2), edges)]
    counts = [
        (size - step * (width - 1) - 1) // jump + 1 for size, step, width, jump in zip(sizes, steps, kernel, jumps)
    ]
    batch = input.shape[0]
    channels = input.shape[1] // (kernel[0] * kernel[1])
    x = reshape(input, (batch, channels, *kernel, *counts))
    x = permuted(x, (0, 1, 2, 4, 3, 5))
    rows, columns = (
        (arange(width) * step).unsqueeze(1) + (arange(count) * jump).unsqueeze(0)
        for width, step, count, jump in zip(kernel, steps, counts, jumps)
    )
    rows = reshape(rows, (*rows.shape, 1, 1))
    image = put(filled((batch, channels, *sizes), 0, input.dtype), [(2, rows), (3, columns)], x, accumulate=True)
    return padded(image, [0, 0, *(-edge for edge in edges)], [0, 0, *(-edge for edge in edges)], "constant", 0)
