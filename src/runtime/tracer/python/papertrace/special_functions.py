"""Gamma, Bessel and normal distribution functions, composed of others.

Series and asymptotic expansions are those of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), by the
numbers of their equations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from papertrace.creation import as_tensor
from papertrace.declare import both, declare
from papertrace.dtypes import default_dtype
from papertrace.elementwise import where
from papertrace.tensor import Tensor

#: Where the asymptotic expansions of lgamma and digamma are as exact as 32 bits.
_FAR = 7


def _floating(input: Any) -> Tensor:
    x = as_tensor(input)
    return x if x.dtype.category >= 2 else x.to(default_dtype())


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """Σ coefficients[i] xⁱ, by Horner's rule."""
    result = x * coefficients[-1] + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        result = result * x + coefficient
    return result


def _far(x: Tensor) -> tuple[Tensor, Tensor]:
    """(whether x is near, x or _FAR more where it is near)."""
    near = x < _FAR
    return near, where(near, x + _FAR, x)


def _upper(x: Tensor) -> Tensor:
    """x where the expansions hold, 1 - x below ½: the reflection's other side."""
    return where(x < 0.5, 1 - x, x)


@declare("torch.lgamma", "Tensor.lgamma", "Tensor.lgamma_", "special.gammaln")
def lgamma(input: Tensor) -> Tensor:
    """log |Γ(x)| by Stirling's series (6.1.41), recurrence (6.1.15) and reflection (6.1.17)."""
    x = _floating(input)
    positive = _upper(x)
    near, far = _far(positive)
    inverse = 1 / far
    series = _polynomial(inverse * inverse, (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)) * inverse
    stirling = (far - 0.5) * far.log() - far + 0.5 * math.log(2 * math.pi) + series
    product = where(near, positive, 1.0)
    for step in range(1, _FAR):
        product = product * where(near, positive + step, 1.0)
    value = stirling - product.log()
    turned = x - x.floor()
    reflected = math.log(math.pi) - (turned * math.pi).sin().abs().log() - value
    pole = (x <= 0) & (turned == 0) | x.isinf()
    return where(x.isnan(), x, where(pole, math.inf, where(x < 0.5, reflected, value)))


@declare("torch.digamma", "Tensor.digamma", "Tensor.digamma_", "special.digamma", "special.psi")
def digamma(input: Tensor) -> Tensor:
    """Γ′(x)/Γ(x) by its asymptotic series (6.3.18), recurrence (6.3.5) and reflection (6.3.7)."""
    x = _floating(input)
    positive = _upper(x)
    near, far = _far(positive)
    inverse = 1 / far
    squared = inverse * inverse
    value = far.log() - inverse * 0.5 - squared * _polynomial(squared, (1 / 12, -1 / 120, 1 / 252, -1 / 240))
    for step in range(_FAR):
        value = value - where(near, 1 / (positive + step), 0.0)
    turned = x - x.floor()
    angle = where(turned == 0, 0.5, turned) * math.pi
    reflected = value - angle.cos() / angle.sin() * math.pi
    whole = (x <= 0) & (turned == 0)
    value = where(whole, math.nan, where(x < 0.5, reflected, value))
    return where(x == 0, -1 / x, where(x == math.inf, x, value))


@declare("torch.mvlgamma", "Tensor.mvlgamma", "special.multigammaln")
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """log Γ_p(x): ¼p(p−1) log π + Σ lgamma(x − j/2)."""
    x = _floating(input)
    total = lgamma(x) + p * (p - 1) / 4 * math.log(math.pi)
    for step in range(1, p):
        total = total + lgamma(x - step / 2)
    return total


#: I₀ for |x| ≤ 3.75, and for more √x e⁻ˣ I₀ (9.8.1, 9.8.2); the same of I₁/x and I₁ (9.8.3, 9.8.4).
_I0_NEAR = (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813)
_I0_FAR = (0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281)
_I0_FAR += (-0.02057706, 0.02635537, -0.01647633, 0.00392377)
_I1_NEAR = (0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411)
_I1_FAR = (0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555)
_I1_FAR += (0.02282967, -0.02895312, 0.01787654, -0.00420059)


def _bessel(input: Tensor, order: int, scaled: bool) -> Tensor:
    x = _floating(input)
    size = x.abs()
    near = size <= 3.75
    small, large = where(near, size, 0.0), where(near, 3.75, size)
    inner = _polynomial((small / 3.75) * (small / 3.75), _I1_NEAR if order else _I0_NEAR)
    outer = _polynomial(3.75 / large, _I1_FAR if order else _I0_FAR) / large.sqrt()
    inner = inner * small if order else inner
    value = where(near, inner * (-small).exp(), outer) if scaled else where(near, inner, outer * large.exp())
    return value * x.sign() if order else value


@declare("torch.i0", "Tensor.i0", "Tensor.i0_", "special.i0")
def i0(input: Tensor) -> Tensor:
    return _bessel(input, 0, False)


@declare("special.i0e")
def i0e(input: Tensor) -> Tensor:
    return _bessel(input, 0, True)


@declare("special.i1")
def i1(input: Tensor) -> Tensor:
    return _bessel(input, 1, False)


@declare("special.i1e")
def i1e(input: Tensor) -> Tensor:
    return _bessel(input, 1, True)


@declare("special.ndtr")
def ndtr(input: Tensor) -> Tensor:
    """The share of a normal distribution that lies below x."""
    return (_floating(input) * math.sqrt(0.5)).erf() * 0.5 + 0.5


@declare("special.ndtri")
def ndtri(input: Tensor) -> Tensor:
    return (_floating(input) * 2 - 1).erfinv() * math.sqrt(2)


@declare("special.entr")
def entr(input: Tensor) -> Tensor:
    x = _floating(input)
    inside = -x * where(x > 0, x, 1.0).log()
    return where(x < 0, -math.inf, where(x == 0, 0.0, inside))


@declare("special.xlog1py")
def xlog1py(input: Any, other: Any) -> Tensor:
    factor, x = as_tensor(input), as_tensor(other)
    return where((factor == 0) & ~x.isnan(), 0.0, factor * x.log1p())


declare("special.log1p")(lambda input: input.log1p())
declare("special.logsumexp")(lambda input, dim, keepdim=False: input.logsumexp(dim, keepdim))
declare("special.round")(lambda input, *, decimals=0: input.round(decimals=decimals))


@both("deg2rad", in_place=True)
def deg2rad(input: Tensor) -> Tensor:
    return _floating(input) * (math.pi / 180)


@both("rad2deg", in_place=True)
def rad2deg(input: Tensor) -> Tensor:
    return _floating(input) * (180 / math.pi)
