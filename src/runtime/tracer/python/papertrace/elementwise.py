"""Elementwise arithmetic, comparison, logic and rounding, with promotion and broadcasting."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

from papertrace import symbolic
from papertrace.creation import as_tensor
from papertrace.declare import both, declare
from papertrace.dtypes import bool_, default_dtype, dtype, int64
from papertrace.promotion import result_type
from papertrace.repeats.watch import watch
from papertrace.shapes import broadcast
from papertrace.tensor import Tensor, emit

COMPARISONS = {"eq", "ne", "lt", "le", "gt", "ge"}
_SHIFTS = {"shiftleft", "shiftright"}
_LOGIC = {"and": "bitand", "or": "bitor", "xor": "bitxor"}
_OF_BOOLEANS = {"add": "or", "maximum": "or", "mul": "and", "minimum": "and"}


def binary(primitive: str, left: Any, right: Any) -> Tensor:
    """A primitive of two operands, tensors or numbers, after promotion."""
    common = result_type(left, right)
    if common.category == 3:
        from papertrace.complex_numbers import binary as complex_binary

        return complex_binary(primitive, left, right, common)
    if primitive == "sub" and any(isinstance(item, Tensor) and item.dtype is bool_ for item in (left, right)):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    result = common
    if primitive == "div" and common.category < 2:
        common = result = default_dtype()
    elif primitive in COMPARISONS:
        result = bool_
    elif primitive in _LOGIC and common is not bool_:
        primitive = _LOGIC[primitive]
    elif common is bool_:
        if primitive in _OF_BOOLEANS:
            primitive = _OF_BOOLEANS[primitive]
        elif primitive not in _LOGIC:
            common = result = int64
    if primitive == "pow" and common.category == 1 and type(right) is int and right > 0:
        return _power(as_tensor(left, common).to(common), right)
    a, b = as_tensor(left, common).to(common), as_tensor(right, common).to(common)
    if primitive in _SHIFTS:
        return _shift(primitive, a, b)
    return emit(primitive, [a, b], {}, broadcast(a.shape, b.shape), result)


def _shift(primitive: str, number: Tensor, by: Tensor) -> Tensor:
    """Shifts by as many bits as an element has, and by less than 0, leave no more than the sign of what goes right."""
    from papertrace.evaluation import NotConstant, evaluate

    element, shape = number.dtype, broadcast(number.shape, by.shape)
    bits = 8 * element.itemsize
    # The greatest power of two that the element type holds.
    most = bits - 2 if element.is_signed else bits - 1
    try:
        amounts = evaluate(by.value)
    except NotConstant:
        amounts = None
    known = amounts is not None and not amounts.sized
    if known and builtins.all(type(amount) is int and 0 <= amount <= most for amount in amounts.data):
        return emit(primitive, [number, by], {}, shape, element)
    held = binary("minimum", binary("maximum", by, 0), most)
    shifted = emit(primitive, [number, held], {}, shape, element)
    if primitive == "shiftright":
        left_over = where(number < 0, -1, 0).to(element)
    else:
        left_over = where(by == bits - 1, shifted * 2, 0).to(element)
    return where(by == held, shifted, left_over)


def _power(base: Tensor, exponent: int) -> Tensor:
    """A power of integers by squares: products wrap around as torch's do."""
    result: Tensor | None = None
    while True:
        if exponent % 2:
            result = base if result is None else binary("mul", result, base)
        exponent //= 2
        if not exponent:
            return binary("mul", base, 1) if result is base else result  # type: ignore[return-value]
        base = binary("mul", base, base)


def _operand(other: Any) -> bool:
    return isinstance(other, (Tensor, int, float, complex)) or (
        not isinstance(other, (str, list, tuple, dict, type(None))) and hasattr(other, "__float__")
    )


def _operator(primitive: str, swapped: bool = False) -> Callable[[Tensor, Any], Any]:
    def operate(self: Tensor, other: Any) -> Any:
        if other is None and primitive in ("eq", "ne"):
            return primitive == "ne"
        if not _operand(other):
            return NotImplemented
        return binary(primitive, other, self) if swapped else binary(primitive, self, other)

    return operate


_OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "floordiv": "floordiv",
    "mod": "mod",
    "pow": "pow",
    "and": "and",
    "or": "or",
    "xor": "xor",
    "lshift": "shiftleft",
    "rshift": "shiftright",
}
for _name, _primitive in _OPERATORS.items():
    declare(f"Tensor.__{_name}__")(_operator(_primitive))
    declare(f"Tensor.__r{_name}__")(_operator(_primitive, swapped=True))

    def _augmented(self: Tensor, other: Any, primitive: str = _primitive) -> Any:
        return self.write_result(binary(primitive, self, other)) if _operand(other) else NotImplemented

    declare(f"Tensor.__i{_name}__")(_augmented)
for _name in sorted(COMPARISONS):
    declare(f"Tensor.__{_name}__")(_operator(_name))


def _identify(self: Tensor) -> int:
    # What it leads to as a key is its own.
    watch.change()
    return id(self)


Tensor.__hash__ = _identify  # type: ignore[method-assign,assignment]


def _declare_binary(primitive: str, *names: str, in_place: bool = True) -> None:
    def function(input: Any, other: Any) -> Tensor:
        return binary(primitive, input, other)

    both(*names, in_place=in_place)(function)


_declare_binary("mul", "mul", "multiply")
_declare_binary("maximum", "maximum")
_declare_binary("minimum", "minimum")
_declare_binary("floordiv", "floor_divide")
_declare_binary("mod", "remainder")
_declare_binary("eq", "eq")
_declare_binary("ne", "ne", "not_equal")
_declare_binary("lt", "lt", "less")
_declare_binary("le", "le", "less_equal")
_declare_binary("gt", "gt", "greater")
_declare_binary("ge", "ge", "greater_equal")
_declare_binary("and", "bitwise_and")
_declare_binary("or", "bitwise_or")
_declare_binary("xor", "bitwise_xor")
_declare_binary("shiftleft", "bitwise_left_shift")
_declare_binary("shiftright", "bitwise_right_shift")


@both("add", in_place=True)
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    return binary("add", input, other if alpha == 1 else other * alpha)


@both("sub", "subtract", in_place=True)
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    return binary("sub", input, other if alpha == 1 else other * alpha)


@both("rsub")
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    return binary("sub", other, input if alpha == 1 else input * alpha)


@both("pow", in_place=True)
def pow(input: Any, exponent: Any) -> Tensor:
    return binary("pow", input, exponent)


@both("float_power")
def float_power(input: Any, exponent: Any) -> Tensor:
    return binary("pow", as_tensor(input).double(), exponent)


@both("div", "divide", "true_divide", in_place=True)
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    if rounding_mode is None:
        return binary("div", input, other)
    floor = binary("floordiv", input, other)
    if rounding_mode == "floor" or _not_negative(input, other):
        return floor
    if floor.dtype.category == 2:
        return binary("div", input, other).trunc()
    exact = binary("eq", binary("mul", floor, other), input)
    negative = binary("lt", floor, 0)
    return binary("add", floor, (negative & ~exact).to(floor.dtype))


def _not_negative(*operands: Any) -> bool:
    """True where the operands are sizes or numbers, none of them below zero."""
    from papertrace.reads import size_of

    for operand in operands:
        number = size_of(operand.value) if isinstance(operand, Tensor) else operand
        if not isinstance(number, int) or isinstance(number, bool) or not symbolic.never_negative(number):
            return False
    return True


@both("fmod", in_place=True)
def fmod(input: Any, other: Any) -> Tensor:
    """What is left by a division towards zero: of the dividend's sign."""
    rest = binary("mod", as_tensor(input).abs(), as_tensor(other).abs())
    return where(as_tensor(input) < 0, -rest, rest)


@both("atan2", "arctan2", in_place=True)
def atan2(input: Tensor, other: Tensor) -> Tensor:
    angle = (input / other).atan()
    turn = where(input >= 0, math.pi, -math.pi)
    upright = where(input > 0, math.pi / 2, where(input < 0, -math.pi / 2, 0.0))
    return where(other > 0, angle, where(other < 0, angle + turn, upright)).to(angle.dtype)


for _name in ("and", "or", "xor"):

    def _logical(input: Any, other: Any, primitive: str = _name) -> Tensor:
        return binary(primitive, as_tensor(input).to(bool_), as_tensor(other).to(bool_))

    both(f"logical_{_name}", in_place=True)(_logical)


def unary(primitive: str, input: Tensor, result: dtype | None = None, *, floating: builtins.bool = False) -> Tensor:
    """A primitive of one operand; ``floating``: integers become the default floating type first."""
    x = as_tensor(input)
    if x.dtype.category == 3:
        from papertrace.complex_numbers import unary as complex_unary

        return complex_unary(primitive, x)
    if floating and x.dtype.category < 2:
        x = x.to(default_dtype())
    return emit(primitive, [x], {}, x.shape, result or x.dtype)


def _declare_unary(primitive: str, *names: str, floating: builtins.bool = False, result: dtype | None = None) -> None:
    def function(input: Tensor) -> Tensor:
        return unary(primitive, input, result, floating=floating)

    both(*names, in_place=result is None)(function)


for _name in (
    "exp",
    "log",
    "sqrt",
    "rsqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "sigmoid",
    "erf",
    "reciprocal",
):
    _declare_unary(_name, _name, floating=True)
for _name in ("asin", "acos", "atan"):
    _declare_unary(_name, _name, f"arc{_name[1:]}", floating=True)
for _name in ("neg", "sign", "relu"):
    _declare_unary(_name, _name)
_declare_unary("abs", "abs", "absolute")
_declare_unary("isnan", "isnan", result=bool_)
_declare_unary("isinf", "isinf", result=bool_)
declare("torch.negative", "Tensor.negative", "Tensor.__neg__")(lambda input: unary("neg", input))
declare("Tensor.__abs__")(lambda self: unary("abs", self))
declare("Tensor.__pos__")(lambda self: self)


@both("square", in_place=True)
def square(input: Tensor) -> Tensor:
    return binary("mul", input, input)


@both("logical_not", in_place=True)
def logical_not(input: Tensor) -> Tensor:
    return unary("not", input.to(bool_))


@declare("torch.bitwise_not", "Tensor.bitwise_not", "Tensor.bitwise_not_", "Tensor.__invert__")
def bitwise_not(input: Tensor) -> Tensor:
    return unary("not", input) if input.dtype is bool_ else -input - 1


def where(condition: Tensor, input: Any = None, other: Any = None) -> Tensor:
    """condition ? input : other, with promotion (see indexing.nonzero for one argument)."""
    common = result_type(input, other)
    if common.category == 3:
        from papertrace.complex_numbers import where as complex_where

        return complex_where(condition, input, other, common)
    a, b = as_tensor(input, common).to(common), as_tensor(other, common).to(common)
    mask = condition.to(bool_)
    return emit("where", [mask, a, b], {}, broadcast(mask.shape, a.shape, b.shape), common)


@declare("torch.where")
def torch_where(condition: Tensor, input: Any = None, other: Any = None, *, self: Any = None) -> Any:
    input = self if input is None else input
    return condition.nonzero(as_tuple=True) if input is None and other is None else where(condition, input, other)


declare("Tensor.where")(lambda self, condition, other: where(condition, self, other))


@both("masked_fill", in_place=True)
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    fill = as_tensor(value, None if isinstance(value, Tensor) else input.dtype).to(input.dtype)
    mask = mask.to(bool_)
    return emit("where", [mask, fill, input], {}, broadcast(mask.shape, fill.shape, input.shape), input.dtype)


@both("fmax")
def fmax(input: Tensor, other: Tensor) -> Tensor:
    return where(input.isnan(), other, where(other.isnan(), input, binary("maximum", input, other)))


@both("fmin")
def fmin(input: Tensor, other: Tensor) -> Tensor:
    return where(input.isnan(), other, where(other.isnan(), input, binary("minimum", input, other)))


@both("lerp", in_place=True)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    return input + (end - input) * weight


@both("addcmul", in_place=True)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    product = tensor1 * tensor2
    return input + (product if value == 1 else product * value)


@both("addcdiv", in_place=True)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    quotient = tensor1 / tensor2
    return input + (quotient if value == 1 else quotient * value)


@both("heaviside")
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    return where(input == 0, values, (input > 0).to(input.dtype))
