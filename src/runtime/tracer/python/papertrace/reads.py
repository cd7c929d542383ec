"""Numbers that Python asks a tensor for: item, tolist, bool, int, len and the like."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from papertrace import polynomials, record, symbolic
from papertrace.declare import both, declare
from papertrace.dtypes import bool_ as torch_bool
from papertrace.dtypes import int64
from papertrace.errors import Unanswered, Unsupported
from papertrace.evaluation import Array, NotConstant, evaluate, is_constant
from papertrace.evaluation.uniform import is_uniform
from papertrace.loop_steps import NotRollable
from papertrace.shapes import show
from papertrace.symbolic import SymInt, hint, is_one
from papertrace.tensor import Tensor, emit, wrap
from papertrace.values import Value

#: Size that is assumed, for hints only, where the count of true elements is known only in the run.
_UNKNOWN_COUNT = 5

#: So many truths are guessed before the run is asked; of what it has answered, twice as many.
GUESSES = 64

#: An argument that holds up to so many times the numbers that are asked for is asked for itself.
_TIMES = 4

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
    name = cause.operation.primitive if cause.operation is not None else "?"
    return Unsupported(
        "{0} asks for the result of {1}, which is not computed while tracing.", what, name, operation=what
    )


def answer(value: Value, guess: Callable[[], Any]) -> Any:
    """What a read that rests on data gives: the answer of an earlier run, else a guess; checked again after each run."""
    recorder = record.trace
    _leave_loop(value)
    if value.index in recorder.guards.data:
        return recorder.guards.data[value.index][1]
    position, answered = len(recorder.guards.data), len(recorder.guards.answers)
    if position - answered >= max(GUESSES, 2 * answered):
        # A loop that ends by what it computes need not be written out to its last iteration to find where.
        recorder.guards.read(value, [])
        raise Unanswered(value, "bool", value.operation.primitive if value.operation is not None else "?")
    result = recorder.guards.answers[position] if position < answered else guess()
    recorder.guards.read(value, result)
    return result


def holds(condition: Tensor) -> builtins.bool:
    """A check of the source's: what rests on data is taken to hold, and the run says whether it does."""
    value = (condition.all() if condition.ndim else condition).value
    try:
        found = evaluate(value)
    except NotConstant as failure:
        _leave_loop(failure.value)
        return builtins.bool(answer(value, lambda: True))
    settled = not found.sized or is_uniform(value)
    return builtins.bool(found.data[0] if settled else answer(value, lambda: found.data[0]))


def _leave_loop(value: Value) -> None:
    """Written out, the loop may give a number that is known here."""
    if value.operation is not None and value.operation.owner is not None:
        raise NotRollable([value.operation.owner.loop.number])


def _guess(value: Value, failure: NotConstant, what: str) -> Any:
    """A truth is taken to be False; for other numbers the run must be asked."""
    leaf = failure.value if failure.value.leaf is not None else _answered_leaf(value)
    if failure.value.uninitialised or leaf is None:
        raise _unknown(failure, what)
    if value.dtype.category == 0 and not value.shape or what == "Tensor.__bool__":
        return False
    record.trace.guards.read(value, [])
    raise Unanswered(value, what, leaf.leaf[1])


def _answered_leaf(value: Value) -> Value | None:
    """What a value rests on that an earlier run was asked for."""
    pending, seen = [value], {id(value)}
    while pending:
        current = pending.pop()
        if current.leaf is not None and current.index in record.trace.guards.data:
            return current
        for item in current.operation.inputs if current.operation is not None else ():
            if item is not None and id(item) not in seen:
                seen.add(id(item))
                pending.append(item)
    return None


def read(tensor: Tensor, what: str) -> Array | Any:
    """The numbers of a tensor; what rests on data comes from the answers, with a guard.

    A small argument is asked for whole, once, instead of everything that is computed from it.
    """
    value = tensor.value
    while True:
        try:
            return evaluate(value)
        except NotConstant as failure:
            cause = failure
        _leave_loop(cause.value)
        source = cause.value
        if value.dtype.category == 0 or source.index in record.trace.guards.data or not _is_small(source, value):
            return answer(value, lambda: _guess(value, cause, what))
        answer(source, lambda: _guess(source, cause, what))


def _is_small(argument: Value, asked: Value) -> bool:
    """Whether an argument holds not many more numbers than what is asked for."""
    if argument.leaf is None or argument.leaf[0] != "input":
        return False
    numbers, wanted = (hint(symbolic.product(value.shape)) for value in (argument, asked))
    return numbers <= _TIMES * wanted


def _value_of(size: SymInt) -> Value:
    """The value that holds a size which only the run has; the same one for the same size."""
    known = record.trace.guards.asked_sizes
    key = polynomials.freeze(size.polynomial)
    if key not in known:
        known[key] = emit("size", [], {"value": size}, (), int64).value
    return known[key]


def _ask(size: SymInt) -> int:
    value = _value_of(size)

    def guess() -> int:
        record.trace.guards.read(value, [])
        raise Unanswered(value, "int", symbolic.describe(size))

    return answer(value, guess)


def _ask_comparison(comparison: str, size: SymInt, guess: builtins.bool) -> builtins.bool:
    known = record.trace.guards.asked_sizes
    key = (comparison, polynomials.freeze(size.polynomial))
    if key not in known:
        zero = emit("const", [], {"data": [0]}, (), int64)
        known[key] = emit(comparison, [wrap(_value_of(size)), zero], {}, (), torch_bool).value
    return builtins.bool(answer(known[key], lambda: guess))


symbolic.ask = _ask
symbolic.ask_comparison = _ask_comparison


def _integers(tensor: Tensor, array: Array) -> list[Any]:
    """Integers whose place depends on sizes become atoms that the run computes."""
    if not array.sized:
        return array.data
    value = tensor.value
    if value.dtype.category != 1:
        found = answer(value, lambda: array.data if array.shape else array.data[0])
        return found if isinstance(found, list) else [found]
    return [
        number if isinstance(number, SymInt) else symbolic.atom(("item", value, index), number)
        for index, number in enumerate(array.data)
    ]


@declare("Tensor.item")
def item(self: Tensor) -> Any:
    if symbolic.product(self.shape) != 1:
        count = hint(symbolic.product(self.shape))
        shape = show(self.shape)
        raise RuntimeError(f"a Tensor with {count} elements cannot be converted to Scalar: its shape is {shape}")
    size = size_of(self.value)
    if size is not None:
        return size
    found = read(self, "Tensor.item")
    if isinstance(found, Array):
        return _integers(self, found)[0]
    return found[0] if isinstance(found, list) else found


@declare("Tensor.tolist")
def tolist(self: Tensor) -> Any:
    if not self.ndim:
        return item(self)
    found = read(self, "Tensor.tolist")
    data = _integers(self, found) if isinstance(found, Array) else found if isinstance(found, list) else [found]
    for size in reversed([hint(size) for size in self.shape[1:]]):
        data = [data[start : start + size] for start in range(0, len(data), size)] if size else []
    return data


def _scalar(self: Tensor, what: str) -> Any:
    size = size_of(self.value)
    if size is not None:
        return size
    count = symbolic.product(self.shape)
    if not symbolic.depends_on_data(count) and not symbolic.decide("eq", count, 1):
        amount = "more than one value" if hint(count) else "no values"
        raise RuntimeError(f"Boolean value of Tensor with {amount} is ambiguous: its shape is {show(self.shape)}")
    found = read(self, what)
    if not isinstance(found, Array):
        return found[0] if isinstance(found, list) else found
    if not found.sized or is_uniform(self.value):
        return found.data[0]
    return answer(self.value, lambda: found.data[0])


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
    """A text says nothing that the run alone knows: what it is made for is a message."""
    known = not self.ndim and (size_of(self.value) is not None or is_constant(self.value))
    return format(item(self), specification) if known else repr(self)


@both("equal")
def equal(input: Tensor, other: Tensor) -> builtins.bool:
    if len(input.shape) != len(other.shape) or any(a != b for a, b in zip(input.shape, other.shape)):
        return False
    return builtins.bool(input.eq(other).all())


@both("allclose")
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> builtins.bool:
    from papertrace.comparisons import isclose

    return builtins.bool(isclose(input, other, rtol, atol, equal_nan).all())


@declare("Tensor.numpy")
def numpy(self: Tensor, *, force: builtins.bool = False) -> Any:
    """Of what is known while tracing, at every size."""
    from papertrace.boundary.arrays import array

    try:
        found = evaluate(self.value)
    except NotConstant:
        found = None
    if found is None or found.sized:
        raise Unsupported("A tensor of a trace cannot become a numpy array.")
    return array(tolist(self))


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
