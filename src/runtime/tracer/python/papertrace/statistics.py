"""Quantiles, modes, covariances, integrals, and distances between the rows of a matrix."""

from __future__ import annotations

import math
from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, as_tensor
from papertrace.declare import both, declare
from papertrace.dtypes import int64
from papertrace.elementwise import binary, where
from papertrace.join import cat
from papertrace.ordering import cumsum, largest
from papertrace.reductions import norm
from papertrace.reductions import sum as total
from papertrace.results import Named
from papertrace.scatter import gather
from papertrace.selections import triu_indices
from papertrace.shapes import normalise_dim
from papertrace.signatures import require_default
from papertrace.slices import sliced
from papertrace.tensor import Tensor
from papertrace.views import expanded, movedim, reshape

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _last(input: Tensor, dim: Any) -> Tensor:
    """With the dimension last; without one, all elements in a row."""
    return reshape(input, (-1,)) if dim is None else movedim(input, normalise_dim(input.ndim, dim), -1)


def _kept(result: Tensor, input: Tensor, dim: Any) -> Tensor:
    """A result without the dimension, with 1 in its place."""
    if dim is None:
        return reshape(result, [1] * input.ndim)
    return result.unsqueeze(normalise_dim(input.ndim, dim))


def _sorted(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(rows in order with what is no number last, their places, how many numbers each has)."""
    lost = x.isnan()
    values, places = largest(where(lost, math.inf, x), x.shape[-1], x.ndim - 1, False)
    return values, places, total(~lost, -1)


def _quantile(input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, count_all: bool) -> Tensor:
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(f"quantile() interpolation must be one of {', '.join(_INTERPOLATIONS)}, got {interpolation}")
    q = as_tensor(q, input.dtype)
    x = _last(input, dim)
    values, _, count = _sorted(x)
    whole = as_tensor(x.shape[-1], int64) if count_all else count
    levels = reshape(q, (*q.shape, *([1] * (x.ndim - 1))))
    rank = levels * (whole - 1).clamp(min=0).to(x.dtype)
    rank = rank if rank.ndim == x.ndim - 1 + q.ndim else expanded(rank, (*q.shape, *x.shape[:-1]))
    result = _between(values, rank, q, interpolation)
    result = where(count < whole if count_all else count == 0, math.nan, result)
    if not keepdim:
        return result
    return movedim(_kept(movedim(result, 0, -1), input, dim), -1, 0) if q.ndim else _kept(result, input, dim)


def _between(values: Tensor, rank: Tensor, q: Tensor, interpolation: str) -> Tensor:
    """The elements at these ranks; q's dimension leads, where it has one."""
    rank = expanded(rank, (*q.shape, *values.shape[:-1]))
    places = movedim(rank, 0, -1) if q.ndim else rank.unsqueeze(-1)
    places = places.round() if interpolation == "nearest" else places
    below = places.floor()
    low, high = (gather(values, -1, place.to(int64)) for place in (below, places.ceil()))
    weight = {"linear": places - below, "lower": 0.0, "nearest": 0.0, "higher": 1.0, "midpoint": 0.5}[interpolation]
    found = where(low == high, low, low + (high - low) * weight)
    return movedim(found, -1, 0) if q.ndim else found.squeeze(-1)


@both("quantile")
def quantile(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
    return _quantile(input, q, dim, keepdim, interpolation, True)


@both("nanquantile")
def nanquantile(
    input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    return _quantile(input, q, dim, keepdim, interpolation, False)


@both("nanmedian")
def nanmedian(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower one of two in the middle."""
    values, places, count = _sorted(_last(input, dim))
    middle = ((count - 1) // 2).clamp(min=0).unsqueeze(-1)
    found = where(count == 0, math.nan, gather(values, -1, middle).squeeze(-1))
    if dim is None:
        return found
    index = gather(places, -1, middle).squeeze(-1)
    return Named(
        values=_kept(found, input, dim) if keepdim else found, indices=_kept(index, input, dim) if keepdim else index
    )


@both("mode")
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Named:
    """The smallest of the most frequent numbers, and the last place that has it."""
    x = _last(input, dim)
    alike = x.unsqueeze(-1) == x.unsqueeze(-2)
    often = total(alike, -1)
    most = often == often.amax(-1, True)
    largest_of_all = x.amax(-1, True)
    value = where(most, x, largest_of_all).amin(-1)
    place = where(x == value.unsqueeze(-1), arange(x.shape[-1]), -1).amax(-1)
    return Named(
        values=_kept(value, input, dim) if keepdim else value, indices=_kept(place, input, dim) if keepdim else place
    )


@both("msort")
def msort(input: Tensor) -> Tensor:
    return largest(input, input.shape[0], 0, False)[0] if input.ndim else input


@both("logcumsumexp")
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Every prefix by itself: from one largest number for all, the small ones before it could not be told from 0."""
    x = _last(input, dim) if input.ndim else input.reshape(1)
    index = arange(x.shape[-1])
    kept = index.unsqueeze(-1) >= index
    if x.dtype.category == 3:
        sizes = where(kept, x.real.unsqueeze(-2), -math.inf).amax(-1, True)
        sizes = where(sizes.isinf(), 0.0, sizes)
        result = where(kept, (x.unsqueeze(-2) - sizes).exp(), 0.0).sum(-1).log() + sizes.squeeze(-1)
    else:
        result = where(kept, x.unsqueeze(-2), -math.inf).logsumexp(-1)
    return movedim(result, -1, normalise_dim(input.ndim, dim)) if input.ndim else result.reshape(())


@both("cov")
def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """Between the rows of a matrix, over its columns."""
    x = input if input.ndim == 2 else reshape(input, (1, -1))
    weights = None
    for given in (fweights, aweights):
        if given is not None:
            weights = given.to(x.dtype) if weights is None else weights * given
    if weights is None:
        centred = x - x.mean(1, True)
        count = as_tensor(x.shape[1], x.dtype) - correction
        result = centred @ centred.mT / count.clamp(min=0)
    else:
        sum_of = total(weights)
        centred = x - total(x * weights, 1, True) / sum_of
        spent = correction if aweights is None else correction * total(weights * aweights) / sum_of
        result = (centred * weights) @ centred.mT / (sum_of - spent).clamp(min=0)
    return result.squeeze()


@both("corrcoef")
def corrcoef(input: Tensor) -> Tensor:
    covariance = cov(input)
    if not covariance.ndim:
        return covariance / covariance
    spread = covariance.diagonal().sqrt()
    return (covariance / spread.unsqueeze(-1) / spread).clamp(-1, 1)


def _steps(y: Tensor, x: Any, dx: float, dim: int) -> Tensor:
    """Areas between neighbours along a dimension."""
    count = y.shape[dim]
    heights = (sliced(y, dim, 1, None) + sliced(y, dim, 0, count - 1)) / 2
    if x is None:
        return heights * dx
    if x.ndim == 1:
        x = reshape(x, [-1 if axis == dim else 1 for axis in range(y.ndim)])
    axis = dim - y.ndim + x.ndim
    return heights * (sliced(x, axis, 1, None) - sliced(x, axis, 0, x.shape[axis] - 1))


@declare("torch.trapezoid", "torch.trapz")
def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    dim = normalise_dim(y.ndim, dim)
    return total(_steps(y, x, dx, dim), dim)


@declare("torch.cumulative_trapezoid")
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    dim = normalise_dim(y.ndim, dim)
    return cumsum(_steps(y, x, dx, dim), dim)


@both("dist")
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    return norm(input - other, p, None, False)


@declare("torch.pdist", "nn.functional.pdist")
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    count = symbolic.concrete(input.shape[0])
    pairs = triu_indices(count, count, 1)
    return norm(input[pairs[0]] - input[pairs[1]], p, -1, False)


@both("renorm", in_place=True)
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    dim = normalise_dim(input.ndim, dim)
    others = [axis for axis in range(input.ndim) if axis != dim]
    length = norm(input, p, others, True)
    return input * where(length > maxnorm, maxnorm / (length + 1e-7), 1.0)


@declare("torch.segment_reduce")
def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Tensor:
    """Runs of rows made one each, of constant lengths or offsets."""
    require_default("indices", indices)
    edges = offsets.tolist() if offsets is not None else [0]
    for length in lengths.tolist() if lengths is not None else ():
        edges.append(edges[-1] + length)
    empty = {"sum": 0.0, "mean": math.nan, "max": -math.inf, "min": math.inf, "prod": 1.0}[reduce]
    parts = []
    for first, last in zip(edges, edges[1:]):
        part = sliced(data, axis, first, last)
        if first == last:
            shape = [1 if at == axis else size for at, size in enumerate(data.shape)]
            parts.append(part.new_full(shape, empty if initial is None else initial))
            continue
        made = getattr(part, {"max": "amax", "min": "amin"}.get(reduce, reduce))(axis, keepdim=True)
        if initial is not None and reduce != "mean":
            with_first = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}[reduce]
            made = binary(with_first, made, initial)
        parts.append(made)
    return cat(parts, axis)
