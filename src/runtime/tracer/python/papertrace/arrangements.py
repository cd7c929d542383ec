"""Ranks raised, pieces by the number, powers of a vector, and writing through diagonals and places."""

from __future__ import annotations

import math
from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, as_tensor, constant, filled, placed
from papertrace.declare import both, declare
from papertrace.dtypes import as_dtype, default_dtype
from papertrace.indexing import index_put
from papertrace.join import diag_embed
from papertrace.selections import diagonal
from papertrace.slices import chunk, split, tensor_split
from papertrace.symbolic import is_one
from papertrace.tensor import Tensor
from papertrace.views import reshape


def _at_least(rank: int) -> None:
    def raised(input: Any) -> Tensor:
        x = as_tensor(input)
        while x.ndim < rank:
            x = x.unsqueeze(-1 if x.ndim == 2 else 0)
        return x

    def at_least(*tensors: Any) -> Any:
        if len(tensors) == 1 and not isinstance(tensors[0], (list, tuple)):
            return raised(tensors[0])
        return tuple(map(raised, tensors[0] if len(tensors) == 1 else tensors))

    declare(f"torch.atleast_{rank}d")(at_least)


for _rank in (1, 2, 3):
    _at_least(_rank)


@both("hsplit")
def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    return tensor_split(input, indices_or_sections, 0 if input.ndim == 1 else 1)


@both("vsplit")
def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    return tensor_split(input, indices_or_sections, 0)


@both("dsplit")
def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    return tensor_split(input, indices_or_sections, 2)


both("unsafe_chunk")(chunk)
both("unsafe_split", "unsafe_split_with_sizes")(split)


@declare("torch.vander")
def vander(x: Tensor, N: Any = None, increasing: bool = False) -> Tensor:
    count = symbolic.concrete(x.shape[0]) if N is None else N
    powers = arange(count) if increasing else arange(count - 1, -1, -1)
    return x.unsqueeze(-1).pow(powers)


@declare("linalg.vander")
def linalg_vander(x: Tensor, *, N: Any = None) -> Tensor:
    return x.unsqueeze(-1).pow(arange(x.shape[-1] if N is None else N))


@declare("linalg.diagonal")
def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    return diagonal(A, offset, dim1, dim2)


@declare("linalg.vecdot")
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    return (x.conj() * y).sum(dim)


@both("diagflat")
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    return diag_embed(reshape(input, (-1,)), offset)


@both("diagonal_scatter")
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    written = input.clone()
    diagonal(written, offset, dim1, dim2).copy_(src)
    return written


@declare("torch.put", "Tensor.put", "Tensor.put_")
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """By places in the flattened input."""
    flat = index_put(reshape(input, (-1,)), (reshape(index, (-1,)),), reshape(source, (-1,)), accumulate)
    return reshape(flat, input.shape)


@declare("torch.fill")
def fill(input: Tensor, value: Any) -> Tensor:
    return filled(input.shape, value, input.dtype)


@declare("torch.range")
@placed
def range_(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None) -> Tensor:
    """With its end, unlike arange."""
    if end is None:
        start, end = 0, start
    count = math.floor((end - start) / step) + 1
    return constant([start + index * step for index in range(count)], (count,), as_dtype(dtype) or default_dtype())


@declare("torch.bartlett_window")
@placed
def bartlett_window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
    count = symbolic.concrete(window_length)
    span = max(count if periodic else count - 1, 1)
    numbers = [1 - abs(2 * index / span - 1) for index in range(count)] if count > 1 else [1.0] * count
    return constant(numbers, (count,), as_dtype(dtype) or default_dtype())


@declare("Tensor.new")
@placed
def new(self: Tensor, *arguments: Any) -> Tensor:
    """`x.new(2, 3)` has that shape and no contents; `x.new([2, 3])` holds these numbers."""
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) and not hasattr(arguments[0], "numel"):
        return as_tensor(list(arguments[0]), self.dtype)
    if len(arguments) == 1 and isinstance(arguments[0], Tensor):
        return arguments[0].to(self.dtype)
    return self.new_empty(*arguments) if arguments else self.new_empty(0)


@declare("Tensor.sum_to_size")
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    shape = list(size[0]) if len(size) == 1 and not isinstance(size[0], int) else list(size)
    x = self.sum(tuple(range(self.ndim - len(shape)))) if self.ndim > len(shape) else self
    axes = [axis for axis, wanted in enumerate(shape) if is_one(wanted) and not is_one(x.shape[axis])]
    return x.sum(axes, True) if axes else x
