"""The numbers of a value, for control flow that asks: constant sub-graphs, computed on Python lists.

Integers may be symbolic sizes, which then stay symbolic (``torch.tensor([height, width]).prod()``). Where only the
*shape* of something depends on a size, it is computed at the hints and the result says so (``Array.sized``). What rests
on an input, a parameter or uninitialised memory is not constant; what a run has answered (reads.py) is, under the guard
that the answer left.
"""

from __future__ import annotations

import math
from array import array
from typing import Any

from papertrace import record
from papertrace.evaluation import elementwise, layout, selection  # noqa: F401 - they declare the rules
from papertrace.evaluation.arrays import RULES, Array, NotConstant
from papertrace.symbolic import SymInt, hint
from papertrace.values import Operation, Value

#: More elements than this are not computed in Python.
LIMIT = 1 << 21


def evaluate(value: Value) -> Array:
    """Compute a value; raises NotConstant."""
    known: dict[int, Array] = {}
    stack = [value]
    while stack:
        current = stack[-1]
        if id(current) in known:
            stack.pop()
            continue
        answered = _answered(current)
        if answered is not None:
            known[id(current)] = answered
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
        sized = any(item.sized for item in inputs) or _rests_on_sizes(operation)
        for output, data in zip(operation.outputs, results if isinstance(results, tuple) else (results,)):
            known[id(output)] = Array(output.shape, _stored(data, output.dtype), sized)
    record.trace.touched += 1
    return known[id(value)]


def _answered(value: Value) -> Array | None:
    """What a run found a value to hold, where the sizes of that run are those that are being traced with."""
    if value.index not in record.trace.guards.data:
        return None
    found = record.trace.guards.data[value.index][1]
    numbers = found if isinstance(found, list) else [found]
    free = sum(isinstance(size, SymInt) for size in value.shape)
    if free > 1 or math.prod(map(hint, value.shape)) != len(numbers):
        return None
    return Array(value.shape, numbers, False)


def is_constant(value: Value) -> bool:
    """Whether `evaluate` gives the numbers of a value."""
    try:
        evaluate(value)
    except NotConstant:
        return False
    return True


def _rests_on_sizes(operation: Operation) -> bool:
    """Whether its numbers are those of the hints. Those of a size or a range are symbolic themselves."""
    sizes = [size for output in operation.outputs for size in output.shape]
    if operation.primitive not in ("size", "range"):
        for attribute in operation.attributes.values():
            sizes += attribute if isinstance(attribute, (list, tuple)) else [attribute]
    return any(isinstance(size, SymInt) for size in sizes)


def _overflows(data: list[Any]) -> bool:
    try:
        array("q", (number for number in data if type(number) is int))
    except OverflowError:
        return True
    return False


def _stored(data: list[Any], element: Any) -> list[Any]:
    """Numbers as the element type holds them."""
    if element.name in ("float32", "bfloat16", "float16"):
        try:
            return array("f", data).tolist()
        except OverflowError:
            return [float(number) for number in data]
    if element.category == 1 and (element.itemsize < 8 or _overflows(data)):
        low = -(1 << (8 * element.itemsize - 1)) if element.is_signed else 0
        span = 1 << (8 * element.itemsize)
        return [number if isinstance(number, SymInt) else (number - low) % span + low for number in data]
    return data
