"""Leaves and primitives that only move elements, on Python lists."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

from papertrace.evaluation.arrays import Array, NotConstant, plain, rule, spread, strides_of, walk
from papertrace.symbolic import hint
from papertrace.values import Operation


@rule("const")
def _const(operation: Operation) -> list[Any]:
    return list(operation.attributes["data"])


@rule("size")
def _size(operation: Operation) -> list[Any]:
    return [operation.attributes["value"]]


@rule("fill")
def _fill(operation: Operation, number: Array) -> list[Any]:
    return number.data * math.prod(hint(size) for size in operation.attributes["shape"])


@rule("range")
def _range(operation: Operation) -> list[Any]:
    start, step = operation.attributes["start"], operation.attributes["step"]
    numbers = [start + step * index for index in range(hint(operation.attributes["count"]))]
    return [float(number) for number in numbers] if operation.outputs[0].dtype.category == 2 else numbers


@rule("reshape")
def _reshape(operation: Operation, x: Array) -> list[Any]:
    return x.data


@rule("permute")
def _permute(operation: Operation, x: Array) -> list[Any]:
    order, strides = operation.attributes["permutation"], strides_of(x.shape)
    offsets = walk([x.shape[axis] for axis in order], [strides[axis] for axis in order])
    return [x.data[offset] for offset in offsets]


@rule("expand")
def _expand(operation: Operation, x: Array) -> list[Any]:
    return spread(x, plain(operation.attributes["shape"]))


@rule("tile")
def _tile(operation: Operation, x: Array) -> list[Any]:
    offsets = [0]
    for size, step, repeat in zip(x.shape, strides_of(x.shape), operation.attributes["repeats"]):
        offsets = [offset + step * (index % size) for offset in offsets for index in range(size * hint(repeat))]
    return [x.data[offset] for offset in offsets]


@rule("slice")
def _slice(operation: Operation, x: Array) -> list[Any]:
    attributes = operation.attributes
    dim, strides = attributes["dim"], strides_of(x.shape)
    chosen = range(hint(attributes["start"]), hint(attributes["end"]), attributes["step"])
    outer = walk(x.shape[:dim], strides[:dim])
    inner = math.prod(x.shape[dim + 1 :])
    return [
        number
        for offset in outer
        for index in chosen
        for number in x.data[offset + index * inner : offset + (index + 1) * inner]
    ]


@rule("concat")
def _concat(operation: Operation, *xs: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    outer = math.prod(xs[0].shape[:dim])
    blocks = [(x.data, math.prod(x.shape[dim:])) for x in xs]
    return [
        number
        for index in range(outer)
        for data, block in blocks
        for number in data[index * block : (index + 1) * block]
    ]


@rule("pad")
def _pad(operation: Operation, x: Array) -> list[Any]:
    attributes = operation.attributes
    if attributes["mode"] != "constant":
        raise NotConstant(operation.outputs[0])
    strides, before = strides_of(x.shape), plain(attributes["before"])
    result = []
    for place in itertools.product(*(range(size) for size in plain(operation.outputs[0].shape))):
        source = [index - first for index, first in zip(place, before)]
        inside = all(0 <= index < size for index, size in zip(source, x.shape))
        result.append(x.data[sum(map(operator.mul, source, strides))] if inside else attributes["value"])
    return result


@rule("trilu")
def _trilu(operation: Operation, x: Array) -> list[Any]:
    diagonal, upper = hint(operation.attributes["diagonal"]), operation.attributes["upper"]
    rows, columns = x.shape[-2:]
    zero = False if operation.outputs[0].dtype.category == 0 else 0
    result = []
    for offset in range(0, len(x.data), max(rows * columns, 1)):
        for row in range(rows):
            for column in range(columns):
                keep = column - row >= diagonal if upper else column - row <= diagonal
                result.append(x.data[offset + row * columns + column] if keep else zero)
    return result
