"""Tuples with names, as torch returns from max, topk, sort and others."""

from __future__ import annotations

from typing import Any


class Named(tuple):
    """A tuple whose items have names: ``result.values``, ``result.indices``."""

    def __new__(cls, **items: Any) -> Named:
        self = tuple.__new__(cls, items.values())
        self.__dict__.update(items)
        return self
