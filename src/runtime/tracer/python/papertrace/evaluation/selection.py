"""Indexing, sorting and reductions on Python lists."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from papertrace import symbolic
from papertrace.evaluation.arrays import Array, plain, rule, strides_of, walk
from papertrace.symbolic import concrete, hint
from papertrace.values import Operation


@rule("gather")
def _gather(operation: Operation, x: Array, index: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    outer, inner = math.prod(x.shape[:dim]), math.prod(x.shape[dim + 1 :])
    block = x.shape[dim] * inner
    return [
        number
        for start in range(0, outer * block, max(block, 1))
        for row in index.data
        for number in x.data[start + concrete(row) * inner : start + (concrete(row) + 1) * inner]
    ]


@rule("gather_elements")
def _gather_elements(operation: Operation, x: Array, index: Array) -> list[Any]:
    dim, strides = operation.attributes["dim"], strides_of(x.shape)
    base = walk(index.shape, [0 if axis == dim else step for axis, step in enumerate(strides)])
    return [x.data[offset + concrete(row) * strides[dim]] for offset, row in zip(base, index.data)]


def _rows(x: Array, index: Array) -> tuple[list[int], int]:
    """Flat start of every row that a […, n] index names, and the length of a row."""
    count = index.shape[-1]
    strides = strides_of(x.shape)[:count]
    starts = [
        sum(concrete(index.data[start + axis]) * strides[axis] for axis in range(count))
        for start in range(0, len(index.data), max(count, 1))
    ]
    return starts, math.prod(x.shape[count:])


@rule("gather_nd")
def _gather_nd(operation: Operation, x: Array, index: Array) -> list[Any]:
    starts, length = _rows(x, index)
    return [number for start in starts for number in x.data[start : start + length]]


_REDUCE_PAIR: dict[str, Callable[[Any, Any], Any]] = {
    "none": lambda old, new: new,
    "add": operator.add,
    "mul": operator.mul,
    "min": lambda old, new: _extreme(min)([old, new]),
    "max": lambda old, new: _extreme(max)([old, new]),
}


@rule("scatter_nd")
def _scatter_nd(operation: Operation, x: Array, index: Array, updates: Array) -> list[Any]:
    starts, length = _rows(x, index)
    combine, data = _REDUCE_PAIR[operation.attributes["reduction"]], list(x.data)
    for row, start in enumerate(starts):
        for offset in range(length):
            data[start + offset] = combine(data[start + offset], updates.data[row * length + offset])
    return data


@rule("scatter_elements")
def _scatter_elements(operation: Operation, x: Array, index: Array, updates: Array) -> list[Any]:
    dim, strides = operation.attributes["dim"], strides_of(x.shape)
    base = walk(index.shape, [0 if axis == dim else step for axis, step in enumerate(strides)])
    combine, data = _REDUCE_PAIR[operation.attributes["reduction"]], list(x.data)
    for position, (offset, row) in enumerate(zip(base, index.data)):
        target = offset + concrete(row) * strides[dim]
        data[target] = combine(data[target], updates.data[position])
    return data


@rule("nonzero")
def _nonzero(operation: Operation, x: Array) -> list[Any]:
    places = itertools.product(*(range(size) for size in x.shape))
    return [index for place, number in zip(places, x.data) if number for index in place]


def _lines(x: Array, dim: int) -> list[list[Any]]:
    """The numbers along ``dim``, a list for each of the other positions."""
    inner, size = math.prod(x.shape[dim + 1 :]), x.shape[dim]
    starts = [outer * size * inner + i for outer in range(math.prod(x.shape[:dim])) for i in range(inner)]
    return [[x.data[start + index * inner] for index in range(size)] for start in starts]


def _from_lines(lines: list[list[Any]], shape: Sequence[int], dim: int) -> list[Any]:
    """The inverse of _lines; ``shape`` of the result."""
    inner = math.prod(shape[dim + 1 :])
    size = shape[dim]
    return [
        lines[outer * inner + i][index]
        for outer in range(math.prod(shape[:dim]))
        for index in range(size)
        for i in range(inner)
    ]


@rule("topk")
def _topk(operation: Operation, x: Array) -> tuple[list[Any], list[Any]]:
    attributes = operation.attributes
    dim, count, largest = attributes["dim"], hint(attributes["k"]), attributes["largest"]
    shape = plain(operation.outputs[0].shape)
    lines = _lines(x, dim)
    keys = [[(_is_nan(number), 0 if _is_nan(number) else number) for number in line] for line in lines]
    orders = [sorted(range(len(line)), key=line.__getitem__, reverse=largest)[:count] for line in keys]
    values = [[line[index] for index in order] for line, order in zip(lines, orders)]
    return _from_lines(values, shape, dim), _from_lines(orders, shape, dim)


@rule("cumsum")
def _cumsum(operation: Operation, x: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    return _from_lines([list(itertools.accumulate(line)) for line in _lines(x, dim)], x.shape, dim)


@rule("arg")
def _arg(operation: Operation, x: Array) -> list[Any]:
    best = _extreme(max if operation.attributes["kind"] == "max" else min)
    return [line.index(best(line)) for line in _lines(x, operation.attributes["dim"])]


def _is_nan(number: Any) -> bool:
    return type(number) is float and math.isnan(number)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """The first NaN where there is one, as in torch, else what is chosen."""
    return lambda line: next(filter(_is_nan, line), None) or choose(line)


def _mean(line: list[Any]) -> float:
    try:
        return math.fsum(line) / len(line) if line else math.nan
    except (OverflowError, ValueError):  # beyond the largest float; ∞ and −∞
        return sum(line) / len(line)


_REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "mean": _mean,
    "max": _extreme(max),
    "min": _extreme(min),
    "prod": math.prod,
}


@rule("reduce")
def _reduce(operation: Operation, x: Array) -> list[Any]:
    dims = operation.attributes["dims"]
    strides = strides_of(x.shape)
    outer = [axis for axis in range(len(x.shape)) if axis not in dims]
    starts = walk([x.shape[axis] for axis in outer], [strides[axis] for axis in outer])
    steps = walk([x.shape[axis] for axis in dims], [strides[axis] for axis in dims])
    combine = _REDUCTIONS[operation.attributes["kind"]]
    if operation.attributes["kind"] == "prod":
        combine = symbolic.product
    return [combine([x.data[start + step] for step in steps]) for start in starts]


@rule("matmul")
def _matmul(operation: Operation, a: Array, b: Array) -> list[Any]:
    shape = plain(operation.outputs[0].shape)
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    left, right = strides_of(a.shape)[:-2], strides_of(b.shape)[:-2]
    batch = shape[:-2]

    def starts(sizes: Sequence[int], strides: list[int]) -> list[int]:
        lead = len(batch) - len(sizes)
        return walk(batch, [0] * lead + [0 if size == 1 else step for size, step in zip(sizes, strides)])

    result = []
    for first, second in zip(starts(a.shape[:-2], left), starts(b.shape[:-2], right)):
        for row in range(rows):
            line = a.data[first + row * inner : first + (row + 1) * inner]
            for column in range(columns):
                result.append(
                    sum(x * y for x, y in zip(line, b.data[second + column : second + inner * columns : columns]))
                )
    return result
