"""`out[:, i] = …` in every iteration of a loop: not a tensor that is carried and copied each time, but results side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papertrace import loop_steps, symbolic
from papertrace.loop_body import Carried, inputs_of
from papertrace.loop_roll import Rolled
from papertrace.values import Operation, Value

if TYPE_CHECKING:
    from papertrace.tensor import Tensor


class Written:
    """A carried tensor into which each iteration writes the next slice."""

    def __init__(self, carried: Carried, piece: Value, dim: int, start: int, width: int, forwards: bool) -> None:
        self.carried = carried
        #: What an iteration writes, a value of the body.
        self.piece = piece
        self.dim = dim
        #: Where it is written, which depends on the step.
        self.start, self.width = start, width
        self.forwards = forwards


def take_writes(rolled: Rolled, alive: list[Value]) -> list[Written]:
    """The carried tensors that are only written in slices, side by side; the body carries them no longer.

    ``alive``: values of the body that are asked for from outside.
    """
    body = rolled.body
    wanted = {id(value) for value in [*(item.next for item in body.carried), *alive]}
    users: dict[int, list[Operation]] = {}
    makers: dict[int, Operation] = {}
    for operation in reversed(body.operations):
        if any(id(output) in wanted for output in operation.outputs):
            for value in inputs_of(operation):
                wanted.add(id(value))
                users.setdefault(id(value), []).append(operation)
            for output in operation.outputs:
                makers[id(output)] = operation
    asked = {id(value) for value in alive}
    found: list[Written] = []
    for item in body.carried:
        others = [other.next for other in body.carried if other is not item]
        if id(item.inner) in asked or id(item.next) in users or any(v is item.inner or v is item.next for v in others):
            continue
        written = _written(rolled.loop.number, item, users, makers)
        if written is not None:
            found.append(written)
    body.carried = [item for item in body.carried if all(item is not written.carried for written in found)]
    return found


def _written(
    loop: int, item: Carried, users: dict[int, list[Operation]], makers: dict[int, Operation]
) -> Written | None:
    """The carried value is joined of what lies before the piece, the piece and what lies behind it."""
    join = makers.get(id(item.next))
    if join is None or join.primitive != "concat" or item.inner.complex:
        return None
    dim = join.attributes["dim"]
    pieces = [value for value in join.inputs if not _is_rest(value, item.inner, dim, makers)]
    rests = [makers[id(value)] for value in join.inputs if _is_rest(value, item.inner, dim, makers)]
    if len(pieces) != 1 or pieces[0] is None or not rests or any(len(users[id(r.outputs[0])]) > 1 for r in rests):
        return None
    if len(users.get(id(item.inner), [])) != len(rests):
        return None
    piece = pieces[0]
    at = join.inputs.index(piece)
    start: int = 0
    for value in join.inputs[:at]:
        start = start + value.shape[dim]  # type: ignore[union-attr]
    width = piece.shape[dim]
    factor = loop_steps.coefficient_of_step(symbolic.polynomial_of(start), loop)
    if not factor or loop_steps.loops_of(width) or not symbolic.same(abs(factor), width):
        return None
    if not _keeps_the_rest(rests, dim, start, width, item.inner.shape[dim]):
        return None
    return Written(item, piece, dim, start, width, factor > 0)


def _is_rest(value: Value | None, whole: Value, dim: int, makers: dict[int, Operation]) -> bool:
    operation = makers.get(id(value))
    return (
        operation is not None
        and operation.primitive == "slice"
        and operation.inputs[0] is whole
        and operation.attributes["dim"] == dim
        and operation.attributes["step"] == 1
    )


def _keeps_the_rest(rests: list[Operation], dim: int, start: int, width: int, size: int) -> bool:
    """Whether the slices are all before ``start`` and all from ``start + width`` on."""
    bounds = [(operation.attributes["start"], operation.attributes["end"]) for operation in rests]
    expected = [(0, start), (start + width, size)]
    expected = [(first, last) for first, last in expected if not symbolic.same(first, last)]
    return len(bounds) == len(expected) and all(
        symbolic.same(a, c) and symbolic.same(b, d) for (a, b), (c, d) in zip(bounds, expected)
    )


def assemble(rolled: Rolled, written: Written) -> Value:
    """The tensor after the loop."""
    from papertrace.scatter import replaced_slice
    from papertrace.selections import flip
    from papertrace.tensor import wrap

    number, count, dim = rolled.loop.number, rolled.count, written.dim
    pieces = wrap(rolled.stacked(written.piece))
    if not written.forwards:
        pieces = flip(pieces, 0)
    joined = side_by_side(pieces, dim)
    first = loop_steps.with_step(written.start, number, rolled.first)
    low = first if written.forwards else first - (count - 1) * written.width
    high = low + count * written.width
    return replaced_slice(wrap(written.carried.initial), dim, low, high, 1, joined).fresh()


def side_by_side(pieces: Tensor, dim: int) -> Tensor:
    """Pieces along axis 0, joined along ``dim`` of each."""
    from papertrace.views import permuted, reshape

    rank = pieces.ndim
    order = list(range(1, rank))
    order.insert(dim, 0)
    moved = permuted(pieces, order)
    shape = moved.shape
    return reshape(moved, (*shape[:dim], shape[dim] * shape[dim + 1], *shape[dim + 2 :]))
