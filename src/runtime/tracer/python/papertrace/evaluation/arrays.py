"""Concrete arrays as Python lists, and the table of rules that compute one primitive each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from papertrace.symbolic import hint
from papertrace.values import Value


class NotConstant(Exception):
    """The value cannot be known while tracing; ``value`` says where it comes from."""

    def __init__(self, value: Value) -> None:
        super().__init__(value.index)
        self.value = value


class Array:
    """Row-major numbers with a plain shape."""

    __slots__ = ("data", "shape", "sized")

    def __init__(self, shape: Sequence[int], data: list[Any], sized: bool) -> None:
        self.shape = tuple(hint(size) for size in shape)
        self.data = data
        self.sized = sized


#: Primitive → (operation, inputs…) → the numbers of its result, or a tuple for several results.
RULES: dict[str, Callable[..., Any]] = {}


def rule(*names: str) -> Callable[[Callable], Callable]:
    """Declare how these primitives are computed."""

    def declare(function: Callable) -> Callable:
        for name in names:
            RULES[name] = function
        return function

    return declare


def spread(x: Array, shape: Sequence[int]) -> list[Any]:
    """The numbers of ``x`` broadcast to ``shape``."""
    if x.shape == tuple(shape):
        return x.data
    if len(x.data) == 1:
        return x.data * math.prod(shape)
    return [x.data[offset] for offset in _offsets(x.shape, shape)]


def strides_of(shape: Sequence[int]) -> list[int]:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return strides[::-1]


def _offsets(shape: Sequence[int], target: Sequence[int]) -> list[int]:
    """Flat offsets into ``shape`` for each element of ``target`` (broadcast)."""
    lead = len(target) - len(shape)
    strides = [0] * lead + [0 if size == 1 else step for size, step in zip(shape, strides_of(shape))]
    return walk(target, strides)


def walk(shape: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    offsets = [start]
    for size, stride in zip(shape, strides):
        offsets = [offset + stride * index for offset in offsets for index in range(size)]
    return offsets


def plain(shape: Sequence[int]) -> list[int]:
    return [hint(size) for size in shape]
