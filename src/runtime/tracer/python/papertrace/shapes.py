"""Rules for shapes: dimensions, broadcasting, sizes as torch's functions take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from papertrace import symbolic
from papertrace.misfits import different, out_of_range
from papertrace.structure import is_tensor
from papertrace.symbolic import depends_on_data, hint, is_one, is_plain, same


def normalise_dim(rank: int, dim: Any) -> int:
    """A dimension counted from the front; ``rank`` of the tensor that is indexed."""
    dim = as_int(dim)
    limit = max(rank, 1)
    if not -limit <= dim < limit:
        message = f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})"
        raise out_of_range(message, -dim if dim < 0 else dim + 1)
    return dim + limit if dim < 0 else dim


def normalise_dims(rank: int, dims: Any) -> list[int]:
    """Dimensions in rising order; None and () mean all of them."""
    if dims is None or (isinstance(dims, (tuple, list)) and not dims):
        return list(range(rank))
    found = sorted(normalise_dim(rank, dim) for dim in (dims if isinstance(dims, (tuple, list)) else [dims]))
    twice = next((dim for dim, following in zip(found, found[1:]) if dim == following), None)
    if twice is not None:
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return found


def as_int(candidate: Any) -> int:
    """A size or index: ints stay as they are, 0-d tensors give their value, symbolic where it can be."""
    if isinstance(candidate, bool):
        return int(candidate)
    if isinstance(candidate, int):
        return candidate
    if is_tensor(candidate):
        return candidate.item()
    if not hasattr(candidate, "__index__"):
        advice = ": a size that is divided needs //" if isinstance(candidate, float) else ""
        raise TypeError(f"sizes and dimensions must be integers, but got {type(candidate).__name__} {candidate}{advice}")
    return candidate.__index__()


def sizes_of(arguments: Sequence[Any]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(arguments) == 1 and isinstance(arguments[0], (tuple, list)):
        arguments = arguments[0]
    return tuple(as_int(size) for size in arguments)


def given_sizes(arguments: Sequence[Any], options: dict[str, Any], name: str) -> tuple[int, ...]:
    """Sizes given one by one, as one sequence, or by their name; no other option is taken."""
    unknown = next((option for option in options if option != name), None)
    if unknown is not None:
        raise TypeError(f"got an unexpected keyword argument {unknown!r}")
    if not arguments and name not in options:
        raise TypeError(f"missing 1 required positional argument: {name!r}")
    return sizes_of(arguments or (options[name],))


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that several shapes broadcast to.

    Structurally equal sizes and a structural 1 need no decision; anything else is decided by the hints, with a guard.
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[int] = []
    for axis in range(rank):
        size = 1
        for shape in shapes:
            position = axis - rank + len(shape)
            if position >= 0:
                size = _broadcast_size(size, shape[position], shapes)
        result.append(size)
    return tuple(result)


def _broadcast_size(left: int, right: int, shapes: Iterable[Sequence[int]]) -> int:
    if is_one(right) or left is right or same(left, right):
        return left
    if is_one(left):
        return right
    if depends_on_data(left) or depends_on_data(right):
        return right if is_plain(right) else left
    if hint(left) == hint(right):
        symbolic.guard("eq", left, right, True)
        return right if is_plain(right) else left
    if hint(left) == 1:
        symbolic.guard("eq", left, 1, True)
        return right
    if hint(right) == 1:
        symbolic.guard("eq", right, 1, True)
        return left
    message = f"The sizes of these shapes do not match: {', '.join(show(shape) for shape in shapes)}"
    raise different(message, left, right)


def check_equal(left: int, right: int, what: str) -> None:
    """Two sizes must be the same; guarded where only the hints are."""
    if same(left, right) or depends_on_data(left) or depends_on_data(right):
        return
    if hint(left) != hint(right):
        raise different(f"{what}: {symbolic.shown(left)} is not {symbolic.shown(right)}", left, right)
    symbolic.guard("eq", left, right, True)


def show(shape: Sequence[int]) -> str:
    return "(" + ", ".join(map(symbolic.shown, shape)) + ")"


def same_shape(left: Sequence[int], right: Sequence[int]) -> bool:
    return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))


def pair(sizes: Any, count: int) -> tuple[int, ...]:
    """One size for each of ``count`` spatial dimensions."""
    if isinstance(sizes, int):
        return (sizes,) * count
    sizes = tuple(sizes)
    return sizes * count if len(sizes) == 1 else sizes


def fixed(sizes: Any, count: int) -> tuple[int, ...]:
    """What an operation is built with, such as its strides, for each of ``count`` dimensions: sizes at hand, guarded."""
    return tuple(symbolic.concrete(size) for size in pair(sizes, count))


def minimum(left: int, right: int) -> int:
    """The smaller size, guarded where it is not the same for every binding."""
    return left if symbolic.decide("le", left, right) else right
