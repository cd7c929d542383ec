"""Whether code that runs changes anything but its own variables, as far as its instructions tell.

Counted are, of all code but the tracer's and Python's own, the statements that write an attribute, an item, a global or
a variable of an enclosing function, calls of Python's own methods that change what they are called on, and whatever is
never twice the same. What the tracer changes itself, the recorder counts.
"""

from __future__ import annotations

import dis
import inspect
import os
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, NamedTuple

from papertrace.repeats.operands import local_name
from papertrace.places import sources
from papertrace.structure import is_tensor

#: Where the code of Python's own library says that it lies.
_STANDARD = os.path.dirname(dis.dis.__code__.co_filename)

_LIBRARIES = (f"{os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))}/", f"{_STANDARD}/", "<frozen")

#: Python's own code that is never twice the same.
_RANDOM = os.path.join(_STANDARD, "random.py")

#: Python whose instructions are known here.
_VERSION = (3, 14)

#: Instructions that change what lies outside of a call.
_CHANGES = frozenset(
    ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "STORE_GLOBAL", "DELETE_GLOBAL")
    + ("STORE_NAME", "DELETE_NAME")
)

#: Methods of Python's own, and of modules, that change what they are called on or given, or are never twice the same.
_CHANGING = frozenset(
    ("append", "appendleft", "extend", "extendleft", "insert", "add", "update", "pop", "popleft", "popitem", "remove")
    + ("discard", "clear", "setdefault", "sort", "reverse", "rotate", "move_to_end", "send", "throw", "write", "put")
    + ("difference_update", "intersection_update", "symmetric_difference_update", "setitem", "delitem", "iadd", "set")
    + ("heappush", "heappop", "heapify", "heapreplace", "heappushpop", "insort", "insort_left", "insort_right", "fill")
    + ("__next__", "__setattr__", "__delattr__", "__setitem__", "__delitem__", "__iadd__", "_getframe", "subtract")
    + ("random", "getrandbits", "seed", "time", "perf_counter", "monotonic")
    + ("register_buffer", "register_parameter", "register_module", "add_module", "set_submodule", "load_state_dict")
    + ("register_forward_hook", "register_forward_pre_hook")
)

#: Names of what may change or know anything.
_REACHING = frozenset(
    ("setattr", "delattr", "next", "globals", "locals", "vars", "dir", "id", "exec", "eval", "open", "input")
    + ("__import__", "__dict__")
)

#: `_CHANGES` and what may be one of them, as numbers; the operators that assign.
_SUSPECT = frozenset(dis.opmap[name] for name in (*_CHANGES, "STORE_DEREF") if name in dis.opmap)
_BINARY, _IDENTITY = dis.opmap.get("BINARY_OP", -1), dis.opmap["IS_OP"]
_IN_PLACE = frozenset(number for number, (_, sign) in enumerate(getattr(dis, "_nb_ops", ())) if sign.endswith("="))

_FUNCTIONS = frozenset(
    (types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType)
    + (types.ClassMethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType)
)

_GENERATES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class _Reach(NamedTuple):
    """What a code object may change."""

    #: By line: local variables that are changed in place there, None for what is not local.
    lines: dict[int, list[str | None]]
    #: Whether methods that it calls may change something.
    calls: bool


#: By identity of the code object; gone with it.
_known: dict[int, _Reach] = {}
_codes: dict[int, weakref.ref[CodeType]] = {}


def _reach_of(code: CodeType) -> _Reach:
    key = id(code)
    known = _known.get(key)
    if known is None:
        known = _known[key] = _read(code)
        _codes[key] = weakref.ref(code, lambda _: (_known.pop(key), _codes.pop(key)))
    return known


def _read(code: CodeType) -> _Reach:
    lines: dict[int, list[str | None]] = {}
    calls = not _CHANGING.isdisjoint(code.co_names)
    if calls or not _REACHING.isdisjoint(code.co_names) or any(map(_may_reach_out, code.co_code[::2], code.co_code[1::2])):
        instructions = list(dis.get_instructions(code))
        for index, item in enumerate(instructions):
            if _reaches_out(code, item) or _is_taken_away(instructions, index) or _tells_apart(instructions, index):
                lines.setdefault(item.line_number or 0, []).append(_changed_variable(instructions, index))
    return _Reach(lines, calls)


def _may_reach_out(operation: int, argument: int) -> bool:
    return operation in _SUSPECT or operation == _IDENTITY or operation == _BINARY and argument in _IN_PLACE


def _reaches_out(code: CodeType, instruction: dis.Instruction) -> bool:
    name = instruction.opname
    if name in _CHANGES:
        return True
    if name == "BINARY_OP":
        return instruction.arg in _IN_PLACE
    if name == "STORE_DEREF":
        return instruction.argval in code.co_freevars
    if name == "LOAD_ATTR":
        return instruction.argval == "__dict__"
    return name in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") and instruction.argval in _REACHING


def _is_taken_away(instructions: list[dis.Instruction], index: int) -> bool:
    """Whether a method that changes something is fetched and not called at once: it may be called from anywhere."""
    item = instructions[index]
    if item.opname != "LOAD_ATTR" or item.argval not in _CHANGING or (item.arg or 0) & 1:
        return False
    # Of a module that is imported, a function is called like this.
    return instructions[index + 1].opname != "PUSH_NULL"


def _tells_apart(instructions: list[dis.Instruction], index: int) -> bool:
    """Whether two objects are asked whether they are one; with None, each layer is as good as any."""
    return instructions[index].opname == "IS_OP" and instructions[index - 1].opname != "LOAD_CONST"


def _changed_variable(instructions: list[dis.Instruction], index: int) -> str | None:
    """The local variable whose value an instruction changes, as it is when its line begins."""
    item = instructions[index]
    if item.opname not in ("STORE_SUBSCR", "BINARY_OP"):
        return None
    name = local_name(instructions, index, 1)
    before = (other for other in instructions[:index] if other.line_number == item.line_number)
    return None if any(other.opname.startswith("STORE_FAST") for other in before) else name


class Watch:
    """What has been counted, and who is told of functions that begin and end."""

    def __init__(self) -> None:
        #: How often something was changed.
        self.changes = 0
        #: Whether changes are left out of account: what makes them is told.
        self.excused = False
        #: Whether this Python can be watched, and is.
        self.is_on = False
        #: By identity of code: whether it knows an iterator that was there before it ran, which a loop would use up.
        self.iterates: dict[int, bool] = {}
        #: Is given the frame of each function of source that begins.
        self.began: Callable[[FrameType], None] | None = None
        #: Is given the frame of a function that `tell_end` named, and its result.
        self.ended: Callable[[FrameType, Any], None] | None = None

    def change(self) -> None:
        if not self.excused:
            self.changes += 1

    def tell_end(self, code: CodeType) -> None:
        """From now on `ended` is called when a function of this code returns."""
        _listen(code, sys.monitoring.events.PY_RETURN)


watch = Watch()

_TOOL = 4


def _listen(code: CodeType, events: int) -> None:
    sys.monitoring.set_local_events(_TOOL, code, sys.monitoring.get_local_events(_TOOL, code) | events)


def _on_start(code: CodeType, offset: int) -> Any:
    if code.co_filename == _RANDOM:
        watch.change()
        return None
    if _is_library(code):
        return sys.monitoring.DISABLE
    reach = _reach_of(code)
    events = sys.monitoring.events
    wanted = (events.LINE if reach.lines else 0) | (events.CALL if reach.calls else 0)
    if wanted and not sys.monitoring.get_local_events(_TOOL, code) & wanted:
        _listen(code, wanted)
    if code.co_flags & _GENERATES:
        # One that was made before goes on where it was; an expression is used up where it stands.
        if code.co_name != "<genexpr>":
            _listen(code, events.PY_RESUME)
        return None
    if watch.iterates.get(id(code)) is None:
        watch.iterates[id(code)] = _knows_an_iterator(sys._getframe(1))
    if watch.iterates[id(code)]:
        watch.change()
    elif not code.co_argcount and not wanted:
        return sys.monitoring.DISABLE
    if code.co_argcount and watch.began is not None:
        watch.began(sys._getframe(1))
    return None


def _knows_an_iterator(frame: FrameType) -> bool:
    """Whether a function names one from outside of it; that another comes to have the name, is counted."""
    code = frame.f_code
    outside = [frame.f_globals.get(name) for name in code.co_names]
    outside += [frame.f_locals.get(name) for name in code.co_freevars]
    return any(hasattr(type(item), "__next__") for item in outside)


def _is_library(code: CodeType) -> bool:
    return code.co_filename.startswith(_LIBRARIES) and code.co_filename not in sources


def _on_line(code: CodeType, line: int) -> Any:
    changed = _reach_of(code).lines.get(line)
    if changed is None:
        return sys.monitoring.DISABLE
    local = sys._getframe(1).f_locals
    if any(name is None or not _tells_itself(local.get(name)) for name in changed):
        watch.change()
    return None


def _tells_itself(item: Any) -> bool:
    """Whether something cannot be changed, or is a tensor: the recorder counts what happens to those."""
    return is_tensor(item) or isinstance(item, (int, float, str, tuple))


def _on_call(code: CodeType, offset: int, function: Any, first: Any) -> None:
    # Of anything else, source may say what its attributes are.
    if type(function) not in _FUNCTIONS or function.__name__ not in _CHANGING:
        return
    if is_tensor(first) or _is_own(code, first):
        return
    body = getattr(function, "__code__", None)
    if body is None or _is_library(body):
        watch.change()


def _on_resume(code: CodeType, offset: int) -> None:
    watch.change()


def _is_own(code: CodeType, receiver: Any) -> bool:
    """Whether something is the dictionary that a function's `**options` are, made for this call."""
    if not code.co_flags & inspect.CO_VARKEYWORDS:
        return False
    position = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & inspect.CO_VARARGS)
    return sys._getframe(2).f_locals.get(code.co_varnames[position]) is receiver


def _on_return(code: CodeType, offset: int, result: Any) -> None:
    if watch.ended is not None:
        watch.ended(sys._getframe(1), result)


@contextmanager
def watching(wanted: bool) -> Iterator[None]:
    """Count, where that is wanted and this Python can."""
    if not wanted or sys.version_info[:2] != _VERSION or sys.monitoring.get_tool(_TOOL) is not None:
        yield
        return
    monitoring, events = sys.monitoring, sys.monitoring.events
    monitoring.use_tool_id(_TOOL, "papertrace")
    monitoring.register_callback(_TOOL, events.PY_START, _on_start)
    monitoring.register_callback(_TOOL, events.LINE, _on_line)
    monitoring.register_callback(_TOOL, events.CALL, _on_call)
    monitoring.register_callback(_TOOL, events.PY_RETURN, _on_return)
    monitoring.register_callback(_TOOL, events.PY_RESUME, _on_resume)
    monitoring.set_events(_TOOL, events.PY_START)
    watch.is_on = True
    try:
        yield
    finally:
        watch.is_on = watch.excused = False
        watch.began = watch.ended = None
        watch.iterates.clear()
        monitoring.set_events(_TOOL, events.NO_EVENTS)
        monitoring.free_tool_id(_TOOL)
