"""The body of a rolled loop: the operations of one iteration, made from several that were traced and are the same.

Iterations are compared operation by operation: primitive, attributes, shapes, and where each input comes from. What an
iteration takes from the one before is *carried*; anything else from outside must be the same value every time. Sizes
may depend on the step, in the same way in every iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from papertrace import loop_steps
from papertrace.symbolic import SymInt, atoms_of, polynomial_of
from papertrace.values import Operation, Value

#: Where a value was made: (operation of the iteration, output of the operation).
Position = tuple[int, int]


class Carried:
    """A value that each iteration takes from the one before."""

    __slots__ = ("initial", "inner", "next")

    def __init__(self, inner: Value, next: Value, initial: Value) -> None:
        #: Stands for it inside the body.
        self.inner = inner
        #: Computed in the body for the next iteration.
        self.next = next
        self.initial = initial


class Body:
    """The sub-graph of a `scan` (src/shared/primitives.ts)."""

    def __init__(self, loop: int, step: Value) -> None:
        self.loop = loop
        self.step = step
        self.carried: list[Carried] = []
        self.operations: list[Operation] = []
        #: Values of which the loop gives all, along a new first axis.
        self.outputs: list[Value] = []

    def needed(self) -> list[Operation]:
        """The operations that what is carried and what is given rest on."""
        wanted = {id(value) for value in [*(item.next for item in self.carried), *self.outputs]}
        kept: list[Operation] = []
        for operation in reversed(self.operations):
            if any(id(output) in wanted for output in operation.outputs):
                kept.append(operation)
                wanted |= {id(value) for value in inputs_of(operation)}
        return kept[::-1]

    def captured(self) -> list[Value]:
        """Values from outside, in order."""
        made = {id(item.inner) for item in self.carried} | {id(self.step)}
        found: dict[int, Value] = {}
        for operation in self.needed():
            for value in inputs_of(operation):
                if id(value) not in made:
                    found[id(value)] = value
            made |= {id(output) for output in operation.outputs}
        for value in [*(item.next for item in self.carried), *self.outputs]:
            if id(value) not in made:
                found[id(value)] = value
        return list(found.values())


def inputs_of(operation: Operation) -> list[Value]:
    """Every value that an operation takes, those that the body inside it takes included."""
    body = operation.attributes.get("body")
    taken = [value for value in operation.inputs if value is not None]
    return taken if body is None else [*taken, *body.captured()]


def given_to(operation: Operation) -> Sequence[Value | None]:
    """Its inputs in a trace: a loop is given what it starts from, and then what it takes from outside."""
    body = operation.attributes.get("body")
    return operation.inputs if body is None else [*operation.inputs, *body.captured()]


def with_bodies(operations: Iterable[Operation]) -> Iterable[Operation]:
    """Operations and those of the loops among them."""
    for operation in operations:
        yield operation
        body = operation.attributes.get("body")
        if body is not None:
            yield from with_bodies(body.needed())


class Comparison:
    """Whether the operations of two iterations are the same, and how their values correspond."""

    def __init__(self, loop: int, outside: Callable[[Value, Value], bool]) -> None:
        self._outside = outside
        #: Loops of the left iteration, and those of the right that they are.
        self._loops = {loop: loop}
        #: Values of the left iteration by the identity of those of the right.
        self._pairs: dict[int, Value] = {}

    def operations(self, left: Sequence[Operation], right: Sequence[Operation]) -> bool:
        return len(left) == len(right) and all(map(self._operation, left, right))

    def _operation(self, left: Operation, right: Operation) -> bool:
        if left.primitive != right.primitive or len(left.inputs) != len(right.inputs):
            return False
        if len(left.outputs) != len(right.outputs) or left.attributes.keys() != right.attributes.keys():
            return False
        if not all(map(self.values, left.inputs, right.inputs)):
            return False
        if not all(self._equal(left.attributes[name], right.attributes[name]) for name in left.attributes):
            return False
        return all(map(self._made, left.outputs, right.outputs))

    def _made(self, left: Value, right: Value) -> bool:
        self._pairs[id(right)] = left
        return left.dtype is right.dtype and left.complex == right.complex and self._equal(left.shape, right.shape)

    def values(self, left: Value | None, right: Value | None) -> bool:
        if left is None or right is None:
            return left is right
        if id(right) in self._pairs:
            return self._pairs[id(right)] is left
        return self._outside(left, right)

    def _equal(self, left: Any, right: Any) -> bool:
        if isinstance(left, (list, tuple)):
            return isinstance(right, (list, tuple)) and len(left) == len(right) and all(map(self._equal, left, right))
        if type(left) is SymInt or type(right) is SymInt:
            return isinstance(left, int) and isinstance(right, int) and self._size(left, right)
        if type(left) is Body:
            return type(right) is Body and self._bodies(left, right)
        return type(left) is type(right) and (left == right or left != left and right != right)

    def _size(self, left: int, right: int) -> bool:
        if any(item[0] in ("size", "item") for size in (left, right) for item in atoms_of(size)):
            return polynomial_of(left) == polynomial_of(right)
        own = {loop: loop for loop in self._loops.values()}
        return loop_steps.common(polynomial_of(left), self._loops) == loop_steps.common(polynomial_of(right), own)

    def _bodies(self, left: Body, right: Body) -> bool:
        if len(left.carried) != len(right.carried) or len(left.outputs) != len(right.outputs):
            return False
        self._loops[left.loop] = right.loop
        return (
            all(map(self.values, (item.initial for item in left.carried), (item.initial for item in right.carried)))
            and all(self._made(item.inner, other.inner) for item, other in zip(left.carried, right.carried))
            and self.operations(left.operations, right.operations)
            and all(self.values(item.next, other.next) for item, other in zip(left.carried, right.carried))
            and all(map(self.values, left.outputs, right.outputs))
        )
