"""Exponentials, logarithms, and trigonometric and special functions that are composed of others."""

from __future__ import annotations

import math
from typing import Any

from papertrace.creation import as_tensor
from papertrace.declare import both, declare
from papertrace.elementwise import binary, where
from papertrace.rounding import clamp
from papertrace.tensor import Tensor


@both("log1p", in_place=True)
def log1p(input: Tensor) -> Tensor:
    return (input + 1).log()


@declare("torch.expm1", "Tensor.expm1", "Tensor.expm1_", "special.expm1")
def expm1(input: Tensor) -> Tensor:
    return input.exp() - 1


@both("log2", in_place=True)
def log2(input: Tensor) -> Tensor:
    return input.log() * (1 / math.log(2))


@both("log10", in_place=True)
def log10(input: Tensor) -> Tensor:
    return input.log() * (1 / math.log(10))


@declare("torch.exp2", "Tensor.exp2", "Tensor.exp2_", "special.exp2")
def exp2(input: Tensor) -> Tensor:
    return (input * math.log(2)).exp()


@declare("torch.erfc", "Tensor.erfc", "Tensor.erfc_", "special.erfc")
def erfc(input: Tensor) -> Tensor:
    return 1 - input.erf()


@declare("torch.erfinv", "Tensor.erfinv", "Tensor.erfinv_", "special.erfinv")
def erfinv(input: Tensor) -> Tensor:
    """Winitzki's approximation (2008), then two of Newton's steps on erf."""
    a = 0.147
    logarithm = (1 - input * input).log()
    half = logarithm * 0.5 + 2 / (math.pi * a)
    root = ((half * half - logarithm * (1 / a)).sqrt() - half).sqrt() * input.sign()
    for _ in range(2):
        root = root - (root.erf() - input) * (root * root).exp() * (math.sqrt(math.pi) / 2)
    return where(input.abs() == 1, input * math.inf, root)


declare("special.erf")(lambda input: input.erf())
declare("special.expit")(lambda input: input.sigmoid())


@declare("torch.logit", "Tensor.logit", "Tensor.logit_", "special.logit")
def logit(input: Tensor, eps: Any = None) -> Tensor:
    x = input if eps is None else clamp(input, eps, 1 - eps)
    return (x / (1 - x)).log()


@both("asinh", "arcsinh", in_place=True)
def asinh(input: Tensor) -> Tensor:
    size = input.abs()
    return (size + (size * size + 1).sqrt()).log() * input.sign()


@both("acosh", "arccosh", in_place=True)
def acosh(input: Tensor) -> Tensor:
    return (input + (input * input - 1).sqrt()).log()


@both("atanh", "arctanh", in_place=True)
def atanh(input: Tensor) -> Tensor:
    return ((1 + input) / (1 - input)).log() * 0.5


@declare("torch.sinc", "Tensor.sinc", "special.sinc")
def sinc(input: Tensor) -> Tensor:
    angle = input * math.pi
    return where(input == 0, 1.0, angle.sin() / where(input == 0, 1.0, angle))


@declare("torch.xlogy", "Tensor.xlogy", "special.xlogy")
def xlogy(input: Any, other: Any) -> Tensor:
    factor, x = as_tensor(input), as_tensor(other)
    return where((factor == 0) & ~x.isnan(), 0.0, factor * x.log())


@both("hypot")
def hypot(input: Tensor, other: Tensor) -> Tensor:
    return (input * input + other * other).sqrt()


@both("logaddexp")
def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    larger = binary("maximum", input, other)
    larger = where(larger.isinf(), 0.0, larger)
    return larger + ((input - larger).exp() + (other - larger).exp()).log()
