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
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from papertrace import record
from papertrace.loop_body import inputs_of
from papertrace.outputs import entries, flatten_outputs
from papertrace.record import is_tensor
from papertrace.structure import tensors_in

#: Names of arguments and of results that carry something on.
_CARRYING = re.compile(r"past|cache|^states?$|_states?$|mems|memory|(^|_)kv(_|$)")
#: Of these, what a layer gives to the next one or an encoder to its decoder.
_NOT_CARRYING = re.compile(r"hidden|encoder|use_|position")

#: Names of counts of what went before: `start_pos`, `offset`, `past_length`.
_COUNTING = re.compile(r"start|pos|past|offset")
#: Keys and values go by the names that they have in exported graphs.
_LAYER = re.compile(r"(?:(self|cross)_attention_cache\.)?layers\.(\d+)\.(key|value)s")
_PAIRED = re.compile(r"(\d+)\.([01])")
_SIDES = {"self": "decoder.", "cross": "encoder.", None: ""}

Named = list[tuple[str, Any]]


class Decoding:
    """The steps of one model. `forward` calls it with keyword arguments."""

    def __init__(self, model: Any, forward: Callable[..., Any], parameters: list[inspect.Parameter], library: bool):
        self._model = model
        self._forward = forward
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._open = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
        self._library = library
        self._kept = dict(self._module_tensors())
        self._kept_values = {name: tensor.value for name, tensor in self._kept.items()}

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
        result = self._forward(**arguments, **self._options(arguments), **position_counts(self._parameters.values(), arguments, count), **carried)
        carried |= self._carried(result, arguments)
        kept = self._state(carried)
        return self._outputs(result, carried, {name: kept[name] for name in given if name in kept})

    def _begin(self, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What the first step gives, and what it carries on by the argument that takes it."""
        recorder = record.trace
        mark = recorder.mark()
        arguments = arguments | self._options(arguments) | position_counts(self._parameters.values(), arguments, 0)
        result = self._forward(**arguments)
        carried = self._carried(result, arguments)
        if self._library and "past_key_values" in self._parameters and not self._state(carried):
            # Some of the library's models fill a cache that they are given, and make none.
            recorder.rewind(mark)
            cache_utils = importlib.import_module("transformers.cache_utils")
            cache = cache_utils.DynamicCache(config=self._model.config)
            result = self._forward(**arguments, past_key_values=cache)
            carried = {"past_key_values": cache}
        return result, carried

    def _options(self, arguments: dict[str, Any]) -> dict[str, Any]:
        takes = self._library or "use_cache" in self._parameters
        return {"use_cache": True} if takes and "use_cache" not in arguments else {}

    def _carried(self, result: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What forward returned and takes again, by argument."""
        if is_tensor(result):
            return {}
        rows = [(str(key), item) for key, item in entries(result)]
        free = [
            name
            for name, parameter in self._parameters.items()
            if name not in given and parameter.default is not inspect.Parameter.empty and _carries(name)
        ]
        found = {
            key: item
            for key, item in rows
            if _carries(key) and (key in free or self._open and key not in given) and _holds_tensors(item)
        }
        if found:
            return found
        unnamed = [item for key, item in rows[1:] if key.isdigit() and _holds_tensors(item)]
        return {free[0]: unnamed[-1]} if free and unnamed else {}

    def _state(self, carried: dict[str, Any]) -> dict[str, Any]:
        """The tensors that are carried on and rest on inputs, by path: all others the step makes again for itself."""
        rests = _Ancestry()
        tensors: dict[str, Any] = {}
        for argument, item in carried.items():
            prefix = "" if argument == "past_key_values" else argument
            tensors |= _exported(dict(tensors_in(item, prefix)))
        for name, tensor in self._module_tensors():
            if self._kept_values.get(name) is not tensor.value:
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
        return outputs + [(f"present.{name}", tensor) for name, tensor in state.items()]


def position_counts(parameters: Iterable[inspect.Parameter], given: dict[str, Any], count: int) -> dict[str, int]:
    """`count` for a whole number that forward requires of each step and that says how many positions went before."""
    return {
        parameter.name: count
        for parameter in parameters
        if parameter.name not in given
        and parameter.default is inspect.Parameter.empty
        and parameter.annotation in (int, "int")
        and _COUNTING.search(parameter.name)
    }


def _carries(name: str) -> bool:
    return _CARRYING.search(name) is not None and _NOT_CARRYING.search(name) is None


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
