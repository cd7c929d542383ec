"""The step of a loop over a free size: a size that is any of 0 … count-1, and what is known of it for all of them.

Each iteration that is traced has an atom of its own, ``("step", loop, iteration)``; two iterations are the same where
they are equal once the iteration is left out (:func:`common`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from papertrace import polynomials, symbolic
from papertrace.polynomials import Polynomial


class NotRollable(BaseException):
    """A loop over a free size does something that is not the same in every iteration: it has to be unrolled.

    No ``Exception``, so that source which catches those does not go on in a trace that is given up.
    """

    def __init__(self, loops: Iterable[int]) -> None:
        super().__init__("a loop is not the same in every iteration")
        self.loops = frozenset(loops)


def step_atom(loop: int, iteration: int, count: Polynomial) -> Polynomial:
    """The step of one traced iteration of a loop that runs ``count`` times."""
    atom = ("step", loop, iteration)
    polynomials.limit(atom, polynomials.add(count, {(): 1}, -1))
    return polynomials.atom(atom, iteration)


def loops_in(polynomial: Polynomial) -> set[int]:
    """The loops whose steps a polynomial depends on."""
    return {item[1] for item in polynomials.atoms_of(polynomial.items()) if item[0] == "step"}


def loops_of(attribute: Any) -> set[int]:
    """The loops whose steps the sizes anywhere in an attribute or shape depend on."""
    if isinstance(attribute, (list, tuple)):
        return set().union(*map(loops_of, attribute)) if attribute else set()
    polynomial = getattr(attribute, "polynomial", None)
    return set() if polynomial is None else loops_in(polynomial)


def common(polynomial: Polynomial, names: dict[int, int]) -> Any:
    """The polynomial with these loops renamed and without saying which iteration of them it belongs to; to compare."""
    if not loops_in(polynomial) & names.keys():
        return polynomials.freeze(polynomial)

    def rename(item: tuple) -> Polynomial:
        return {(("step", names[item[1]], None) if item[1] in names else item,): 1}

    return polynomials.freeze(_mapped(polynomial, rename, False))


def with_step(attribute: Any, loop: int, step: int) -> Any:
    """A size, or those in an attribute or shape, with every step of the loop replaced by a number."""
    if isinstance(attribute, (list, tuple)):
        return type(attribute)(with_step(item, loop, step) for item in attribute)
    if loop not in loops_of(attribute):
        return attribute

    def put(item: tuple) -> Polynomial:
        return polynomials.number(step) if item[1] == loop else {(item,): 1}

    return symbolic.from_polynomial(_mapped(attribute.polynomial, put, True))


def _mapped(polynomial: Polynomial, change: Callable[[tuple], Polynomial], simplify: bool) -> Polynomial:
    """The polynomial with every step changed; ``simplify`` where quotients are to be worked out again."""
    total: Polynomial = {}
    for monomial, coefficient in polynomial.items():
        product: Polynomial = {(): coefficient}
        for item in monomial:
            product = polynomials.multiply(product, _mapped_atom(item, change, simplify))
        total = polynomials.add(total, product)
    return total


def _mapped_atom(item: tuple, change: Callable[[tuple], Polynomial], simplify: bool) -> Polynomial:
    if item[0] == "step":
        return change(item)
    if item[0] not in ("floordiv", "mod"):
        return {(item,): 1}
    left, right = (_mapped(dict(part), change, simplify) for part in item[1:])
    if not simplify:
        return {((item[0], polynomials.freeze(left), polynomials.freeze(right)),): 1}
    return polynomials.floor_divide(left, right) if item[0] == "floordiv" else polynomials.modulo(left, right)


def coefficient_of_step(polynomial: Polynomial, loop: int) -> int | None:
    """a where the polynomial is a·step plus what does not depend on the step; else None."""
    factor = 0
    for monomial, coefficient in polynomial.items():
        if loop not in loops_in({monomial: 1}):
            continue
        if len(monomial) != 1 or monomial[0][0] != "step":
            return None
        factor += coefficient
    return factor
