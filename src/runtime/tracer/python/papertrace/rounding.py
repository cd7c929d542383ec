"""Rounding, limits, and what is not a number."""

from __future__ import annotations

import builtins
import math
from typing import Any

from papertrace.declare import both
from papertrace.dtypes import finfo
from papertrace.elementwise import binary, unary, where
from papertrace.tensor import Tensor


def _rounding(primitive: str) -> None:
    def function(input: Tensor) -> Tensor:
        return input if input.dtype.category < 2 else unary(primitive, input)

    both(primitive, in_place=True)(function)


_rounding("floor")
_rounding("ceil")


@both("round", in_place=True)
def round(input: Tensor, *, decimals: builtins.int = 0) -> Tensor:
    if input.dtype.category < 2:
        return input
    return unary("round", input * 10**decimals) / 10**decimals if decimals else unary("round", input)


@both("trunc", "fix", in_place=True)
def trunc(input: Tensor) -> Tensor:
    return input if input.dtype.category < 2 else input.abs().floor() * input.sign()


@both("frac", in_place=True)
def frac(input: Tensor) -> Tensor:
    return input - input.trunc()


@both("isfinite")
def isfinite(input: Tensor) -> Tensor:
    return ~(input.isnan() | input.isinf())


@both("isneginf")
def isneginf(input: Tensor) -> Tensor:
    return input == -math.inf


@both("isposinf")
def isposinf(input: Tensor) -> Tensor:
    return input == math.inf


@both("nan_to_num", in_place=True)
def nan_to_num(input: Tensor, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    if input.dtype.category < 2:
        return input
    limits = finfo(input.dtype)
    filled = where(input.isnan(), 0.0 if nan is None else nan, input)
    filled = where(isposinf(input), limits.max if posinf is None else posinf, filled)
    return where(isneginf(input), limits.min if neginf is None else neginf, filled).to(input.dtype)


@both("clamp", "clip", in_place=True)
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    if input.dtype.category < 2 and any(isinstance(bound, float) and math.isinf(bound) for bound in (min, max)):
        min = None if isinstance(min, float) and math.isinf(min) else min
        max = None if isinstance(max, float) and math.isinf(max) else max
    x = input if min is None else binary("maximum", input, min)
    return x if max is None else binary("minimum", x, max)


@both("clamp_min", in_place=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    return clamp(input, min=min)


@both("clamp_max", in_place=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    return clamp(input, max=max)
