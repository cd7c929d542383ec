"""Whether a source has changed what every other source rests on: functions and classes of torch, transformers, Python.

Sources do so by intent (`LlamaAttention.forward = …`, `torch.nn.functional.gelu = …`), at import or while they run.
The trace that did it is right; the next one gets an interpreter of its own.
"""

from __future__ import annotations

import builtins
import math
import sys
import types
from typing import Any

_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    classmethod,
    staticmethod,
    property,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)

#: What a class or a module holds, as it was when it was made: (holder, name → value of what counts, number of all).
_known: dict[int, tuple[Any, dict[str, Any], int]] = {}


def remember(module: types.ModuleType) -> None:
    """Take note of a module that has just been loaded."""
    for holder in _holders(module):
        _note(holder)


def remember_all() -> None:
    """Take note of Python's own, of this package and of torch; before the first source of a reader runs."""
    for module in (builtins, math):
        _note(module)
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and name.partition(".")[0] in ("torch", "papertrace"):
            remember(module)


def forget(module: types.ModuleType | None) -> None:
    """A module has been unloaded."""
    for holder in () if module is None else _holders(module):
        _known.pop(id(holder), None)


def is_changed() -> bool:
    """Whether anything is not what it was."""
    return any(_differs(*known) for known in _known.values())


def _holders(module: types.ModuleType) -> list[Any]:
    """A module, and the classes that it defines."""
    own = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__]
    return [module, *own]


def _note(holder: Any) -> None:
    held = vars(holder)
    _known[id(holder)] = holder, {name: item for name, item in held.items() if _counts(item)}, len(held)


def _counts(item: Any) -> bool:
    return isinstance(item, (*_FUNCTIONS, type))


def _differs(holder: Any, before: dict[str, Any], length: int) -> bool:
    now = vars(holder)
    for name, item in before.items():
        if now.get(name) is not item:
            return True
    return len(now) > length and any(_counts(item) and name not in before for name, item in list(now.items()))
