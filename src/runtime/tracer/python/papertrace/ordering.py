"""Sorting, the largest elements, cumulative sums, histograms."""

from __future__ import annotations

import builtins
import itertools
from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, constant, filled
from papertrace.declare import both, declare
from papertrace.dtypes import int64
from papertrace.elementwise import binary, where
from papertrace.errors import Unsupported
from papertrace.join import cat
from papertrace.reductions import accumulator, extreme
from papertrace.results import Named
from papertrace.shapes import as_int, normalise_dim
from papertrace.slices import selected, sliced
from papertrace.tensor import Tensor, emit, emit_pair
from papertrace.views import reshape


def largest(input: Tensor, k: int, dim: int, descending: bool) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) elements along ``dim`` in order, with their places."""
    shape = list(input.shape)
    whole = symbolic.same(k, shape[dim])
    shape[dim] = k
    attributes = {"k": k, "dim": dim, "largest": bool(descending)}
    values, indices = emit_pair("topk", [input], attributes, shape, (input.dtype, int64))
    if whole:
        indices._value.ordering = dim
    return values, indices


def _single(input: Tensor) -> Named:
    """The order of the one number of a 0-d tensor."""
    return Named(values=input.copied(), indices=filled((), 0, int64))


@both("topk")
def topk(input: Tensor, k: Any, dim: int = -1, largest: bool = True, sorted: bool = True) -> Named:
    if not input.ndim:
        return _single(input)
    values, indices = _largest(input, as_int(k), normalise_dim(input.ndim, dim), largest)
    return Named(values=values, indices=indices)


_largest = largest


@both("sort")
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Named:
    if not input.ndim:
        return _single(input)
    dim = normalise_dim(input.ndim, dim)
    values, indices = _largest(input, input.shape[dim], dim, descending)
    return Named(values=values, indices=indices)


@both("argsort")
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    return sort(input, dim, descending)[1]


@both("kthvalue")
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Named:
    if not input.ndim:
        return _single(input)
    dim = normalise_dim(input.ndim, dim)
    values, indices = _largest(input, k, dim, False)
    pick = (lambda x: sliced(x, dim, k - 1, k)) if keepdim else (lambda x: selected(x, dim, k - 1))
    return Named(values=pick(values), indices=pick(indices))


@both("median")
def median(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    if not input.ndim:
        return input.copied() if dim is None else _single(input)
    if dim is None:
        flat = reshape(input, (-1,))
        return _median(flat, 0, False)[0]
    return _median(input, normalise_dim(input.ndim, dim), keepdim)


def _median(input: Tensor, dim: int, keepdim: bool) -> Named:
    """The lower of the two in the middle; the first NaN where there is one."""
    values, indices = kthvalue(input, (input.shape[dim] + 1) // 2, dim, keepdim)
    if input.dtype.category == 2:
        greatest, place = extreme("max", input, dim, keepdim)
        lost = greatest.isnan()
        values, indices = where(lost, greatest, values), where(lost, place, indices)
    return Named(values=values, indices=indices)


@both("cumsum", in_place=True)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    element = accumulator(input, dtype)
    dim = normalise_dim(input.ndim, dim)
    return emit("cumsum", [input.to(element)], {"dim": dim}, input.shape, element) if input.ndim else input.to(element)


@both("cumprod", in_place=True)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    x = input.to(accumulator(input, dtype))
    dim = normalise_dim(x.ndim, dim)
    parts: list[Tensor] = []
    for index in range(symbolic.concrete(x.shape[dim])):
        part = sliced(x, dim, index, index + 1)
        parts.append(part if not parts else parts[-1] * part)
    return cat(parts, dim)


def _cumulative_extreme(kind: str, input: Tensor, dim: int) -> Named:
    """Of equal extremes the last place, and NaN is above all, as in torch."""
    if not input.ndim:
        return _single(input)
    dim = normalise_dim(input.ndim, dim)
    compare = "ge" if kind == "maximum" else "le"
    values: list[Tensor] = []
    places: list[Tensor] = []
    for index in range(symbolic.concrete(input.shape[dim])):
        part = sliced(input, dim, index, index + 1)
        if not values:
            values, places = [part], [filled(part.shape, 0, int64)]
            continue
        takes = binary(compare, part, values[-1])
        if input.dtype.category == 2:
            takes = takes | part.isnan()
        values.append(binary(kind, values[-1], part))
        places.append(where(takes, index, places[-1]))
    return Named(values=cat(values, dim), indices=cat(places, dim))


@both("cummax")
def cummax(input: Tensor, dim: int) -> Named:
    return _cumulative_extreme("maximum", input, dim)


@both("cummin")
def cummin(input: Tensor, dim: int) -> Named:
    return _cumulative_extreme("minimum", input, dim)


@both("diff")
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    parts = [part for part in (prepend, input, append) if part is not None]
    x = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        x = sliced(x, dim, 1, None) - sliced(x, dim, 0, x.shape[dim] - 1)
    return x


@both("histc")
def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
    if min == max:
        raise Unsupported("torch.histc needs its bounds min and max here.")
    x = reshape(input, (-1,))
    scaled = (x.to(input.dtype) - min) / ((max - min) / bins)
    place = scaled.floor().clamp(max=bins - 1)
    inside = (x >= min) & (x <= max)
    bin_of = place.unsqueeze(-1).eq(arange(bins).to(place.dtype)) & inside.unsqueeze(-1)
    return bin_of.sum(0).to(input.dtype)


@both("bincount")
def bincount(input: Tensor, weights: Any = None, minlength: int = 0) -> Tensor:
    if not minlength:
        raise Unsupported("torch.bincount without minlength has a size that only the run knows.")
    hits = reshape(input, (-1,)).unsqueeze(-1).eq(arange(minlength))
    return hits.sum(0) if weights is None else (hits.to(weights.dtype) * weights.unsqueeze(-1)).sum(0)


@declare("torch.bucketize")
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@declare("torch.searchsorted")
def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: Any = None,
    sorter: Any = None,
) -> Tensor:
    from papertrace.creation import as_tensor
    from papertrace.scatter import gather

    value = as_tensor(input)
    right = right or side == "right"
    if sorter is not None:
        sorted_sequence = gather(sorted_sequence, -1, sorter)
    edges = sorted_sequence.unsqueeze(-2) if sorted_sequence.ndim > 1 else sorted_sequence
    before = edges <= value.unsqueeze(-1) if right else edges < value.unsqueeze(-1)
    return before.sum(-1).int() if out_int32 else before.sum(-1)


@both("unique")
def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """Only of constants: the size of the result depends on the numbers."""
    if dim is not None and input.ndim != 1:
        raise Unsupported("torch.unique of whole rows is not supported.")
    return _distinct(input, builtins.sorted(set(reshape(input, (-1,)).tolist())), return_inverse, return_counts)


@both("unique_consecutive")
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """Only of constants without a number that comes back after others."""
    numbers = [number for number, _ in itertools.groupby(reshape(input, (-1,)).tolist())]
    if len(set(numbers)) < len(numbers) or dim is not None and input.ndim != 1:
        raise Unsupported("torch.unique_consecutive is supported only where equal numbers stand together.")
    return _distinct(input, numbers, return_inverse, return_counts)


def _distinct(input: Tensor, numbers: list, inverse: bool, counts: bool) -> Any:
    flat = reshape(input, (-1,)).tolist()
    results = [constant(numbers, (len(numbers),), input.dtype)]
    if inverse:
        results.append(reshape(constant([numbers.index(number) for number in flat], (len(flat),), int64), input.shape))
    if counts:
        results.append(constant([flat.count(number) for number in numbers], (len(numbers),), int64))
    return results[0] if len(results) == 1 else tuple(results)


@both("isin")
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    from papertrace.creation import as_tensor

    found = as_tensor(elements).unsqueeze(-1).eq(reshape(as_tensor(test_elements), (-1,))).any(-1)
    return ~found if invert else found
