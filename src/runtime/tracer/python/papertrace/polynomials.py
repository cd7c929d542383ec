"""Polynomials with integer coefficients over atoms, as src/shared/size.ts has them.

A monomial is a sorted tuple of atoms, a polynomial a dictionary from monomial to coefficient without zeros; frozen, it
is a sorted tuple of its items. An atom is one of

    ("symbol", name)                 a size of an input
    ("floordiv", left, right)        ⌊left / right⌋; left and right are frozen polynomials
    ("mod", left, right)             left mod right, with the sign of right
    ("size", value, axis)            known only when ``value`` (values.Value) has been computed
    ("item", value, index)
    ("step", loop, iteration)        of a loop over a free size, see loop_steps.py

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
#: The most that an atom can be; all are at least 0.
_limits: dict[Atom, Polynomial] = {}


def reset() -> None:
    """Forget the atoms of the last trace."""
    _hints.clear()
    _limits.clear()


def limit(value: Atom, most: Polynomial) -> None:
    """State the most that an atom can be."""
    _limits[value] = most


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
    return _quotient_atom("mod", rest, divisor)


def _split(dividend: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """(whole, rest) with dividend = whole·divisor + rest, taking out what a plain divisor divides."""
    scale = divisor.get((), 0)
    if len(divisor) != 1 or scale <= 0:
        return {}, dividend
    whole = _without_zeros({m: c // scale for m, c in dividend.items() if m == () or c % scale == 0})
    return whole, add(dividend, multiply(whole, divisor), -1)


def _quotient_atom(kind: str, dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    if kind == "floordiv":
        dividend, divisor = _without_common(dividend, divisor)
    left, right = hint_of(dividend), hint_of(divisor)
    if set(dividend) <= {()} and set(divisor) <= {()}:
        return number(left // right if kind == "floordiv" else left % right)
    return atom((kind, freeze(dividend), freeze(divisor)), left // right if kind == "floordiv" else left % right)


def _without_common(dividend: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The same quotient, where the divisor is one term, without the factors that all terms share."""
    if len(divisor) != 1 or not dividend:
        return dividend, divisor
    ((factors, scale),) = divisor.items()
    shared = [item for item in dict.fromkeys(factors) if all(item in monomial for monomial in dividend)]
    common = math.gcd(scale, *dividend.values())
    if not shared and common == 1:
        return dividend, divisor

    def divided(polynomial: Polynomial) -> Polynomial:
        return {_without_each(monomial, shared): c // common for monomial, c in polynomial.items()}

    return divided(dividend), divided(divisor)


def _without_each(monomial: Monomial, items: list[Atom]) -> Monomial:
    rest = list(monomial)
    for item in items:
        rest.remove(item)
    return tuple(rest)


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
    items = _least(items)
    return all(c >= 0 and all(_atom_never_negative(item) for item in monomial) for monomial, c in items)


def known_sign(comparison: str, polynomial: Polynomial) -> bool | None:
    """``polynomial comparison 0`` for all that its atoms with a limit can be; None where that is not known."""
    if not any(item in _limits for item in atoms_of(polynomial.items())):
        return None
    opposite = multiply(polynomial, {(): -1})
    one = {(): 1}
    above = never_negative(add(polynomial, one, -1).items())
    below = never_negative(add(opposite, one, -1).items())
    if comparison in ("eq", "ne"):
        return comparison == "ne" if above or below else None
    positive = comparison in ("gt", "ge")
    holds, fails = (above, below) if positive else (below, above)
    if comparison in ("ge", "le"):
        holds = never_negative((polynomial if positive else opposite).items())
    else:
        fails = never_negative((opposite if positive else polynomial).items())
    return True if holds else False if fails else None


def _least(items: Iterable[tuple]) -> Iterable[tuple]:
    """No more than the polynomial: what is taken off of an atom is the most that the atom can be."""
    items = list(items)
    while any(c < 0 and any(item in _limits for item in monomial) for monomial, c in items):
        total: Polynomial = {}
        for monomial, coefficient in items:
            term: Polynomial = {monomial: coefficient}
            at = next((i for i, item in enumerate(monomial) if item in _limits), None)
            if coefficient < 0 and at is not None:
                others = monomial[:at] + monomial[at + 1 :]
                if not all(map(_atom_never_negative, others)):
                    return items
                term = multiply({others: coefficient}, _limits[monomial[at]])
            total = add(total, term)
        items = list(total.items())
    return items


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
