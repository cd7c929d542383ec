"""The numbers of a value, for control flow that asks: constant sub-graphs, computed on Python lists.

Integers may be symbolic sizes, which then stay symbolic (``torch.tensor([height, width]).prod()``). Where only the
*shape* of something depends on a size, it is computed at the hints and the result says so (``Array.sized``). What rests
on an input, a parameter or uninitialised memory is not constant.
"""

from __future__ import annotations

import itertools
import math
import operator
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from papertrace import symbolic
from papertrace.record import Operation, Value
from papertrace.symbolic import SymInt, hint

#: More elements than this are not computed in Python.
LIMIT = 1 << 21


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


def evaluate(value: Value) -> Array:
    """Compute a value; raises NotConstant."""
    known: dict[int, Array] = {}
    stack = [value]
    while stack:
        current = stack[-1]
        if id(current) in known:
            stack.pop()
            continue
        operation = current.operation
        if operation is None or current.uninitialised:
            raise NotConstant(current)
        missing = [item for item in operation.inputs if item is not None and id(item) not in known]
        if missing:
            stack.extend(missing)
            continue
        rule = RULES.get(operation.primitive)
        elements = math.prod(hint(size) for size in current.shape)
        if rule is None or elements > LIMIT:
            raise NotConstant(current)
        inputs = [known[id(item)] for item in operation.inputs if item is not None]
        results = rule(operation, *inputs)
        sized = any(item.sized for item in inputs) or any(isinstance(size, SymInt) for size in current.shape)
        for output, data in zip(operation.outputs, results if isinstance(results, tuple) else (results,)):
            known[id(output)] = Array(output.shape, _stored(data, output.dtype), sized)
    return known[id(value)]


def _stored(data: list[Any], element: Any) -> list[Any]:
    """Numbers as the element type holds them."""
    if element.name in ("float32", "bfloat16", "float16"):
        try:
            return array("f", data).tolist()
        except OverflowError:
            return [float(number) for number in data]
    return data


RULES: dict[str, Callable[..., Any]] = {}


def _rule(*names: str) -> Callable[[Callable], Callable]:
    def declare(function: Callable) -> Callable:
        for name in names:
            RULES[name] = function
        return function

    return declare


# — leaves


@_rule("const")
def _const(operation: Operation) -> list[Any]:
    return list(operation.attributes["data"])


@_rule("size")
def _size(operation: Operation) -> list[Any]:
    return [operation.attributes["value"]]


@_rule("fill")
def _fill(operation: Operation, number: Array) -> list[Any]:
    return number.data * math.prod(hint(size) for size in operation.attributes["shape"])


@_rule("range")
def _range(operation: Operation) -> list[Any]:
    start, step = operation.attributes["start"], operation.attributes["step"]
    numbers = [start + step * index for index in range(hint(operation.attributes["count"]))]
    return [float(number) for number in numbers] if operation.outputs[0].dtype.category == 2 else numbers


# — elementwise


def _cast_number(category: int) -> Callable[[Any], Any]:
    return {0: lambda n: bool(n), 1: lambda n: n if isinstance(n, SymInt) else int(n), 2: float}[category]


@_rule("cast")
def _cast(operation: Operation, x: Array) -> list[Any]:
    if operation.outputs[0].dtype.category == operation.inputs[0].dtype.category:  # type: ignore[union-attr]
        return x.data
    convert = _cast_number(operation.outputs[0].dtype.category)
    return [convert(number) for number in x.data]


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    def apply(number: float) -> float:
        try:
            return function(number)
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return apply


_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg,
    "abs": abs,
    "sign": lambda n: (n > 0) - (n < 0),
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "exp": math.exp,
    "log": lambda n: math.log(n) if n > 0 else (-math.inf if n == 0 else math.nan),
    "sqrt": math.sqrt,
    "rsqrt": lambda n: 1 / math.sqrt(n) if n else math.inf,
    "reciprocal": lambda n: 1 / n if n else math.inf,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sigmoid": lambda n: 1 / (1 + math.exp(-n)),
    "erf": math.erf,
    "relu": lambda n: n if n > 0 else n * 0,
    "not": lambda n: not n,
    "isnan": lambda n: n != n,
    "isinf": lambda n: math.isinf(n),
}
for _name, _function in _UNARY.items():

    def _unary(operation: Operation, x: Array, function: Callable = _guarded(_function)) -> list[Any]:
        return [function(number) for number in x.data]

    _rule(_name)(_unary)


def _pow(left: Any, right: Any) -> Any:
    result = left**right
    return math.nan if isinstance(result, complex) else result


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda a, b: a / b if b else (math.nan if not a or a != a else math.copysign(math.inf, a)),
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": _pow,
    "maximum": lambda a, b: a if a >= b else b,
    "minimum": lambda a, b: a if a <= b else b,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "xor": operator.ne,
    "bitand": operator.and_,
    "bitor": operator.or_,
    "bitxor": operator.xor,
    "shiftleft": operator.lshift,
    "shiftright": operator.rshift,
}


def _spread(x: Array, shape: Sequence[int]) -> list[Any]:
    """The numbers of ``x`` broadcast to ``shape``."""
    if x.shape == tuple(shape):
        return x.data
    if len(x.data) == 1:
        return x.data * math.prod(shape)
    return [x.data[offset] for offset in _offsets(x.shape, shape)]


def _strides(shape: Sequence[int]) -> list[int]:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return strides[::-1]


def _offsets(shape: Sequence[int], target: Sequence[int]) -> list[int]:
    """Flat offsets into ``shape`` for each element of ``target`` (broadcast)."""
    lead = len(target) - len(shape)
    strides = [0] * lead + [0 if size == 1 else step for size, step in zip(shape, _strides(shape))]
    return _walk(target, strides)


def _walk(shape: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    offsets = [start]
    for size, stride in zip(shape, strides):
        offsets = [offset + stride * index for offset in offsets for index in range(size)]
    return offsets


def _plain(shape: Sequence[int]) -> list[int]:
    return [hint(size) for size in shape]


for _name, _function in _BINARY.items():

    def _binary(operation: Operation, a: Array, b: Array, function: Callable = _function) -> list[Any]:
        shape = _plain(operation.outputs[0].shape)
        return [function(x, y) for x, y in zip(_spread(a, shape), _spread(b, shape))]

    _rule(_name)(_binary)


@_rule("where")
def _where(operation: Operation, condition: Array, a: Array, b: Array) -> list[Any]:
    shape = _plain(operation.outputs[0].shape)
    return [y if x else z for x, y, z in zip(_spread(condition, shape), _spread(a, shape), _spread(b, shape))]


# — shape


@_rule("reshape")
def _reshape(operation: Operation, x: Array) -> list[Any]:
    return x.data


@_rule("permute")
def _permute(operation: Operation, x: Array) -> list[Any]:
    order, strides = operation.attributes["permutation"], _strides(x.shape)
    offsets = _walk([x.shape[axis] for axis in order], [strides[axis] for axis in order])
    return [x.data[offset] for offset in offsets]


@_rule("expand")
def _expand(operation: Operation, x: Array) -> list[Any]:
    return _spread(x, _plain(operation.attributes["shape"]))


@_rule("tile")
def _tile(operation: Operation, x: Array) -> list[Any]:
    offsets = [0]
    for size, step, repeat in zip(x.shape, _strides(x.shape), operation.attributes["repeats"]):
        offsets = [offset + step * (index % size) for offset in offsets for index in range(size * hint(repeat))]
    return [x.data[offset] for offset in offsets]


@_rule("slice")
def _slice(operation: Operation, x: Array) -> list[Any]:
    attributes = operation.attributes
    dim, strides = attributes["dim"], _strides(x.shape)
    chosen = range(hint(attributes["start"]), hint(attributes["end"]), attributes["step"])
    outer = _walk(x.shape[:dim], strides[:dim])
    inner = math.prod(x.shape[dim + 1 :])
    return [
        number
        for offset in outer
        for index in chosen
        for number in x.data[offset + index * inner : offset + (index + 1) * inner]
    ]


@_rule("concat")
def _concat(operation: Operation, *xs: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    outer = math.prod(xs[0].shape[:dim])
    blocks = [(x.data, math.prod(x.shape[dim:])) for x in xs]
    return [
        number for index in range(outer) for data, block in blocks for number in data[index * block : (index + 1) * block]
    ]


@_rule("pad")
def _pad(operation: Operation, x: Array) -> list[Any]:
    attributes = operation.attributes
    if attributes["mode"] != "constant":
        raise NotConstant(operation.outputs[0])
    strides, before = _strides(x.shape), _plain(attributes["before"])
    result = []
    for place in itertools.product(*(range(size) for size in _plain(operation.outputs[0].shape))):
        source = [index - first for index, first in zip(place, before)]
        inside = all(0 <= index < size for index, size in zip(source, x.shape))
        result.append(x.data[sum(map(operator.mul, source, strides))] if inside else attributes["value"])
    return result


@_rule("trilu")
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


# — indexing


@_rule("gather")
def _gather(operation: Operation, x: Array, index: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    outer, inner = math.prod(x.shape[:dim]), math.prod(x.shape[dim + 1 :])
    block = x.shape[dim] * inner
    return [
        number
        for start in range(0, outer * block, max(block, 1))
        for row in index.data
        for number in x.data[start + hint(row) * inner : start + (hint(row) + 1) * inner]
    ]


@_rule("gather_elements")
def _gather_elements(operation: Operation, x: Array, index: Array) -> list[Any]:
    dim, strides = operation.attributes["dim"], _strides(x.shape)
    base = _walk(index.shape, [0 if axis == dim else step for axis, step in enumerate(strides)])
    return [x.data[offset + hint(row) * strides[dim]] for offset, row in zip(base, index.data)]


def _rows(x: Array, index: Array) -> tuple[list[int], int]:
    """Flat start of every row that a […, n] index names, and the length of a row."""
    count = index.shape[-1]
    strides = _strides(x.shape)[:count]
    starts = [
        sum(hint(index.data[start + axis]) * strides[axis] for axis in range(count))
        for start in range(0, len(index.data), max(count, 1))
    ]
    return starts, math.prod(x.shape[count:])


@_rule("gather_nd")
def _gather_nd(operation: Operation, x: Array, index: Array) -> list[Any]:
    starts, length = _rows(x, index)
    return [number for start in starts for number in x.data[start : start + length]]


_REDUCE_PAIR: dict[str, Callable[[Any, Any], Any]] = {
    "none": lambda old, new: new,
    "add": operator.add,
    "mul": operator.mul,
    "min": min,
    "max": max,
}


@_rule("scatter_nd")
def _scatter_nd(operation: Operation, x: Array, index: Array, updates: Array) -> list[Any]:
    starts, length = _rows(x, index)
    combine, data = _REDUCE_PAIR[operation.attributes["reduction"]], list(x.data)
    for row, start in enumerate(starts):
        for offset in range(length):
            data[start + offset] = combine(data[start + offset], updates.data[row * length + offset])
    return data


@_rule("scatter_elements")
def _scatter_elements(operation: Operation, x: Array, index: Array, updates: Array) -> list[Any]:
    dim, strides = operation.attributes["dim"], _strides(x.shape)
    base = _walk(index.shape, [0 if axis == dim else step for axis, step in enumerate(strides)])
    combine, data = _REDUCE_PAIR[operation.attributes["reduction"]], list(x.data)
    for position, (offset, row) in enumerate(zip(base, index.data)):
        target = offset + hint(row) * strides[dim]
        data[target] = combine(data[target], updates.data[position])
    return data


@_rule("nonzero")
def _nonzero(operation: Operation, x: Array) -> list[Any]:
    places = itertools.product(*(range(size) for size in x.shape))
    return [index for place, number in zip(places, x.data) if number for index in place]


# — along a dimension


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


@_rule("topk")
def _topk(operation: Operation, x: Array) -> tuple[list[Any], list[Any]]:
    attributes = operation.attributes
    dim, count, largest = attributes["dim"], hint(attributes["k"]), attributes["largest"]
    shape = _plain(operation.outputs[0].shape)
    lines = _lines(x, dim)
    orders = [sorted(range(len(line)), key=line.__getitem__, reverse=largest)[:count] for line in lines]
    values = [[line[index] for index in order] for line, order in zip(lines, orders)]
    return _from_lines(values, shape, dim), _from_lines(orders, shape, dim)


@_rule("cumsum")
def _cumsum(operation: Operation, x: Array) -> list[Any]:
    dim = operation.attributes["dim"]
    return _from_lines([list(itertools.accumulate(line)) for line in _lines(x, dim)], x.shape, dim)


@_rule("arg")
def _arg(operation: Operation, x: Array) -> list[Any]:
    best = max if operation.attributes["kind"] == "max" else min
    return [line.index(best(line)) for line in _lines(x, operation.attributes["dim"])]


_REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "mean": lambda line: math.fsum(line) / len(line) if line else math.nan,
    "max": max,
    "min": min,
    "prod": math.prod,
}


@_rule("reduce")
def _reduce(operation: Operation, x: Array) -> list[Any]:
    dims = operation.attributes["dims"]
    strides = _strides(x.shape)
    outer = [axis for axis in range(len(x.shape)) if axis not in dims]
    starts = _walk([x.shape[axis] for axis in outer], [strides[axis] for axis in outer])
    steps = _walk([x.shape[axis] for axis in dims], [strides[axis] for axis in dims])
    combine = _REDUCTIONS[operation.attributes["kind"]]
    if operation.attributes["kind"] == "prod":
        combine = symbolic.product
    return [combine([x.data[start + step] for step in steps]) for start in starts]


@_rule("matmul")
def _matmul(operation: Operation, a: Array, b: Array) -> list[Any]:
    shape = _plain(operation.outputs[0].shape)
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    left, right = _strides(a.shape)[:-2], _strides(b.shape)[:-2]
    batch = shape[:-2]

    def starts(sizes: Sequence[int], strides: list[int]) -> list[int]:
        lead = len(batch) - len(sizes)
        return _walk(batch, [0] * lead + [0 if size == 1 else step for size, step in zip(sizes, strides)])

    result = []
    for first, second in zip(starts(a.shape[:-2], left), starts(b.shape[:-2], right)):
        for row in range(rows):
            line = a.data[first + row * inner : first + (row + 1) * inner]
            for column in range(columns):
                result.append(
                    sum(x * y for x, y in zip(line, b.data[second + column : second + inner * columns : columns]))
                )
    return result
