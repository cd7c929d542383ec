"""Repeating, reversing, shifting, windows, diagonals and triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, as_tensor, constant, filled, placed
from papertrace.declare import both, declare
from papertrace.dtypes import default_dtype, int64
from papertrace.errors import Unsupported
from papertrace.indexing import gathered, index_copy
from papertrace.join import cat
from papertrace.shapes import as_int, given_sizes, minimum, normalise_dim, sizes_of
from papertrace.slices import sliced
from papertrace.strides import begins_elsewhere, in_memory_order
from papertrace.symbolic import hint, is_one
from papertrace.tensor import Tensor, emit, wrap, written_nowhere
from papertrace.views import expanded, movedim, permuted, reshape


@declare("Tensor.repeat")
def repeat(self: Tensor, *repeats: Any, **options: Any) -> Tensor:
    counts = given_sizes(repeats, options, "repeats")
    x = self
    if len(counts) > x.ndim:
        x = reshape(x, (*([1] * (len(counts) - x.ndim)), *x.shape))
    if all(is_one(count) for count in counts):
        return wrap(x.value)
    shape = [size * count for size, count in zip(x.shape, counts)]
    tail = (2,) if x._value.complex else ()
    repeats_ = (*counts, *([1] * len(tail)))
    return emit("tile", [x], {"repeats": repeats_}, (*shape, *tail), x.value.dtype, complex=x._value.complex)


@both("tile")
def tile(input: Tensor, *dims: Any, **options: Any) -> Tensor:
    counts = given_sizes(dims, options, "dims")
    return repeat(input, (*([1] * (input.ndim - len(counts))), *counts))


@both("repeat_interleave")
def repeat_interleave(input: Tensor, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Tensor:
    if repeats is None:
        input, repeats, dim = arange(input.shape[0]), input, 0
    x = reshape(input, (-1,)) if dim is None else input
    dim = normalise_dim(x.ndim, 0 if dim is None else dim)
    if isinstance(repeats, (list, tuple)):
        repeats = as_tensor(list(repeats))
    if isinstance(repeats, Tensor):
        if repeats.ndim and not is_one(repeats.shape[0]):
            counts = repeats.tolist()
            rows = [row for row, count in enumerate(counts) for _ in range(symbolic.concrete(count))]
            return gathered(x, dim, constant(rows, (len(rows),), int64))
        repeats = reshape(repeats, ()).item()
    shape = x.shape
    wide = expanded(x.unsqueeze(dim + 1), (*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return reshape(wide, (*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :]))


@both("flip")
def flip(input: Tensor, *dims: Any, **options: Any) -> Tensor:
    x = input
    for dim in given_sizes(dims, options, "dims"):
        dim = normalise_dim(x.ndim, dim)
        size = x.shape[dim]
        x = gathered(x, dim, reversed_range(size))
    return x


def reversed_range(size: int) -> Tensor:
    """size-1 … 0, known not to be negative."""
    return emit("range", [], {"start": size - 1, "step": -1, "count": size}, (size,), int64)


@both("fliplr")
def fliplr(input: Tensor) -> Tensor:
    return flip(input, 1)


@both("flipud")
def flipud(input: Tensor) -> Tensor:
    return flip(input, 0)


@both("roll")
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    if dims is None or (isinstance(dims, (tuple, list)) and not dims):
        return reshape(roll(reshape(input, (-1,)), shifts, 0), input.shape)
    steps = shifts if isinstance(shifts, (tuple, list)) else [shifts]
    axes = dims if isinstance(dims, (tuple, list)) else [dims]
    x = input
    for step, axis in zip(steps, axes):
        axis = normalise_dim(x.ndim, axis)
        size = x.shape[axis]
        step = as_int(step)
        if not symbolic.is_plain(step) or abs(step) > size:
            step = step % size
        if symbolic.is_plain(step) and step == 0:
            continue
        cut = -step if symbolic.is_plain(step) and step < 0 else size - step
        x = cat([sliced(x, axis, cut, None), sliced(x, axis, 0, cut)], axis)
    return x


@both("rot90")
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    x = input
    for _ in range(k % 4):
        x = flip(x.transpose(*dims), dims[0])
    return x


@declare("Tensor.unfold")
def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of ``size`` every ``step``; the window becomes the last dimension."""
    dim = normalise_dim(self.ndim, dimension)
    count = (self.shape[dim] - size) // step + 1
    index = (arange(count) * step).unsqueeze(-1) + arange(size)
    windows = gathered(self, dim, index).view_of(self, lambda base: gathered(base, dim, index), None)
    order = [*(axis for axis in range(windows.ndim) if axis != dim + 1), dim + 1]
    return permuted(windows, order)


@both("as_strided")
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """Elements by their place in memory, in which the input lies row-major unless another order is known. It can be
    written into where no two are the same, which torch leaves undefined."""
    size = sizes_of((size,))
    if storage_offset is not None and begins_elsewhere(input):
        raise Unsupported("Where in the memory of another tensor a slice begins is not followed.")
    order = in_memory_order(input)
    index: Tensor | None = None
    for axis, (count, step) in enumerate(zip(size, stride)):
        places = reshape(arange(count) * step, [count if other == axis else 1 for other in range(len(size))])
        index = places if index is None else index + places
    if index is None:
        index = filled((), 0, int64)
    if storage_offset:
        index = index + storage_offset
    result = _placed(reshape(permuted(input, order), (-1,)), 0, index, lambda: _apart(size, stride))
    result._strides = tuple(hint(step) for step in stride)
    return result


def _apart(size: Any, stride: Any) -> bool:
    """Whether no two elements lie at one place: a step along an axis goes beyond all that shorter steps reach."""
    reach = 0
    for step, count in sorted(zip(stride, size), key=lambda axis: symbolic.hint(axis[0])):
        if count > 1 and step <= reach:
            return False
        reach += step * (count - 1)
    return True


def _placed(input: Tensor, dim: int, index: Tensor, apart: Callable[[], bool] = lambda: True) -> Tensor:
    """The elements at these places as a view, which is written into where all lie ``apart``."""

    def write_back(base: Tensor, new: Tensor) -> Tensor:
        if not apart():
            return written_nowhere("torch.as_strided")(base, new)
        if index.ndim == 1:
            return index_copy(base, dim, index, new)
        return index_copy(base, dim, reshape(index, (-1,)), reshape(new, (*base.shape[:dim], -1)))

    return gathered(input, dim, index).view_of(input, lambda base: gathered(base, dim, index), write_back)


@both("diagonal")
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    x = movedim(input, (dim1, dim2), (-2, -1))
    rows, columns = x.shape[-2], x.shape[-1]
    count = minimum(rows + min(offset, 0), columns - max(offset, 0))
    step = columns + 1
    start = offset if offset >= 0 else -offset * columns
    index = arange(count) * step + start
    return _placed(reshape(x, (*x.shape[:-2], rows * columns)), x.ndim - 2, index)


@both("diag")
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    from papertrace.join import diag_embed

    return _diagonal(input, diagonal) if input.ndim == 2 else diag_embed(input, diagonal)


_diagonal = diagonal


@both("trace")
def trace(input: Tensor) -> Tensor:
    return diagonal(input).sum()


def _triangle(input: Tensor, diagonal: Any, upper: bool) -> Tensor:
    return emit("trilu", [input], {"upper": upper, "diagonal": as_int(diagonal)}, input.shape, input.dtype)


@both("tril", in_place=True)
def tril(input: Tensor, diagonal: Any = 0) -> Tensor:
    return _triangle(input, diagonal, False)


@both("triu", in_place=True)
def triu(input: Tensor, diagonal: Any = 0) -> Tensor:
    return _triangle(input, diagonal, True)


def _triangle_indices(row: int, col: int, keep: Any) -> Tensor:
    places = [(i, j) for i in range(row) for j in range(col) if keep(j - i)]
    return constant([i for i, _ in places] + [j for _, j in places], (2, len(places)), int64)


@declare("torch.tril_indices")
@placed
def tril_indices(row: int, col: int, offset: int = 0) -> Tensor:
    return _triangle_indices(symbolic.concrete(row), symbolic.concrete(col), lambda difference: difference <= offset)


@declare("torch.triu_indices")
@placed
def triu_indices(row: int, col: int, offset: int = 0) -> Tensor:
    return _triangle_indices(symbolic.concrete(row), symbolic.concrete(col), lambda difference: difference >= offset)


@declare("torch.combinations")
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    import itertools

    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(symbolic.concrete(input.shape[0])), r))
    return gathered(input, 0, constant([i for row in rows for i in row], (len(rows), r), int64))


def _window(name: str, formula: Any) -> None:
    import math

    @placed
    def window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
        from papertrace.dtypes import as_dtype

        count = symbolic.concrete(window_length)
        span = max(count if periodic else count - 1, 1)
        numbers = [formula(2 * math.pi * index / span) for index in range(count)] if count > 1 else [1.0] * count
        return constant(numbers, (count,), as_dtype(dtype) or default_dtype())

    declare(f"torch.{name}_window")(window)


def _windows() -> None:
    import math

    _window("hann", lambda angle: 0.5 - 0.5 * math.cos(angle))
    _window("hamming", lambda angle: 0.54 - 0.46 * math.cos(angle))
    _window("blackman", lambda angle: 0.42 - 0.5 * math.cos(angle) + 0.08 * math.cos(2 * angle))


_windows()


@declare("torch.kaiser_window")
@placed
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None
) -> Tensor:
    """I₀(β√(1 − (2n/N − 1)²)) / I₀(β), the zeroth modified Bessel function from its series."""
    import math

    from papertrace.dtypes import as_dtype

    def bessel(x: float) -> float:
        total = term = 1.0
        for k in range(1, 200):
            term *= (x / (2 * k)) ** 2
            total += term
            if term < total * 1e-17:
                break
        return total

    count = symbolic.concrete(window_length)
    span = max(count if periodic else count - 1, 1)
    numbers = [
        bessel(beta * math.sqrt(max(0.0, 1 - (2 * index / span - 1) ** 2))) / bessel(beta) for index in range(count)
    ]
    return constant(numbers, (count,), as_dtype(dtype) or default_dtype())
