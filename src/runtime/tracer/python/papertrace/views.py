"""Views: the same elements under another shape, order or selection. A write through one reaches its base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace import symbolic
from papertrace.declare import both, declare
from papertrace.dtypes import dtype as dtype_
from papertrace.errors import Unsupported
from papertrace.shapes import as_int, normalise_dim, normalise_dims, same_shape, show, sizes_of
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
    sizes = list(sizes)
    open_at = next((axis for axis, size in enumerate(sizes) if _is_minus_one(size)), None)
    if open_at is not None:
        others = symbolic.product(size for axis, size in enumerate(sizes) if axis != open_at)
        sizes[open_at] = symbolic.floor_divide(total, others) if hint(others) else 0
    given = symbolic.product(sizes)
    if not same(given, total) and not depends_on_data(given) and not depends_on_data(total):
        if hint(given) != hint(total):
            raise RuntimeError(f"shape {show(sizes)} is invalid for a tensor of shape {show(shape)}")
        symbolic.guard("eq", given, total, True)
    return tuple(sizes)


def reshape(input: Tensor, sizes: Sequence[int]) -> Tensor:
    sizes = resolve(input.shape, sizes)
    if same_shape(sizes, input.shape):
        result = wrap(input.value)
    else:
        storage = (*sizes, *_tail(input))
        result = emit(
            "reshape", [input], {"shape": storage}, storage, input.value.dtype, complex=input._value.complex
        )
    return result.view_of(input, lambda base: reshape(base, sizes), lambda base, new: reshape(new, base.shape))


@declare("Tensor.view")
def view(self: Tensor, *shape: Any, **options: Any) -> Tensor:
    if options:
        shape = (options.get("size", options.get("dtype")),)
    if len(shape) == 1 and isinstance(shape[0], dtype_):
        if shape[0] is self.dtype:
            return self
        if self.dtype.category == 3 and shape[0] is self.dtype.to_real():
            from papertrace.complex_numbers import storage_of

            return storage_of(self).flatten(-2)
        raise Unsupported("Reading the bytes of a tensor as {0} is not supported.", shape[0])
    return reshape(self, sizes_of(shape))


@declare("Tensor.reshape")
def reshape_method(self: Tensor, *shape: Any, **options: Any) -> Tensor:
    return reshape(self, sizes_of(shape or (options["shape"],)))


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
def squeeze(input: Tensor, dim: Any = None, **options: Any) -> Tensor:
    shape = input.shape
    dims = normalise_dims(len(shape), dim)
    gone = {axis for axis in dims if axis < len(shape) and _is_single(shape[axis])}
    return reshape(input, [size for axis, size in enumerate(shape) if axis not in gone]) if gone else input


def _is_single(size: int) -> bool:
    return is_one(size) if is_plain(size) else not depends_on_data(size) and symbolic.decide("eq", size, 1)


@both("permute")
def permute(input: Tensor, *dims: Any, **options: Any) -> Tensor:
    order = sizes_of(dims or (options["dims"],))
    return permuted(input, [normalise_dim(input.ndim, dim) for dim in order])


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
        result = emit(
            "permute", [input], {"permutation": full}, shape, input.value.dtype, complex=input._value.complex
        )
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
            raise RuntimeError(f"a tensor of shape {show(shape)} cannot be expanded to {show(sizes)}")
    if same_shape(target, shape):
        return wrap(input.value).view_of(input, lambda base: expanded(base, target), lambda base, new: new)
    storage = (*target, *_tail(input))
    result = emit("expand", [input], {"shape": storage}, storage, input.value.dtype, complex=input._value.complex)
    return result.view_of(input, lambda base: expanded(base, target), None)


@declare("Tensor.expand")
def expand(self: Tensor, *sizes: Any, **options: Any) -> Tensor:
    return expanded(self, sizes_of(sizes or (options["size"],)))


@declare("Tensor.expand_as")
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    return expanded(self, other.shape)


@both("broadcast_to")
def broadcast_to(input: Tensor, *size: Any, **options: Any) -> Tensor:
    return expanded(input, sizes_of(size or (options.get("size", options.get("shape")),)))


# — slices


def bounds(size: int, start: Any, end: Any) -> tuple[int, int]:
    """Start and end of a slice within 0…size, as Python clips them; end ≥ start."""
    first = _bound(size, start, 0)
    last = _bound(size, end, size)
    return (first, last) if not _less(last, first) else (first, first)


def _less(left: int, right: int) -> bool:
    difference = symbolic.subtract(left, right)
    if depends_on_data(difference):
        return False
    if is_plain(difference):
        return difference < 0
    if _never_negative(difference):
        return False
    return symbolic.decide("lt", left, right)


def _never_negative(size: int) -> bool:
    """True where a size cannot be below zero: no negative coefficient over atoms that are not negative."""

    def certain(items: Any) -> bool:
        return all(
            coefficient >= 0
            and all(
                atom[0] in ("symbol", "size") or (atom[0] != "item" and certain(atom[1]) and certain(atom[2]))
                for atom in monomial
            )
            for monomial, coefficient in items
        )

    return certain(symbolic.polynomial_of(size).items())


def _bound(size: int, bound: Any, otherwise: int) -> int:
    if bound is None:
        return otherwise
    bound = as_int(bound)
    if _less(bound, 0):
        bound = bound + size
        if _less(bound, 0):
            return 0
    if same(bound, size) or (is_plain(bound) and bound >= 2**31):
        return size
    return size if _less(size, bound) else bound


def sliced(input: Tensor, dim: int, start: Any, end: Any, step: int = 1) -> Tensor:
    """input[start:end:step] along ``dim`` (counted from the front)."""
    size = input.shape[dim]
    first, last = bounds(size, start, end)
    count = symbolic.subtract(last, first)
    if step != 1:
        count = symbolic.floor_divide(count + (step - 1), step)
    if step == 1 and same(first, 0) and same(last, size):
        return input
    shape = list(input.value.shape)
    shape[dim] = count
    result = emit(
        "slice",
        [input],
        {"dim": dim, "start": first, "end": last, "step": step},
        shape,
        input.value.dtype,
        complex=input._value.complex,
    )

    def write_back(base: Tensor, new: Tensor) -> Tensor:
        from papertrace.scatter import replaced_slice

        return replaced_slice(base, dim, first, last, step, new)

    return result.view_of(input, lambda base: sliced(base, dim, first, last, step), write_back)


@both("narrow")
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    start = as_int(start)
    dim = normalise_dim(input.ndim, dim)
    start = start + input.shape[dim] if hint(start) < 0 else start
    return sliced(input, dim, start, start + length)


@both("select")
def select(input: Tensor, dim: int, index: Any) -> Tensor:
    return selected(input, normalise_dim(input.ndim, dim), index)


def selected(input: Tensor, dim: int, index: Any) -> Tensor:
    """input[index] along ``dim``, which goes away."""
    index, size = as_int(index), input.shape[dim]
    if _less(index, 0):
        index = index + size
    if not depends_on_data(size) and not depends_on_data(index) and (
        hint(index) >= hint(size) or hint(index) < 0
    ):
        raise IndexError(f"index {hint(index)} is out of bounds for dimension {dim} with size {hint(size)}")
    if not is_plain(size) and is_plain(index) and index > 0 and not depends_on_data(size):
        symbolic.decide("gt", size, index)
    part = sliced(input, dim, index, index + 1)
    shape = input.shape
    return reshape(part, (*shape[:dim], *shape[dim + 1 :]))


@both("unbind")
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    dim = normalise_dim(input.ndim, dim)
    return tuple(selected(input, dim, index) for index in range(symbolic.concrete(input.shape[dim])))


def __iter__(self: Tensor) -> Any:
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


Tensor.__iter__ = __iter__  # type: ignore[attr-defined]


@declare("Tensor.split", "Tensor.split_with_sizes", "torch.split_with_sizes")
def split(self: Tensor, split_size: Any, dim: int = 0, **options: Any) -> tuple[Tensor, ...]:
    dim = normalise_dim(self.ndim, dim)
    size = self.shape[dim]
    if isinstance(split_size, (list, tuple)):
        parts = [as_int(part) for part in split_size]
    else:
        part = as_int(split_size)
        count = symbolic.floor_divide(size, part)
        whole = symbolic.concrete(count)
        rest = symbolic.subtract(size, part * whole)
        parts = [part] * whole + ([] if same(rest, 0) or symbolic.decide("eq", rest, 0) else [rest])
    pieces, start = [], 0
    for part in parts:
        pieces.append(sliced(self, dim, start, start + part))
        start = start + part
    return tuple(wrap(piece.value).view_of(piece, lambda b: b, lambda b, n: n) if piece is self else piece for piece in pieces)


@declare("torch.split")
def split_function(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    return split(tensor, split_size_or_sections, dim)


@both("chunk")
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    size = input.shape[normalise_dim(input.ndim, dim)]
    exact = symbolic.exact_quotient(size, chunks)
    return split(input, symbolic.floor_divide(size + (chunks - 1), chunks) if exact is None else exact, dim)


@both("tensor_split")
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0, **options: Any) -> tuple[Tensor, ...]:
    size = input.shape[normalise_dim(input.ndim, dim)]
    sections = options.get("sections", options.get("indices", indices_or_sections))
    if isinstance(sections, int):
        quotient, rest = divmod(symbolic.concrete(size), sections)
        return split(input, [quotient + 1] * rest + [quotient] * (sections - rest), dim)
    edges = [0, *(sections.tolist() if isinstance(sections, Tensor) else sections), size]
    return split(input, [last - first for first, last in zip(edges, edges[1:])], dim)


# — copies and what is the same under one device


@both("clone")
def clone(input: Tensor, **options: Any) -> Tensor:
    return wrap(input.value)


def _same(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    return self


for _name in ("contiguous", "cpu", "cuda", "pin_memory", "coalesce", "requires_grad_", "detach_", "share_memory_"):
    declare(f"Tensor.{_name}")(_same)
declare("Tensor.detach", "torch.detach")(lambda input: input)


def _reshaping(name: str) -> None:
    def in_place(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
        self.adopt_value(getattr(self, name)(*arguments, **options).value)
        return self

    declare(f"Tensor.{name}_")(in_place)


for _name in ("unsqueeze", "squeeze", "transpose", "t"):
    _reshaping(_name)


# — metadata


@declare("Tensor.size")
def size(self: Tensor, dim: Any = None) -> Any:
    return self.shape if dim is None else self.shape[dim]


class Count(symbolic.SymInt):
    """A number of elements. Asking whether it is 0 leaves no guard: operations on an empty tensor give the same
    numbers as none at all, so the trace holds for both."""

    def __eq__(self, other: object) -> bool:
        return hint(self) == 0 if type(other) is int and other == 0 else symbolic.SymInt.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = symbolic.SymInt.__hash__


@both("numel")
def numel(input: Tensor) -> int:
    total = symbolic.product(input.shape)
    return Count(total.polynomial, hint(total)) if isinstance(total, symbolic.SymInt) else total


Tensor.nelement = Tensor.numel  # type: ignore[attr-defined]


@declare("Tensor.dim", "Tensor.ndimension")
def dim(self: Tensor) -> int:
    return self.ndim


@declare("Tensor.stride")
def stride(self: Tensor, dim: Any = None) -> Any:
    strides: list[int] = []
    step = 1
    for size_ in reversed(self.shape):
        strides.append(step)
        step = step * size_
    strides.reverse()
    return tuple(strides) if dim is None else strides[dim]


declare("Tensor.is_contiguous")(lambda self, *arguments, **options: True)
declare("Tensor.storage_offset")(lambda self: 0)
declare("Tensor.element_size")(lambda self: self.dtype.itemsize)
declare("Tensor.get_device")(lambda self: -1)
declare("Tensor.data_ptr")(lambda self: id(self.value))
declare("Tensor.is_floating_point", "torch.is_floating_point")(lambda input: input.dtype.category == 2)
declare("Tensor.is_complex", "torch.is_complex")(lambda input: input.dtype.category == 3)
declare("Tensor.register_hook")(lambda self, hook: None)
declare("Tensor.is_inference")(lambda self: False)
