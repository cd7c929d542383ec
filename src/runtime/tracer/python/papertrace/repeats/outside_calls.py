"""Calls that a layer makes of methods of what it was given (a cache): they change it, and are made anew for each layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from papertrace.places import Instruction, resumptions
from papertrace.repeats.module_state import Unlike, same_kind, same_sizes
from papertrace.repeats.watch import watch
from papertrace.structure import is_tensor
from papertrace.tensor import Tensor, wrap
from papertrace.values import Value

if TYPE_CHECKING:
    from papertrace.record import Recorder


class NotRepeated(Exception):
    """A layer that was taken to repeat another does not: the trace has to be made without."""


class OutsideCall:
    """One call of a method of an object that the layer was given."""

    def __init__(
        self, target: Any, name: str, frame: FrameType, start: Any, modules: list[str], calls: list[Instruction]
    ) -> None:
        self.target, self.name = target, name
        self.frame: FrameType | None = frame
        #: How far the recorder had come before and after.
        self.start = self.end = start
        #: Paths of the modules that ran, from the layer's own inwards.
        self.modules = modules
        #: The calls that led there, innermost first.
        self.calls = calls
        code = frame.f_code
        positional = code.co_varnames[1 : code.co_argcount]
        named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        rest = iter(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
        local = frame.f_locals
        more = local[next(rest)] if code.co_flags & inspect.CO_VARARGS else ()
        options = local[next(rest)] if code.co_flags & inspect.CO_VARKEYWORDS else {}
        self.names = [*positional, *range(len(more))]
        self.arguments = [_kept(item) for item in (*(local[item] for item in positional), *more)]
        self.options = {key: _kept(item) for key, item in ({item: local[item] for item in named} | options).items()}
        #: Which of the arguments are attributes of the layer: by their name, the path of the part and the attribute.
        self.attributes: dict[Any, tuple[str, str]] = {}
        self.result: Any = None

    def close(self, result: Any, end: Any) -> None:
        self.result = _kept(result)
        self.end = end
        self.frame = None

    def does_the_same(self, other: OutsideCall, values: dict[int, Value]) -> bool:
        """Whether ``other`` is this call, with ``values`` in place of its own; adds what either returned."""
        if self.target is not other.target or (self.name, self.attributes) != (other.name, other.attributes):
            return False
        own = [item for name, item in zip(self.names, self.arguments) if name not in self.attributes]
        others = [item for name, item in zip(other.names, other.arguments) if name not in other.attributes]
        try:
            return (
                self.names == other.names
                and list(self.options) == list(other.options)
                and _same((own, list(self.options.values())), (others, list(other.options.values())), values)
                and _pair(self.result, other.result, values) is None
            )
        except Unlike:
            return False

    def again(
        self, recorder: Recorder, values: dict[int, Value], outer: list[str], attribute: Callable[[str, str], Any]
    ) -> None:
        """Make the call for another layer, whose values and attributes these are; adds what it returned to ``values``."""
        arguments = [
            attribute(*self.attributes[name]) if name in self.attributes else _made(item, values)
            for name, item in zip(self.names, self.arguments)
        ]
        options = {name: _made(item, values) for name, item in self.options.items()}
        running, recorder.modules = recorder.modules, outer
        recorder.places.beneath.append(self.calls)
        unseen, watch.excused = recorder.unseen(), True
        try:
            result = getattr(self.target, self.name)(*arguments, **options)
        finally:
            watch.excused = False
            recorder.places.beneath.pop()
            recorder.modules = running
        try:
            _pair(self.result, _kept(result), values)
        except Unlike as failure:
            raise NotRepeated from failure
        if recorder.unseen() != unseen:
            raise NotRepeated


resumptions.add(id(OutsideCall.again.__code__))


class _Held:
    """A tensor's value in a structure."""

    def __init__(self, value: Value) -> None:
        self.value = value


def _kept(item: Any) -> Any:
    """A structure with values in place of tensors, which go on to change."""
    if is_tensor(item):
        return _Held(item.value) if type(item) is Tensor else item
    if type(item) in (tuple, list):
        return type(item)(map(_kept, item))
    return {key: _kept(part) for key, part in item.items()} if type(item) is dict else item


def _made(item: Any, values: dict[int, Value]) -> Any:
    if type(item) is _Held:
        return wrap(values.get(id(item.value), item.value))
    if type(item) in (tuple, list):
        return type(item)(_made(part, values) for part in item)
    return {key: _made(part, values) for key, part in item.items()} if type(item) is dict else item


def _same(one: Any, other: Any, values: dict[int, Value]) -> bool:
    if type(one) is not type(other):
        return False
    if type(one) is _Held:
        return values.get(id(one.value), one.value) is other.value
    if type(one) in (tuple, list):
        return len(one) == len(other) and all(_same(mine, yours, values) for mine, yours in zip(one, other))
    if type(one) is dict:
        return list(one) == list(other) and all(_same(item, other[key], values) for key, item in one.items())
    return one is other or same_sizes(one, other)


def _pair(one: Any, other: Any, values: dict[int, Value]) -> None:
    """What a call gave stands where the same call of another layer gave ``one``. Raise Unlike where it cannot."""
    if type(one) is not type(other):
        raise Unlike
    if type(one) is _Held:
        if values.setdefault(id(one.value), other.value) is not other.value or not same_kind(one.value, other.value):
            raise Unlike
    elif type(one) in (tuple, list):
        if len(one) != len(other):
            raise Unlike
        for mine, yours in zip(one, other):
            _pair(mine, yours, values)
    elif not same_sizes(one, other):
        raise Unlike
