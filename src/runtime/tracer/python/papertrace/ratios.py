"""Quotients of sizes: what Python takes for a ``float`` is a fraction of two sizes (symbolic.py).

``math.ceil(length / stride)`` stays free. Only what floating point computes exactly, or rounds to the side on which the
exact number lies, is carried on; everything else takes the plain number, with a guard.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from papertrace import symbolic

#: Factors and summands up to here leave the arithmetic of doubles exact, with sizes below 2^40.
_EXACT = 1 << 12


class SymFloat:
    """numerator / denominator; the denominator is positive."""

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: int, denominator: int) -> None:
        self.numerator = numerator
        self.denominator = denominator

    #: What `isinstance(ratio, float)` in traced source goes by.
    __class__ = property(lambda self: float)  # type: ignore[assignment]

    def __float__(self) -> float:
        return symbolic.concrete(self.numerator) / symbolic.concrete(self.denominator)

    def __int__(self) -> int:
        return int(float(self))

    def __complex__(self) -> complex:
        return complex(float(self))

    def __hash__(self) -> int:
        return hash(float(self))

    def __repr__(self) -> str:
        return repr(float(self))

    def __format__(self, specification: str) -> str:
        return format(float(self), specification)

    def __bool__(self) -> bool:
        return symbolic.decide("ne", self.numerator, 0)

    def __copy__(self) -> SymFloat:
        return self

    def __deepcopy__(self, memo: dict) -> SymFloat:
        return self

    def __reduce__(self) -> tuple:
        return (float, (float(self),))

    def __getattr__(self, name: str) -> Any:
        """Whatever else a float can do is done with the plain one."""
        if not hasattr(float, name):
            raise AttributeError(name)
        return getattr(float(self), name)

    def __floor__(self) -> int:
        return self.numerator // self.denominator

    def __ceil__(self) -> int:
        return (self.numerator + self.denominator - 1) // self.denominator

    def __trunc__(self) -> int:
        return math.floor(self) if symbolic.decide("ge", self.numerator, 0) else math.ceil(self)

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self), digits)

    def is_integer(self) -> bool:
        return symbolic.decide("eq", self.numerator % self.denominator, 0)

    def __neg__(self) -> Any:
        return SymFloat(-self.numerator, self.denominator)

    def __pos__(self) -> SymFloat:
        return self

    def __abs__(self) -> Any:
        return self if symbolic.decide("ge", self.numerator, 0) else -self


def divide(left: Any, right: Any) -> Any:
    """left / right, of which one is a size."""
    if isinstance(left, int) and isinstance(right, int):
        return _ratio(left, right)
    return arithmetic("truediv", left, right)


def as_float(size: int) -> Any:
    """``float(size)``."""
    return _ratio(size, 1)


def arithmetic(name: str, left: Any, right: Any) -> Any:
    """An operation on two numbers, of which one is a size or a ratio and one a float."""
    rule = _RULES.get(name)
    fractions = _fraction(left), _fraction(right)
    result = rule(*fractions) if rule is not None and None not in fractions else None  # type: ignore[arg-type]
    return result if result is not None else getattr(operator, name)(plain(left), plain(right))


def compare(name: str, left: Any, right: Any) -> bool:
    """A comparison of two numbers, of which one is a size or a ratio and one a float."""
    if not _finite(left):
        return getattr(operator, name)(left, 0.0)
    if not _finite(right):
        return getattr(operator, name)(0.0, right)
    first, second = _fraction(left), _fraction(right)
    if first is None or second is None:
        return getattr(operator, name)(plain(left), plain(right))
    return symbolic.decide(name, first[0] * second[1], second[0] * first[1])


def _finite(number: Any) -> bool:
    return type(number) is not float or math.isfinite(number)


def plain(number: Any) -> Any:
    """The number that Python needs here; the trace holds only where the sizes behind it are the same."""
    if isinstance(number, symbolic.SymInt):
        return symbolic.concrete(number)
    return float(number) if isinstance(number, SymFloat) else number


Fraction = tuple[int, int]


def _fraction(number: Any) -> Fraction | None:
    """(numerator, denominator), or None for a float that no short fraction is."""
    if isinstance(number, SymFloat):
        return number.numerator, number.denominator
    if isinstance(number, int):
        return number, 1
    if not math.isfinite(number):
        return None
    numerator, denominator = number.as_integer_ratio()
    return (numerator, denominator) if denominator <= _EXACT and abs(numerator) <= 1 << 30 else None


def _ratio(numerator: int, denominator: int) -> Any:
    """A ratio where the denominator cannot be 0 or below, else the plain number."""
    if symbolic.is_plain(denominator):
        if denominator < 0:
            numerator, denominator = -numerator, -denominator
        if symbolic.is_plain(numerator):
            return numerator / denominator
    unknown = symbolic.depends_on_data(numerator) or symbolic.depends_on_data(denominator)
    if unknown or not symbolic.decide("gt", denominator, 0):
        return plain(numerator) / plain(denominator)
    return SymFloat(numerator, denominator)


def _is_exact(fraction: Fraction) -> bool:
    """Whether doubles hold it exactly: a power of two below the line."""
    denominator = fraction[1]
    return symbolic.is_plain(denominator) and denominator & (denominator - 1) == 0 and denominator <= _EXACT


def _add(left: Fraction, right: Fraction) -> Any:
    if _is_exact(left) or _is_exact(right):
        return _ratio(left[0] * right[1] + right[0] * left[1], left[1] * right[1])
    return None


def _subtract(left: Fraction, right: Fraction) -> Any:
    return _add(left, (-right[0], right[1]))


def _multiply(left: Fraction, right: Fraction) -> Any:
    return _ratio(left[0] * right[0], left[1] * right[1]) if _is_exact(left) and _is_exact(right) else None


def _divide(left: Fraction, right: Fraction) -> Any:
    """One rounding: right is a whole number or a size."""
    return _ratio(left[0], left[1] * right[0]) if _is_exact(left) and symbolic.same(right[1], 1) else None


_RULES: dict[str, Callable[[Fraction, Fraction], Any]] = {
    "add": _add,
    "sub": _subtract,
    "mul": _multiply,
    "truediv": _divide,
}


def _define(name: str) -> None:
    def forward(self: SymFloat, other: Any) -> Any:
        return arithmetic(name, self, other) if isinstance(other, (int, float)) else NotImplemented

    def reflected(self: SymFloat, other: Any) -> Any:
        return arithmetic(name, other, self) if isinstance(other, (int, float)) else NotImplemented

    setattr(SymFloat, f"__{name}__", forward)
    setattr(SymFloat, f"__r{name}__", reflected)


def _define_comparison(name: str) -> None:
    def comparison(self: SymFloat, other: Any) -> Any:
        return compare(name, self, other) if isinstance(other, (int, float)) else NotImplemented

    setattr(SymFloat, f"__{name}__", comparison)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _define(_name)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _define_comparison(_name)
