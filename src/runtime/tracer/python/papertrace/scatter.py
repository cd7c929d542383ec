"""Writing at index tensors, along a dimension and through masks and slices."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic, written
from papertrace.creation import arange, as_tensor, filled
from papertrace.declare import both, declare
from papertrace.dtypes import bool_, finfo, iinfo, int64
from papertrace.errors import Unsupported
from papertrace.indexing import gathered, none_from_end, not_negative, put
from papertrace.join import cat
from papertrace.shapes import broadcast, normalise_dim
from papertrace.slices import sliced
from papertrace.tensor import Tensor, emit
from papertrace.views import expanded, permuted, reshape


def replaced_slice(base: Tensor, dim: int, start: int, end: int, step: int, new: Tensor) -> Tensor:
    """``base`` with base[start:end:step] along ``dim`` replaced by ``new``."""
    new = new.to(base.dtype)
    if step != 1:
        result = _replaced_steps(base, dim, start, end, step, new)
    else:
        parts = []
        if not symbolic.same(start, 0):
            parts.append(sliced(base, dim, 0, start))
        parts.append(new)
        if not symbolic.same(end, base.shape[dim]):
            parts.append(sliced(base, dim, end, None))
        result = cat(parts, dim)
    written.wrote(result._value, base.value, dim, (start, end, step), new.value)
    return result


def _replaced_steps(base: Tensor, dim: int, start: int, end: int, step: int, new: Tensor) -> Tensor:
    if base._value.complex:
        raise Unsupported("Writing into every n-th element of a complex tensor is not supported.")
    order = [dim, *(axis for axis in range(base.ndim) if axis != dim)]
    inverse = [order.index(axis) for axis in range(len(order))]
    front = permuted(base, order)
    index = reshape(arange(start, end, step), (-1, 1))
    result = emit("scatter_nd", [front, index, permuted(new, order)], {"reduction": "none"}, front.shape, base.dtype)
    return permuted(result, inverse)


@both("slice_scatter")
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    from papertrace.slices import bounds

    dim = normalise_dim(input.ndim, dim)
    first, last = bounds(input.shape[dim], start, end)
    return replaced_slice(input, dim, first, last, step, src)


@both("select_scatter")
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    index = index + input.shape[dim] if symbolic.is_negative(index) else index
    return replaced_slice(input, dim, index, index + 1, 1, src.unsqueeze(dim))


@both("gather")
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    source = input
    for axis in range(input.ndim):
        if axis != dim and not symbolic.same(source.shape[axis], index.shape[axis]):
            source = sliced(source, axis, 0, index.shape[axis])
    index = none_from_end(index.to(int64))
    return emit("gather_elements", [source, index], {"dim": dim}, index.shape, input.dtype)


@both("take_along_dim")
def take_along_dim(input: Tensor, indices: Tensor, dim: Any = None) -> Tensor:
    if dim is None:
        return gather(reshape(input, (-1,)), 0, reshape(indices, (-1,)))
    dim = normalise_dim(input.ndim, dim)
    sizes = broadcast(
        *((*each.shape[:dim], 1, *each.shape[dim + 1 :]) for each in (input, indices)),
    )
    source, index = (expanded(each, (*sizes[:dim], each.shape[dim], *sizes[dim + 1 :])) for each in (input, indices))
    return gather(source, dim, not_negative(index.to(int64), input.shape[dim]))


_REDUCTIONS = {
    None: "none",
    "add": "add",
    "sum": "add",
    "multiply": "mul",
    "prod": "mul",
    "amax": "max",
    "amin": "min",
}


def scattered(input: Tensor, dim: int, index: Tensor, source: Tensor, reduction: str | None) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    index = none_from_end(index.to(int64))
    source = source.to(input.dtype)
    if not source.ndim:
        source = expanded(source, index.shape)
    for axis in range(index.ndim):
        if not symbolic.same(source.shape[axis], index.shape[axis]):
            source = sliced(source, axis, 0, index.shape[axis])
    attributes = {"dim": dim, "reduction": _REDUCTIONS[reduction]}
    result = emit("scatter_elements", [input, index, source], attributes, input.shape, input.dtype)
    if index.value.ordering == dim and symbolic.same(index.shape[dim], input.shape[dim]) and reduction is None:
        result._value.uninitialised = source.value.uninitialised or index.value.uninitialised
    return result


@both("scatter", in_place=True)
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Tensor:
    return scattered(input, dim, index, as_tensor(value if src is None else src, input.dtype), reduce)


@both("scatter_add", in_place=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    return scattered(input, dim, index, src, "add")


@both("scatter_reduce", in_place=True)
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    base = input
    if reduce == "mean":
        ones = filled(src.shape, 1, input.dtype)
        zeros = filled(src.shape, 0, input.dtype)
        if not include_self:
            base = scattered(input, dim, index, zeros, None)
        count = scattered(filled(input.shape, int(include_self), input.dtype), dim, index, ones, "add")
        return scattered(base, dim, index, src, "sum") / count.clamp(min=1)
    if not include_self:
        base = scattered(input, dim, index, filled((), _neutral(reduce, input), input.dtype), None)
    return scattered(base, dim, index, src, reduce)


def _neutral(reduce: str, input: Tensor) -> Any:
    if reduce in ("sum", "prod"):
        return 0 if reduce == "sum" else 1
    limits = finfo(input.dtype) if input.dtype.category == 2 else iinfo(input.dtype)
    return limits.min if reduce == "amax" else limits.max


@both("index_reduce", in_place=True)
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    wide = expanded(reshape(index, [-1 if axis == dim else 1 for axis in range(input.ndim)]), source.shape)
    return scatter_reduce(input, dim, wide, source, reduce, include_self=include_self)


@both("masked_scatter", in_place=True)
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The true places of the mask get the elements of ``source`` in order. One more zero keeps the gather inside an
    empty source."""
    from papertrace.elementwise import where
    from papertrace.ordering import cumsum

    flat = reshape(expanded(mask.to(bool_), input.shape), (-1,))
    order = (cumsum(flat.to(int64), 0) - 1).clamp(min=0)
    supply = cat([reshape(source.to(input.dtype), (-1,)), filled((1,), 0, input.dtype)], 0)
    return reshape(where(flat, gathered(supply, 0, order), reshape(input, (-1,))), input.shape)


# — whole-tensor writes


@declare("Tensor.copy_")
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    return as_tensor(src)


@declare("Tensor.fill_")
def fill_(self: Tensor, value: Any) -> Tensor:
    return as_tensor(value, None if isinstance(value, Tensor) else self.dtype)


@declare("Tensor.zero_")
def zero_(self: Tensor) -> Tensor:
    return as_tensor(0, self.dtype)


@declare("Tensor.set_", writes=False)
def set_(self: Tensor, source: Tensor) -> Tensor:
    self.adopt_value(source.value)
    return self


def _random(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """Random numbers: the contents become uninitialised."""
    return filled(self.shape, 0, self.dtype, uninitialised=True)


for _name in (
    "normal_",
    "uniform_",
    "random_",
    "bernoulli_",
    "trunc_normal_",
    "exponential_",
    "cauchy_",
    "log_normal_",
    "geometric_",
):
    declare(f"Tensor.{_name}")(_random)


@declare("Tensor.fill_diagonal_")
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Where all indices are equal; with `wrap` a tall matrix gets the diagonal again below, one row left out between."""
    from papertrace.shapes import check_equal, minimum

    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    value, (rows, columns, *others) = as_tensor(fill_value, self.dtype), self.shape
    if wrap and not others:
        count = (rows * columns + columns) // (columns + 1)
        flat = put(reshape(self, (-1,)), [(0, arange(count) * (columns + 1))], value)
        return reshape(flat, self.shape)
    for size in (columns, *others) if others else ():
        check_equal(rows, size, "all dimensions of input must be of equal length")
    index = arange(minimum(rows, columns))
    return put(self, [(axis, index) for axis in range(self.ndim)], value)


@declare("Tensor.resize_")
def resize_(self: Tensor, *sizes: Any) -> Tensor:
    raise Unsupported("Tensor.resize_ is not supported.")
