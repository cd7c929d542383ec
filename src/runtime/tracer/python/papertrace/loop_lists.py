"""Lists to which every iteration of a rolled loop has added an item: as many items as the run has iterations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace import record
from papertrace.loop_writes import side_by_side
from papertrace.structure import is_tensor


class Run:
    """Neighbouring items of a list that are one value of a loop, of every iteration in order or backwards."""

    def __init__(self, rolled: Any, position: Any, forwards: bool) -> None:
        self.rolled, self.position, self.forwards = rolled, position, forwards

    @property
    def count(self) -> int:
        return self.rolled.count

    def stacked(self) -> Any:
        """All items along a new first axis."""
        from papertrace.selections import flip
        from papertrace.tensor import wrap

        found = wrap(record.trace.loops.current(self.rolled.stacked(self.rolled.positions[self.position])))
        return found if self.forwards else flip(found, 0)


def parts_of(items: Sequence[Any]) -> list[Any]:
    """The items, with runs in place of those that belong to one."""
    if not record.trace.loops.rolled:
        return list(items)
    parts: list[Any] = []
    at = 0
    while at < len(items):
        run = _run_at(items, at)
        parts.append(items[at] if run is None else run)
        at += 1 if run is None else run.rolled.last - run.rolled.first + 1
    return parts


def _run_at(items: Sequence[Any], at: int) -> Run | None:
    origin = _origin(items[at])
    if origin is None:
        return None
    rolled, iteration, position = origin
    length = rolled.last - rolled.first + 1
    found = [_origin(item) for item in items[at : at + length]]
    for forwards in (True, False):
        order = range(rolled.first, rolled.last + 1) if forwards else range(rolled.last, rolled.first - 1, -1)
        if found == [(rolled, iteration, position) for iteration in order]:
            return Run(rolled, position, forwards)
    return None


def _origin(item: Any) -> tuple[Any, int, Any] | None:
    return item.fresh().rolled if is_tensor(item) else None


def stacked_items(items: Sequence[Any]) -> Any:
    """A source for a loop through a list of which all items are one run; else None."""
    from papertrace.loop_sources import FreeItems

    if not is_tensor(items[0]) or not record.trace.loops.rolled:
        return None
    parts = parts_of(items)
    return FreeItems(items, parts[0].stacked()) if len(parts) == 1 and isinstance(parts[0], Run) else None


def joined(items: Sequence[Any], dim: int) -> list[Any]:
    """The tensors to concatenate along ``dim``, with one in place of each run."""
    return [side_by_side(part.stacked(), dim) if isinstance(part, Run) else part for part in parts_of(items)]


def length(items: Sequence[Any]) -> int:
    """How many items a list has in a run."""
    return sum(part.count if isinstance(part, Run) else 1 for part in parts_of(items))
