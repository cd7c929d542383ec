"""Iterators that were there before a function ran: what it takes of them, later calls miss."""

from __future__ import annotations

import types
from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from papertrace.repeats.reach import Reach


def knows_an_iterator(frame: FrameType, reach: Reach, changes: int) -> bool:
    """Whether a function that begins is given one, or names one of outside; ``changes``: how many there have been."""
    code = frame.f_code
    # What an expression goes through was made where it stands.
    given = () if code.co_name == "<genexpr>" else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if given or code.co_freevars:
        local = frame.f_locals
        if any(is_iterator(local.get(name)) for name in (*given, *code.co_freevars)):
            return True
    if reach.seen_at != changes:
        if any(map(is_iterator, _globals_of(frame))):
            return True
        reach.seen_at = changes
    return False


def _globals_of(frame: FrameType) -> Iterator[Any]:
    """What the names of a function may be, in its module and in those that it names."""
    names = frame.f_code.co_names
    for item in map(frame.f_globals.get, names):
        yield item
        if type(item) is types.ModuleType:
            yield from map(vars(item).get, names)


def is_iterator(item: Any) -> bool:
    """Whether a loop would use something up."""
    kind = type(item)
    # A class of another make may say anything of its attributes.
    return hasattr(kind, "__next__") if type(kind) is type else any("__next__" in vars(base) for base in kind.__mro__)


#: What `holds_iterator` found of each class; gone with it.
_iterating: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def holds_iterator(cls: type) -> bool:
    """Whether all of a class share one."""
    if cls not in _iterating:
        _iterating[cls] = any(map(is_iterator, vars(cls).values()))
    return _iterating[cls]
