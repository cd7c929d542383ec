"""Sizes that stay free: what Python takes for an ``int`` carries a polynomial over the free sizes (polynomials.py).

The size that the trace was made with is its *hint*. No class of Python's own numbers is a base: an interpreter that
holds an int reads it without asking (``[…][n]``, ``2.0 * n``, ``{…}[n]``), whereas of this class it must ask, by
``__index__``, ``__float__``, ``__hash__`` and their like. Each answers through :func:`decide` or :func:`concrete`, which
report to ``guard``: whatever is not carried on as a polynomial becomes a guard, and nothing rests on a hint silently.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from papertrace import polynomials
from papertrace.polynomials import Atom, Polynomial

#: Called with (comparison, left, right, result) for every decision that rests on a hint; set by record.
guard: Callable[[str, int, int, bool], None] = lambda comparison, left, right, result: None

#: Called with a size that is known only when the model has run; gives what a run found, or raises. Set by reads.
ask: Callable[[SymInt], int] = lambda size: size._hint

#: Called with (comparison, size, guess) to compare such a size with 0. Set by reads.
ask_comparison: Callable[[str, SymInt, bool], bool] = lambda comparison, size, guess: guess


class SymInt:
    """An integer that is a polynomial over the free sizes of the trace; for its binary operators see size_operators.py."""

    __slots__ = ("_hint", "polynomial")

    def __init__(self, polynomial: Polynomial) -> None:
        self.polynomial = polynomial
        self._hint = polynomials.hint_of(polynomial)

    #: What `isinstance(size, int)` in traced source goes by.
    __class__ = property(lambda self: int)  # type: ignore[assignment]

    def __index__(self) -> int:
        return concrete(self)

    __int__ = __index__

    def __float__(self) -> float:
        return float(concrete(self))

    def __complex__(self) -> complex:
        return complex(concrete(self))

    def __hash__(self) -> int:
        return hash(concrete(self))

    def __repr__(self) -> str:
        return repr(concrete(self))

    def __format__(self, specification: str) -> str:
        return format(concrete(self), specification)

    def __bool__(self) -> bool:
        return decide("ne", self, 0)

    def __copy__(self) -> SymInt:
        return self

    def __deepcopy__(self, memo: dict) -> SymInt:
        return self

    def __reduce__(self) -> tuple:
        return (int, (concrete(self),))

    def __getattr__(self, name: str) -> Any:
        """Whatever else an int can do is done with the plain one: `bit_length`, `numerator`, shifts."""
        if not hasattr(int, name):
            raise AttributeError(name)
        return getattr(concrete(self), name)

    def __neg__(self) -> int:
        return from_polynomial(polynomials.multiply(self.polynomial, {(): -1}))

    def __pos__(self) -> SymInt:
        return self

    def __invert__(self) -> int:
        return ~concrete(self)

    def __abs__(self) -> int:
        return self if decide("ge", self, 0) else -self

    def __ceil__(self) -> SymInt:
        return self

    def __floor__(self) -> SymInt:
        return self

    def __trunc__(self) -> SymInt:
        return self

    def __round__(self, digits: int | None = None) -> SymInt:
        return self if digits is None or digits >= 0 else round(concrete(self), digits)  # type: ignore[return-value]

    def is_integer(self) -> bool:
        return True


def from_polynomial(polynomial: Polynomial) -> int:
    """The size that a polynomial is: a plain integer where nothing is free."""
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
    return size._hint if isinstance(size, SymInt) else int.__index__(size)


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
    if depends_on_data(size):
        return ask(size)  # type: ignore[arg-type]
    number = hint(size)
    if isinstance(size, SymInt):
        guard("eq", size, number, True)
    return number


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")
}


def decide(comparison: str, left: int, right: int, expected: bool | None = None) -> bool:
    """``left comparison right``, structurally where possible, else by the hints with a guard.

    What only the run has is asked of it; until then it is ``expected``, or what the hints say.
    """
    difference = subtract(left, right)
    if is_plain(difference):
        return COMPARISONS[comparison](difference, 0)
    known = polynomials.known_sign(comparison, polynomial_of(difference))
    if known is not None:
        return known
    result = COMPARISONS[comparison](hint(left), hint(right))
    if depends_on_data(difference):
        return ask_comparison(comparison, difference, result if expected is None else expected)  # type: ignore[arg-type]
    guard(comparison, left, right, result)
    return result


def subtract(left: int, right: int) -> int:
    return from_polynomial(polynomials.add(polynomial_of(left), polynomial_of(right), -1))


def floor_divide(left: int, right: int) -> int:
    exact = exact_quotient(left, right)
    if exact is not None:
        return exact
    require_divisor(right)
    return from_polynomial(polynomials.floor_divide(polynomial_of(left), polynomial_of(right)))


def exact_quotient(left: int, right: int) -> int | None:
    """left / right where the division is exact for every binding, else None."""
    quotient = polynomials.exact_quotient(polynomial_of(left), polynomial_of(right))
    return None if quotient is None else from_polynomial(quotient)


def product(sizes: Iterable[int]) -> int:
    total = 1
    for size in sizes:
        total = total * size
    return total


def never_negative(size: int) -> bool:
    return polynomials.never_negative(polynomial_of(size).items())


def is_negative(size: int) -> bool:
    """Whether it is below zero, by its structure where that says so; one that only the run has is taken not to be."""
    if is_plain(size):
        return size < 0
    return not never_negative(size) and not depends_on_data(size) and decide("lt", size, 0)


def atoms_of(size: int) -> set[Atom]:
    return polynomials.atoms_of(polynomial_of(size).items())


def depends_on_data(size: int) -> bool:
    """Whether a size is known only when the model has run."""
    return isinstance(size, SymInt) and any(item[0] in ("size", "item") for item in atoms_of(size))


def describe(size: int) -> str:
    """A size as a person reads it, such as ``past + sequence``."""
    return polynomials.describe(size.polynomial.items()) if isinstance(size, SymInt) else str(hint(size))


def shown(size: int) -> str:
    """A size in a message: with the number that it is here, ``past + sequence=12``."""
    return f"{describe(size)}={size._hint}" if isinstance(size, SymInt) else str(size)


def require_divisor(divisor: int) -> None:
    """Division by 0 is refused; a size that could be 0 leaves a guard."""
    positive = is_plain(divisor) or depends_on_data(divisor) or never_negative(subtract(divisor, 1))
    if not positive and not decide("ne", divisor, 0) or is_plain(divisor) and divisor == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
