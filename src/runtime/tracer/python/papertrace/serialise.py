"""A recorder as plain data: the ``Trace`` of src/shared/trace.ts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from papertrace import symbolic
from papertrace.dtypes import dtype
from papertrace.loop_body import Body, given_to, with_bodies
from papertrace.model_tables import model_tables
from papertrace.needed import needed
from papertrace.places import sources
from papertrace.values import Operation, Value

if TYPE_CHECKING:
    from papertrace.record import Recorder

TRACE_VERSION = 1


def serialise(recorder: Recorder, outputs: Iterable[tuple[str, Any]], class_name: str) -> dict[str, Any]:
    """The whole trace but its files, which the loader knows; places count the files of ``sources`` in order.

    ``outputs``: (name, tensor) as forward returned them. What building the model recorded is kept only where the
    forward pass needs it.
    """
    returned = [(name, tensor.value) for name, tensor in outputs]
    modules, parameters = model_tables(recorder.root, recorder.places)
    leaves, operations = needed(recorder, [value for _, value in returned])
    writer = _Writer(recorder)
    writer.number(leaves, operations)
    used = {id(operation.call) for operation in with_bodies(operations)}
    calls = [
        call
        for call in recorder.calls
        if id(call) in used or (call.operations >= (recorder.built or 0) and recorder.built is not None)
    ]
    call_index = {id(call): index for index, call in enumerate(calls)}
    module_index = {row["path"]: index for index, row in enumerate(modules)}
    result = {
        "version": TRACE_VERSION,
        "class": class_name,
        "modules": modules,
        "parameters": parameters,
        "symbols": list(recorder.symbols.values()),
        "values": [writer.value(value) for value in writer.values],
        "operations": writer.operations(operations, call_index),
        "calls": [
            {
                "function": call.function,
                "module": module_index.get(call.module, 0),
                "places": call.places,
                "results": [writer.index(value) for value in call.results if writer.has(value)],
                "alias": call.alias,
            }
            for call in calls
        ],
        "named": [
            {
                "id": named.id,
                "value": writer.index(named.value),
                "module": module_index.get(named.module, 0),
                "variable": named.variable,
                "place": named.place,
                "stack": named.stack,
            }
            for named in recorder.names.named
        ],
        "outputs": [{"name": name, "value": writer.index(value)} for name, value in returned],
        "guards": writer.guards(),
        "problems": [{"message": message, "place": place} for message, place in recorder.problems],
        "passed": [
            {
                "name": name,
                "values": [writer.index(value) for value in values],
                "module": module_index.get(module, 0),
                "place": place,
            }
            for name, values, module, place in recorder.names.passed
            if all(writer.has(value) for value in values)
        ],
    }
    result["places"] = writer.places()
    return result


class _Writer:
    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.values: list[Value] = []
        self._numbers: dict[int, int] = {}
        #: By identity: every size is kept alive by the recorder.
        self._sizes: dict[int, dict[str, Any]] = {}
        #: The value that holds the step of each loop that is one operation.
        self._steps: dict[int, Value] = {}

    def number(self, leaves: Iterable[Value], operations: Sequence[Operation]) -> None:
        """Count the values: leaves first, then what operations give, those in loops before what the loop gives."""
        for value in leaves:
            self._add(value)
        self._number(operations)

    def _number(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            body = operation.attributes.get("body")
            if body is not None:
                self._steps[body.loop] = body.step
                for value in (body.step, *(item.inner for item in body.carried)):
                    self._add(value)
                self._number(body.needed())
            for value in operation.outputs:
                self._add(value)

    def _add(self, value: Value) -> None:
        self._numbers[id(value)] = len(self.values)
        self.values.append(value)

    def has(self, value: Value) -> bool:
        return id(value) in self._numbers

    def index(self, value: Value) -> int:
        return self._numbers[id(value)]

    # — plain data

    def operations(self, operations: Sequence[Operation], calls: dict[int, int]) -> list[dict[str, Any]]:
        return [
            {
                "primitive": operation.primitive,
                "inputs": [None if value is None else self.index(value) for value in given_to(operation)],
                "outputs": [self.index(value) for value in operation.outputs],
                "attributes": {
                    name: self.body(value, calls) if isinstance(value, Body) else self.plain(value)
                    for name, value in operation.attributes.items()
                },
                "call": calls.get(id(operation.call)),
            }
            for operation in operations
        ]

    def body(self, body: Body, calls: dict[int, int]) -> dict[str, Any]:
        return {
            "step": self.index(body.step),
            "carried": [{"value": self.index(item.inner), "next": self.index(item.next)} for item in body.carried],
            "operations": self.operations(body.needed(), calls),
            "outputs": [self.index(value) for value in body.outputs],
        }

    def value(self, value: Value) -> dict[str, Any]:
        row: dict[str, Any] = {"dtype": value.dtype.name, "shape": [self.size(size) for size in value.shape]}
        if value.leaf is not None:
            row["leaf"] = {"kind": value.leaf[0], "name": value.leaf[1]}
        if value.uninitialised:
            row["uninitialised"] = True
        if value.complex:
            row["complex"] = True
        return row

    def size(self, size: int) -> Any:
        if symbolic.is_plain(size):
            return symbolic.hint(size)
        row = self._sizes.get(id(size))
        if row is None:
            row = {"poly": self.polynomial(size.polynomial.items()), "hint": symbolic.hint(size)}
            self._sizes[id(size)] = row
        return row

    def polynomial(self, items: Iterable[tuple]) -> list[Any]:
        return [[coefficient, [self.atom(item) for item in monomial]] for monomial, coefficient in items]

    def atom(self, item: tuple) -> dict[str, Any]:
        kind = item[0]
        if kind == "symbol":
            return {"kind": kind, "name": item[1]}
        if kind in ("floordiv", "mod"):
            return {"kind": kind, "left": self.polynomial(item[1]), "right": self.polynomial(item[2])}
        if kind == "step":
            return {"kind": "item", "value": self.index(self._steps[item[1]]), "index": 0}
        key = "axis" if kind == "size" else "index"
        return {"kind": kind, "value": self.index(item[1]), key: item[2]}

    def plain(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.plain(item) for item in value]
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return value
        if isinstance(value, int):
            return self.size(value)
        if isinstance(value, float):
            if math.isnan(value):
                return "NaN"
            if math.isinf(value):
                return "Infinity" if value > 0 else "-Infinity"
            return float(value)
        if isinstance(value, dtype):
            return value.name
        raise TypeError(f"attribute of type {type(value).__name__}")

    def guards(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [
            {
                "kind": "size",
                "comparison": comparison,
                "left": self.polynomial(left),
                "right": self.polynomial(right),
                "result": result,
                "place": place,
            }
            for comparison, left, right, result, place in self.recorder.guards.sizes.values()
        ]
        rows += [
            {"kind": "data", "value": self.index(value), "result": self.plain(result), "place": place}
            for value, result, place in self.recorder.guards.data.values()
            if self.has(value)
        ]
        return rows

    def places(self) -> list[dict[str, Any]]:
        index = {path: number for number, path in enumerate(sources)}
        return [
            {
                "file": index.get(filename, 0),
                "line": line,
                "endLine": end_line,
                "column": column,
                "endColumn": end_column,
                "function": function,
            }
            for filename, line, end_line, column, end_column, function in self.recorder.places.rows
        ]
