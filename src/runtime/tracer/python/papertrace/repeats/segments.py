"""A stretch of what one layer recorded: compared with that of another layer, and written again for a third."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from papertrace.repeats.module_state import same_kind, same_sizes
from papertrace.repeats.outside_calls import NotRepeated
from papertrace.values import Call, NamedValue, Operation, Value

if TYPE_CHECKING:
    from papertrace.record import Recorder


class Extent:
    """How far a recorder had come, and what names had been given since ``first``."""

    def __init__(self, recorder: Recorder, first: Extent | None = None) -> None:
        self.values = len(recorder.values)
        self.operations = len(recorder.operations)
        self.calls = len(recorder.calls)
        self.named = len(recorder.names.named)
        self.passed = len(recorder.names.passed)
        self.reads = len(recorder.guards.data)
        self.counted = recorder.names.extent()
        self.counters = recorder.names.since(self.counted if first is None else first.counted)


class Segment:
    """What was recorded between two outside calls, or before the first and after the last."""

    def __init__(self, recorder: Recorder, start: Extent, end: Extent) -> None:
        self.start = start.operations
        self.operations = recorder.operations[start.operations : end.operations]
        self.calls = recorder.calls[start.calls : end.calls]
        self.named = recorder.names.named[start.named : end.named]
        self.passed = recorder.names.passed[start.passed : end.passed]
        #: Guards on data.
        self.reads = list(itertools.islice(recorder.guards.data.values(), start.reads, end.reads))
        #: How often names had been given by its end, since the layer began.
        self.counters = end.counters

    def does_the_same(self, other: Segment, values: dict[int, Value]) -> bool:
        """Whether ``other`` has the same operations, with ``values`` where this one has others; adds what either made."""
        mine, yours = self.operations, other.operations
        if len(mine) != len(yours):
            return False
        for one, two in zip(mine, yours):
            if one.primitive != two.primitive or len(one.inputs) != len(two.inputs) or len(one.outputs) != len(two.outputs):
                return False
            if any((value and values.get(id(value), value)) is not two.inputs[place] for place, value in enumerate(one.inputs)):
                return False
            if one.attributes.keys() != two.attributes.keys():
                return False
            if not all(same_sizes(item, two.attributes[name]) for name, item in one.attributes.items()):
                return False
            values.update((id(value), made) for value, made in zip(one.outputs, two.outputs))
            if not all(map(same_kind, one.outputs, two.outputs)):
                return False
        return True

    def table(self, values: dict[int, Value], own: str, path: str) -> Any:
        """What it holds beside operations, as it would be for the module at ``path`` where it was that of the one at ``own``."""
        cut = len(own)

        def index(value: Value) -> int:
            return values.get(id(value), value).index

        return (
            [
                (
                    *(call.function, path + call.module[cut:], call.places, call.alias, call.operations - self.start),
                    list(map(index, call.results)),
                )
                for call in self.calls
            ],
            [
                (path + item.id[cut:], index(item.value), path + item.module[cut:], item.variable, item.place, item.stack)
                for item in self.named
            ],
            [(name, list(map(index, given)), path + module[cut:], place) for name, given, module, place in self.passed],
            [(index(value), result, place) for value, result, place in self.reads],
        )

    def write(self, recorder: Recorder, values: dict[int, Value], own: str, path: str) -> None:
        """Record it once more for the module at ``path``, where it was that of the one at ``own``; adds what is made."""
        cut = len(own)
        shift = len(recorder.operations) - self.start
        calls: dict[int, Call] = {}
        for call in self.calls:
            made_call = calls[id(call)] = Call(call.function, path + call.module[cut:], call.operations + shift)
            made_call.places, made_call.alias = call.places, call.alias
            recorder.calls.append(made_call)
        for operation in self.operations:
            inputs = [value and values.get(id(value), value) for value in operation.inputs]
            made = Operation(operation.primitive, inputs, operation.attributes, calls.get(id(operation.call)))
            for output in operation.outputs:
                value = values[id(output)] = recorder.value(output.shape, output.dtype)
                value.complex, value.uninitialised = output.complex, output.uninitialised
                value.written, value.rows, value.ordering = output.written, output.rows, output.ordering
                value.operation = made
                made.outputs.append(value)
                if output.index in recorder.laid:
                    recorder.laid[value.index] = recorder.laid[output.index]
            recorder.operations.append(made)

        def value_of(value: Value) -> Value:
            return values.get(id(value), value)

        for call in self.calls:
            calls[id(call)].results = list(map(value_of, call.results))
        recorder.names.named += (
            NamedValue(
                path + item.id[cut:], value_of(item.value), path + item.module[cut:], item.variable, item.place, item.stack
            )
            for item in self.named
        )
        recorder.names.passed += (
            (name, list(map(value_of, given)), path + module[cut:], place) for name, given, module, place in self.passed
        )
        for value, result, place in self.reads:
            read = value_of(value)
            if read.index in recorder.guards.data:
                raise NotRepeated
            recorder.guards.data[read.index] = read, result, place
        recorder.names.count_again(self.counters, lambda old: path + old[cut:])
