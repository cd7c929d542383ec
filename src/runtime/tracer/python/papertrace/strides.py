"""Strides, as far as they are known for certain: whether torch can view a tensor under another shape without a copy.

A trace has no memory layout. What torch's own rules settle (layout_rules.py) is followed from the inputs and parameters,
which are row-major; anything else is taken to be viewable, and row-major when it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from papertrace import record
from papertrace.errors import Unsupported
from papertrace.layout_rules import Rule, rule_of
from papertrace.symbolic import hint, is_plain, product
from papertrace.values import Operation, Value

if TYPE_CHECKING:
    from papertrace.tensor import Tensor

#: Primitives that may give the same memory under other strides.
_VIEWS = frozenset(("permute", "slice", "expand", "reshape"))

Strides = tuple[int, ...]


def settle(function: str, tensors: Sequence[Tensor]) -> None:
    """A call has added nothing: its results are copies, which lie by themselves and share their values."""
    rule = rule_of(function)
    for tensor in tensors:
        if rule is Rule.ROW_MAJOR or _is_row_major(tensor.value):
            tensor._strides = row_major_of(tensor)
        elif rule is not Rule.POINTWISE:
            tensor._strides = False
        elif tensor._strides is None:
            tensor._strides = copied(tensor) or False


def keep_layout(tensor: Tensor, after: Value) -> None:
    """A tensor that is given another value in place stays where it lies, however that was made."""
    tensor._strides = own_layout(tensor)
    if _is_of_this_call(after):
        _lay(after, None if tensor._strides is False else tensor._strides)


def _is_of_this_call(value: Value) -> bool:
    call, operations = record.trace.call, record.trace.operations
    return (
        call is not None
        and len(operations) > call.operations
        and operations[call.operations].outputs[0].index <= value.index
    )


def _lay(value: Value, strides: Strides | None) -> None:
    record.trace.laid[value.index] = strides
    record.trace.strides.pop(value.index, None)


def row_major(shape: Sequence[int]) -> Strides:
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def row_major_of(tensor: Tensor) -> Strides:
    """Row-major strides of a tensor's shape at the sizes of the trace."""
    return row_major([hint(size) for size in tensor.shape])


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
            laid = record.trace.laid
            known[current.index] = laid[current.index] if current.index in laid else _strides(current)
    return known[value.index]


def layout_of(tensor: Tensor) -> Strides | None:
    """Strides of a tensor at the sizes of the trace, or None where they are not known."""
    tensor.fresh()
    own = own_layout(tensor)
    return None if own is False else own


def own_layout(tensor: Tensor) -> Strides | Literal[False]:
    """The same of a tensor whose value is known to be the current one; False where they are not known."""
    if tensor._strides is not None:
        return tensor._strides
    strides = strides_of(tensor._value)
    return False if strides is None else strides


def is_copied(tensor: Tensor, wanted: Sequence[int] | None = None) -> bool:
    """Whether torch certainly copies a tensor to have it under another shape; row-major under its own, without one."""
    strides = layout_of(tensor)
    if strides is None:
        return False
    shape = [hint(size) for size in tensor.shape]
    if wanted is not None:
        return viewed(shape, strides, [hint(size) for size in wanted]) is None
    return not _is_in_order(shape, strides)


def dense(shape: Sequence[int], given: Sequence[tuple[Sequence[int], Strides]]) -> Strides:
    """Strides of what is computed element by element from tensors of these shapes and strides: the dimension that lies
    closest together in the first of them that tells two apart is the innermost (at::TensorIteratorBase::reorder_dimensions).
    """
    rank = len(shape)
    steps = []
    for sizes, strides in given:
        lead = rank - len(sizes)
        spread = (0 if size == 1 != wide else step for size, step, wide in zip(sizes, strides, shape[lead:]))
        steps.append((*(0,) * lead, *spread))

    def order(inner: int, outer: int) -> int:
        for strides in steps:
            one, other = strides[inner], strides[outer]
            if one and other and (one != other or shape[inner] > shape[outer]):
                return -1 if one < other else 1
        return 0

    axes = list(range(rank - 1, -1, -1))
    for start in range(1, rank):
        at = start
        for before in range(start - 1, -1, -1):
            found = order(axes[before], axes[at])
            if found < 0:
                break
            if found > 0:
                axes[before], axes[at] = axes[at], axes[before]
                at = before
    result = [0] * rank
    step = 1
    for axis in axes:
        result[axis] = step
        step *= shape[axis]
    return tuple(result)


def strides_of_free(tensor: Tensor) -> Strides:
    """Strides of a tensor whose layout is known, with its free sizes in them."""
    strides = layout_of(tensor)
    shape = [hint(size) for size in tensor.shape]
    assert strides is not None
    if all(map(is_plain, tensor.shape)):
        return strides
    if dense(shape, [(shape, strides)]) != strides or 1 in shape:
        raise Unsupported("The strides of this tensor at other sizes are not known.")
    return tuple(product(size for size, own in zip(tensor.shape, strides) if own < step) for step in strides)


def in_memory_order(tensor: Tensor) -> list[int]:
    """Dimensions from the outermost to the innermost of a tensor that fills its memory."""
    strides = layout_of(tensor)
    if strides is None:
        return list(range(tensor.ndim))
    shape = [hint(size) for size in tensor.shape]
    if dense(shape, [(shape, strides)]) != strides:
        raise Unsupported("A tensor that does not fill its memory cannot be read by other strides.")
    return sorted(range(tensor.ndim), key=lambda axis: -strides[axis])


def begins_elsewhere(tensor: Tensor) -> bool:
    """Whether a view may begin within the memory of another tensor."""
    while tensor._base is not None:
        value, base = tensor.value, tensor._base.value
        while value is not base:
            operation = value.operation
            if operation is None or operation.primitive not in ("permute", "expand", "reshape"):
                return True
            value = operation.inputs[0]
        tensor = tensor._base
    return False


def copied(tensor: Tensor) -> Strides | None:
    """Strides of a copy that keeps the order of dimensions (``clone``)."""
    strides = layout_of(tensor)
    shape = [hint(size) for size in tensor.shape]
    return None if strides is None else dense(shape, [(shape, strides)])


def viewed(shape: Sequence[int], strides: Strides, wanted: Sequence[int]) -> Strides | None:
    """Strides of a view under another shape; None where only a copy has it (at::detail::computeStride)."""
    if not shape:
        return row_major(wanted)
    result: list[int] = []
    base, elements, taken, left = strides[-1], 1, 1, len(wanted) - 1
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


def lay_as_given(value: Value, inputs: Sequence[Tensor | None]) -> None:
    """A value has been made of tensors, some of which do not lie as their values do."""
    if any(tensor is not None and tensor._strides is not None for tensor in inputs):
        _lay(value, _strides(value, [layout_of(tensor) for tensor in inputs if tensor is not None]))


def lying_as(input: Tensor, made: Tensor) -> Tensor:
    """What is made with the shape of a tensor has its dimensions in the same order; gives it back."""
    _lay(made.value, copied(input))
    return made


def _rule(value: Value) -> Rule | None:
    operation = value.operation
    if operation is None:
        return None
    call = operation.call
    rule = rule_of(call.function) if call is not None else None
    # A call of many parts is what its parts are; views among them too.
    if operation.primitive in _VIEWS and (call is None or rule in (Rule.VIEW, Rule.POINTWISE)):
        return Rule.VIEW
    if rule is not Rule.VIEW:
        return rule
    return Rule.AS_GIVEN if operation.primitive == "gather" and operation.attributes["dim"] == 0 else None


def _bases(value: Value) -> list[Value]:
    """What the strides of a value are worked out from."""
    rule = _rule(value)
    if rule in (None, Rule.ROW_MAJOR) or value.index in record.trace.laid:
        return []
    given = [item for item in value.operation.inputs if item is not None]  # type: ignore[union-attr]
    return given[:1] if rule is Rule.VIEW else given


def _strides(value: Value, layouts: Sequence[Strides | None] | None = None) -> Strides | None:
    """``layouts``: of what it is made of, where those are not the ones of their values."""
    shape = [hint(size) for size in value.shape]
    if value.complex or not all(shape):
        return None
    operation = value.operation
    if operation is None:
        return row_major(shape) if value.leaf is not None else None
    if operation.primitive in ("const", "fill", "range"):
        return row_major(shape)
    rule = _rule(value)
    if rule is Rule.ROW_MAJOR:
        return row_major(shape)
    if rule is None:
        return None
    bases = _bases(value)
    given = []
    for base, strides in zip(bases, map(strides_of, bases) if layouts is None else layouts):
        if strides is None:
            return None
        given.append(([hint(size) for size in base.shape], strides))
    if rule is Rule.AS_GIVEN:
        return row_major(shape) if all(_is_in_order(*one) for one in given) else None
    if rule is Rule.POINTWISE:
        return dense(shape, given) if all(_spreads(sizes, shape) for sizes, _ in given) else None
    ((before, strides),) = given
    return _view(operation, shape, before, strides)


def _spreads(sizes: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether a tensor of these sizes is broadcast to the shape: a part of a call may be no operation on each element."""
    lead = len(shape) - len(sizes)
    return lead >= 0 and all(size in (1, wide) for size, wide in zip(sizes, shape[lead:]))


def _view(operation: Operation, shape: Sequence[int], before: Sequence[int], given: Strides) -> Strides:
    """Strides of a view, or of the copy where there is none."""
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
    return strides is not None and _is_in_order([hint(size) for size in value.shape], strides)


def _is_in_order(shape: Sequence[int], strides: Strides) -> bool:
    return all(size == 1 or step == own for size, step, own in zip(shape, strides, row_major(shape)))
