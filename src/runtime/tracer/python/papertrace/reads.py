"""Numbers that Python asks a tensor for: item, tolist, bool, int, len and the like."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from papertrace import record, symbolic
from papertrace.declare import both, declare
from papertrace.errors import Unsupported
from papertrace.evaluation import Array, NotConstant, evaluate
from papertrace.record import Value
from papertrace.symbolic import SymInt, hint, is_one
from papertrace.tensor import Tensor

#: Size that is assumed, for hints only, where the count of true elements is known only in the run.
_UNKNOWN_COUNT = 5

_FOLDS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}


def size_of(value: Value) -> int | None:
    """The size that a single integer stands for (constants, sizes and their arithmetic), else None."""
    operation = value.operation
    if operation is None or value.dtype.category != 1 or any(not is_one(size) for size in value.shape):
        return None
    if operation.primitive == "size":
        return operation.attributes["value"]
    if operation.primitive == "const":
        return operation.attributes["data"][0]
    if operation.primitive in ("cast", "reshape"):
        return size_of(operation.inputs[0])  # type: ignore[arg-type]
    fold = _FOLDS.get(operation.primitive)
    if fold is None:
        return None
    left, right = (size_of(item) for item in operation.inputs)  # type: ignore[arg-type]
    return None if left is None or right is None else fold(left, right)


def _unknown(failure: NotConstant, what: str) -> Unsupported:
    cause = failure.value
    if cause.uninitialised:
        return Unsupported("{0} asks for a number that only uninitialised memory could give.", what, operation=what)
    if cause.leaf is not None:
        return Unsupported(
            "{0} asks for a number that depends on {1}: it is known only when the model runs.",
            what,
            cause.leaf[1],
            operation=what,
        )
    name = cause.operation.primitive if cause.operation is not None else "?"
    return Unsupported(
        "{0} asks for the result of {1}, which is not computed while tracing.", what, name, operation=what
    )


def _answer(value: Value, failure: NotConstant, what: str) -> Any:
    """What a read that rests on data gives: the answer of an earlier run, checked again after this one; a truth is
    taken to be False where there is none yet."""
    recorder = record.trace
    if value.index in recorder.data_guards:
        return recorder.data_guards[value.index][1]
    if failure.value.uninitialised or failure.value.leaf is None:
        raise _unknown(failure, what)
    position = len(recorder.data_guards)
    if position < len(recorder.answers):
        result = recorder.answers[position]
    elif value.dtype.category == 0 and not value.shape or what == "Tensor.__bool__":
        result = False
    else:
        raise _unknown(failure, what)
    recorder.data_guard(value, result)
    return result


def read(tensor: Tensor, what: str) -> Array | Any:
    """The numbers of a tensor; what rests on data comes from the answers, with a guard."""
    value = tensor.value
    try:
        return evaluate(value)
    except NotConstant as failure:
        return _answer(value, failure, what)


def _integers(tensor: Tensor, array: Array) -> list[Any]:
    """Integers whose place depends on sizes become atoms that the run computes."""
    if not array.sized or tensor.dtype.category != 1:
        if array.sized:
            record.trace.data_guard(tensor.value, array.data if array.shape else array.data[0])
        return array.data
    value = tensor.value
    return [
        number if isinstance(number, SymInt) else symbolic.atom(("item", value, index), number)
        for index, number in enumerate(array.data)
    ]


@declare("Tensor.item")
def item(self: Tensor) -> Any:
    if hint(symbolic.product(self.shape)) != 1:
        raise RuntimeError(f"a Tensor with {hint(symbolic.product(self.shape))} elements cannot be converted to Scalar")
    size = size_of(self.value)
    if size is not None:
        return size
    found = read(self, "Tensor.item")
    return _integers(self, found)[0] if isinstance(found, Array) else found


@declare("Tensor.tolist")
def tolist(self: Tensor) -> Any:
    if not self.ndim:
        return item(self)
    found = read(self, "Tensor.tolist")
    if not isinstance(found, Array):
        return found
    data = _integers(self, found)
    for size in reversed(found.shape[1:]):
        data = [data[start : start + size] for start in range(0, len(data), size)] if size else []
    return data


def _scalar(self: Tensor, what: str) -> Any:
    size = size_of(self.value)
    if size is not None:
        return size
    found = read(self, what)
    if not isinstance(found, Array):
        return found
    if len(found.data) != 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    if found.sized:
        record.trace.data_guard(self.value, found.data[0])
    return found.data[0]


@declare("Tensor.__bool__")
def bool_(self: Tensor) -> builtins.bool:
    return builtins.bool(_scalar(self, "Tensor.__bool__"))


@declare("Tensor.__int__")
def int_(self: Tensor) -> int:
    return int(item(self))


@declare("Tensor.__float__")
def float_(self: Tensor) -> float:
    return float(item(self))


@declare("Tensor.__index__")
def index_(self: Tensor) -> int:
    return symbolic.concrete(item(self))


@declare("Tensor.__contains__")
def contains(self: Tensor, element: Any) -> builtins.bool:
    return builtins.bool(self.eq(element).any())


@declare("Tensor.__format__")
def format_(self: Tensor, specification: str) -> str:
    return repr(self) if self.ndim else format(item(self), specification)


@both("equal")
def equal(input: Tensor, other: Tensor) -> builtins.bool:
    if len(input.shape) != len(other.shape) or any(a != b for a, b in zip(input.shape, other.shape)):
        return False
    return builtins.bool(input.eq(other).all())


@both("allclose")
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> builtins.bool:
    return builtins.bool(((input - other).abs() <= atol + rtol * other.abs()).all())


@declare("Tensor.numpy")
def numpy(self: Tensor, **options: Any) -> Any:
    raise Unsupported("A tensor of a trace cannot become a numpy array.")


def count_of(mask: Tensor) -> tuple[int, Callable[[Value], SymInt] | None]:
    """How many elements of a mask are true: a number where it is constant, else a hint and what makes the size
    symbolic once the value that has it is known."""
    try:
        found = evaluate(mask.value)
    except NotConstant:
        return _UNKNOWN_COUNT, lambda value: symbolic.atom(("size", value, 0), _UNKNOWN_COUNT)
    count = sum(1 for number in found.data if number)
    if not found.sized:
        return count, None
    return count, lambda value: symbolic.atom(("size", value, 0), count)
