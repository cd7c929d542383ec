"""`range` for traced source: Python's own, but a symbolic bound stays free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from papertrace.symbolic import SymInt, concrete, depends_on_data, is_plain


class _RangeType(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, range)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, range)


class symbolic_range(metaclass=_RangeType):  # noqa: N801 - stands for the built-in name
    """What a loop over it makes of a free size is decided in loops.py."""

    def __new__(cls, *bounds: Any) -> Any:  # type: ignore[misc]
        if not any(isinstance(bound, SymInt) for bound in bounds) or len(bounds) > 3:
            return range(*bounds)
        start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
        step = concrete(step)
        if step == 0 or depends_on_data(start) or depends_on_data(stop):
            return range(*(concrete(bound) for bound in bounds))
        distance = stop - start if step > 0 else start - stop
        width = abs(step)
        return FreeRange(start, step, distance if width == 1 else (distance + (width - 1)) // width)


class FreeRange:
    """start, start + step, …: ``count`` numbers, or none where that is negative."""

    __slots__ = ("count", "start", "step")

    def __init__(self, start: int, step: int, count: int) -> None:
        self.start, self.step, self.count = start, step, count

    #: What `isinstance(numbers, range)` in traced source goes by.
    __class__ = property(lambda self: range)  # type: ignore[assignment]

    @property
    def stop(self) -> int:
        return self.start + self.step * self.count

    def at(self, step: int) -> int:
        return self.start + self.step * step

    def __len__(self) -> int:
        return max(concrete(self.count), 0)

    def __iter__(self) -> Iterator[int]:
        """Written out for the size that the trace is made with, which `concrete` records as a guard."""
        count = len(self)
        start = self.start if is_plain(self.count) else concrete(self.start)
        return iter([start + self.step * index for index in range(count)])

    def __reversed__(self) -> FreeRange:
        return FreeRange(self.at(self.count - 1), -self.step, self.count)

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def __contains__(self, number: Any) -> bool:
        return number in list(self)
