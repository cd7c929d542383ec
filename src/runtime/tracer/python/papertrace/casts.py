"""Conversion of the element type."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from papertrace.declare import declare
from papertrace.dtypes import as_dtype, dtype
from papertrace.errors import Unsupported
from papertrace.tensor import Tensor, emit


def cast(input: Tensor, element: dtype) -> Tensor:
    """The same tensor in another element type; the tensor itself where nothing changes."""
    if input.dtype is element:
        return input
    if input.dtype.category == 3 or element.category == 3:
        from papertrace.complex_numbers import cast as complex_cast

        return complex_cast(input, element)
    result = emit("cast", [input], {"to": element}, input.shape, element)
    if element.category == 1:
        result._value.ordering = input._value.ordering
    return result


def asked_element(arguments: Sequence[Any], element: Any = None) -> dtype | None:
    """The element type that arguments of ``to`` ask for: one by itself, or that of a tensor."""
    element = as_dtype(element)
    for argument in arguments:
        if isinstance(argument, Tensor):
            element = argument.dtype
        elif argument in (builtins.float, builtins.int, builtins.bool) or type(argument).__name__ == "dtype":
            element = as_dtype(argument)
    return element


@declare("Tensor.to", "Tensor._to_copy")
def to(
    self: Tensor,
    *arguments: Any,
    device: Any = None,
    dtype: Any = None,
    non_blocking: builtins.bool = False,
    copy: builtins.bool = False,
    other: Any = None,
    memory_format: Any = None,
) -> Tensor:
    """By position: a device, an element type, both or a tensor that has them, then ``non_blocking`` and ``copy``."""
    element = asked_element(arguments, dtype) if other is None else other.dtype
    flags = [argument for argument in arguments if isinstance(argument, builtins.bool)]
    if element is None or element is self.dtype:
        return self.clone() if copy or flags[1:] == [True] else self
    return cast(self, element)


@declare("Tensor.type")
def type_(self: Tensor, dtype: Any = None, non_blocking: builtins.bool = False) -> Any:
    if dtype is None:
        return f"torch.{_LEGACY_NAMES.get(self.dtype.name, 'Float')}Tensor"
    if isinstance(dtype, str) and dtype.endswith("Tensor"):
        name = dtype.removeprefix("torch.").removesuffix("Tensor")
        names = {legacy: element for element, legacy in _LEGACY_NAMES.items()}
        if name not in names:
            raise Unsupported("The tensor type {0} is not known.", dtype)
        dtype = names[name]
    element = as_dtype(dtype)
    assert element is not None
    return cast(self, element)


_LEGACY_NAMES = {
    "float32": "Float",
    "float64": "Double",
    "float16": "Half",
    "bfloat16": "BFloat16",
    "int64": "Long",
    "int32": "Int",
    "int16": "Short",
    "int8": "Char",
    "uint8": "Byte",
    "bool": "Bool",
}

declare("Tensor.type_as")(lambda self, other: cast(self, other.dtype))
for _name, _element in (
    ("float", "float32"),
    ("double", "float64"),
    ("half", "float16"),
    ("bfloat16", "bfloat16"),
    ("long", "int64"),
    ("int", "int32"),
    ("short", "int16"),
    ("char", "int8"),
    ("byte", "uint8"),
    ("bool", "bool"),
):

    def _convert(self: Tensor, memory_format: Any = None, *, element: str = _element) -> Tensor:
        target = as_dtype(element)
        assert target is not None
        return cast(self, target)

    declare(f"Tensor.{_name}")(_convert)
