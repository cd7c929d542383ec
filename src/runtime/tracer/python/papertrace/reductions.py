"""Reductions over dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from papertrace import symbolic
from papertrace.creation import as_tensor
from papertrace.declare import both, declare
from papertrace.dtypes import as_dtype, bool_, default_dtype, dtype, int64
from papertrace.elementwise import binary, where
from papertrace.errors import Unsupported
from papertrace.results import Named
from papertrace.shapes import normalise_dim, normalise_dims
from papertrace.tensor import Tensor, emit
from papertrace.views import reshape


def shape_without(shape: Sequence[int], dims: Sequence[int], keepdim: bool) -> list[int]:
    if keepdim:
        return [1 if axis in dims else size for axis, size in enumerate(shape)]
    return [size for axis, size in enumerate(shape) if axis not in dims]


def reduced(kind: str, input: Tensor, dim: Any, keepdim: bool, element: dtype) -> Tensor:
    """sum, mean, max, min or prod over dimensions (None: all)."""
    x = input.to(element)
    if not input.ndim:
        return x
    dims = normalise_dims(input.ndim, dim)
    shape = shape_without(input.shape, dims, keepdim)
    return emit("reduce", [x], {"kind": kind, "dims": dims, "keepdim": bool(keepdim)}, shape, element)


def accumulator(input: Tensor, given: Any) -> dtype:
    """The element type of a sum or product, where none is given."""
    return as_dtype(given) or (int64 if input.dtype.category < 2 else input.dtype)


@both("sum")
def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    if input.dtype.category == 3:
        from papertrace.complex_numbers import compose, parts

        real, imaginary = parts(input, input.dtype.to_real())
        return compose(sum(real, dim, keepdim), sum(imaginary, dim, keepdim))
    return reduced("sum", input, dim, keepdim, accumulator(input, dtype))


@both("mean")
def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    count = _count(input, normalise_dims(input.ndim, dim))
    if symbolic.depends_on_data(count):
        # Of nothing it is NaN.
        total = sum(input, dim, keepdim, dtype=dtype)
        return total / as_tensor(count, total.dtype)
    return reduced("mean", input, dim, keepdim, as_dtype(dtype) or input.dtype)


def _count(input: Tensor, dims: Iterable[int]) -> int:
    return symbolic.product(input.shape[axis] for axis in dims) if input.ndim else 1


def _numbers(input: Tensor) -> Tensor:
    """0 in place of what is no number."""
    return where(input.isnan(), 0.0, input).to(input.dtype) if input.dtype.category == 2 else input


@both("nansum")
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    return sum(_numbers(input), dim, keepdim, dtype=dtype)


@both("nanmean")
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    count = sum(~input.isnan(), dim, keepdim)
    return sum(_numbers(input), dim, keepdim, dtype=dtype) / count


@both("prod")
def prod(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    return reduced("prod", input, dim, keepdim, accumulator(input, dtype))


def _require_some(function: str, input: Tensor, dim: Any) -> None:
    """There is an extreme only of something; where the run chooses what there is, it is asked."""
    dims = normalise_dims(input.ndim, dim)
    count = _count(input, dims)
    if not (symbolic.is_plain(count) or symbolic.depends_on_data(count)) or symbolic.decide("gt", count, 0, True):
        return
    if dim is None:
        raise RuntimeError(f"{function}(): Expected reduction dim to be specified for input.numel() == 0.")
    empty = next(axis for axis in dims if not symbolic.decide("gt", input.shape[axis], 0, True))
    raise IndexError(f"{function}(): Expected reduction dim {empty} to have non-zero size.")


@both("amax")
def amax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    _require_some("amax", input, dim)
    return reduced("max", input, dim, keepdim, input.dtype)


@both("amin")
def amin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    _require_some("amin", input, dim)
    return reduced("min", input, dim, keepdim, input.dtype)


@both("aminmax")
def aminmax(input: Tensor, *, dim: Any = None, keepdim: bool = False) -> Named:
    return Named(min=amin(input, dim, keepdim), max=amax(input, dim, keepdim))


def extreme(kind: str, input: Tensor, dim: Any, keepdim: bool) -> Named:
    """(max or min along a dimension, its first place); NaN where there is one."""
    values = reduced(kind, input, dim, keepdim, input.dtype)
    return Named(values=values, indices=_extreme_index(kind, input, dim, keepdim))


def _extreme(kind: str, input: Tensor, dim: Any, keepdim: bool, other: Any) -> Any:
    if other is None and isinstance(dim, Tensor):
        dim, other = None, dim
    if other is not None:
        return binary(f"{kind}imum", input, other)
    _require_some(kind, input, dim)
    if dim is None:
        return reduced(kind, input, None, False, input.dtype)
    return extreme(kind, input, dim, keepdim)


@both("max")
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    return _extreme("max", input, dim, keepdim, other)


@both("min")
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    return _extreme("min", input, dim, keepdim, other)


def _extreme_index(kind: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    if dim is None:
        place = _extreme_index(kind, reshape(input, (-1,)), 0, False)
        return reshape(place, [1] * input.ndim) if keepdim else place
    dim = normalise_dim(input.ndim, dim)
    x = input.to(int64) if input.dtype is bool_ else input
    shape = shape_without(input.shape, [dim], keepdim)
    return emit("arg", [x], {"kind": kind, "dim": dim, "keepdim": bool(keepdim)}, shape, int64)


@both("argmax")
def argmax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    _require_some("argmax", input, dim)
    return _extreme_index("max", input, dim, keepdim)


@both("argmin")
def argmin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    _require_some("argmin", input, dim)
    return _extreme_index("min", input, dim, keepdim)


def _truth(kind: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    x = input if input.dtype is bool_ else input.ne(0)
    return reduced(kind, x, dim, keepdim, int64).to(bool_)


@both("any")
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return _truth("sum", input, dim, keepdim)


@both("all")
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return _truth("prod", input, dim, keepdim)


@both("count_nonzero")
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    return sum(input.ne(0), dim)


def norm(input: Tensor, order: Any, dim: Any, keepdim: bool) -> Tensor:
    """Vector norm of an order (2, 1, ±inf, 0 or any other number)."""
    x = input.abs() if input.dtype.category == 3 else input
    x = x if x.dtype.category == 2 else x.to(default_dtype())
    if order in (2, "fro", None):
        return sum(x * x, dim, keepdim).sqrt()
    if order == 1:
        return sum(x.abs(), dim, keepdim)
    if order == math.inf:
        return amax(x.abs(), dim, keepdim)
    if order == -math.inf:
        return amin(x.abs(), dim, keepdim)
    if order == 0:
        return sum(x.ne(0), dim, keepdim).to(x.dtype)
    if isinstance(order, (int, float)):
        return sum(x.abs().pow(order), dim, keepdim).pow(1 / order)
    raise Unsupported("The norm {0} is not supported.", order)


def variance(input: Tensor, dim: Any, correction: Any, keepdim: bool) -> tuple[Tensor, Tensor]:
    """(variance, mean)."""
    dims = normalise_dims(input.ndim, dim)
    middle = mean(input, dims, True)
    centred = input - middle
    distance = centred.abs() if input.dtype.category == 3 else centred
    total = sum(distance * distance, dims, keepdim)
    count = _count(input, dims)
    divisor = symbolic.subtract(count, int(correction)) if symbolic.is_plain(count) else count - int(correction)
    middle = middle if keepdim else reshape(middle, total.shape)
    degrees = as_tensor(divisor, total.dtype)
    return total / (degrees.clamp(min=0) if symbolic.depends_on_data(count) else degrees), middle


def _correction(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any]:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return dim, correction if correction is not None else int(True if unbiased is None else unbiased)


@both("var")
def var(
    input: Tensor,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    dim, correction = _correction(dim, unbiased, correction)
    return variance(input, dim, correction, keepdim)[0]


@both("std")
def std(
    input: Tensor,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Tensor:
    dim, correction = _correction(dim, unbiased, correction)
    return variance(input, dim, correction, keepdim)[0].sqrt()


@declare("torch.var_mean")
def var_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    dim, correction = _correction(dim, unbiased, correction)
    return variance(input, dim, correction, keepdim)


@declare("torch.std_mean")
def std_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    spread, middle = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return spread.sqrt(), middle


@both("logsumexp")
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    dims = normalise_dims(input.ndim, dim)
    input = input if input.dtype.category >= 2 else input.to(default_dtype())
    if not input.ndim:
        return input
    largest = reduced("max", input, dims, True, input.dtype)
    largest = where(largest.isinf(), 0.0, largest)
    result = sum((input - largest).exp(), dims, True).log() + largest
    return result if keepdim else reshape(result, shape_without(input.shape, dims, False))


@declare("torch.softmax", "Tensor.softmax", "nn.functional.softmax", "special.softmax")
def softmax(input: Tensor, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    return _softmax("softmax", input, dim, dtype)


@declare("torch.log_softmax", "Tensor.log_softmax", "nn.functional.log_softmax", "special.log_softmax")
def log_softmax(input: Tensor, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    return _softmax("log_softmax", input, dim, dtype)


def _softmax(primitive: str, input: Tensor, dim: Any, element: Any) -> Tensor:
    x = input.to(as_dtype(element) or input.dtype)
    if x.dtype.category < 2:
        x = x.to(default_dtype())
    if not x.ndim:
        return (x * 0).exp() if primitive == "softmax" else x * 0
    if dim is None:
        dim = 0 if x.ndim in (0, 1, 3) else 1
    return emit(primitive, [x], {"dim": normalise_dim(x.ndim, dim)}, x.shape, x.dtype)


@declare("nn.functional.softmin")
def softmin(input: Tensor, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    return _softmax("softmax", -input, dim, dtype)
