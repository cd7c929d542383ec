"""sympy, as far as shapes are solved with it: equations between sums and products of whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from papertrace.stubs import StandIn, refused

#: A product of unknowns by name, sorted.
Monomial = tuple[str, ...]


class Expression:
    """A polynomial: coefficients by monomial."""

    is_number = False
    is_Boolean = False

    def __init__(self, terms: dict[Monomial, int]) -> None:
        self.terms = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}

    def __add__(self, other: Any) -> Expression:
        terms = dict(self.terms)
        for monomial, coefficient in expression(other).terms.items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return Expression(terms)

    def __mul__(self, other: Any) -> Expression:
        terms: dict[Monomial, int] = {}
        for left, a in self.terms.items():
            for right, b in expression(other).terms.items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0) + a * b
        return Expression(terms)

    __radd__, __rmul__ = __add__, __mul__

    def replace(self, values: dict[str, int]) -> Expression:
        result = Expression({})
        for monomial, coefficient in self.terms.items():
            factor = coefficient
            for name in monomial:
                factor *= values.get(name, 1)
            result += Expression({tuple(name for name in monomial if name not in values): factor})
        return result

    def unknowns(self) -> set[str]:
        return {name for monomial in self.terms for name in monomial}

    def __str__(self) -> str:
        return " + ".join("*".join([str(coefficient), *monomial]) for monomial, coefficient in self.terms.items()) or "0"


class Symbol(Expression):
    def __init__(self, name: str, **assumptions: Any) -> None:
        super().__init__({(name,): 1})
        self.name = name

    def __str__(self) -> str:
        return self.name


class Number(int):
    """A value that was found."""

    is_number = True


class Equation:
    is_Boolean = False

    def __init__(self, left: Any, right: Any) -> None:
        self.difference = expression(left) + expression(right) * -1


class Truth:
    """An equation without an unknown."""

    is_Boolean = True

    def __init__(self, holds: bool) -> None:
        self.holds = holds

    def __bool__(self) -> bool:
        return self.holds


def expression(value: Any) -> Expression:
    return value if isinstance(value, Expression) else Expression({(): int(value)})


def equation(left: Any, right: Any) -> Equation | Truth:
    made = Equation(left, right)
    return made if made.difference.unknowns() else Truth(not made.difference.terms)


def solve(equations: Iterable[Equation | Truth], **options: Any) -> tuple[list[Symbol], set[tuple]]:
    """Values by substitution: an equation in which one unknown is left, linearly, gives it. ([symbols], {values})."""
    given = list(equations)
    pending = [each.difference for each in given if isinstance(each, Equation)]
    names = sorted({name for difference in pending for name in difference.unknowns()})
    values: dict[str, int] = {}
    possible = all(each.holds for each in given if isinstance(each, Truth))
    progress = True
    while possible and progress:
        progress = False
        pending = [difference.replace(values) for difference in pending]
        for difference in pending:
            unknowns = difference.unknowns()
            if not unknowns and difference.terms:
                possible = False
            elif len(unknowns) == 1 and set(difference.terms) <= {(), tuple(unknowns)}:
                (name,) = unknowns
                quotient, rest = divmod(-difference.terms.get((), 0), difference.terms[(name,)])
                possible = possible and rest == 0 and quotient >= 0 and values.get(name, quotient) == quotient
                values[name] = quotient
                progress = True
    symbols = [Symbol(name) for name in names]
    if not possible:
        return symbols, set()
    return symbols, {tuple(Number(values[name]) if name in values else symbol for name, symbol in zip(names, symbols))}


def _sympy(name: str) -> StandIn:
    return StandIn(
        name,
        {"Symbol": Symbol, "Eq": equation, "solve": solve, "Expr": Expression},
        lambda attribute: refused(f"sympy.{attribute}"),
    )


MODULES: dict[str, Callable[[str], StandIn]] = {"sympy": _sympy}
