"""The binary operators of sizes (symbolic.py): with other sizes, with floats (ratios.py), and with all else as of ints."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from papertrace import polynomials, ratios
from papertrace.polynomials import Polynomial
from papertrace.symbolic import (
    COMPARISONS,
    SymInt,
    concrete,
    decide,
    from_polynomial,
    polynomial_of,
    product,
    require_divisor,
)


def define() -> None:
    """Give SymInt its operators."""
    for name in _ARITHMETIC:
        _define_arithmetic(name)
    for name in COMPARISONS:
        _define_comparison(name)
    for name in ("and", "or", "xor", "lshift", "rshift"):
        _define_by_number(name)
    for name, method in _OTHERS.items():
        setattr(SymInt, f"__{name}__", method)


_ARITHMETIC: dict[str, Callable[[Polynomial, Polynomial], Polynomial]] = {
    "add": polynomials.add,
    "sub": lambda a, b: polynomials.add(a, b, -1),
    "mul": polynomials.multiply,
    "floordiv": polynomials.floor_divide,
    "mod": polynomials.modulo,
}


def _define_arithmetic(name: str) -> None:
    compute, divides = _ARITHMETIC[name], name in ("floordiv", "mod")

    def apply(left: Any, right: Any, size: SymInt, other: Any) -> Any:
        """``size`` and ``other`` are ``left`` and ``right``, in either order."""
        if isinstance(other, int):
            if divides:
                require_divisor(right)
            return from_polynomial(compute(polynomial_of(left), polynomial_of(right)))
        if isinstance(other, float):
            return ratios.arithmetic(name, left, right)
        repeats = name == "mul" and isinstance(other, (list, tuple, str, bytes))
        return other * concrete(size) if repeats else NotImplemented

    setattr(SymInt, f"__{name}__", lambda self, other: apply(self, other, self, other))
    setattr(SymInt, f"__r{name}__", lambda self, other: apply(other, self, self, other))


def _define_comparison(name: str) -> None:
    def compare(self: SymInt, other: Any) -> Any:
        if isinstance(other, int):
            return decide(name, self, other)
        return ratios.compare(name, self, other) if isinstance(other, float) else NotImplemented

    setattr(SymInt, f"__{name}__", compare)


def _define_by_number(name: str) -> None:
    """Operators for which only the plain integer will do."""
    plain = getattr(operator, f"__{name}__")
    setattr(SymInt, f"__{name}__", lambda self, other: plain(concrete(self), other))
    setattr(SymInt, f"__r{name}__", lambda self, other: plain(other, concrete(self)))


def _power(base: SymInt, exponent: Any, modulus: Any = None) -> Any:
    if type(exponent) is int and 0 <= exponent <= 4 and modulus is None:
        return product([base] * exponent)
    return pow(concrete(base), exponent, modulus)


def _quotient(left: Any, right: Any, other: Any) -> Any:
    return ratios.divide(left, right) if isinstance(other, (int, float)) else NotImplemented


_OTHERS: dict[str, Callable[..., Any]] = {
    "truediv": lambda self, other: _quotient(self, other, other),
    "rtruediv": lambda self, other: _quotient(other, self, other),
    "pow": _power,
    "rpow": lambda self, base, modulus=None: pow(base, concrete(self), modulus),
    "divmod": lambda self, other: (self // other, self % other),
    "rdivmod": lambda self, other: (other // self, other % self),
}
