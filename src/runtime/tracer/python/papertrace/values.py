"""What a recorder keeps: values, primitives, torch calls, names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Value:
    """What one primitive gives, or a leaf: shape and dtype (storage: complex numbers have a last dimension of 2)."""

    __slots__ = (
        "complex",
        "dtype",
        "index",
        "leaf",
        "operation",
        "ordering",
        "rolled",
        "rows",
        "shape",
        "uninitialised",
        "written",
    )

    def __init__(self, index: int, shape: Sequence[int], dtype: Any) -> None:
        self.index = index
        self.shape = tuple(shape)
        self.dtype = dtype
        self.operation: Operation | None = None
        #: ("input" | "parameter", name)
        self.leaf: tuple[str, str] | None = None
        self.uninitialised = False
        #: Boxes of uninitialised memory that have been written since; see written.py.
        self.written: tuple[tuple, ...] = ()
        #: (dimension, index) of its rows that have been written since; see written_rows.py.
        self.rows: tuple[tuple, ...] = ()
        self.complex = False
        #: The dimension along which the elements are a permutation of 0…size-1, else None.
        self.ordering: int | None = None
        #: (loop, iteration, position) where it was made in a loop that has become one operation; see loop_roll.py.
        self.rolled: tuple[Any, int, tuple[int, int]] | None = None

    def __repr__(self) -> str:
        return f"%{self.index}"


class Operation:
    """One primitive."""

    __slots__ = ("attributes", "call", "inputs", "outputs", "owner", "primitive")

    def __init__(
        self, primitive: str, inputs: list[Value | None], attributes: dict[str, Any], call: Call | None
    ) -> None:
        self.primitive = primitive
        self.inputs = inputs
        self.attributes = attributes
        self.call = call
        self.outputs: list[Value] = []
        #: Of a `scan`, the loop that it stands for; see loop_roll.py.
        self.owner: Any = None


class Call:
    """One torch call as the reader wrote it."""

    __slots__ = ("alias", "function", "module", "operations", "places", "results")

    def __init__(self, function: str, module: str, operations: int) -> None:
        self.function = function
        #: Path of the module that was running.
        self.module = module
        self.places: list[int] = []
        self.results: list[Value] = []
        self.alias = False
        #: How many primitives had been recorded when it began.
        self.operations = operations


class NamedValue:
    """A value that was assigned to a variable or returned by a module."""

    __slots__ = ("id", "module", "place", "stack", "value", "variable")

    def __init__(
        self, id: str, value: Value, module: str, variable: str | None, place: int | None, stack: list[int]
    ) -> None:
        self.id = id
        self.value = value
        self.module = module
        self.variable = variable
        self.place = place
        self.stack = stack
