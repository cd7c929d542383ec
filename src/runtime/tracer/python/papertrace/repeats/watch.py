"""Whether code that runs changes anything but its own variables, or may tell one object from others, as far as can be seen.

Counted are, of all code but the tracer's and Python's own, the statements that write an attribute, an item, a global or
a variable of an enclosing function, or ask whether two objects are one, calls of Python's own methods that change what
they are called on, functions that an iterator of before is known to, which a loop would use up, and whatever is never
twice the same. What the tracer changes itself, the recorder counts.
"""

from __future__ import annotations

import dis
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from papertrace.places import sources
from papertrace.repeats.iterators import knows_an_iterator
from papertrace.repeats.reach import CHANGING, Reach, reach_of
from papertrace.structure import is_tensor

#: Where the code of Python's own library says that it lies.
_STANDARD = os.path.dirname(dis.dis.__code__.co_filename)

_LIBRARIES = (f"{os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))}/", f"{_STANDARD}/", "<frozen")

#: Python's own code that is never twice the same.
_RANDOM = os.path.join(_STANDARD, "random.py")

#: Python whose instructions are known here.
_VERSION = (3, 14)

_FUNCTIONS = frozenset(
    (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.ClassMethodDescriptorType)
    + (types.WrapperDescriptorType, types.MethodWrapperType)
)

_GENERATES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Watch:
    """What has been counted, and who is told of functions that begin and end."""

    def __init__(self) -> None:
        #: How often something was changed.
        self.changes = 0
        #: Whether changes are left out of account: what makes them is told.
        self.excused = False
        #: Whether this Python can be watched, and is.
        self.is_on = False
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
    reach = reach_of(code)
    events = sys.monitoring.events
    wanted = (events.LINE if reach.lines else 0) | (events.CALL if reach.calls else 0)
    if wanted and not sys.monitoring.get_local_events(_TOOL, code) & wanted:
        _listen(code, wanted)
    if reach.iterates and knows_an_iterator(sys._getframe(1), reach, watch.changes):
        watch.change()
    if code.co_flags & _GENERATES:
        # One that was made before goes on where it was; an expression is used up where it stands.
        if code.co_name != "<genexpr>":
            _listen(code, events.PY_RESUME)
        return None
    if not (code.co_argcount or reach.iterates or wanted):
        return sys.monitoring.DISABLE
    if code.co_argcount and watch.began is not None:
        watch.began(sys._getframe(1))
    return None


def _is_library(code: CodeType) -> bool:
    return code.co_filename.startswith(_LIBRARIES) and code.co_filename not in sources


def _on_line(code: CodeType, line: int) -> Any:
    changed = reach_of(code).lines.get(line)
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
    if type(function) is types.MethodType:
        function = function.__func__
    # Of anything else, source may say what its attributes are.
    if type(function) not in _FUNCTIONS or function.__name__ not in CHANGING:
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
    # What was seen before may have changed unseen.
    watch.changes += 1
    try:
        yield
    finally:
        watch.is_on = watch.excused = False
        watch.began = watch.ended = None
        monitoring.set_events(_TOOL, events.NO_EVENTS)
        monitoring.free_tool_id(_TOOL)
