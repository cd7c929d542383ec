"""From the iterations of a loop that were traced to one operation, `scan` (src/shared/primitives.ts).

Three iterations are traced. If the second and third are the same, and the first differs from them only in what it
starts from, the loop is any number of them; if the first is special (it starts from nothing), a fourth is traced and
the loop begins with the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from papertrace import loop_steps, symbolic
from papertrace.loop_body import Body, Carried, Comparison, Position
from papertrace.values import Operation, Value

if TYPE_CHECKING:
    from papertrace.loops import Loop
    from papertrace.record import Recorder


class Rolled:
    """A loop that has become one operation: what its values are from outside."""

    def __init__(self, recorder: Recorder, loop: Loop, first: int, last: int, body: Body) -> None:
        self.recorder = recorder
        self.loop = loop
        #: The iterations that the body stands for were traced as first … last.
        self.first, self.last = first, last
        self.body = body
        self.count = symbolic.subtract(loop.count, first)
        self.positions: dict[Position, Value] = {}
        #: What stands inside the body for values of the last iteration but one, by their identity.
        self.inner: dict[int, Value] = {}
        self.operation = Operation("scan", [], {"first": first, "count": self.count, "body": body}, None)
        #: The loop around this one, once it has become an operation itself: then nothing can be added to this one.
        self.within: int | None = None
        self.operation.owner = self
        self._finals: dict[int, Value] = {}
        self._stacks: dict[int, Value] = {}

    def emit(self) -> None:
        """Put the operation where the recorder is now."""
        body, operation = self.body, self.operation
        for item in body.carried:
            result = self.recorder.value(item.inner.shape, item.inner.dtype)
            result.complex = item.inner.complex
            result.uninitialised = item.initial.uninitialised or item.next.uninitialised
            result.operation = operation
            operation.outputs.append(result)
            self._finals[id(item.next)] = result
        operation.inputs = [item.initial for item in body.carried]
        operation.call = next((item.call for item in body.operations if item.call is not None), None)
        self.recorder.operations.append(operation)

    def can_stack(self, value: Value) -> bool:
        return not any(loop_steps.loops_of(size) for size in value.shape)

    def stacked(self, value: Value) -> Value:
        """What ``value`` of the body is in every iteration, along a new first axis."""
        result = self._stacks.get(id(value))
        if result is None:
            if not self.can_stack(value):
                raise loop_steps.NotRollable([self.loop.number])
            if self.within is not None:
                raise loop_steps.NotRollable([self.within])
            result = self.recorder.value((self.count, *value.shape), value.dtype)
            result.complex = value.complex
            result.uninitialised = value.uninitialised
            result.operation = self.operation
            self._stacks[id(value)] = result
            self.operation.outputs.append(result)
            self.body.outputs.append(value)
        return result

    def final(self, iteration: int, position: Position) -> Value:
        """What a value of an iteration is after the loop: only that of the last is known by itself."""
        value = self.positions[position]
        if iteration != self.last:
            raise loop_steps.NotRollable([self.loop.number])
        result = self._finals.get(id(value))
        if result is None:
            result = self._finals[id(value)] = self._last_of(value)
        return result

    def after(self, value: Value) -> Value:
        """What a value of the body that is carried or written is after the loop."""
        return self._finals[id(value)]

    def written(self, value: Value, result: Value) -> None:
        """After the loop, ``value`` of the last iteration is ``result``."""
        self._finals[id(value)] = result

    def _last_of(self, value: Value) -> Value:
        from papertrace.slices import selected
        from papertrace.tensor import wrap

        return selected(wrap(self.stacked(value)), 0, self.count - 1).fresh()


def roll(recorder: Recorder, loop: Loop, segments: Sequence[Sequence[Operation]], first: int) -> Rolled | None:
    """One operation in place of iterations ``first`` to the last, or None where they are not the same."""
    last = len(segments) - 1
    made = [
        {
            id(value): (index, output)
            for index, operation in enumerate(segment)
            for output, value in enumerate(operation.outputs)
        }
        for segment in segments
    ]
    carried: dict[Position, Value] = {}

    def from_before(left: Value, right: Value) -> bool:
        position = made[last - 1].get(id(right))
        if position is not None:
            return made[last - 2].get(id(left)) == position
        return left is right and not any(id(right) in earlier for earlier in made[: last - 1][first:])

    def from_start(left: Value, right: Value) -> bool:
        position = made[last - 1].get(id(right))
        if position is None:
            return left is right
        if any(id(left) in later for later in made[first:]):
            return False
        return carried.setdefault(position, left) is left

    if not Comparison(loop.number, from_before).operations(segments[last - 1], segments[last]):
        return None
    if not Comparison(loop.number, from_start).operations(segments[first], segments[last]):
        return None
    if any(_rests_on_data_inside(operation, made) for operation in segments[last]):
        return None

    body = Body(loop.number, Value(-1, (), loop.index_dtype))
    inner: dict[int, Value] = {}
    for position, initial in carried.items():
        before = segments[last - 1][position[0]].outputs[position[1]]
        same = initial.dtype is before.dtype and initial.complex == before.complex
        sizes = len(initial.shape) == len(before.shape) and all(map(symbolic.same, initial.shape, before.shape))
        if not same or not sizes or loop_steps.loops_of(before.shape) & {loop.number}:
            return None
        stand_in = Value(-1, before.shape, before.dtype)
        stand_in.complex = before.complex
        stand_in.uninitialised = initial.uninitialised
        inner[id(before)] = stand_in
        body.carried.append(Carried(stand_in, segments[last][position[0]].outputs[position[1]], initial))
    body.operations = list(segments[last])
    _substitute(body.operations, inner)

    rolled = Rolled(recorder, loop, first, last, body)
    for iteration in range(first, last + 1):
        for index, operation in enumerate(segments[iteration]):
            for output, value in enumerate(operation.outputs):
                value.rolled = (rolled, iteration, (index, output))
                rolled.positions[(index, output)] = segments[last][index].outputs[output]
            if isinstance(operation.owner, Rolled):
                operation.owner.within = loop.number
    rolled.inner = inner
    return rolled


def _rests_on_data_inside(operation: Operation, made: Sequence[dict[int, Position]]) -> bool:
    """Whether a size is known only from what is computed inside the loop."""
    sizes: list[Any] = [*operation.attributes.values(), *(value.shape for value in operation.outputs)]
    while sizes:
        size = sizes.pop()
        if isinstance(size, (list, tuple)):
            sizes += size
        elif type(size) is symbolic.SymInt:
            atoms = symbolic.atoms_of(size)
            if any(item[0] in ("size", "item") and any(id(item[1]) in part for part in made) for item in atoms):
                return True
    return False


def _substitute(operations: Sequence[Operation], replacements: dict[int, Value]) -> None:
    for operation in operations:
        operation.inputs = [
            None if value is None else replacements.get(id(value), value) for value in operation.inputs
        ]
        body = operation.attributes.get("body")
        if body is not None:
            _substitute(body.operations, replacements)
            for item in body.carried:
                item.next = replacements.get(id(item.next), item.next)
                item.initial = replacements.get(id(item.initial), item.initial)
            body.outputs = [replacements.get(id(value), value) for value in body.outputs]
