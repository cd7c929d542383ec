"""What of a recording a trace keeps: the forward pass, and of what building the model recorded what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from papertrace import symbolic
from papertrace.loop_body import inputs_of, with_bodies
from papertrace.values import Operation, Value

if TYPE_CHECKING:
    from papertrace.record import Recorder


def needed(recorder: Recorder, outputs: Iterable[Value]) -> tuple[list[Value], list[Operation]]:
    """The leaves and the operations, in the order in which they were recorded."""
    first = recorder.built if recorder.built is not None else len(recorder.operations)
    kept: set[int] = set()
    stack: list[Value] = [*outputs, *(named.value for named in recorder.names.named)]
    stack += [value for value, _, _ in recorder.guards.data.values()]
    for operation in recorder.operations[first:]:
        stack += operation.outputs
    for call in recorder.calls:
        if call.operations >= first:
            stack += call.results
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        stack += _values_of_sizes(value.shape)
        operation = value.operation
        if operation is not None and id(operation) not in kept:
            kept.add(id(operation))
            stack += inputs_of(operation)
            stack += operation.outputs
            for part in with_bodies([operation]):
                for attribute in [*part.attributes.values(), *(value.shape for value in part.outputs)]:
                    stack += _values_of_sizes(attribute if isinstance(attribute, (list, tuple)) else [attribute])
    leaves = [value for value in recorder.values if id(value) in seen and value.operation is None]
    return leaves, [operation for operation in recorder.operations if id(operation) in kept]


def _values_of_sizes(sizes: Iterable[Any]) -> list[Value]:
    """The values that data-dependent sizes refer to."""
    return [
        item[1]
        for size in sizes
        if isinstance(size, symbolic.SymInt)
        for item in symbolic.atoms_of(size)
        if item[0] in ("size", "item")
    ]
