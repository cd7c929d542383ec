"""Sets of strings, whose order no two runs of Python share: a trace and a comparison with PyTorch go through them alike."""

from __future__ import annotations

from typing import Any


def in_one_order(iterable: Any) -> Any:
    """What a loop goes through: the strings of a set sorted, everything else as it is."""
    if type(iterable) in (set, frozenset) and all(type(item) is str for item in iterable):
        return sorted(iterable)
    return iterable
