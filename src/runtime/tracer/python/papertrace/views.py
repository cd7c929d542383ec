"""Views: the same elements under another shape, order or selection. A write through one reaches its base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace import symbolic, written
from papertrace.declare import both, declare
from papertrace.dtypes import dtype as dtype_
from papertrace.errors import Unsupported
from papertrace.misfits import different, misplaced
from papertrace.shapes import given_sizes, normalise_dim, normalise_dims, same_shape, show, sizes_of
from papertrace.strides import is_copied, row_major
from papertrace.symbolic import depends_on_data, hint, is_one, is_plain, same
from papertrace.tensor import Tensor, emit, wrap


def _tail(tensor: Tensor) -> tuple[int, ...]:
    """The storage dimension that a complex tensor has behind its own."""
    return (2,) if tensor._value.complex else ()


def _is_minus_one(size: int) -> bool:
    return is_plain(size) and size == -1


def resolve(shape: Sequence[int], sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes of a reshape with -1 worked out; the number of elements must be the same."""
    total = symbolic.product(shape)
    asked, sizes = sizes, list(sizes)
    open_at = next((axis for axis, size in enumerate(sizes) if _is_minus_one(size)), None)
    if open_at is not None:
        others = symbolic.product(size for axis, size in enumerate(sizes) if axis != open_at)
        sizes[open_at] = symbolic.floor_divide(total, others) if hint(others) else 0
    given = symbolic.product(sizes)
    if not same(given, total) and not depends_on_data(given) and not depends_on_data(total):
        if hint(given) != hint(total):
            message = f"shape {show(asked)} is invalid for a tensor of shape {show(shape)}"
            raise different(message, total, given)
        symbolic.guard("eq", given, total, True)
    return tuple(sizes)


def reshape(input: Tensor, sizes: Sequence[int]) -> Tensor:
    sizes = resolve(input.shape, sizes)
    copied = is_copied(input, sizes)
    if same_shape(sizes, input.shape):
        result = wrap(input.value)
    else:
        storage = (*sizes, *_tail(input))
        result = emit("reshape", [input], {"shape": storage}, storage, input.value.dtype, complex=input._value.complex)
        written.reshaped(result._value, input.value)
    if copied:
        return result.copy_of(input, row_major([hint(size) for size in sizes]))
    return result.view_of(input, lambda base: reshape(base, sizes), lambda base, new: reshape(new, base.shape))


@declare("Tensor.view")
def view(self: Tensor, *shape: Any, dtype: Any = None, **options: Any) -> Tensor:
    shape = shape if dtype is None else (dtype,)
    if len(shape) == 1 and isinstance(shape[0], dtype_):
        if shape[0] is self.dtype:
            return self
        if self.dtype.category == 3 and shape[0] is self.dtype.to_real():
            from papertrace.complex_numbers import storage_of

            return storage_of(self).flatten(-2)
        raise Unsupported("Reading the bytes of a tensor as {0} is not supported.", shape[0])
    return reshape(self, given_sizes(shape, options, "size"))


@declare("Tensor.reshape")
def reshape_method(self: Tensor, *shape: Any, **options: Any) -> Tensor:
    return reshape(self, given_sizes(shape, options, "shape"))


@declare("torch.reshape")
def reshape_function(input: Tensor, shape: Any) -> Tensor:
    return reshape(input, sizes_of((shape,)))


@declare("Tensor.view_as", "Tensor.reshape_as")
def view_as(self: Tensor, other: Tensor) -> Tensor:
    return reshape(self, other.shape)


@both("flatten")
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    shape = input.shape
    if not shape:
        return reshape(input, (1,))
    start, end = normalise_dim(len(shape), start_dim), normalise_dim(len(shape), end_dim)
    if start == end:
        return input
    return reshape(input, (*shape[:start], symbolic.product(shape[start : end + 1]), *shape[end + 1 :]))


@both("ravel")
def ravel(input: Tensor) -> Tensor:
    return reshape(input, (-1,))


@both("unflatten")
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    shape = input.shape
    dim = normalise_dim(len(shape), dim)
    inner = resolve((shape[dim],), sizes_of((sizes,) if isinstance(sizes, (tuple, list)) else sizes))
    return reshape(input, (*shape[:dim], *inner, *shape[dim + 1 :]))


@both("unsqueeze")
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    shape = input.shape
    dim = normalise_dim(len(shape) + 1, dim)
    return reshape(input, (*shape[:dim], 1, *shape[dim:]))


@both("squeeze")
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    shape = input.shape
    dims = normalise_dims(len(shape), dim)
    gone = {axis for axis in dims if axis < len(shape) and _is_single(shape[axis])}
    return reshape(input, [size for axis, size in enumerate(shape) if axis not in gone]) if gone else input


def _is_single(size: int) -> bool:
    return is_one(size) if is_plain(size) else not depends_on_data(size) and symbolic.decide("eq", size, 1)


@both("permute")
def permute(input: Tensor, *dims: Any, **options: Any) -> Tensor:
    given = given_sizes(dims, options, "dims")
    if len(given) != input.ndim:
        message = f"permute(): {show(given)} does not name each of the {input.ndim} dimensions once"
        raise misplaced(message, input, rank=len(given))
    order = [normalise_dim(input.ndim, dim) for dim in given]
    if sorted(order) != list(range(input.ndim)):
        raise RuntimeError(f"permute(): {show(order)} does not name each of the {input.ndim} dimensions once")
    return permuted(input, order)


def permuted(input: Tensor, order: Sequence[int]) -> Tensor:
    """Axis i of the result is axis order[i] of the input."""
    order = tuple(order)
    inverse = [order.index(axis) for axis in range(len(order))]
    if order == tuple(range(len(order))):
        result = wrap(input.value)
    else:
        tail = _tail(input)
        full = (*order, len(order)) if tail else order
        shape = tuple(input.value.shape[axis] for axis in full)
        result = emit("permute", [input], {"permutation": full}, shape, input.value.dtype, complex=input._value.complex)
        written.permuted(result._value, input.value, order)
    return result.view_of(input, lambda base: permuted(base, order), lambda base, new: permuted(new, inverse))


@both("transpose", "swapaxes", "swapdims")
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    order = list(range(input.ndim))
    if not order:
        return input
    first, second = normalise_dim(input.ndim, dim0), normalise_dim(input.ndim, dim1)
    order[first], order[second] = order[second], order[first]
    return permuted(input, order)


@both("t")
def t(input: Tensor) -> Tensor:
    return transpose(input, 0, 1) if input.ndim == 2 else input


@both("movedim", "moveaxis")
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    rank = input.ndim
    sources = [normalise_dim(rank, dim) for dim in (source if isinstance(source, (tuple, list)) else [source])]
    targets = [
        normalise_dim(rank, dim) for dim in (destination if isinstance(destination, (tuple, list)) else [destination])
    ]
    order: list[int | None] = [None] * rank
    for start, end in zip(sources, targets):
        order[end] = start
    rest = iter(axis for axis in range(rank) if axis not in sources)
    return permuted(input, [next(rest) if axis is None else axis for axis in order])


@declare("torch.adjoint", "Tensor.adjoint")
def adjoint(input: Tensor) -> Tensor:
    return transpose(input, -2, -1)


Tensor.T = property(lambda self: permuted(self, list(reversed(range(self.ndim)))))  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: transpose(self, -2, -1))  # type: ignore[attr-defined]
Tensor.H = property(lambda self: transpose(self, -2, -1))  # type: ignore[attr-defined]


def expanded(input: Tensor, sizes: Sequence[int]) -> Tensor:
    shape = input.shape
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError(f"a tensor of shape {show(shape)} cannot be expanded to {show(sizes)}")
    target: list[int] = list(sizes[:lead])
    for have, want in zip(shape, sizes[lead:]):
        if _is_minus_one(want) or same(have, want):
            target.append(have)
        elif is_one(have):
            target.append(want)
        elif depends_on_data(have) or depends_on_data(want):
            target.append(want)
        elif hint(have) == hint(want):
            symbolic.guard("eq", have, want, True)
            target.append(want if is_plain(want) else have)
        elif hint(have) == 1:
            symbolic.guard("eq", have, 1, True)
            target.append(want)
        else:
            message = f"a tensor of shape {show(shape)} cannot be expanded to {show(sizes)}"
            raise different(message, have, want)
    if same_shape(target, shape):
        return wrap(input.value).view_of(input, lambda base: expanded(base, target), lambda base, new: new)
    storage = (*target, *_tail(input))
    result = emit("expand", [input], {"shape": storage}, storage, input.value.dtype, complex=input._value.complex)
    return result.view_of(input, lambda base: expanded(base, target), None)


@declare("Tensor.expand")
def expand(self: Tensor, *sizes: Any, **options: Any) -> Tensor:
    return expanded(self, given_sizes(sizes, options, "size"))


@declare("Tensor.expand_as")
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    return expanded(self, other.shape)


@both("broadcast_to")
def broadcast_to(input: Tensor, *size: Any, shape: Any = None, **options: Any) -> Tensor:
    return expanded(input, given_sizes(size if shape is None else (shape,), options, "size"))
