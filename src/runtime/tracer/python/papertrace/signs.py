"""Which integer tensors cannot hold a negative number, or are looked at before a run: they need no care as indices."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.dtypes import bool_
from papertrace.tensor import Tensor
from papertrace.values import Value


def is_never_negative(index: Tensor) -> bool:
    """True where the elements of an integer tensor are known not to be negative."""
    return _never_negative(index.value)


def is_argument(index: Tensor) -> bool:
    """True where the elements are those of an argument of forward, all of them as they are: a run looks at these."""
    value = index.value
    while value.operation is not None and value.operation.primitive in ("reshape", "permute", "expand", "cast"):
        value = value.operation.inputs[0]
    return value.leaf is not None and value.leaf[0] == "input" and value.dtype.category == 1


def _never_negative(root: Value) -> bool:
    stack: list[Any] = [root]
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        operation = value.operation
        if operation is None:
            carried = value.leaf is None
            if carried or value.leaf[0] == "input" and value.dtype.category == 1:  # type: ignore[index]
                return False
            continue
        name, attributes = operation.primitive, operation.attributes
        if name == "const":
            if any(number < 0 for number in attributes["data"]):
                return False
        elif name == "range":
            first = attributes["start"]
            last = first + attributes["step"] * (attributes["count"] - 1)
            if not symbolic.never_negative(first) or not symbolic.never_negative(last):
                return False
        elif name == "size":
            if not symbolic.never_negative(attributes["value"]):
                return False
        elif name in ("nonzero", "arg"):
            continue
        elif name == "topk":
            if value is operation.outputs[0]:
                stack.append(operation.inputs[0])
        elif name == "cast":
            if operation.inputs[0].dtype.category > 1:
                return False
            if operation.inputs[0].dtype is not bool_:
                stack.append(operation.inputs[0])
        elif name in ("maximum", "bitand"):
            if not any(_never_negative(item) for item in operation.inputs):
                return False
        elif name == "mod":
            stack.append(operation.inputs[1])
        elif name in ("gather", "gather_elements", "gather_nd"):
            stack.append(operation.inputs[0])
        elif name == "where":
            stack += operation.inputs[1:]
        elif name in _KEEPS_SIGN:
            stack += [item for item in operation.inputs if item is not None and item.dtype is not bool_]
        else:
            return False
    return True


_KEEPS_SIGN = {
    "add",
    "mul",
    "floordiv",
    "minimum",
    "fill",
    "reshape",
    "permute",
    "expand",
    "tile",
    "slice",
    "concat",
    "scatter_nd",
    "scatter_elements",
    "cumsum",
    "abs",
    "shiftright",
    "reduce",
    "pad",
    "trilu",
    "relu",
}
