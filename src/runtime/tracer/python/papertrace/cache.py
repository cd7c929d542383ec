"""Decoding in steps: what a model carries from one step to the next, whatever form its source gives that.

A first pass over what went before shows what is carried: a cache that forward returns and takes (an object, a tuple, a
dictionary, by any name), or tensors that modules keep for themselves. Its tensors become inputs
`past_key_values.<path>` of the step that is traced then, and outputs `present.<path>`; all else about it, such as
counts and what is known to be filled, stays as the source left it. Sizes of that first pass are those of `past`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from papertrace import record
from papertrace.errors import Unanswered
from papertrace.loop_body import inputs_of
from papertrace.loop_steps import NotRollable
from papertrace.made_caches import begun_states, made_caches, prepare
from papertrace.outputs import entries, flatten_outputs
from papertrace.step_arguments import advance, carries, hands_on, position_counts, positions_of, step_positions, wishes
from papertrace.structure import is_tensor, tensors_in

#: Keys and values go by the names that they have in exported graphs.
_LAYER = re.compile(r"(?:(self|cross)_attention_cache\.)?layers\.(\d+)\.(key|value)s")
_PAIRED = re.compile(r"(\d+)\.([01])")
_SIDES = {"self": "decoder.", "cross": "encoder.", None: ""}

#: What no other way of calling forward would mend.
_NOT_OURS = (NotRollable, Unanswered, MemoryError, RecursionError)

Named = list[tuple[str, Any]]


class Decoding:
    """The steps of one model."""

    def __init__(self, model: Any, parameters: Iterable[inspect.Parameter], library: bool):
        self._model = model
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._open = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in self._parameters.values())
        self._library = library
        #: What modules held before any step, by path.
        self._kept: dict[str, Any] = {}
        self._tells_positions = False

    def whole(self, arguments: dict[str, Any]) -> Any:
        """What forward gives for a text at once."""
        counts = position_counts(self._parameters.values(), arguments, 0)
        states = begun_states(self._model, self._parameters.values(), arguments)
        mark = record.trace.mark()
        try:
            return self._model(**arguments, **counts, **states)
        except (AssertionError, AttributeError, IndexError, TypeError):
            # Some run only when there is room for a cache.
            if self._library or not prepare(self._model, arguments):
                raise
        record.trace.rewind(mark)
        positions = step_positions(self._parameters.values(), arguments, 0)
        return self._model(**arguments, **counts, **states, **positions)

    def first(self, arguments: dict[str, Any]) -> Named:
        """Outputs of a step that begins, with what it hands on."""
        result, carried = self._begin(arguments)
        return self._outputs(result, carried, self._state(carried))

    def later(self, arguments: dict[str, Any], earlier: dict[str, Any]) -> Named:
        """Outputs of a step that goes on from `earlier` arguments, which differ in what went before alone."""
        recorder = record.trace
        mark = recorder.mark()
        _, carried = self._begin(arguments | earlier)
        given = self._state(carried)
        # What led there is not part of the step, no more than what built the model.
        recorder.rewind(mark)
        for name, tensor in given.items():
            tensor.adopt_value(_leaf(f"past_key_values.{name}", tensor.value))
        count = next((tensor.shape[1] for tensor in earlier.values() if tensor.ndim > 1), 0)
        for item in carried.values():
            advance(item, count)
        result, carried = self._step(self._complete(arguments, count), carried)
        kept = self._state(carried)
        return self._outputs(result, carried, {name: kept[name] for name in given if name in kept})

    def _begin(self, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What the first step gives, and what it carries on by the argument that takes it."""
        recorder = record.trace
        mark = recorder.mark()
        self._kept = {name: tensor.value for name, tensor in self._module_tensors()}
        if not self._library:
            prepare(self._model, arguments)
        failure: Exception | None = None
        state: dict[str, Any] = {}
        try:
            first = self._step(self._complete(arguments, 0), {})
            state = self._state(first[1])
            if first[1] and state:
                return first
        except _NOT_OURS:
            raise
        except Exception as error:  # noqa: BLE001 - a source that requires a cache may raise anything without one
            failure = error
        # A library's model that keeps states in itself may yet need a cache, and be told where it is.
        self._tells_positions = self._library and bool(state)
        complete = self._complete(arguments, 0)
        # Some fill a cache that they are given, and make none.
        tried = False
        for made in self._given_caches(complete):
            tried = True
            recorder.rewind(mark)
            try:
                filled = self._step(complete, made)
                if self._state(filled[1]):
                    return filled
            except _NOT_OURS:
                raise
            except Exception:  # noqa: BLE001 - this proposal does not fit
                continue
        self._tells_positions = False
        if failure is not None:
            raise failure
        if not tried:
            return first
        recorder.rewind(mark)
        return self._step(self._complete(arguments, 0), {})

    def _step(self, complete: dict[str, Any], carried: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What forward gives, and what it carries on by the argument that takes it."""
        result = self._model(**complete, **carried)
        return result, carried | self._carried(result, complete)

    def _given_caches(self, complete: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not self._library:
            yield from made_caches(self._model, self._parameters.values(), complete)
        elif "past_key_values" in self._parameters or self._tells_positions and self._open:
            cache_utils = importlib.import_module("transformers.cache_utils")
            yield {"past_key_values": cache_utils.DynamicCache(config=self._model.config)}

    def _complete(self, arguments: dict[str, Any], count: int) -> dict[str, Any]:
        """With everything that a step is told beside, after `count` positions."""
        if self._library:
            use = {} if "use_cache" in arguments else {"use_cache": True}
            told = self._tells_positions and "position_ids" in self._parameters and "position_ids" not in arguments
            positions = {"position_ids": positions_of(arguments, count)} if told else {}
            return arguments | use | positions | position_counts(self._parameters.values(), arguments, count)
        return (
            arguments
            | wishes(self._parameters.values(), arguments)
            | position_counts(self._parameters.values(), arguments, count, stepping=True)
            | step_positions(self._parameters.values(), arguments, count)
        )

    def _carried(self, result: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What forward returned and takes again, by argument."""
        if is_tensor(result):
            return {}
        rows = [(str(key), item) for key, item in entries(result)]
        free = [
            name
            for name, parameter in self._parameters.items()
            if name not in given and carries(name) and type(parameter.default) is not bool
        ]
        found = {
            key: item
            for key, item in rows
            if carries(key) and (key in free or self._open and key not in given) and _holds_tensors(item)
        }
        if found:
            return found
        unnamed = [item for key, item in rows[1:] if hands_on(key) and _holds_tensors(item)]
        if len(free) > 1 and len(unnamed) == len(free):
            return dict(zip(free, unnamed))
        return {free[0]: unnamed[-1]} if free and unnamed else {}

    def _state(self, carried: dict[str, Any]) -> dict[str, Any]:
        """The tensors that are carried on and rest on inputs, by path: all others the step makes again for itself."""
        rests = _Ancestry()
        tensors: dict[str, Any] = {}
        for argument, item in carried.items():
            prefix = "" if argument == "past_key_values" else argument
            tensors |= _exported(dict(tensors_in(item, prefix)))
        for name, tensor in self._module_tensors():
            if self._kept.get(name) is not tensor.value:
                tensors[name] = tensor
        return {name: tensor for name, tensor in tensors.items() if rests.on_inputs(tensor.value)}

    def _module_tensors(self) -> Iterator[tuple[str, Any]]:
        for path, module in self._model.named_modules():
            own = {key: item for key, item in vars(module).items() if isinstance(item, (list, tuple, dict))}
            own |= {key: item for key, item in vars(module).items() if is_tensor(item)}
            own.pop("_modules", None)
            own.pop("_parameters", None)
            own |= own.pop("_buffers", {})
            for key, item in own.items():
                yield from tensors_in(item, f"{path}.{key}" if path else key)

    def _outputs(self, result: Any, carried: dict[str, Any], state: dict[str, Any]) -> Named:
        outputs = flatten_outputs(result, {id(item) for item in carried.values()})
        for tensor in state.values():
            # Room that later steps fill; what nothing has written yet is read by none.
            tensor.value.uninitialised = False
        return outputs + [(f"present.{name}", tensor) for name, tensor in state.items()]


def _holds_tensors(item: Any) -> bool:
    return next(tensors_in(item, ""), None) is not None


def _exported(tensors: dict[str, Any]) -> dict[str, Any]:
    paired = all(_PAIRED.fullmatch(name) for name in tensors)
    return {_exported_name(name, paired): tensor for name, tensor in tensors.items()}


def _exported_name(name: str, paired: bool) -> str:
    if paired:
        index, part = name.split(".")
        return f"{index}.{('key', 'value')[int(part)]}"
    layer = _LAYER.fullmatch(name)
    return name if layer is None else f"{layer[2]}.{_SIDES[layer[1]]}{layer[3]}"


def _leaf(name: str, value: Any) -> Any:
    leaf = record.trace.input(name, value.dtype, value.shape)
    leaf.complex = value.complex
    return leaf


class _Ancestry:
    """Which values rest on inputs."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}

    def on_inputs(self, value: Any) -> bool:
        """Whether it is an input, or is computed from one."""
        stack = [value]
        while stack:
            current = stack[-1]
            operation = current.operation
            if id(current) in self._known:
                stack.pop()
                continue
            if operation is None:
                self._known[id(current)] = current.leaf is not None and current.leaf[0] == "input"
                stack.pop()
                continue
            taken = inputs_of(operation)
            if any(self._known.get(id(item)) for item in taken):
                self._known[id(current)] = True
                stack.pop()
                continue
            pending = [item for item in taken if id(item) not in self._known]
            if pending:
                stack += pending
            else:
                self._known[id(current)] = False
                stack.pop()
        return self._known[id(value)]
