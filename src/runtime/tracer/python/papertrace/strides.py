"""Strides, as far as they are known for certain: whether torch can view a tensor under another shape without a copy.

A trace has no memory layout. What torch's own rules settle is followed from the inputs, parameters and products that are
row-major for sure, through views; anything else is taken to be viewable.
"""

from __future__ import annotations

from collections.abc import Sequence

from papertrace import record
from papertrace.symbolic import hint
from papertrace.values import Value

#: Primitives that compute each element by itself: row-major where all that they are given is.
_ELEMENTWISE = frozenset(
    ("add", "sub", "mul", "div", "neg", "pow", "exp", "tanh", "sigmoid", "silu", "gelu", "relu", "cast", "where")
)

#: Primitives that may give the same memory under other strides.
_VIEWS = frozenset(("permute", "slice", "expand", "reshape"))

#: Calls whose result is row-major whatever they are given.
_ROW_MAJOR = frozenset(
    ("torch.matmul", "Tensor.matmul", "Tensor.__matmul__", "torch.bmm", "Tensor.bmm", "nn.functional.linear")
)

#: Calls that give their input back and say nothing else of its layout.
_SAME_LAYOUT = frozenset(
    f"{namespace}.{name}"
    for namespace in ("torch", "Tensor", "nn.functional")
    for name in (
        *("__getitem__", "detach", "dropout", "expand", "expand_as", "flatten", "movedim", "permute", "reshape"),
        *("squeeze", "to", "transpose", "unsqueeze", "view", "float", "type_as"),
    )
)

#: Calls whose copy of what is row-major is row-major.
_COPIES = frozenset(("torch.clone", "Tensor.clone", "Tensor.contiguous"))

Strides = tuple[int, ...]


def settle(function: str, values: Sequence[Value]) -> None:
    """A call has given its input back: what torch copies there has a layout of its own, which is not followed."""
    if function in _SAME_LAYOUT:
        return
    for value in values:
        if function in _COPIES and _is_row_major(value):
            continue
        record.trace.relaid.add(value.index)
        record.trace.strides.pop(value.index, None)


def keep_layout(before: Value, after: Value) -> None:
    """What is written in place stays where it lies, however the new numbers were made."""
    if _is_row_major(before):
        record.trace.strides[after.index] = row_major([hint(size) for size in after.shape])
    else:
        record.trace.relaid.add(after.index)
        record.trace.strides.pop(after.index, None)


def row_major(shape: Sequence[int]) -> Strides:
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def strides_of(value: Value) -> Strides | None:
    """Strides at the sizes of the trace, or None where they are not known."""
    known = record.trace.strides
    pending = [value]
    while pending:
        current = pending[-1]
        missing = [] if current.index in known else [item for item in _bases(current) if item.index not in known]
        if missing:
            pending += missing
            continue
        pending.pop()
        if current.index not in known:
            known[current.index] = None if current.index in record.trace.relaid else _strides(current)
    return known[value.index]


def _bases(value: Value) -> list[Value]:
    """What the strides of a value are worked out from."""
    operation = value.operation
    if operation is None or value.index in record.trace.relaid:
        return []
    if operation.primitive in _ELEMENTWISE:
        return [item for item in operation.inputs if item is not None]
    return operation.inputs[:1] if operation.primitive in _VIEWS else []  # type: ignore[return-value]


def is_copied(value: Value, wanted: Sequence[int] | None = None) -> bool:
    """Whether torch certainly copies a tensor to have it under another shape; row-major under its own, without one."""
    strides = strides_of(value)
    if strides is None:
        return False
    shape = [hint(size) for size in value.shape]
    if wanted is not None:
        return viewed(shape, strides, [hint(size) for size in wanted]) is None
    return any(size != 1 and step != own for size, step, own in zip(shape, strides, row_major(shape)))


def viewed(shape: Sequence[int], strides: Strides, wanted: Sequence[int]) -> Strides | None:
    """Strides of a view under another shape; None where only a copy has it (at::detail::computeStride)."""
    result: list[int] = []
    base, elements, taken, left = strides[-1] if strides else 1, 1, 1, len(wanted) - 1
    for axis in range(len(shape) - 1, -1, -1):
        elements *= shape[axis]
        joined = axis > 0 and (shape[axis - 1] == 1 or strides[axis - 1] == elements * base)
        if joined:
            continue
        while left >= 0 and (taken < elements or wanted[left] == 1):
            result.append(taken * base)
            taken *= wanted[left]
            left -= 1
        if taken != elements:
            return None
        if axis > 0:
            base, elements, taken = strides[axis - 1], 1, 1
    return tuple(reversed(result)) if left < 0 else None


def _strides(value: Value) -> Strides | None:
    operation = value.operation
    shape = [hint(size) for size in value.shape]
    if value.complex or not all(shape):
        return None
    if operation is None:
        return row_major(shape) if value.leaf is not None else None
    label = operation.call.function if operation.call is not None else ""
    if operation.primitive in ("matmul", "linear"):
        return row_major(shape) if label in _ROW_MAJOR else None
    bases = _bases(value)
    if operation.primitive in _ELEMENTWISE:
        return row_major(shape) if all(map(_is_row_major, bases)) else None
    if operation.primitive not in _VIEWS:
        return row_major(shape) if operation.primitive in ("const", "fill", "range") else None
    given = strides_of(bases[0])
    if given is None:
        return None
    before = [hint(size) for size in bases[0].shape]
    if operation.primitive == "permute":
        return tuple(given[axis] for axis in operation.attributes["permutation"])
    if operation.primitive == "slice":
        dim, step = operation.attributes["dim"], operation.attributes["step"]
        return (*given[:dim], given[dim] * step, *given[dim + 1 :])
    if operation.primitive == "expand":
        lead = len(shape) - len(before)
        return (0,) * lead + tuple(
            step if size == wide else 0 for step, size, wide in zip(given, before, shape[lead:])
        )
    return viewed(before, given, shape) or row_major(shape)


def _is_row_major(value: Value) -> bool:
    strides = strides_of(value)
    return strides is not None and strides == row_major([hint(size) for size in value.shape])
