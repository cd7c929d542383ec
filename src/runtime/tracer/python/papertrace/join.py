"""Several tensors made one, or one made several along a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace import record, symbolic
from papertrace.creation import as_tensor
from papertrace.declare import declare
from papertrace.dtypes import Size
from papertrace.loop_lists import Run, joined, parts_of
from papertrace.misfits import misplaced
from papertrace.promotion import result_type
from papertrace.shapes import broadcast, check_equal, normalise_dim, show
from papertrace.tensor import Tensor, emit, wrap
from papertrace.views import expanded, movedim, reshape, unsqueeze


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Concatenation along ``dim``; empty one-dimensional tensors are left out, as torch does."""
    items = [tensor for tensor in tensors if not _is_nothing(tensor)] or list(tensors)[:1]
    if record.trace.loops.rolled:
        items = joined(items, normalise_dim(items[0].ndim, dim))
    if len(items) == 1:
        return wrap(items[0].value)
    common = result_type(*items)
    items = [item.to(common) for item in items]
    dim = normalise_dim(items[0].ndim, dim)
    first = items[0].shape
    total = 0
    for item in items:
        if item.ndim != len(first):
            message = f"Tensors must have same number of dimensions: got {show(first)} and {show(item.shape)}"
            raise misplaced(message, item, rank=len(first))
        for axis, (left, right) in enumerate(zip(first, item.shape)):
            if axis != dim:
                shapes = f"{show(first)} and {show(item.shape)}"
                check_equal(left, right, f"Sizes of tensors must match except in dimension {dim}, but are {shapes}")
        total = total + item.shape[dim]
    shape = list(items[0].value.shape)
    shape[dim] = total
    complex_ = items[0]._value.complex
    return emit("concat", items, {"dim": dim}, shape, items[0].value.dtype, complex=complex_)


def _is_nothing(tensor: Tensor) -> bool:
    return tensor.ndim == 1 and symbolic.is_plain(tensor.shape[0]) and tensor.shape[0] == 0


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    items = list(tensors)
    dim = normalise_dim(items[0].ndim + 1, dim)
    return cat(
        [
            movedim(part.stacked(), 0, dim) if isinstance(part, Run) else unsqueeze(part, dim)
            for part in parts_of(items)
        ],
        dim,
    )


@declare("torch.cat", "torch.concat", "torch.concatenate")
def torch_cat(tensors: Any, dim: int = 0) -> Tensor:
    return cat(tensors, dim)


@declare("torch.stack")
def torch_stack(tensors: Any, dim: int = 0) -> Tensor:
    return stack(tensors, dim)


@declare("torch.hstack")
def hstack(tensors: Any) -> Tensor:
    items = [reshape(item, (1,)) if item.ndim == 0 else item for item in tensors]
    return cat(items, 1 if items[0].ndim > 1 else 0)


@declare("torch.column_stack")
def column_stack(tensors: Any) -> Tensor:
    return cat([reshape(item, (-1, 1)) if item.ndim < 2 else item for item in tensors], 1)


@declare("torch.vstack", "torch.row_stack")
def vstack(tensors: Any) -> Tensor:
    return cat([reshape(item, (1, -1)) if item.ndim < 2 else item for item in tensors], 0)


@declare("torch.dstack")
def dstack(tensors: Any) -> Tensor:
    planes = [reshape(item, (1, -1)) if item.ndim < 2 else item for item in tensors]
    return cat([item if item.ndim > 2 else unsqueeze(item, 2) for item in planes], 2)


@declare("torch.meshgrid", "functional.meshgrid")
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    items = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    swap = indexing == "xy" and len(items) > 1
    if swap:
        items[0], items[1] = items[1], items[0]
    shape = [item.shape[0] if item.ndim else 1 for item in items]
    grids = [
        expanded(reshape(item, [-1 if axis == index else 1 for axis in range(len(items))]), shape)
        for index, item in enumerate(items)
    ]
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@declare("torch.cartesian_prod")
def cartesian_prod(*tensors: Tensor) -> Tensor:
    return tensors[0] if len(tensors) == 1 else stack([reshape(grid, (-1,)) for grid in meshgrid(*tensors)], -1)


@declare("torch.broadcast_tensors")
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    items = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    shape = broadcast(*(item.shape for item in items))
    return tuple(expanded(item, shape) for item in items)


def broadcast_shapes(*shapes: Any) -> Size:
    """torch.broadcast_shapes"""
    return Size(broadcast(*((shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes)))


@declare("torch.block_diag")
def block_diag(*tensors: Any) -> Tensor:
    from papertrace.functional.padding import padded

    items = [as_tensor(item) for item in tensors]
    items = [reshape(item, (1, -1)) if item.ndim < 2 else item for item in items]
    width = sum((item.shape[1] for item in items), 0)
    rows, start = [], 0
    for item in items:
        end = start + item.shape[1]
        rows.append(padded(item, [0, start], [0, width - end], "constant", 0))
        start = end
    return cat(rows, 0)


@declare("torch.diag_embed", "Tensor.diag_embed")
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    from papertrace.creation import arange
    from papertrace.elementwise import where
    from papertrace.functional.padding import padded

    index = arange(input.shape[-1])
    result = where(index.unsqueeze(-1).eq(index), input.unsqueeze(-1), 0).to(input.dtype)
    if offset:
        zeros = [0] * (result.ndim - 2)
        before = [*zeros, max(-offset, 0), max(offset, 0)]
        after = [*zeros, max(offset, 0), max(-offset, 0)]
        result = padded(result, before, after, "constant", 0)
    return movedim(result, (-2, -1), (dim1, dim2)) if (dim1, dim2) != (-2, -1) else result
