"""`range` for traced source: Python's own, but a symbolic bound is not lost without a guard."""

from __future__ import annotations

from typing import Any

from papertrace.symbolic import SymInt, concrete


class _RangeType(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, range)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, range)


class symbolic_range(metaclass=_RangeType):  # noqa: N801 - stands for the built-in name
    """A loop over a symbolic size is unrolled for its hint, which `concrete` records as a guard."""

    def __new__(cls, *bounds: Any) -> range:  # type: ignore[misc]
        return range(*(concrete(bound) if isinstance(bound, SymInt) else bound for bound in bounds))
