"""What an error in a torch call says of the call: its name and, of every argument, shape and element type or value."""

from __future__ import annotations

import re
from typing import Any

from papertrace.dtypes import dtype
from papertrace.errors import Unsupported
from papertrace.structure import is_tensor
from papertrace.symbolic import SymInt, shown

#: Longer calls are cut: what matters stands in front.
_LENGTH = 240
_ITEMS = 6

#: Special methods as they are written between their operands.
_SIGNS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}
_PREFIXES = {"neg": "-", "pos": "+", "invert": "~"}


def explain(error: BaseException, label: str, args: tuple, kwargs: dict[str, Any]) -> None:
    """Note on an error which torch call it ended (failures.py), under the name that the source called it by."""
    if getattr(error, "operation", None) is None:
        error.operation = label  # type: ignore[attr-defined]
    if not isinstance(error, Exception) or isinstance(error, Unsupported) or hasattr(error, "torch_call"):
        return
    if type(error) is TypeError and error.args:
        # Python names the function that does not take the arguments, whatever it is called here.
        named = re.sub(r"^[\w.<>]+\(\) (?=got|missing|takes)", f"{label.rpartition('.')[2]}() ", str(error.args[0]))
        error.args = (named, *error.args[1:])
    error.subject = next(filter(is_tensor, args), None)  # type: ignore[attr-defined]
    error.torch_call = written_call(label, args, kwargs)  # type: ignore[attr-defined]


def written_call(label: str, args: tuple, kwargs: dict[str, Any]) -> str:
    """``torch.matmul(float32[batch_size=2, 5, 8], float32[7, 3])``, ``float32[2, 8] + float32[7]``."""
    namespace, _, name = label.rpartition(".")
    bare = name.strip("_")
    special = namespace == "Tensor" and name.startswith("__")
    if special and bare in ("getitem", "setitem") and len(args) >= 2:
        text = f"{_written(args[0])}[{_written_index(args[1])}]"
        text += f" = {_written(args[2])}" if len(args) > 2 else ""
    elif special and bare in _PREFIXES and args:
        text = f"{_PREFIXES[bare]}{_written(args[0])}"
    elif special and len(args) == 2 and (sign_of := _sign(bare)) is not None:
        sign, swapped = sign_of
        left, right = reversed(args) if swapped else args
        text = f"{_written(left)} {sign} {_written(right)}"
    else:
        path = label if namespace.partition(".")[0] in ("torch", "Tensor") else f"torch.{label}"
        given = [*map(_written, args), *(f"{key}={_written(item)}" for key, item in kwargs.items())]
        text = f"{path}({', '.join(given)})"
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}…"


def _sign(name: str) -> tuple[str, bool] | None:
    """The sign of a special method, and whether its operands are swapped."""
    if name in _SIGNS:
        return _SIGNS[name], False
    if name[:1] == "i" and name[1:] in _SIGNS:
        return f"{_SIGNS[name[1:]]}=", False
    return (_SIGNS[name[1:]], True) if name[:1] == "r" and name[1:] in _SIGNS else None


def _written(item: Any) -> str:
    if is_tensor(item):
        return f"{item.dtype.name}[{', '.join(map(shown, item.shape))}]"
    if type(item) is SymInt:
        return shown(item)
    if isinstance(item, (tuple, list)):
        inner = ", ".join(map(_written, item[:_ITEMS])) + (", …" if len(item) > _ITEMS else "")
        return f"[{inner}]" if isinstance(item, list) else f"({inner}{',' if len(item) == 1 else ''})"
    if item is None or item is Ellipsis or isinstance(item, (bool, int, float, complex, str)):
        return "…" if item is Ellipsis else repr(item)
    # The reader's own objects may fail in being shown.
    return item.name if isinstance(item, dtype) else type(item).__name__


def _written_index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_written_index, index))
    if not isinstance(index, slice):
        return _written(index)
    ends = ["" if bound is None else _written(bound) for bound in (index.start, index.stop)]
    return ":".join(ends if index.step is None else [*ends, _written(index.step)])
