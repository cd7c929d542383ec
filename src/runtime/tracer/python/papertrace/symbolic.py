"""Sizes that stay free: an ``int`` that carries a polynomial over the free sizes of the trace (polynomials.py).

The integer itself is the *hint*, the size that the trace was made with. Whatever makes Python depend on the hint goes
through :func:`decide` or :func:`concrete`, which report to ``guard``: control flow never rests on a hint silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from papertrace import polynomials
from papertrace.polynomials import Atom, Polynomial, reset

__all__ = ["SymInt", "concrete", "decide", "hint", "is_plain", "reset", "same"]

#: Called with (comparison, left, right, result) for every decision that rests on a hint; set by record.
guard: Callable[[str, int, int, bool], None] = lambda comparison, left, right, result: None


class SymInt(int):
    """An integer that is a polynomial over the free sizes of the trace."""

    polynomial: Polynomial

    def __new__(cls, polynomial: Polynomial) -> SymInt:
        self = int.__new__(cls, polynomials.hint_of(polynomial))
        self.polynomial = polynomial
        return self

    def __hash__(self) -> int:
        return int.__hash__(self)

    def __repr__(self) -> str:
        return f"{describe(self)}={int.__repr__(self)}"

    def __str__(self) -> str:
        return int.__repr__(concrete(self))

    def __format__(self, specification: str) -> str:
        return int.__format__(concrete(self), specification)

    def __int__(self) -> int:
        return concrete(self)

    def __float__(self) -> float:
        return float(concrete(self))

    def __bool__(self) -> bool:
        return decide("ne", self, 0)

    def __copy__(self) -> SymInt:
        return self

    def __deepcopy__(self, memo: dict) -> SymInt:
        return self

    def __reduce__(self) -> tuple:
        return (int, (concrete(self),))

    def __neg__(self) -> int:
        return _size(polynomials.multiply(self.polynomial, {(): -1}))

    def __pos__(self) -> SymInt:
        return self

    def __abs__(self) -> int:
        return self if decide("ge", self, 0) else -self

    def __ceil__(self) -> SymInt:
        return self

    def __floor__(self) -> SymInt:
        return self

    def __trunc__(self) -> SymInt:
        return self

    def __round__(self, digits: int | None = None) -> SymInt:
        return self

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, (int, float)):
            return concrete(self) / (concrete(other) if isinstance(other, int) else other)
        return NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return other / concrete(self) if isinstance(other, (int, float)) else NotImplemented

    def __pow__(self, exponent: Any, modulus: Any = None) -> Any:
        if type(exponent) is int and 0 <= exponent <= 4 and modulus is None:
            return math.prod([self] * exponent, start=1) if exponent else 1
        return pow(concrete(self), exponent, modulus)

    def __rpow__(self, base: Any) -> Any:
        return base ** concrete(self)

    def is_integer(self) -> bool:
        return True

    def __divmod__(self, other: Any) -> tuple:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple:
        return other // self, other % self


def _size(polynomial: Polynomial) -> int:
    """A plain integer where nothing is free."""
    if not polynomial:
        return 0
    if len(polynomial) == 1 and () in polynomial:
        return polynomial[()]
    return SymInt(polynomial)


def symbol(name: str, hint: int) -> SymInt:
    return atom(("symbol", name), hint)


def atom(value: Atom, hint: int) -> SymInt:
    return SymInt(polynomials.atom(value, hint))


def hint(size: int) -> int:
    """The plain integer, without a guard: only for checks that hold for every binding."""
    return int.__add__(size, 0)


def is_plain(size: int) -> bool:
    return not isinstance(size, SymInt)


def is_one(size: int) -> bool:
    """Structurally 1: a symbol with the hint 1 is not."""
    return is_plain(size) and size == 1


def polynomial_of(size: int) -> Polynomial:
    return size.polynomial if isinstance(size, SymInt) else polynomials.number(hint(size))


def same(left: int, right: int) -> bool:
    """Equal for every binding."""
    if left is right:
        return True
    if is_plain(left) and is_plain(right):
        return left == right
    return polynomial_of(left) == polynomial_of(right)


def concrete(size: int) -> int:
    """The plain integer that Python needs here; the trace holds only where the size is the same."""
    number = hint(size)
    if isinstance(size, SymInt):
        guard("eq", size, number, True)
    return number


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


def decide(comparison: str, left: int, right: int) -> bool:
    """``left comparison right``, structurally where possible, else by the hints with a guard."""
    difference = subtract(left, right)
    if is_plain(difference):
        return _COMPARE[comparison](difference, 0)
    result = _COMPARE[comparison](hint(left), hint(right))
    guard(comparison, left, right, result)
    return result


def subtract(left: int, right: int) -> int:
    return _size(polynomials.add(polynomial_of(left), polynomial_of(right), -1))


def floor_divide(left: int, right: int) -> int:
    return _size(polynomials.floor_divide(polynomial_of(left), polynomial_of(right)))


def exact_quotient(left: int, right: int) -> int | None:
    """left / right where the division is exact for every binding, else None."""
    quotient = polynomials.exact_quotient(polynomial_of(left), polynomial_of(right))
    return None if quotient is None else _size(quotient)


def product(sizes: Iterable[int]) -> int:
    total = 1
    for size in sizes:
        total = total * size
    return total


def never_negative(size: int) -> bool:
    return polynomials.never_negative(polynomial_of(size).items())


def atoms_of(size: int) -> set[Atom]:
    return polynomials.atoms_of(polynomial_of(size).items())


def depends_on_data(size: int) -> bool:
    """Whether a size is known only when the model has run."""
    return isinstance(size, SymInt) and any(item[0] in ("size", "item") for item in atoms_of(size))


def describe(size: int) -> str:
    """A size as a person reads it, such as ``past + sequence``."""
    return polynomials.describe(size.polynomial.items()) if isinstance(size, SymInt) else str(hint(size))


_ARITHMETIC: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Polynomial, Polynomial], Polynomial]]] = {
    # name: (on plain numbers, on polynomials)
    "add": (lambda a, b: a + b, polynomials.add),
    "sub": (lambda a, b: a - b, lambda a, b: polynomials.add(a, b, -1)),
    "mul": (lambda a, b: a * b, polynomials.multiply),
    "floordiv": (lambda a, b: a // b, polynomials.floor_divide),
    "mod": (lambda a, b: a % b, polynomials.modulo),
}


def _define_arithmetic(name: str) -> None:
    plain, symbolic = _ARITHMETIC[name]

    def forward(self: SymInt, other: Any) -> Any:
        if isinstance(other, int):
            return _size(symbolic(self.polynomial, polynomial_of(other)))
        return plain(float(concrete(self)), other) if isinstance(other, float) else NotImplemented

    def reflected(self: SymInt, other: Any) -> Any:
        if isinstance(other, int):
            return _size(symbolic(polynomial_of(other), self.polynomial))
        if isinstance(other, float):
            return plain(other, float(concrete(self)))
        repeats = name == "mul" and isinstance(other, (list, tuple, str))
        return other * concrete(self) if repeats else NotImplemented

    setattr(SymInt, f"__{name}__", forward)
    setattr(SymInt, f"__r{name}__", reflected)


def _define_comparison(name: str) -> None:
    def compare(self: SymInt, other: Any) -> Any:
        if isinstance(other, int):
            return decide(name, self, other)
        if not isinstance(other, float):
            return NotImplemented
        if not math.isfinite(other):
            return _COMPARE[name](hint(self), other)
        if other.is_integer():
            return decide(name, self, int(other))
        if name in ("eq", "ne"):
            return name == "ne"
        return decide("le" if name in ("lt", "le") else "gt", self, math.floor(other))

    setattr(SymInt, f"__{name}__", compare)


for _name in _ARITHMETIC:
    _define_arithmetic(_name)
for _name in _COMPARE:
    _define_comparison(_name)
