"""What a layer that runs asks of itself and of the objects that it was given (a cache).

Where it calls methods that change such an object, the state of that must reach it through these calls alone, and what tells
the layer from its neighbours (its number) must go nowhere but into them.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from papertrace.places import calls_to
from papertrace.repeats.operands import producer
from papertrace.repeats.outside_calls import OutsideCall
from papertrace.repeats.watch import watch
from papertrace.structure import is_tensor

if TYPE_CHECKING:
    from papertrace.record import Recorder


class Listener:
    """What a layer that runs asks of itself and of the objects that it was given."""

    def __init__(
        self,
        recorder: Recorder,
        extent: Callable[[], Any],
        module: Any,
        differing: Iterable[tuple[str, str]],
        given: Any,
    ) -> None:
        """``differing``: (path of a part, attribute) of what tells the layer from others."""
        self.recorder, self.extent, self.depth = recorder, extent, len(recorder.modules)
        self.targets = {id(item): item for item in _objects(given)}
        parts = dict(module.named_modules())
        #: Path of the part, by its identity and the attribute.
        self._differing = {(id(parts[path]), name): path for path, name in differing}
        self._listened = {type(item) for item in self.targets.values()} | {type(parts[path]) for path, _ in differing}
        self._classes = {type(part) for part in parts.values()}
        self.asked: list[Asked] = []
        self.calls: list[OutsideCall] = []
        #: Whether the state of a given object was read beside its methods.
        self.has_read = False
        #: Whether the layer may have been told from others by what is not listened to.
        self.is_deaf = False
        self.open: OutsideCall | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """For as long as the layer runs."""
        patches: list[tuple[type, str]] = []
        try:
            _patch(patches, self._listened, "__getattribute__", self._read)
            _patch(patches, self._classes, "__hash__", self._identity("__hash__"))
            _patch(patches, self._classes, "__eq__", self._identity("__eq__"))
            self.is_deaf = len(patches) < len(self._listened) + 2 * len(self._classes)
            watch.began, watch.ended = self._began, self._ended
            yield
        finally:
            watch.began = watch.ended = None
            watch.excused = False
            for cls, name in patches:
                if name in vars(cls):
                    type.__delattr__(cls, name)
            if self.open is not None:
                watch.change()
            for asked in self.asked:
                asked.frame = None

    @property
    def is_sound(self) -> bool:
        """Whether what the calls change reached the layer through them alone."""
        return self.open is None and not self.is_deaf and not (self.calls and self.has_read)

    def _read(self) -> Callable[[Any, str], Any]:
        def read(item: Any, name: str) -> Any:
            key = id(item), name
            if key in self._differing:
                self.asked.append(Asked(self._differing[key], name, sys._getframe(1)))
            elif self.open is None and id(item) in self.targets and not _is_method(item, name):
                self.has_read = True
            return object.__getattribute__(item, name)

        return read

    def _identity(self, name: str) -> Callable[[], Callable[..., Any]]:
        """Of a method that tells one module from others: one that is a key leads to what is its own."""
        plain = getattr(object, name)

        def identify(*modules: Any) -> Any:
            self.is_deaf = True
            return plain(*modules)

        return lambda: identify

    def _began(self, frame: FrameType) -> None:
        code = frame.f_code
        if self.open is not None:
            return
        target = self.targets.get(id(frame.f_locals[code.co_varnames[0]]))
        caller = frame.f_back
        if target is None or caller is None:
            return
        method = getattr(getattr(type(target), code.co_name, None), "__code__", None)
        calls = calls_to(caller)
        if method is not code or self.recorder.call is not None or not calls or calls[-1][0].co_name != "forward":
            self.has_read = True
            watch.change()
            return
        start = self.extent()
        self.open = OutsideCall(target, code.co_name, frame, start, self.recorder.modules[self.depth :], calls)
        self._account(self.open, caller, code)
        watch.tell_end(code)
        watch.excused = True
        # What it is given it may keep: no tensor that there is by its end is the layer's own.
        self.recorder.others = None

    def _account(self, call: OutsideCall, caller: FrameType, code: CodeType) -> None:
        """Find the attributes that the caller asked for only to pass them on."""
        for asked in self.asked:
            if asked.frame is caller and not asked.is_passed:
                name = _parameter(caller.f_code, asked.offset, caller.f_lasti, code)
                if name is not None:
                    asked.is_passed = True
                    call.attributes[name] = asked.path, asked.name

    def _ended(self, frame: FrameType, result: Any) -> None:
        call = self.open
        if call is None or frame is not call.frame:
            return
        call.close(result, self.extent())
        self.calls.append(call)
        self.open = None
        self.recorder.others = len(self.recorder.values)
        watch.excused = False


class Asked:
    """An attribute that tells a layer from others has been asked for."""

    def __init__(self, path: str, name: str, frame: FrameType) -> None:
        #: Path of the part within the layer, and the attribute.
        self.path, self.name = path, name
        self.frame: FrameType | None = frame
        self.offset = frame.f_lasti
        #: Whether it was asked for as an argument of an outside call.
        self.is_passed = False


def _patch(
    patches: list[tuple[type, str]], classes: Iterable[type], name: str, make: Callable[[], Callable[..., Any]]
) -> None:
    """Set a method of those classes that have the one of every object; which, and what it is called, is noted before."""
    plain = getattr(object, name)
    # All are found before one is set: others may be its subclasses.
    for cls in [cls for cls in classes if getattr(cls, name) is plain and cls.__flags__ & _HEAP]:
        patches.append((cls, name))
        type.__setattr__(cls, name, make())


#: Py_TPFLAGS_HEAPTYPE: a class that source defines, whose attributes can be set.
_HEAP = 1 << 9


def _parameter(code: CodeType, asked: int, called: int, callee: CodeType) -> str | None:
    """The parameter of a method that takes what the instruction at ``asked`` gave, if nothing else does."""
    instructions = list(dis.get_instructions(code))
    index = next(place for place, item in enumerate(instructions) if item.offset == called)
    call = instructions[index]
    if call.opname not in ("CALL", "CALL_KW"):
        return None
    count, on_top = call.arg or 0, int(call.opname == "CALL_KW")
    names = instructions[index - 1].argval if on_top else ()
    for place in range(count):
        found = producer(instructions, index, on_top + count - 1 - place)
        if found is None or found[0].offset != asked or found[0].opname != "LOAD_ATTR":
            continue
        named = place - (count - len(names))
        if named >= 0:
            return names[named]
        return callee.co_varnames[place + 1] if place + 1 < callee.co_argcount else None
    return None


def _is_method(item: Any, name: str) -> bool:
    """Whether an attribute is not part of an object's state: a method of its class, or that itself."""
    if name == "__class__":
        return True
    return hasattr(getattr(type(item), name, None), "__code__") and name not in object.__getattribute__(item, "__dict__")


def _objects(given: Any) -> Iterator[Any]:
    """Objects with a state of their own."""
    if type(given) in (tuple, list, dict):
        for item in given.values() if type(given) is dict else given:
            yield from _objects(item)
    elif not is_tensor(given) and not callable(given) and not isinstance(given, (int, float, str, bytes, ModuleType)):
        if given is not None and hasattr(given, "__dict__"):
            yield given
