"""A recorder as plain data: the ``Trace`` of src/shared/trace.ts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from papertrace import symbolic
from papertrace.dtypes import dtype
from papertrace.loop_body import Body, inputs_of
from papertrace.places import class_site, sources, statement_site

if TYPE_CHECKING:
    from papertrace.record import Operation, Recorder, Value

TRACE_VERSION = 1


def serialise(recorder: Recorder, outputs: Sequence[tuple[str, Value]], class_name: str) -> dict[str, Any]:
    """The whole trace but its files, which the loader knows; places count the files of ``sources`` in order.

    What building the model recorded is kept only where the forward pass needs it.
    """
    writer = _Writer(recorder)
    modules, parameters = writer.tables()
    kept = writer.reachable([value for _, value in outputs])
    operations = [operation for operation in recorder.operations if id(operation) in kept]
    writer.number(operations)
    used = {id(operation.call) for operation in with_bodies(operations)}
    calls = [
        call
        for index, call in enumerate(recorder.calls)
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
            for named in recorder.named
        ],
        "outputs": [{"name": name, "value": writer.index(value)} for name, value in outputs],
        "guards": writer.guards(),
        "problems": [{"message": message, "place": place} for message, place in recorder.problems],
        "passed": [
            {
                "name": name,
                "values": [writer.index(value) for value in values],
                "module": module_index.get(module, 0),
                "place": place,
            }
            for name, values, module, place in recorder.passed_values
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

    # — tables of the model

    def tables(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        root = self.recorder.root
        if root is None:
            return [{"path": "", "class": "", "classPlace": None, "place": None}], []
        self.modules = dict(root.named_modules())
        modules = [
            {
                "path": path,
                "class": type(module).__name__,
                "classPlace": self._class_place(type(module)),
                "place": self._registration(path) if path else None,
            }
            for path, module in self.modules.items()
        ]
        return modules, self._parameters(root)

    def _parameters(self, root: Any) -> list[dict[str, Any]]:
        rows: dict[int, dict[str, Any]] = {}
        entries = [("parameter", entry) for entry in root.named_parameters(remove_duplicate=False)]
        entries += [("buffer", entry) for entry in root.named_persistent_buffers()]
        for kind, (name, tensor) in entries:
            row = rows.get(id(tensor))
            if row is not None:
                row["aliases"].append(name)
                continue
            rows[id(tensor)] = {
                "name": name,
                "shape": [int(size) for size in tensor.shape],
                "dtype": tensor.value.dtype.name,
                "place": self._registration(name),
                "aliases": [],
                "kind": kind,
            }
        return list(rows.values())

    def _registration(self, name: str) -> int | None:
        """Place of the statement that registers a module or parameter in its parent."""
        path, _, own = name.rpartition(".")
        return self._statement_place(self.modules[path]._places.get(own))

    def _class_place(self, cls: type) -> int | None:
        import sys

        module = sys.modules.get(cls.__module__)
        site = class_site(getattr(module, "__file__", None) or "", cls.__qualname__)
        return self.recorder.place(site)

    def _statement_place(self, born: tuple[str, int, str] | None) -> int | None:
        if born is None:
            return None
        return self.recorder.place(statement_site(*born))

    # — which operations matter

    def reachable(self, outputs: Iterable[Value]) -> set[int]:
        recorder = self.recorder
        kept: set[int] = set()
        first = recorder.built if recorder.built is not None else len(recorder.operations)
        stack: list[Value] = [*outputs, *(named.value for named in recorder.named)]
        stack += [value for value, _, _ in recorder.data_guards.values()]
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
            stack += _sizes(value.shape)
            operation = value.operation
            if operation is not None and id(operation) not in kept:
                kept.add(id(operation))
                stack += inputs_of(operation)
                stack += operation.outputs
                for part in with_bodies([operation]):
                    for attribute in [*part.attributes.values(), *(value.shape for value in part.outputs)]:
                        stack += _sizes(attribute if isinstance(attribute, (list, tuple)) else [attribute])
        self._leaves = [value for value in recorder.values if id(value) in seen and value.operation is None]
        return kept

    def number(self, operations: Sequence[Any]) -> None:
        for value in self._leaves:
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
                "inputs": [None if value is None else self.index(value) for value in _inputs(operation)],
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
            for comparison, left, right, result, place in self.recorder.size_guards.values()
        ]
        rows += [
            {"kind": "data", "value": self.index(value), "result": self.plain(result), "place": place}
            for value, result, place in self.recorder.data_guards.values()
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


def with_bodies(operations: Iterable[Operation]) -> Iterable[Operation]:
    """Operations and those of the loops among them."""
    for operation in operations:
        yield operation
        body = operation.attributes.get("body")
        if body is not None:
            yield from with_bodies(body.needed())


def _inputs(operation: Operation) -> Sequence[Value | None]:
    """A loop is given what it starts from, and then what it takes from outside."""
    body = operation.attributes.get("body")
    return operation.inputs if body is None else [*operation.inputs, *body.captured()]


def _sizes(sizes: Iterable[Any]) -> list[Value]:
    """The values that data-dependent sizes refer to."""
    return [
        item[1]
        for size in sizes
        if isinstance(size, symbolic.SymInt)
        for item in symbolic.atoms_of(size)
        if item[0] in ("size", "item")
    ]
