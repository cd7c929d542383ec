"""Signs taken and given, closeness, powers of two."""

from __future__ import annotations

import builtins
import math
from typing import Any

from papertrace.creation import as_tensor
from papertrace.declare import both
from papertrace.dtypes import bool_, default_dtype
from papertrace.elementwise import binary, where
from papertrace.promotion import result_type
from papertrace.tensor import Tensor


@both("isclose")
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> Tensor:
    """|input − other| ≤ atol + rtol |other|; what is infinite is close to itself alone."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype} did not match {other.dtype}")
    equal = input == other
    if input.dtype.category == 2:
        distance = (input - other).abs()
        close = equal | (distance <= other.abs() * rtol + atol) & distance.isfinite()
        return close | input.isnan() & other.isnan() if equal_nan else close
    if input.dtype is bool_:
        return equal
    element = default_dtype()
    return equal | ((input - other).abs().to(element) <= other.abs().to(element) * rtol + atol)


@both("isreal")
def isreal(input: Tensor) -> Tensor:
    return input.imag == 0 if input.dtype.category == 3 else input.isnan() | ~input.isnan()


@both("signbit")
def signbit(input: Tensor) -> Tensor:
    """Of −0 as well: its reciprocal is below 0."""
    if input.dtype.category < 2:
        return input < 0 if input.dtype is not bool_ else input & ~input
    return (input < 0) | (input == 0) & (input.reciprocal() < 0)


@both("copysign", in_place=True)
def copysign(input: Any, other: Any) -> Tensor:
    common = result_type(input, other)
    common = common if common.category >= 2 else default_dtype()
    size = as_tensor(input, common).to(common).abs()
    return where(signbit(as_tensor(other)), -size, size)


@both("sgn", in_place=True)
def sgn(input: Tensor) -> Tensor:
    """A complex number's direction, 0 of 0."""
    if input.dtype.category < 3:
        return input.sign()
    size = input.abs()
    return input / where(size == 0, 1.0, size)


@both("positive")
def positive(input: Tensor) -> Tensor:
    if input.dtype is bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@both("ldexp", in_place=True)
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    return input * binary("pow", 2.0, other)


@both("logaddexp2")
def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    natural = math.log(2)
    return (input * natural).logaddexp(other * natural) * (1 / natural)
