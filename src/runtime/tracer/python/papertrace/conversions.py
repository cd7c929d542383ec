"""`int`, `float`, `type` and `len` for traced source: Python's own give plain numbers, these keep a size free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papertrace import loop_lists, ratios, record
from papertrace.ratios import SymFloat
from papertrace.structure import is_tensor
from papertrace.symbolic import SymInt

#: Global of every instrumented module: (function, argument) → function(argument); see instrument.py.
CONVERT = "__papertrace_convert__"

#: Built-in functions whose calls with one argument go through `convert`.
CONVERSIONS = frozenset({"int", "float", "type"})


def convert(function: Callable[[Any], Any], argument: Any) -> Any:
    """``function(argument)`` for one of Python's conversions, or whatever the source calls by that name."""
    if function is type:
        kind = type(argument)
        return int if issubclass(kind, SymInt) else float if kind is SymFloat else kind
    if function is not int and function is not float:
        return function(argument)
    if is_tensor(argument):
        argument = argument.item()
    if type(argument) is SymFloat:
        return argument.__trunc__() if function is int else argument
    if isinstance(argument, SymInt):
        return argument if function is int else ratios.as_float(argument)
    return function(argument)


def symbolic_len(container: Any) -> int:
    """``len(container)``; of a tensor, its first size, of a list that a free loop filled, the length that it has in a run."""
    if type(container) in (list, tuple) and record.trace.loops.rolled:
        return loop_lists.length(container)
    return container.shape[0] if is_tensor(container) and container.ndim else len(container)
