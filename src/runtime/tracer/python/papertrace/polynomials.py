"""Polynomials with integer coefficients over atoms, as src/shared/size.ts has them.

A monomial is a sorted tuple of atoms, a polynomial a dictionary from monomial to coefficient without zeros; frozen, it
is a sorted tuple of its items. An atom is one of

    ("symbol", name)                 a size of an input
    ("floordiv", left, right)        ⌊left / right⌋; left and right are frozen polynomials
    ("mod", left, right)             left mod right, with the sign of right
    ("size", value, axis)            known only when ``value`` (values.Value) has been computed
    ("item", value, index)

Every atom has a hint, the number that it had while tracing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

Atom = tuple
Monomial = tuple
Polynomial = dict
FrozenPolynomial = tuple

_hints: dict[Atom, int] = {}


def reset() -> None:
    """Forget the atoms of the last trace."""
    _hints.clear()


def atom(value: Atom, hint: int) -> Polynomial:
    """The polynomial that is one atom."""
    _hints[value] = hint
    return {(value,): 1}


def number(value: int) -> Polynomial:
    return {(): value} if value else {}


def hint_of(polynomial: Polynomial) -> int:
    """Its value while tracing."""
    return sum(c * math.prod(_hints[item] for item in monomial) for monomial, c in polynomial.items())


def freeze(polynomial: Polynomial) -> FrozenPolynomial:
    return tuple(sorted(polynomial.items(), key=repr))


def add(left: Polynomial, right: Polynomial, sign: int = 1) -> Polynomial:
    total = dict(left)
    for monomial, coefficient in right.items():
        total[monomial] = total.get(monomial, 0) + sign * coefficient
    return _without_zeros(total)


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for first, a in left.items():
        for second, b in right.items():
            monomial = tuple(sorted(first + second, key=repr)) if first and second else first or second
            total[monomial] = total.get(monomial, 0) + a * b
    return _without_zeros(total)


def _without_zeros(polynomial: Polynomial) -> Polynomial:
    return {monomial: coefficient for monomial, coefficient in polynomial.items() if coefficient}


def exact_quotient(dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """dividend / divisor where the division is exact for every binding, else None."""
    if not divisor:
        return None
    if not dividend:
        return {}
    if dividend == divisor:
        return {(): 1}
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
    return quotient


def floor_divide(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    exact = exact_quotient(dividend, divisor)
    if exact is not None:
        return exact
    whole, rest = _split(dividend, divisor)
    return add(whole, _quotient_atom("floordiv", rest, divisor)) if rest else whole


def modulo(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    if exact_quotient(dividend, divisor) is not None:
        return {}
    _, rest = _split(dividend, divisor)
    if set(rest) <= {()}:
        return rest
    return _quotient_atom("mod", rest, divisor)


def _split(dividend: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """(whole, rest) with dividend = whole·divisor + rest, taking out what a plain divisor divides."""
    scale = divisor.get((), 0)
    if len(divisor) != 1 or scale <= 0:
        return {}, dividend
    whole = _without_zeros({m: c // scale for m, c in dividend.items() if m == () or c % scale == 0})
    return whole, add(dividend, multiply(whole, divisor), -1)


def _quotient_atom(kind: str, dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    left, right = hint_of(dividend), hint_of(divisor)
    if set(dividend) <= {()} and set(divisor) <= {()}:
        return number(left // right if kind == "floordiv" else left % right)
    return atom((kind, freeze(dividend), freeze(divisor)), left // right if kind == "floordiv" else left % right)


def atoms_of(items: Iterable[tuple]) -> set[Atom]:
    """Every atom in the items of a polynomial, those inside quotients included."""
    found: set[Atom] = set()
    for monomial, _ in items:
        for item in monomial:
            found.add(item)
            if item[0] in ("floordiv", "mod"):
                found |= atoms_of(item[1]) | atoms_of(item[2])
    return found


def never_negative(items: Iterable[tuple]) -> bool:
    """True where it cannot be below zero: no negative coefficient over atoms that are not negative."""
    return all(c >= 0 and all(_atom_never_negative(item) for item in monomial) for monomial, c in items)


def _atom_never_negative(item: Atom) -> bool:
    if item[0] == "mod":
        return never_negative(item[2])
    if item[0] == "floordiv":
        return never_negative(item[1]) and never_negative(item[2])
    return item[0] != "item"


def describe(items: Iterable[tuple]) -> str:
    """As a person reads it, such as ``past + sequence``; the constant last."""
    terms = []
    for monomial, coefficient in sorted(items, key=lambda item: item[0] == ()):
        factors = [_describe_atom(item) for item in monomial]
        if coefficient != 1 or not factors:
            factors.insert(0, str(coefficient))
        terms.append("·".join(factors))
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _describe_atom(item: Atom) -> str:
    if item[0] == "symbol":
        return item[1]
    if item[0] in ("floordiv", "mod"):
        left, right = (describe(part) if len(part) == 1 else f"({describe(part)})" for part in item[1:])
        return f"{left} {'//' if item[0] == 'floordiv' else '%'} {right}"
    return f"{item[0]}({item[1]}, {item[2]})"
