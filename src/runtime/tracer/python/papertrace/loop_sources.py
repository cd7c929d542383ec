"""What a loop can go through whose number of items is free: ranges, tensors, lists that a loop filled, and zips of these."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

from papertrace import symbolic
from papertrace.ranges import FreeRange
from papertrace.structure import is_tensor


class FreeSlices:
    """The pieces of a tensor along a dimension, ``width`` wide, or single places of it."""

    def __init__(self, tensor: Any, dim: int, count: int, width: int | None = None) -> None:
        self.tensor, self.dim, self.count, self.width = tensor, dim, count, width
        self._pieces: tuple[Any, ...] | None = None

    def at(self, step: int) -> Any:
        from papertrace.slices import selected, sliced

        if self.width is None:
            return selected(self.tensor, self.dim, step)
        return sliced(self.tensor, self.dim, step * self.width, (step + 1) * self.width)

    def _all(self) -> tuple[Any, ...]:
        """Written out for the size that the trace is made with, under a guard."""
        if self._pieces is None:
            self._pieces = tuple(self.at(index) for index in range(symbolic.concrete(self.count)))
        return self._pieces

    def __len__(self) -> int:
        return symbolic.concrete(self.count)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __add__(self, other: Any) -> Any:
        return self._all() + tuple(other)


class FreeItems:
    """A list that holds one item of every iteration of a loop."""

    def __init__(self, items: Any, stacked: Any) -> None:
        self.items, self.stacked = items, stacked
        self.count = stacked.shape[0]

    def at(self, step: int) -> Any:
        from papertrace.slices import selected

        return selected(self.stacked, 0, step)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


class _Combined:
    """Several sources side by side, of one count."""

    def __init__(self, parts: tuple[Any, ...], sources: list[Any]) -> None:
        self.parts, self.sources = parts, sources
        self.count = sources[0].count

    def at(self, step: int) -> Any:
        return tuple(source.at(step) for source in self.sources)

    def __iter__(self) -> Iterator[Any]:
        return builtins.zip(*self.parts)


class _Reversed:
    def __init__(self, items: Any, source: Any) -> None:
        self.items, self.source = items, source
        self.count = source.count

    def at(self, step: int) -> Any:
        return self.source.at(self.count - 1 - step)

    def __iter__(self) -> Iterator[Any]:
        return builtins.reversed(tuple(self.items))


_SOURCES = (FreeRange, FreeSlices, FreeItems, _Combined, _Reversed)


def source_of(iterable: Any) -> Any:
    """Items by their step and how many there are, where that is a free number; else None."""
    if type(iterable) in _SOURCES:
        return iterable
    if is_tensor(iterable):
        free = iterable.ndim and not symbolic.is_plain(iterable.shape[0])
        return FreeSlices(iterable, 0, iterable.shape[0]) if free else None
    if type(iterable) in (list, tuple) and iterable:
        from papertrace.loop_lists import stacked_items

        return stacked_items(iterable)
    return None


def symbolic_zip(*iterables: Any, **options: Any) -> Any:
    """``zip`` for traced source."""
    sources = [source_of(iterable) for iterable in iterables]
    if not sources or options or any(source is None for source in sources):
        return builtins.zip(*iterables, **options)
    if not all(symbolic.same(source.count, sources[0].count) for source in sources):
        return builtins.zip(*iterables)
    return _Combined(iterables, sources)


def symbolic_enumerate(iterable: Any, start: int = 0) -> Any:
    """``enumerate`` for traced source."""
    source = source_of(iterable)
    if source is None:
        return builtins.enumerate(iterable, start)
    return _Combined((FreeRange(start, 1, source.count), iterable), [FreeRange(start, 1, source.count), source])


def symbolic_reversed(iterable: Any) -> Any:
    """``reversed`` for traced source."""
    source = source_of(iterable)
    if type(source) is FreeRange or source is None:
        return builtins.reversed(iterable)
    return _Reversed(iterable, source)
