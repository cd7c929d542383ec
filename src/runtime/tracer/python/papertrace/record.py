"""The recorder: values, primitives, calls, names, guards and places of one trace.

``trace`` is the current recorder, ``reset()`` starts a fresh one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import Any

from papertrace import polynomials, size_operators, symbolic
from papertrace.errors import Stale
from papertrace.guards import Guards
from papertrace.loop_record import LoopRecord
from papertrace.names import Names
from papertrace.places import Places, Site, calling
from papertrace.repeats import Repeats
from papertrace.structure import is_tensor, tensors_of
from papertrace.symbolic import SymInt
from papertrace.values import Call, Operation, Value


class Recorder:
    """Everything that belongs to one trace."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.operations: list[Operation] = []
        self.calls: list[Call] = []
        self.symbols: dict[str, dict[str, Any]] = {}
        self.names = Names()
        self.places = Places()
        self.loops = LoopRecord()
        self.guards = Guards(self.places, self.loops)
        #: (message, place) of what is doubtful and does not stop the trace.
        self.problems: list[tuple[str, int | None]] = []
        #: Open torch call, None between calls.
        self.call: Call | None = None
        #: Paths of the modules that run, outermost first.
        self.modules: list[str] = []
        #: Number of operations when the forward pass began; None while the model is built.
        self.built: int | None = None
        self.default_dtype: Any = None
        self.root: Any = None
        #: Whether a loop over places that hold true was written out for every place, and whether none is to be.
        self.wrote_out_places = False
        self.asks_places = False
        #: So many of the places that hold true are gone through at most; None for all.
        self.most_places: int | None = None
        #: Whether a cache's layers with a window forget what lies before it (boundary/patches.py).
        self.forgets = False
        #: How often a tensor was changed in place, a view made again, or a number read.
        self.touched = 0
        #: Tensors whose values are none of the first so many are a running layer's own; None where none are.
        self.others: int | None = None
        self.repeats = Repeats(self)
        #: Strides by index of the value, as they are worked out, and those that no operation gives; see strides.py.
        self.strides: dict[int, Any] = {}
        self.laid: dict[int, Any] = {}

    # — values

    def value(self, shape: Sequence[int], dtype: Any) -> Value:
        value = Value(len(self.values), shape, dtype)
        self.values.append(value)
        return value

    def primitive(
        self,
        name: str,
        inputs: Sequence[Value | None],
        attributes: dict[str, Any],
        outputs: Sequence[tuple[Sequence[int], Any]],
    ) -> list[Value]:
        """Record one primitive (see src/shared/primitives.ts) and give its results."""
        if self.loops.rolled:
            self.loops.require_open([*attributes.values(), *(shape for shape, _ in outputs)])
        operation = Operation(name, list(inputs), attributes, self.call)
        uninitialised = False
        for value in inputs:
            if value is not None:
                self.require_own(value)
                uninitialised = uninitialised or value.uninitialised
        for shape, dtype in outputs:
            result = self.value(shape, dtype)
            result.operation = operation
            result.uninitialised = uninitialised
            operation.outputs.append(result)
        self.operations.append(operation)
        return operation.outputs

    def input(self, name: str, dtype: Any, shape: Sequence[int]) -> Value:
        """A leaf that is an argument of forward. Symbolic sizes remember the axes that they stand for."""
        value = self.value(shape, dtype)
        value.leaf = ("input", name)
        for axis, size in enumerate(shape):
            if isinstance(size, SymInt) and len(size.polynomial) == 1:
                ((monomial, coefficient),) = size.polynomial.items()
                if coefficient == 1 and len(monomial) == 1 and monomial[0][0] == "symbol":
                    self.symbols[monomial[0][1]]["axes"].append({"input": name, "axis": axis})
        return value

    def parameter(self, name: str, dtype: Any, shape: Sequence[int]) -> Value:
        """A leaf that the checkpoint holds."""
        value = self.value(shape, dtype)
        value.leaf = ("parameter", name)
        return value

    def symbol(self, name: str, hint: int) -> SymInt:
        """A free size; the same name gives the same symbol."""
        self.symbols.setdefault(name, {"name": name, "hint": hint, "axes": []})
        return symbolic.symbol(name, self.symbols[name]["hint"])

    def require_own(self, value: Value) -> None:
        """Raise Stale for a value of another trace."""
        if value.index >= len(self.values) or self.values[value.index] is not value:
            raise Stale

    def touch(self, value: Value) -> None:
        """A tensor is given another value; this is the one that it had."""
        if self.others is None or value.index < self.others:
            self.touched += 1

    def unseen(self) -> tuple[Any, ...]:
        """Changes with what later calls could see, and what is kept beside operations, calls, names and guards on data."""
        kept = (self.problems, self.symbols, self.guards.asked_sizes, self.loops.sites)
        return self.touched, self.wrote_out_places, self.default_dtype, *map(len, kept)

    # — what leads up to the pass that is traced

    def mark(self) -> tuple[Any, ...]:
        """Where the record stands, for `rewind`."""
        return len(self.problems), len(self.calls), self.names.mark(), self.guards.mark(), self.built

    def rewind(self, mark: tuple[Any, ...]) -> None:
        """Forget since `mark` what names, guards and problems there were; operations stay for whatever needs them."""
        problems, calls, names, guards, self.built = mark
        del self.problems[problems:]
        for call in self.calls[calls:]:
            call.operations = -1
        self.names.rewind(names)
        self.guards.rewind(guards)
        self.repeats.forget()

    def problem(self, message: str) -> None:
        """Something doubtful that does not stop the trace."""
        self.problems.append((message, self.places.of_source(sys._getframe(1))))

    # — modules and names

    def enter(self, module: Any) -> None:
        """A module's forward begins."""
        if not self.modules and self.root is None:
            self.adopt(module)
        if self.built is None:
            self.built = len(self.operations)
        caller = self.modules[-1] if self.modules else ""
        # A module that was made on the way has no place in the tree: it is part of what the caller does.
        self.modules.append(module.__dict__.get("_path", caller))

    def leave(self, module: Any, result: Any) -> None:
        """A module's forward has ended: its output gets the module's path as name."""
        path = self.modules.pop()
        if "_path" not in module.__dict__:
            return
        values = self._own_values(tensors_of(result))
        places: list[int] = []
        if self.modules:
            places = self.places.of_calls(calling(sys._getframe(1)))
        self.names.returned(path, values, places)

    def abandon(self) -> None:
        """A module's forward raised."""
        self.modules.pop()

    def bind(self, variable: str, result: Any, site: Site | None) -> Any:
        """The source assigned ``result`` to ``variable``; gives ``result`` back."""
        if self.modules and self.call is None and is_tensor(result):
            (value,) = self._own_values([result])
            places = self.places.of_calls(sys._getframe(1))
            place = self.places.of(site) if site is not None else (places[0] if places else None)
            self.names.assigned(self.modules[-1], variable, value, place, places)
        return result

    def passed(self, parameter: str | None, result: Any, site: Site) -> Any:
        """A function was given ``result`` as ``parameter``, or returns it (None); gives ``result`` back."""
        if self.modules and self.call is None:
            given = result if parameter is None and type(result) is tuple else (result,)
            values = self._own_values(item for item in given if is_tensor(item))
            if values:
                self.names.passed.append((parameter, values, self.modules[-1], self.places.of(site)))
        return result

    def _own_values(self, tensors: Iterable[Any]) -> list[Value]:
        """Those that tensors of this trace hold; raises Stale for a tensor of another."""
        values = [tensor.value for tensor in tensors]
        for value in values:
            self.require_own(value)
        return values

    def adopt(self, root: Any) -> None:
        """Give every module of ``root`` its path; the first path of a shared module wins."""
        self.root = root
        for path, module in root.named_modules():
            module.__dict__["_path"] = path

    # — calls

    def open(self, function: str) -> Call:
        """A torch call begins."""
        call = Call(function, self.modules[-1] if self.modules else "", len(self.operations))
        self.call = call
        return call

    def close(self, call: Call, result: Any, frame: FrameType) -> None:
        """The outermost torch call, made by ``frame``, is over; one that gives no tensor (a size, a number) is not kept.

        A call that recorded nothing and gives a tensor is an alias.
        """
        self.call = None
        call.results = [tensor.value for tensor in tensors_of(result)]
        call.alias = len(self.operations) == call.operations
        if call.results or not call.alias:
            call.places = self.places.of_calls(frame) if self.built is not None else []
            self.calls.append(call)


trace = Recorder()


def reset() -> Recorder:
    """Start a fresh trace: nothing of the last one is left."""
    global trace
    polynomials.reset()
    trace = Recorder()
    return trace


def _guard(comparison: str, left: int, right: int, result: bool) -> None:
    trace.guards.size(comparison, left, right, result)


symbolic.guard = _guard
size_operators.define()
