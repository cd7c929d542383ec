"""Values that hold one number everywhere, whatever the sizes: what a read of one gives rests on no size."""

from __future__ import annotations

from papertrace.values import Operation, Value

#: Results of these are uniform where all that they take is.
_KEEPING = frozenset(
    ("cast", "not", "neg", "abs", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "add", "sub", "mul", "where")
    + ("reshape", "permute", "expand", "tile", "slice")
)


def is_uniform(value: Value) -> bool:
    """Whether every entry of a value is the same number, and stays it at other sizes."""
    pending, seen = [value], {id(value)}
    while pending:
        operation = pending.pop().operation
        if operation is None or any(output.uninitialised for output in operation.outputs):
            return False
        if operation.primitive == "const":
            if len(set(operation.attributes["data"])) > 1:
                return False
        elif operation.primitive in _KEEPING or operation.primitive == "fill" or _keeps_truth(operation):
            fresh = [item for item in operation.inputs if item is not None and id(item) not in seen]
            seen.update(map(id, fresh))
            pending += fresh
        else:
            return False
    return True


def _keeps_truth(operation: Operation) -> bool:
    """The least, the greatest and the mean of equal numbers are that number; so is a product of zeros or ones."""
    if operation.primitive != "reduce":
        return False
    kind = operation.attributes["kind"]
    source = operation.inputs[0]
    truth = source is not None and source.operation is not None and _from_truth(source.operation)
    return kind in ("min", "max", "mean") or kind == "prod" and truth


def _from_truth(operation: Operation) -> bool:
    return operation.primitive == "cast" and operation.inputs[0] is not None and operation.inputs[0].dtype.category == 0
