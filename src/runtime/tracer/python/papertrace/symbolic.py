"""Sizes that stay free: an ``int`` that carries a polynomial with integer coefficients over atoms.

A monomial is a sorted tuple of atoms, a polynomial a dictionary from monomial to coefficient. An atom is one of

    ("symbol", name)                 a size of an input
    ("floordiv", left, right)        left and right are frozen polynomials
    ("mod", left, right)
    ("size", value, axis)            known only when ``value`` (a record.Value) has been computed
    ("item", value, index)

The integer itself is the *hint*, the size that the trace was made with. Whatever makes Python depend on the hint goes
through :func:`decide` or :func:`concrete`, which report to ``guard``: control flow never rests on a hint silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Atom = tuple
Monomial = tuple
Polynomial = dict
FrozenPolynomial = tuple

#: Called with (comparison, left, right, result) for every decision that rests on a hint; set by record.
guard: Callable[[str, int, int, bool], None] = lambda comparison, left, right, result: None

_hints: dict[Atom, int] = {}


def reset() -> None:
    """Forget the atoms of the last trace."""
    _hints.clear()


class SymInt(int):
    """An integer that is a polynomial over the free sizes of the trace."""

    polynomial: Polynomial

    def __new__(cls, polynomial: Polynomial, hint: int) -> SymInt:
        self = int.__new__(cls, hint)
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
        return _multiply(self, -1)

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


def symbol(name: str, hint: int) -> SymInt:
    return atom(("symbol", name), hint)


def atom(value: Atom, hint: int) -> SymInt:
    _hints[value] = hint
    return SymInt({(value,): 1}, hint)


def hint(size: int) -> int:
    """The plain integer, without a guard: only for checks that hold for every binding."""
    return int.__add__(size, 0)


def is_plain(size: int) -> bool:
    return not isinstance(size, SymInt)


def concrete(size: int) -> int:
    """The plain integer that Python needs here; the trace holds only where the size is the same."""
    number = hint(size)
    if isinstance(size, SymInt):
        guard("eq", size, number, True)
    return number


def decide(comparison: str, left: int, right: int) -> bool:
    """``left comparison right``, structurally where possible, else by the hints with a guard."""
    difference = subtract(left, right)
    if is_plain(difference):
        return _COMPARE[comparison](difference, 0)
    result = _COMPARE[comparison](hint(left), hint(right))
    guard(comparison, left, right, result)
    return result


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


def polynomial_of(size: int) -> Polynomial:
    if isinstance(size, SymInt):
        return size.polynomial
    number = hint(size)
    return {(): number} if number else {}


def freeze(polynomial: Polynomial) -> FrozenPolynomial:
    return tuple(sorted(polynomial.items(), key=repr))


def same(left: int, right: int) -> bool:
    """Equal for every binding."""
    if left is right:
        return True
    if is_plain(left) and is_plain(right):
        return left == right
    return polynomial_of(left) == polynomial_of(right)


def is_one(size: int) -> bool:
    """Structurally 1: a symbol with the hint 1 is not."""
    return is_plain(size) and size == 1


def _make(polynomial: Polynomial, hint: int) -> int:
    polynomial = {monomial: coefficient for monomial, coefficient in polynomial.items() if coefficient}
    if not polynomial:
        return 0
    if len(polynomial) == 1 and () in polynomial:
        return polynomial[()]
    return SymInt(polynomial, hint)


def _add(left: int, right: int, sign: int = 1) -> int:
    total = dict(polynomial_of(left))
    for monomial, coefficient in polynomial_of(right).items():
        total[monomial] = total.get(monomial, 0) + sign * coefficient
    return _make(total, hint(left) + sign * hint(right))


def subtract(left: int, right: int) -> int:
    return _add(left, right, -1)


def _multiply(left: int, right: int) -> int:
    total: Polynomial = {}
    for first, a in polynomial_of(left).items():
        for second, b in polynomial_of(right).items():
            monomial = tuple(sorted(first + second, key=repr))
            total[monomial] = total.get(monomial, 0) + a * b
    return _make(total, hint(left) * hint(right))


def exact_quotient(left: int, right: int) -> int | None:
    """left / right where the division is exact for every binding, else None."""
    dividend, divisor = polynomial_of(left), polynomial_of(right)
    if not divisor:
        return None
    if not dividend:
        return 0
    if dividend == divisor:
        return 1
    if len(divisor) != 1:
        return None
    ((factors, scale),) = divisor.items()
    quotient: Polynomial = {}
    for monomial, coefficient in dividend.items():
        rest = list(monomial)
        for factor in factors:
            if factor not in rest:
                return None
            rest.remove(factor)
        if coefficient % scale:
            return None
        quotient[tuple(rest)] = coefficient // scale
    return _make(quotient, hint(left) // hint(right) if hint(right) else 0)


def _split_multiple(left: int, right: int) -> tuple[int, int]:
    """(multiple, rest) with left = multiple·right + rest, taking out what a plain divisor divides."""
    if not is_plain(right) or right <= 0:
        return 0, left
    whole = {m: c // right for m, c in polynomial_of(left).items() if m == () or c % right == 0}
    multiple = _make(whole, sum(c * math.prod(_hints[item] for item in m) for m, c in whole.items()))
    return multiple, subtract(left, _multiply(multiple, right))


def floor_divide(left: int, right: int) -> int:
    if is_plain(left) and is_plain(right):
        return hint(left) // hint(right)
    exact = exact_quotient(left, right)
    if exact is not None:
        return exact
    multiple, rest = _split_multiple(left, right)
    if is_plain(rest):
        return _add(multiple, rest // hint(right))
    quotient = exact_quotient(rest, right)
    if quotient is None:
        key = ("floordiv", freeze(polynomial_of(rest)), freeze(polynomial_of(right)))
        quotient = atom(key, hint(rest) // hint(right))
    return _add(multiple, quotient)


def modulo(left: int, right: int) -> int:
    if is_plain(left) and is_plain(right):
        return hint(left) % hint(right)
    if exact_quotient(left, right) is not None:
        return 0
    _, rest = _split_multiple(left, right)
    if is_plain(rest):
        return rest % hint(right)
    if exact_quotient(rest, right) is not None:
        return 0
    return atom(("mod", freeze(polynomial_of(rest)), freeze(polynomial_of(right))), hint(left) % hint(right))


def _install() -> None:
    plain: dict[str, Callable[[Any, Any], Any]] = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "floordiv": lambda a, b: a // b,
        "mod": lambda a, b: a % b,
    }
    symbolic: dict[str, Callable[[int, int], int]] = {
        "add": _add,
        "sub": subtract,
        "mul": _multiply,
        "floordiv": floor_divide,
        "mod": modulo,
    }

    def arithmetic(name: str) -> tuple[Callable, Callable]:
        def forward(self: SymInt, other: Any) -> Any:
            if isinstance(other, int):
                return symbolic[name](self, other)
            if isinstance(other, float):
                return plain[name](float(concrete(self)), other)
            return NotImplemented

        def reflected(self: SymInt, other: Any) -> Any:
            if isinstance(other, int):
                return symbolic[name](other, self)
            if isinstance(other, float):
                return plain[name](other, float(concrete(self)))
            if name == "mul" and isinstance(other, (list, tuple, str)):
                return other * concrete(self)
            return NotImplemented

        return forward, reflected

    for name in symbolic:
        forward, reflected = arithmetic(name)
        setattr(SymInt, f"__{name}__", forward)
        setattr(SymInt, f"__r{name}__", reflected)
    SymInt.__divmod__ = lambda self, other: (self // other, self % other)  # type: ignore[method-assign]
    SymInt.__rdivmod__ = lambda self, other: (other // self, other % self)  # type: ignore[method-assign]

    def comparison(name: str) -> Callable:
        def compare(self: SymInt, other: Any) -> Any:
            if isinstance(other, int):
                return decide(name, self, other)
            if isinstance(other, float):
                if math.isinf(other) or math.isnan(other):
                    return _COMPARE[name](hint(self), other)
                if other.is_integer():
                    return decide(name, self, math.floor(other))
                if name in ("eq", "ne"):
                    return name == "ne"
                return decide("le" if name in ("lt", "le") else "gt", self, math.floor(other))
            return NotImplemented

        return compare

    for name in _COMPARE:
        setattr(SymInt, f"__{name}__", comparison(name))


_install()


def product(sizes: Any) -> int:
    total = 1
    for size in sizes:
        total = total * size
    return total


def atoms_of(size: int) -> set[Atom]:
    """Every atom in a size, those inside quotients included."""
    found: set[Atom] = set()

    def walk(items: Any) -> None:
        for monomial, _ in items:
            for item in monomial:
                found.add(item)
                if item[0] in ("floordiv", "mod"):
                    walk(item[1])
                    walk(item[2])

    walk(polynomial_of(size).items())
    return found


def depends_on_data(size: int) -> bool:
    return isinstance(size, SymInt) and any(item[0] in ("size", "item") for item in atoms_of(size))


def describe(size: int) -> str:
    """A size as a person reads it, such as ``past + sequence``."""

    def atom_text(item: Atom) -> str:
        if item[0] == "symbol":
            return item[1]
        if item[0] in ("floordiv", "mod"):
            sign = "//" if item[0] == "floordiv" else "%"
            return f"({polynomial_text(item[1])}) {sign} ({polynomial_text(item[2])})"
        return f"{item[0]}(%{item[1].index}, {item[2]})"

    def polynomial_text(items: Any) -> str:
        terms = []
        for monomial, coefficient in items:
            factors = [atom_text(item) for item in monomial]
            if coefficient != 1 or not factors:
                factors.insert(0, str(coefficient))
            terms.append("·".join(factors))
        return " + ".join(terms) or "0"

    return polynomial_text(polynomial_of(size).items()) if isinstance(size, SymInt) else str(hint(size))
