"""Type promotion: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc"""

from __future__ import annotations

from typing import Any

from papertrace import dtypes
from papertrace.dtypes import bool_, complex64, default_dtype, dtype, int64
from papertrace.structure import is_tensor

_ORDER = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"]
_ORDER += ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float16", "bfloat16", "float32", "float64"]
_ORDER += ["complex64", "complex128"]
_RANK = {name: rank for rank, name in enumerate(_ORDER)}


def promote_types(left: dtype, right: dtype) -> dtype:
    """The smallest type that holds both."""
    if left is right:
        return left
    names = {left.name, right.name}
    if names == {"uint8", "int8"}:
        return dtypes.int16
    if names == {"float16", "bfloat16"}:
        return dtypes.float32
    if names == {"float64", "complex64"}:
        return dtypes.complex128
    return left if _RANK[left.name] >= _RANK[right.name] else right


def scalar_dtype(scalar: Any) -> dtype:
    """The type of a Python number by itself."""
    if isinstance(scalar, bool):
        return bool_
    if isinstance(scalar, int):
        return int64
    if isinstance(scalar, complex):
        return complex64
    return default_dtype()


def result_type(*operands: Any) -> dtype:
    """The type of an operation: tensors with dimensions come before 0-d ones, these before Python numbers; a later
    kind only counts where its category (bool < integer < floating < complex) is higher."""
    by_priority: list[dtype | None] = [None, None, None]
    for operand in operands:
        if is_tensor(operand):
            priority, element = (0 if operand.ndim else 1), operand.dtype
        else:
            priority, element = 2, scalar_dtype(operand)
        known = by_priority[priority]
        by_priority[priority] = element if known is None else promote_types(known, element)
    result: dtype | None = None
    for priority, element in enumerate(by_priority):
        if element is None:
            continue
        if result is None:
            result = default_dtype() if priority == 2 and element.category == 2 else element
        elif element.category > result.category:
            if priority == 2 and element.category == 2:
                result = default_dtype()
            elif element.category == 3 and result.category == 2:
                result = result.to_complex()
            else:
                result = element
    assert result is not None
    return result
