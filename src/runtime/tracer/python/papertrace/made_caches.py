"""Caches that the caller of a model makes: objects of the source's own classes, states, empty dictionaries.

What such a thing takes to be made is found by name in the model and its configuration. Each is only a proposal: one is
taken if, after a step with it, it holds what that step computed.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from papertrace.step_arguments import carries
from papertrace.structure import is_tensor
from papertrace.symbolic import hint

#: Methods of a model that give the state of a text that has not begun.
_MAKING = re.compile(
    r"(init|make|create|new|get|empty|initial|zero|allocate|build)_(\w+_)?(caches?|states?|hiddens?|kv|mems?)"
)
#: Methods that make room for a cache inside of a model.
_PREPARING = re.compile(r"(setup|set|init|create|make|build|enable|allocate|prepare)_(\w+_)?caches?(_\w+)?")
#: Room that is made where nothing says how much.
_ROOM = 512

#: Names for the same number, the first that is found counts.
_LAYERS = ("n_layers", "n_layer", "num_layers", "num_hidden_layers", "depth")
_KEY_HEADS = ("n_kv_heads", "n_kv_head", "num_kv_heads", "num_key_value_heads", "kv_heads", "n_local_heads")
_HEADS = ("n_heads", "n_head", "num_heads", "num_attention_heads", "heads")
_HEAD_WIDTH = ("head_dim", "head_size", "dim_head", "d_head", "head_width")
_WIDTH = ("dim", "d_model", "n_embd", "hidden_size", "embed_dim", "emb_dim", "hidden_dim")
_LENGTH = (
    *("max_seq_len", "max_seq_length", "max_seqlen", "block_size", "context_length", "max_position_embeddings"),
    *("max_len", "max_length", "seq_len", "seq_length", "max_context", "n_ctx", "max_cache_len", "cache_size", "size"),
)
_ALIKE: tuple[tuple[str, ...], ...] = (_LAYERS, _KEY_HEADS, _HEADS, _HEAD_WIDTH, _WIDTH, _LENGTH)
_CONFIGURATIONS = ("config", "args", "params", "cfg", "hparams", "model_args")


def made_caches(
    model: Any, parameters: Iterable[inspect.Parameter], arguments: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """What forward may be given beside `arguments` as a cache that holds nothing yet, likeliest first."""
    known = _Known(model, arguments)
    for parameter in parameters:
        if parameter.name in arguments or not carries(parameter.name):
            continue
        if parameter.default is not None and parameter.default is not parameter.empty:
            continue
        for make in _makers(model, parameter, known):
            try:
                yield {parameter.name: make()}
            except (TypeError, ValueError, AttributeError, _Unknown):
                continue


def prepare(model: Any, arguments: dict[str, Any]) -> bool:
    """Let a model make room for its cache, where it has a method for that; whether it had."""
    known, prepared = _Known(model, arguments), False
    for name, method in _methods(model, _PREPARING):
        try:
            bound = known.arguments(method, skip=1)
        except _Unknown:
            continue
        prepared = getattr(model, name)(**bound) is None or prepared
    return prepared


def has_begun_state(model: Any, parameter: inspect.Parameter) -> bool:
    """Whether a model says itself what a state that forward requires is before a text."""
    required = parameter.default is parameter.empty and carries(parameter.name)
    return required and next(_methods(model, _MAKING), None) is not None


def begun_states(model: Any, parameters: Iterable[inspect.Parameter], arguments: dict[str, Any]) -> dict[str, Any]:
    """States that forward requires, as the model itself gives them for a text that has not begun."""
    known = _Known(model, arguments)
    states = {}
    for parameter in parameters:
        if parameter.name not in arguments and has_begun_state(model, parameter):
            name, method = next(_methods(model, _MAKING))
            states[parameter.name] = getattr(model, name)(**known.arguments(method, skip=1))
    return states


def _methods(model: Any, named: re.Pattern[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(type(model)):
        method = getattr(type(model), name, None)
        if named.fullmatch(name) and inspect.isfunction(method):
            yield name, method


class _Unknown(Exception):
    """Nothing says what an argument is to be."""


def _makers(model: Any, parameter: inspect.Parameter, known: _Known) -> Iterator[Callable[[], Any]]:
    for name, method in _methods(model, _MAKING):
        yield lambda name=name, method=method: _given(getattr(model, name)(**known.arguments(method, skip=1)))
    classes, listed = _classes(model, parameter)
    for cls in classes:
        one = lambda cls=cls: cls(**known.arguments(cls))  # noqa: E731
        many = lambda one=one: [one() for _ in range(known.layers())]  # noqa: E731
        yield from (many, one) if listed else (one, many)
    yield lambda: [{} for _ in range(known.layers())]
    yield dict


def _given(made: Any) -> Any:
    if made is None:
        raise _Unknown
    return made


def _classes(model: Any, parameter: inspect.Parameter) -> tuple[list[type], bool]:
    """Classes that an argument may be an object of, and whether it is said to be a list of them."""
    names = vars(sys.modules[type(model).__module__]) if type(model).__module__ in sys.modules else {}
    annotation = parameter.annotation
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, dict(names) | vars(typing))
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it says nothing
            annotation = None
    said = list(_classes_in(annotation))
    if said:
        return said, re.search(r"(?i)\b(list|tuple|sequence)\b", str(annotation)) is not None
    wanted = parameter.name.replace("_", "").lower()
    own = [
        cls
        for name, cls in names.items()
        if isinstance(cls, type) and _is_own(cls) and ("cache" in name.lower() or name.lower() == wanted)
    ]
    return own, False


def _classes_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not typing.get_args(annotation):
        if _is_own(annotation):
            yield annotation
        return
    for part in typing.get_args(annotation):
        yield from _classes_in(part)


def _is_own(cls: type) -> bool:
    """Whether a class is of a source: no type of Python's or torch's, no module."""
    from torch import nn

    root = cls.__module__.partition(".")[0]
    plain = root in sys.stdlib_module_names or root in ("torch", "papertrace")
    return not plain and not issubclass(cls, nn.Module)


class _Known:
    """What is known by name of a model and of what it is called with."""

    def __init__(self, model: Any, arguments: dict[str, Any]) -> None:
        self._model = model
        tensors = [tensor for tensor in arguments.values() if is_tensor(tensor) and tensor.ndim > 1]
        self._batch = tensors[0].shape[0] if tensors else 1
        own = [getattr(model, name, None) for name in _CONFIGURATIONS]
        self._configuration = next((item for item in own if item is not None), None)
        parts = [part for _, part in model.named_modules()]
        self._places = [item for item in own if item is not None] + parts

    def arguments(self, function: Callable[..., Any], skip: int = 0) -> dict[str, Any]:
        """What a function requires, by name. Raises _Unknown."""
        parameters = list(inspect.signature(function).parameters.values())[skip:]
        required = [item for item in parameters if item.default is item.empty and item.kind is not item.VAR_KEYWORD]
        return {item.name: self.value(item.name) for item in required if item.kind is not item.VAR_POSITIONAL}

    def value(self, name: str) -> Any:
        """What an argument of this name is to be."""
        import torch

        if re.search(r"batch|^bs$|^bsz$|^b$", name):
            return self._batch
        if name == "device":
            return torch.device("cpu")
        if name == "dtype":
            return torch.float32
        if name in _CONFIGURATIONS and self._configuration is not None:
            return self._configuration
        alike = next((names for names in _ALIKE if name.removeprefix("max_") in names or name in names), ())
        found = next((number for each in (name, *alike) if (number := self._number(each)) is not None), None)
        if found is not None:
            return found
        if alike is _LAYERS:
            return self.layers()
        if alike is _KEY_HEADS:
            return self.value(_HEADS[0])
        if alike is _HEAD_WIDTH:
            return self.value(_WIDTH[0]) // self.value(_HEADS[0])
        if alike is _LENGTH or re.search(r"len|size|positions", name):
            return _ROOM
        raise _Unknown(name)

    def layers(self) -> int:
        """How many alike modules stand in the longest list of them."""
        from torch import nn

        lists = (nn.ModuleList, nn.Sequential)
        return max((len(part) for _, part in self._model.named_modules() if isinstance(part, lists)), default=1)

    def _number(self, name: str) -> int | None:
        for place in self._places:
            found = place.get(name) if isinstance(place, dict) else getattr(place, name, None)
            if isinstance(found, int) and not isinstance(found, bool) and hint(found) > 0:
                return found
        return None
