"""What of a recording a trace keeps: the forward pass, and of what building the model recorded what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from papertrace.loop_body import inputs_of, with_bodies
from papertrace.symbolic import SymInt, atoms_of
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
    sizes = _Sizes()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        stack += sizes.values(value.shape)
        operation = value.operation
        if operation is not None and id(operation) not in kept:
            kept.add(id(operation))
            stack += inputs_of(operation)
            stack += operation.outputs
            for part in with_bodies([operation]):
                for attribute in [*part.attributes.values(), *(value.shape for value in part.outputs)]:
                    stack += sizes.values(attribute if isinstance(attribute, (list, tuple)) else [attribute])
    leaves = [value for value in recorder.values if id(value) in seen and value.operation is None]
    return leaves, [operation for operation in recorder.operations if id(operation) in kept]


class _Sizes:
    """The values that sizes refer to which depend on data."""

    def __init__(self) -> None:
        #: By identity: every size is kept alive by the recorder.
        self._known: dict[int, list[Value]] = {}

    def values(self, sizes: Iterable[Any]) -> list[Value]:
        found: list[Value] = []
        for size in sizes:
            if type(size) is SymInt:
                values = self._known.get(id(size))
                if values is None:
                    values = [item[1] for item in atoms_of(size) if item[0] in ("size", "item")]
                    self._known[id(size)] = values
                found += values
        return found
