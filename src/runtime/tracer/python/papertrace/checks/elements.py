"""Elementwise functions and reductions: the element types that they are there for."""

from __future__ import annotations

from typing import Any

from papertrace.checks import both, check, functional
from papertrace.dtypes import as_dtype, bool_, uint8
from papertrace.symbolic import is_plain
from papertrace.tensor import Tensor

_INTEGERS_ONLY = ("and", "or", "xor", "lshift", "rshift")


def _name(tensor: Tensor) -> str:
    return tensor.dtype.name


@both("neg", "negative")
@check("Tensor.__neg__")
def neg(input: Tensor, **options: Any) -> None:
    if input.dtype is bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


@both("bitwise_not")
@check("Tensor.__invert__")
def invert(input: Tensor, **options: Any) -> None:
    if input.dtype.category > 1:
        raise TypeError(f"~ is only implemented on integer and Boolean-type tensors, but got {_name(input)}")


def _bitwise(function: str) -> Any:
    def checked(input: Any, other: Any, **options: Any) -> None:
        for operand in (input, other):
            floating = operand.dtype.category > 1 if isinstance(operand, Tensor) else isinstance(operand, float)
            if floating:
                kind = _name(operand) if isinstance(operand, Tensor) else "float"
                raise NotImplementedError(f"{function} is not implemented for {kind}, only for integers and booleans")

    return checked


for _operator in _INTEGERS_ONLY:
    _labels = [f"Tensor.__{prefix}{_operator}__" for prefix in ("", "r", "i")]
    check(*_labels)(_bitwise(f"the operator of __{_operator}__"))
for _function in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"):
    both(_function)(_bitwise(_function))


def _condition(condition: Any) -> None:
    if isinstance(condition, Tensor) and condition.dtype not in (bool_, uint8):
        kind = _name(condition)
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {kind}")


@check("torch.where")
def where(condition: Any, input: Any = None, other: Any = None, **options: Any) -> None:
    if input is not None or other is not None:
        _condition(condition)


@check("Tensor.where")
def where_of_tensor(self: Tensor, condition: Any, other: Any = None) -> None:
    _condition(condition)


@both("masked_fill", "masked_scatter", "masked_select")
def masked(input: Tensor, mask: Any, *rest: Any, **options: Any) -> None:
    if isinstance(mask, Tensor) and mask.dtype is not bool_:
        raise RuntimeError(f"masks must be boolean tensors, but got a mask with dtype {_name(mask)}")


@both("clamp", "clip")
def clamp(input: Tensor, min: Any = None, max: Any = None, **options: Any) -> None:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")


@both("pow")
@check("Tensor.__pow__")
def pow(input: Any, exponent: Any, **options: Any) -> None:
    if isinstance(input, Tensor) and input.dtype.category == 1 and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")


def _undivided(function: str, swapped: bool = False) -> Any:
    """Integers are not divided by a 0 that is written in the source; one that the run has is its own matter."""

    def checked(input: Any, other: Any, **options: Any) -> None:
        dividend, divisor = (other, input) if swapped else (input, other)
        tensors = [operand for operand in (dividend, divisor) if isinstance(operand, Tensor)]
        floating = isinstance(dividend, float) or any(tensor.dtype.category > 1 for tensor in tensors)
        if not floating and _has_zero(divisor):
            raise RuntimeError(f"ZeroDivisionError: {function} divides integers by 0")

    return checked


def _has_zero(divisor: Any) -> bool:
    if isinstance(divisor, Tensor):
        operation = divisor.value.operation
        return operation is not None and operation.primitive == "const" and 0 in operation.attributes["data"]
    return isinstance(divisor, int) and is_plain(divisor) and divisor == 0


for _operator in ("floordiv", "mod"):
    check(f"Tensor.__{_operator}__", f"Tensor.__i{_operator}__")(_undivided(f"the operator of __{_operator}__"))
    check(f"Tensor.__r{_operator}__")(_undivided(f"the operator of __{_operator}__", swapped=True))
for _function in ("floor_divide", "remainder", "fmod"):
    both(_function)(_undivided(_function))


@both("div", "divide")
def div(input: Any, other: Any, *, rounding_mode: Any = None, **options: Any) -> None:
    if rounding_mode is not None:
        _undivided("div")(input, other)


# — functions of floating point alone


def _require_floating(function: str, tensor: Any, error: type[Exception] = NotImplementedError) -> None:
    if isinstance(tensor, Tensor) and tensor.dtype.category < 2:
        raise error(f"{function}() is not implemented for {_name(tensor)}: it needs a floating point tensor")


def _floating(function: str) -> Any:
    def checked(input: Any, *rest: Any, **options: Any) -> None:
        _require_floating(function, input)

    return checked


#: Functions of torch.nn.functional that have no kernel for integers.
_FLOATING_LAYERS = (
    "celu",
    "elu",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "instance_norm",
    "batch_norm",
    "layer_norm",
    "leaky_relu",
    "logsigmoid",
    "mish",
    "prelu",
    "rms_norm",
    "selu",
    "silu",
    "softplus",
    "softshrink",
)
for _function in _FLOATING_LAYERS:
    functional(_function)(_floating(_function))


@check("torch.relu", "Tensor.relu", "Tensor.relu_", "nn.functional.relu", "nn.functional.relu_", "torch.relu_")
def relu(input: Tensor, *rest: Any, **options: Any) -> None:
    if input.dtype is bool_:
        raise RuntimeError("Boolean inputs not supported for relu")


@functional("gelu")
def gelu(input: Tensor, approximate: str = "none") -> None:
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, but is {approximate!r}")


def _softmax(function: str) -> Any:
    def checked(input: Tensor, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> None:
        if dtype is None or as_dtype(dtype).category < 2:  # type: ignore[union-attr]
            _require_floating(function, input)

    return checked


for _function in ("softmax", "log_softmax"):
    check(*(f"{space}.{_function}" for space in ("torch", "Tensor", "nn.functional", "special")))(_softmax(_function))


@check("torch.softmax", "Tensor.softmax", "torch.log_softmax", "Tensor.log_softmax")
def softmax(input: Tensor, dim: Any = None, dtype: Any = None, **options: Any) -> None:
    if dim is None:
        raise TypeError("softmax() missing 1 required positional argument: 'dim'")


@both("mean")
def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **options: Any) -> None:
    if input.dtype.category < 2 and dtype is None:
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {_name(input)}"
        )


@both("var", "std")
@check("torch.var_mean", "torch.std_mean")
def spread(input: Tensor, *rest: Any, **options: Any) -> None:
    if input.dtype.category < 2:
        raise RuntimeError(f"std and var only support floating point and complex dtypes, but got {_name(input)}")


@check("torch.norm", "Tensor.norm", "linalg.norm", "linalg.vector_norm")
def norm(input: Tensor, *rest: Any, dtype: Any = None, **options: Any) -> None:
    if input.dtype.category < 2 and dtype is None:
        raise RuntimeError(f"norm: Expected a floating point or complex tensor as input. Got {_name(input)}")


@both("cumsum", "cumprod")
def cumulative(input: Tensor, dim: Any = None, **options: Any) -> None:
    if dim is None and options.get("axis") is None:
        raise TypeError("missing 1 required positional argument: 'dim'")
