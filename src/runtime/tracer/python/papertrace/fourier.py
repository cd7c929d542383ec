"""Discrete Fourier transforms as products with cosine and sine matrices, which stay symbolic in their size."""

from __future__ import annotations

import math
from typing import Any

from papertrace import symbolic
from papertrace.complex_numbers import compose, parts
from papertrace.creation import arange, as_tensor, placed
from papertrace.declare import declare
from papertrace.dtypes import as_dtype, default_dtype
from papertrace.functional.padding import padded
from papertrace.products import matmul
from papertrace.shapes import normalise_dim
from papertrace.slices import sliced
from papertrace.tensor import Tensor
from papertrace.views import movedim


def _matrix(size: int, columns: int, element: Any, sign: float) -> tuple[Tensor, Tensor]:
    """cos and sin of sign·2π·jk/size for j < size, k < columns."""
    turns = (arange(size).unsqueeze(-1) * arange(columns)) % size
    angles = turns.to(element) * (sign * 2 * math.pi) / as_tensor(size, element)
    return angles.cos(), angles.sin()


def _scale(size: int, norm: Any, inverse: bool, element: Any) -> Any:
    if norm not in (None, "backward", "forward", "ortho"):
        raise RuntimeError(f"Invalid normalization mode: {norm!r}")
    length = as_tensor(size, element)
    if norm == "ortho":
        return length.sqrt()
    return length if inverse == (norm in (None, "backward")) else None


def _resized(input: Tensor, dim: int, size: Any) -> Tensor:
    if size is None or symbolic.same(size, input.shape[dim]):
        return input
    if size < input.shape[dim]:
        return sliced(input, dim, 0, size)
    after = [0] * input.ndim
    after[dim] = size - input.shape[dim]
    return padded(input, [0] * input.ndim, after, "constant", 0)


def transform(input: Tensor, size: Any, dim: int, norm: Any, inverse: bool = False, half: bool = False) -> Tensor:
    """The transform along one dimension; ``half`` keeps the frequencies that are not negative."""
    dim = normalise_dim(input.ndim, dim)
    x = _resized(input, dim, size)
    real, imaginary = parts(x, x.dtype.to_real())
    element = real.dtype
    length = x.shape[dim]
    columns = length // 2 + 1 if half else length
    cosine, sine = _matrix(length, columns, element, 1.0 if inverse else -1.0)
    scale = _scale(length, norm, inverse, element)

    def product(part: Tensor, matrix: Tensor) -> Tensor:
        return movedim(matmul(movedim(part, dim, -1), matrix), -1, dim)

    if input.dtype.category == 3:
        result = (product(real, cosine) - product(imaginary, sine), product(real, sine) + product(imaginary, cosine))
    else:
        result = (product(real, cosine), product(real, sine))
    if scale is not None:
        result = (result[0] / scale, result[1] / scale)
    return compose(*result)


def _one_dimensional(name: str, inverse: bool, half: bool) -> None:
    def function(input: Tensor, n: Any = None, dim: int = -1, norm: Any = None) -> Tensor:
        return transform(input, n, dim, norm, inverse, half)

    declare(f"fft.{name}")(function)


_one_dimensional("fft", False, False)
_one_dimensional("ifft", True, False)
_one_dimensional("rfft", False, True)


def _many(name: str, inverse: bool, half: bool, dims: Any) -> None:
    def function(input: Tensor, s: Any = None, dim: Any = dims, norm: Any = None) -> Tensor:
        axes = list(range(input.ndim)) if dim is None else [normalise_dim(input.ndim, axis) for axis in dim]
        sizes = [None] * len(axes) if s is None else list(s)
        x = input
        for position in range(len(axes) - 1, -1, -1):
            last = position == len(axes) - 1
            x = transform(x, sizes[position], axes[position], norm, inverse, half and last)
        return x

    declare(f"fft.{name}")(function)


_many("fftn", False, False, None)
_many("ifftn", True, False, None)
_many("fft2", False, False, (-2, -1))
_many("ifft2", True, False, (-2, -1))
_many("rfftn", False, True, None)
_many("rfft2", False, True, (-2, -1))


@declare("fft.irfft")
def irfft(input: Tensor, n: Any = None, dim: int = -1, norm: Any = None) -> Tensor:
    """x[j] = Σ_k w_k (Re X_k cos(2πjk/n) − Im X_k sin(2πjk/n)) / n, with w = 1 at both ends and 2 between."""
    dim = normalise_dim(input.ndim, dim)
    half = input.shape[dim]
    size = 2 * (half - 1) if n is None else n
    columns = size // 2 + 1
    x = _resized(input, dim, columns)
    real, imaginary = parts(x, x.dtype.to_real())
    cosine, sine = _matrix(size, columns, real.dtype, 1.0)
    index = arange(columns)
    inner = (index > 0) & (index * 2 != size)
    weight = (inner.to(real.dtype) + 1) / as_tensor(size, real.dtype)
    spread = [columns if axis == dim else 1 for axis in range(real.ndim)]
    real, imaginary = real * weight.reshape(*spread), imaginary * weight.reshape(*spread)

    def product(part: Tensor, matrix: Tensor) -> Tensor:
        return movedim(matmul(movedim(part, dim, -1), matrix.transpose(0, 1)), -1, dim)

    result = product(real, cosine) - product(imaginary, sine)
    if norm in (None, "backward"):
        return result
    length = as_tensor(size, real.dtype)
    return result * (length.sqrt() if norm == "ortho" else length)


@declare("fft.irfft2")
def irfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: Any = None) -> Tensor:
    dim = tuple(range(input.ndim)) if dim is None else dim
    sizes = [None] * len(dim) if s is None else list(s)
    x = input
    for axis, size in list(zip(dim, sizes))[:-1]:
        x = transform(x, size, axis, norm, True)
    return irfft(x, sizes[-1], dim[-1], norm)


@declare("fft.irfftn")
def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: Any = None) -> Tensor:
    return irfft2(input, s, dim, norm)


@declare("fft.fftfreq")
@placed
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None) -> Tensor:
    positive = arange((n - 1) // 2 + 1)
    from papertrace.join import cat

    element = as_dtype(dtype) or default_dtype()
    return cat([positive, arange(-(n // 2), 0)], 0).to(element) / (as_tensor(n, element) * d)


@declare("fft.rfftfreq")
@placed
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None) -> Tensor:
    element = as_dtype(dtype) or default_dtype()
    return arange(n // 2 + 1).to(element) / (as_tensor(n, element) * d)


@declare("fft.fftshift")
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    axes = list(range(input.ndim)) if dim is None else ([dim] if isinstance(dim, int) else list(dim))
    return input.roll([input.shape[axis] // 2 for axis in axes], axes)


@declare("fft.ifftshift")
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    axes = list(range(input.ndim)) if dim is None else ([dim] if isinstance(dim, int) else list(dim))
    return input.roll([-(input.shape[axis] // 2) for axis in axes], axes)
