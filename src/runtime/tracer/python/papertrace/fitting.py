"""What would have let a call go on: a size that another one settles, a rank or a kind of number that an argument needs.

Nobody says what most modules are called on. Where a trace fails because two sizes differ, the one that was free can be
what the other is; whoever chose the arguments may try again with that.
"""

from __future__ import annotations

import ast
import traceback
from typing import Any

from papertrace import places, polynomials, record, symbolic
from papertrace.imports import statements
from papertrace.polynomials import Polynomial
from papertrace.structure import is_tensor
from papertrace.values import Value

#: Sizes that are tried where no equation gives one: whole numbers of heads, of windows and of halvings.
_TRIED = (64, 32, 16, 8, 128, 256, 56, 224, 4, 2)

#: Primitives that keep what their first input is, laid out in another way.
_LAYOUT = {"reshape", "permute", "slice", "expand", "cast", "pad"}

#: A free size that stands for rows which have nothing to do with each other: no width is learnt from it.
_ROWS = "batch_size"


def fit_of(error: BaseException) -> dict[str, Any] | None:
    """The `ArgumentFit` (src/shared/trace.ts) that an error asks for."""
    needed = getattr(error, "needed", None) or _out_of_range(error) or _unpacked(error)
    if needed is not None:
        value, rank, dtype = needed
        argument = _argument(value)
        if argument is None:
            return None
        name, more = argument
        return {"argument": name, "dtype": dtype} if rank is None else {"argument": name, "rank": max(0, rank - more)}
    sizes = getattr(error, "sizes", None)
    pairs = [sizes] if sizes is not None else _decided()
    return next((found for left, right in pairs if (found := _settle(left, right)) is not None), None)


def _decided() -> list[tuple[int, int]]:
    """Sizes that source compared last, and found to differ: a check of its own."""
    for comparison, left, right, result, _ in reversed(record.trace.guards.sizes.values()):
        if (comparison, result) in (("eq", False), ("ne", True)):
            return [(symbolic.from_polynomial(dict(left)), symbolic.from_polynomial(dict(right)))]
    return []


def _argument(value: Value) -> tuple[str, int] | None:
    """The argument of forward that a value is, but for its layout, and how many dimensions it has more than that."""
    rank = len(value.shape)
    while value.operation is not None and value.operation.primitive in _LAYOUT:
        value = value.operation.inputs[0]  # type: ignore[assignment]
    kind, name = value.leaf or ("", "")
    return (name, rank - len(value.shape)) if kind == "input" else None


def _settle(left: int, right: int) -> dict[str, Any] | None:
    """A free size with what it has to be for two sizes to be the same; a number rather than another free size."""
    difference = polynomials.add(symbolic.polynomial_of(left), symbolic.polynomial_of(right), -1)
    free = [item for item in sorted(polynomials.atoms_of(difference.items()), key=repr) if item[0] == "symbol"]
    # What the source gives no name gives way.
    open_sizes = sorted((item for item in free if item[1] != _ROWS), key=lambda item: "_size_" not in item[1])
    solutions = [(item[1], size) for item in open_sizes if (size := _solution(difference, item)) is not None]
    for name, size in solutions:
        if type(size) is int and size > 0:
            return {"symbol": name, "size": size}
    for name, size in solutions:
        if isinstance(size, str) and size != _ROWS:
            return {"symbol": name, "size": {"symbol": size}}
    here = next(({"symbol": name, "size": int(size)} for name, size in solutions if _is_positive(size)), None)
    rows = next(({"symbol": name, "size": {"symbol": _ROWS}} for name, size in solutions if size == _ROWS), None)
    return _paired(difference) or here or rows or _tried(difference, open_sizes)


def _is_positive(size: int | str) -> bool:
    return isinstance(size, int) and size > 0


class _Number(int):
    """What a solution is here, and not for every size."""


def _solution(difference: Polynomial, item: tuple) -> int | str | None:
    """What a symbol is where a polynomial that it is linear in is zero: a number, another symbol, what it is here."""
    factor: Polynomial = {}
    rest: Polynomial = {}
    for monomial, coefficient in difference.items():
        if item in monomial:
            others = list(monomial)
            others.remove(item)
            if item in others:
                return None
            factor[tuple(others)] = coefficient
        else:
            rest[monomial] = -coefficient
    inside = {inner for inner in polynomials.atoms_of(rest.items())} | polynomials.atoms_of(factor.items())
    if not factor or item in inside:
        return None
    quotient = polynomials.exact_quotient(rest, factor) if rest else None
    if not quotient:
        return None
    (monomial, coefficient), *more = quotient.items()
    if not monomial and not more:
        # Repeated so often, one row would do for anything.
        return None if coefficient == 1 and len(factor) == 1 and abs(factor.get((), 0)) != 1 else coefficient
    named = not more and len(monomial) == 1 and coefficient == 1 and monomial[0][0] == "symbol"
    if named:
        return monomial[0][1]
    # Of sizes that stay free: what they are here.
    return _Number(polynomials.hint_of(quotient))


def _paired(difference: Polynomial) -> dict[str, Any] | None:
    """Where one product of free sizes has to be another one (height · width): the first of each are the same."""
    if len(difference) != 2 or sum(difference.values()) != 0:
        return None
    left, right = (sorted(monomial, key=repr) for monomial in difference)
    common = [item for item in left if item in right]
    left, right = ([item for item in each if item not in common] for each in (left, right))
    if len(left) != len(right) or any(item[0] != "symbol" or item[1] == _ROWS for item in [*left, *right]):
        return None
    first, second = sorted((left[0][1], right[0][1]), key=lambda name: "_size_" not in name)
    return {"symbol": first, "size": {"symbol": second}}


def _tried(difference: Polynomial, free: list[tuple]) -> dict[str, Any] | None:
    """Where a size is divided: the first usual one that leaves no rest."""
    for item in free:
        for size in _TRIED:
            if _number(difference, item, size) == 0:
                return {"symbol": item[1], "size": size}
    return None


def _number(polynomial: Polynomial | tuple, item: tuple, size: int) -> int:
    """A polynomial with a symbol in it being `size`, everything else as it was traced."""
    items = polynomial.items() if isinstance(polynomial, dict) else polynomial
    total = 0
    for monomial, coefficient in items:
        for each in monomial:
            coefficient *= _atom(each, item, size)
        total += coefficient
    return total


def _atom(each: tuple, item: tuple, size: int) -> int:
    if each == item:
        return size
    if each[0] in ("floordiv", "mod"):
        left, right = (_number(part, item, size) for part in each[1:3])
        if right == 0:
            return -1
        return left // right if each[0] == "floordiv" else left % right
    return polynomials.hint_of({(each,): 1})


def _out_of_range(error: BaseException) -> tuple[Value, int, None] | None:
    """The tensor of a call for which a dimension was too far back."""
    rank, tensor = getattr(error, "least_rank", None), getattr(error, "subject", None)
    return None if rank is None or tensor is None else (tensor.value, rank, None)


def _unpacked(error: BaseException) -> tuple[Value, int, None] | None:
    """`b, n, d = x.shape` where x has another number of dimensions."""
    if not isinstance(error, ValueError) or "values to unpack" not in str(error):
        return None
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if not places.is_model_code(frame.f_code.co_filename):
            continue
        for node in statements(places.tree_of(frame.f_code.co_filename)):
            name = _unpacking(node) if node.lineno == line else None
            tensor = frame.f_locals.get(name) if name is not None else None
            if is_tensor(tensor):
                return tensor.value, len(node.targets[0].elts), None  # type: ignore[attr-defined]
        return None
    return None


def _unpacking(node: ast.stmt) -> str | None:
    """`x` of `b, n, d = x.shape` and of `b, n, d = x.size()`."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], (ast.Tuple, ast.List)):
        return None
    if any(isinstance(target, ast.Starred) for target in node.targets[0].elts):
        return None
    asked = node.value.func if isinstance(node.value, ast.Call) and not node.value.args else node.value
    is_shape = isinstance(asked, ast.Attribute) and asked.attr in ("shape", "size")
    return asked.value.id if is_shape and isinstance(asked.value, ast.Name) else None  # type: ignore[attr-defined]
