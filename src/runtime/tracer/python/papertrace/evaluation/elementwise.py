"""Elementwise primitives on Python lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from papertrace.evaluation.arrays import Array, plain, rule, spread
from papertrace.symbolic import SymInt
from papertrace.values import Operation


def _cast_number(category: int) -> Callable[[Any], Any]:
    return {0: lambda n: bool(n), 1: lambda n: n if isinstance(n, SymInt) else int(n), 2: float}[category]


@rule("cast")
def _cast(operation: Operation, x: Array) -> list[Any]:
    if operation.outputs[0].dtype.category == operation.inputs[0].dtype.category:  # type: ignore[union-attr]
        return x.data
    convert = _cast_number(operation.outputs[0].dtype.category)
    return [convert(number) for number in x.data]


def _finite(function: Callable[[float], float]) -> Callable[[float], float]:
    """Rounding, which leaves ∞ and NaN as they are."""
    return lambda number: function(number) if math.isfinite(number) else number


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    def apply(number: float) -> float:
        try:
            return function(number)
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return apply


_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg,
    "abs": abs,
    "sign": lambda n: (n > 0) - (n < 0),
    "floor": _finite(math.floor),
    "ceil": _finite(math.ceil),
    "round": _finite(round),
    "exp": math.exp,
    "log": lambda n: math.log(n) if n > 0 else (-math.inf if n == 0 else math.nan),
    "sqrt": math.sqrt,
    "rsqrt": lambda n: 1 / math.sqrt(n) if n else math.inf,
    "reciprocal": lambda n: 1 / n if n else math.copysign(math.inf, n),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sigmoid": lambda n: 1 / (1 + math.exp(-n)) if n != n or n > -700 else 0.0,
    "erf": math.erf,
    "relu": lambda n: type(n)(0) if n < 0 else n,
    "not": lambda n: not n,
    "isnan": lambda n: n != n,
    "isinf": lambda n: math.isinf(n),
}
for _name, _function in _UNARY.items():

    def _unary(operation: Operation, x: Array, function: Callable = _guarded(_function)) -> list[Any]:
        return [function(number) for number in x.data]

    rule(_name)(_unary)


def _pow(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        # Integers wrap around; a negative power of anything but 1 and −1 is less than 1.
        return pow(left, right, 1 << 64) if right >= 0 else left ** (-right % 2) if abs(left) == 1 else 0
    try:
        result = left**right
    except ZeroDivisionError:
        return math.copysign(math.inf, left) if right % 2 == 1 else math.inf
    except OverflowError:
        return -math.inf if left < 0 and right % 2 == 1 else math.inf
    return math.nan if isinstance(result, complex) else result


def _by_zero(left: Any, zero: Any) -> float:
    return math.nan if not left or left != left else math.copysign(math.inf, left) * math.copysign(1.0, zero)


def _floor_divide(left: Any, right: Any) -> Any:
    return _by_zero(left, right) if type(right) is float and not right else left // right


def _remainder(left: Any, right: Any) -> Any:
    return math.nan if type(right) is float and not right else left % right


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda a, b: a / b if b else _by_zero(a, b),
    "floordiv": _floor_divide,
    "mod": _remainder,
    "pow": _pow,
    "maximum": lambda a, b: a if a >= b or a != a else b,
    "minimum": lambda a, b: a if a <= b or a != a else b,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "xor": operator.ne,
    "bitand": operator.and_,
    "bitor": operator.or_,
    "bitxor": operator.xor,
    "shiftleft": operator.lshift,
    "shiftright": operator.rshift,
}


for _name, _function in _BINARY.items():

    def _binary(operation: Operation, a: Array, b: Array, function: Callable = _function) -> list[Any]:
        shape = plain(operation.outputs[0].shape)
        return [function(x, y) for x, y in zip(spread(a, shape), spread(b, shape))]

    rule(_name)(_binary)


@rule("where")
def _where(operation: Operation, condition: Array, a: Array, b: Array) -> list[Any]:
    shape = plain(operation.outputs[0].shape)
    return [y if x else z for x, y, z in zip(spread(condition, shape), spread(a, shape), spread(b, shape))]
