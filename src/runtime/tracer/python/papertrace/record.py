"""The recorder: values, primitives, calls, names, guards and places of one trace.

``trace`` is the current recorder, ``reset()`` starts a fresh one. ``sources`` maps the file names of traced source to
their text: only frames of these files are seen; ``trees`` may hold their syntax trees (as written, before any
instrumentation), so that they are not parsed twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import Any

from papertrace import loop_steps, symbolic
from papertrace.errors import Stale, Unsupported
from papertrace.places import Places, Site, class_site, innermost, is_model_code, sources, statement, trees
from papertrace.polynomials import freeze
from papertrace.symbolic import SymInt
from papertrace.values import Call, NamedValue, Operation, Value

__all__ = [
    "Call",
    "NamedValue",
    "Operation",
    "Recorder",
    "Site",
    "Value",
    "class_site",
    "innermost",
    "is_model_code",
    "place",
    "reset",
    "sources",
    "statement",
    "trace",
    "trees",
]


class Recorder:
    """Everything that belongs to one trace."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.operations: list[Operation] = []
        self.calls: list[Call] = []
        self.named: list[NamedValue] = []
        self.places = Places()
        #: Open torch call, None between calls.
        self.call: Call | None = None
        #: Paths of the modules that run, outermost first.
        self.modules: list[str] = []
        #: Number of operations when the forward pass began; None while the model is built.
        self.built: int | None = None
        self.symbols: dict[str, dict[str, Any]] = {}
        self.size_guards: dict[tuple, tuple] = {}
        self.data_guards: dict[int, tuple[Value, Any, int | None]] = {}
        self.problems: list[tuple[str, int | None]] = []
        #: (parameter or None, values, module path, place) of functions of traced source.
        self.passed_values: list[tuple[str | None, list[Value], str, int | None]] = []
        #: What the data guards, in order, found in an earlier run; see reads.py.
        self.answers: list[Any] = []
        #: Values that hold sizes which only the run has, and comparisons of them; see reads.py.
        self.asked_sizes: dict[tuple, Value] = {}
        self.default_dtype: Any = None
        self.root: Any = None
        #: Where every loop over a free size stands that was begun, in order (loops.py).
        self.loop_sites: list[Any] = []
        #: Numbers of those that are being traced, outermost first.
        self.open_loops: list[int] = []
        #: Those that have become one operation.
        self.rolled: list[Any] = []
        #: Where the loops stand that are to be unrolled for the sizes at hand.
        self.unrolled: frozenset[Any] = frozenset()
        #: Whether a loop over places that hold true was written out for every place, and whether none is to be.
        self.wrote_out_places = False
        self.asks_places = False
        #: Whether a cache's layers with a window forget what lies before it (boundary/patches.py).
        self.forgets = False
        #: Strides by index of the value, and values that stand for a copy of another layout too; see strides.py.
        self.strides: dict[int, Any] = {}
        self.relaid: set[int] = set()
        self._assignments: dict[tuple[str, str], int] = {}
        self._runs: dict[str, int] = {}

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
        if self.rolled:
            self._require_open([*attributes.values(), *(shape for shape, _ in outputs)])
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

    # — loops that have become one operation

    def current(self, value: Value) -> Value:
        """What stands now for a value that was made in such a loop."""
        while value.rolled is not None:
            rolled, iteration, position = value.rolled
            value = rolled.final(iteration, position)
        return value

    def _require_open(self, sizes: Any) -> None:
        """No size may depend on the step of a loop that is over."""
        closed = loop_steps.loops_of(sizes).difference(self.open_loops)
        if closed:
            raise loop_steps.NotRollable(closed)

    def counters(self) -> tuple[dict, dict]:
        """How often variables were assigned and modules called so far."""
        return dict(self._assignments), dict(self._runs)

    def restore_counters(self, counters: tuple[dict, dict]) -> None:
        self._assignments, self._runs = counters

    # — what leads up to the pass that is traced

    def mark(self) -> tuple[Any, ...]:
        """Where the record stands, for `rewind`."""
        counts = (len(self.named), len(self.problems), len(self.passed_values), len(self.calls))
        return counts, dict(self.size_guards), dict(self.data_guards), self.counters(), self.built

    def rewind(self, mark: tuple[Any, ...]) -> None:
        """Forget since `mark` what names, guards and problems there were; operations stay for whatever needs them."""
        (named, problems, passed, calls), self.size_guards, self.data_guards, counters, self.built = mark
        del self.named[named:], self.problems[problems:], self.passed_values[passed:]
        for call in self.calls[calls:]:
            call.operations = -1
        self.restore_counters(counters)

    # — guards

    def guard(self, comparison: str, left: int, right: int, result: bool) -> None:
        """Control flow rested on ``left comparison right`` being ``result``."""
        loops = loop_steps.loops_of([left, right])
        if loops:
            raise loop_steps.NotRollable(loops)
        if symbolic.depends_on_data(left) or symbolic.depends_on_data(right):
            raise Unsupported(
                "Python decides here on a size that is known only when the model has run ({0}).",
                symbolic.describe(left if symbolic.depends_on_data(left) else right),
            )
        key = (
            comparison,
            freeze(symbolic.polynomial_of(left)),
            freeze(symbolic.polynomial_of(right)),
        )
        if key not in self.size_guards:
            frame = innermost(sys._getframe(1))
            self.size_guards[key] = (*key, result, self.place(frame) if frame is not None else None)

    def data_guard(self, value: Value, result: Any) -> None:
        """Control flow read ``value`` and found ``result``: checked after the run."""
        if self.open_loops:
            raise loop_steps.NotRollable(self.open_loops)
        frame = innermost(sys._getframe(1))
        self.data_guards[value.index] = (value, result, self.place(frame) if frame is not None else None)

    def problem(self, message: str) -> None:
        """Something doubtful that does not stop the trace."""
        frame = innermost(sys._getframe(1))
        self.problems.append((message, self.place(frame) if frame is not None else None))

    # — places

    def place(self, site: FrameType | Site | None) -> int | None:
        """Index of a place: of a running frame, or of (file, line, endLine, column, endColumn, function)."""
        if site is None:
            return None
        return self.places.of_frame(site) if isinstance(site, FrameType) else self.places.of_site(site)

    def _stack(self, frame: FrameType | None) -> list[int]:
        """Places of the frames of traced source, innermost first, up to the running module's forward.

        A module of torch.nn has no such frame: then these are the places of the module that calls it.
        """
        frames: list[FrameType] = []
        last_forward = 0
        while frame is not None and not (frames and id(frame.f_code) in boundaries):
            if frame.f_code.co_filename in sources:
                frames.append(frame)
                if frame.f_code.co_name == "forward":
                    last_forward = len(frames)
            frame = frame.f_back
        return [self.places.of_frame(item) for item in frames[: last_forward or None]]

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
        run = self._runs.get(path, 0)
        self._runs[path] = run + 1
        tensors = list(tensors_of(result))
        base = f"{path}#{run}" if run else path
        place: int | None = None
        stack: list[int] = []
        if self.modules:
            caller = sys._getframe(2)
            while caller.f_code.co_name == "__call__" and caller.f_back is not None:
                caller = caller.f_back
            places = self._stack(caller)
            if places:
                place, stack = places[0], places[:0:-1]
        for index, tensor in enumerate(tensors):
            self.require_own(tensor.value)
            identifier = base if len(tensors) == 1 else f"{base}[{index}]"
            self.named.append(NamedValue(identifier, tensor.value, path, None, place, stack))

    def abandon(self) -> None:
        """A module's forward raised."""
        self.modules.pop()

    def bind(self, variable: str, result: Any, site: Site | None) -> Any:
        """The source assigned ``result`` to ``variable``; gives ``result`` back."""
        if self.modules and self.call is None and is_tensor(result):
            self.require_own(result.value)
            path = self.modules[-1]
            count = self._assignments.get((path, variable), 0)
            self._assignments[(path, variable)] = count + 1
            places = self._stack(sys._getframe(1))
            place = self.place(site) if site is not None else (places[0] if places else None)
            identifier = f"{path}:{variable}#{count}"
            self.named.append(NamedValue(identifier, result.value, path, variable, place, places[:0:-1]))
        return result

    def passed(self, parameter: str | None, result: Any, site: Site) -> Any:
        """A function was given ``result`` as ``parameter``, or returns it (None); gives ``result`` back."""
        if self.modules and self.call is None:
            given = result if parameter is None and type(result) is tuple else (result,)
            values = [item.value for item in given if is_tensor(item)]
            for value in values:
                self.require_own(value)
            if values:
                self.passed_values.append((parameter, values, self.modules[-1], self.place(site)))
        return result

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
            call.places = self._stack(frame) if self.built is not None else []
            self.calls.append(call)

    # — result

    def to_dict(self, outputs: Iterable[tuple[str, Any]] = (), class_name: str = "") -> dict[str, Any]:
        """The trace as plain data (src/shared/trace.ts). ``outputs``: (name, tensor) as forward returned them."""
        from papertrace.serialise import serialise

        return serialise(self, [(name, tensor.value) for name, tensor in outputs], class_name)


#: Identities of the code objects at which the running module's frames end; torch.nn.Module.__call__ adds itself.
boundaries: set[int] = set()

trace = Recorder()


def reset() -> Recorder:
    """Start a fresh trace: nothing of the last one is left."""
    global trace
    symbolic.reset()
    trace = Recorder()
    return trace


def _guard(comparison: str, left: int, right: int, result: bool) -> None:
    trace.guard(comparison, left, right, result)


symbolic.guard = _guard


def place(site: FrameType | Site | None) -> int | None:
    """Index of a place in the current trace."""
    return trace.place(site)


def is_tensor(candidate: Any) -> bool:
    return getattr(type(candidate), "is_traced_tensor", False)


def tensors_of(result: Any) -> Iterable[Any]:
    """The tensors in what a call or a module gave, in order."""
    if is_tensor(result):
        yield result
    elif isinstance(result, dict):
        for item in result.values():
            yield from tensors_of(item)
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from tensors_of(item)
