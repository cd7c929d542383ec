"""Tensors, and those inside any Python object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def is_tensor(candidate: Any) -> bool:
    """Whether something is a tensor of a trace."""
    return getattr(type(candidate), "is_traced_tensor", False)


def tensors_of(result: Any) -> Iterable[Any]:
    """The tensors in what a call or a module gave, in order."""
    if is_tensor(result):
        yield result
    elif isinstance(result, dict):
        for item in result.values():
            yield from tensors_of(item)
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from tensors_of(item)


def tensors_in(item: Any, name: str) -> Iterator[tuple[str, Any]]:
    """(path, tensor), each tensor once: `layers.0.keys`. Modules are not looked into."""
    yield from _walk(item, name, set())


def _walk(item: Any, name: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(item) in seen:
        return
    if is_tensor(item):
        seen.add(id(item))
        yield name, item
        return
    parts = _parts(item)
    if parts:
        seen.add(id(item))
    for key, part in parts:
        yield from _walk(part, f"{name}.{key}" if name else str(key), seen)


def _parts(item: Any) -> list[tuple[Any, Any]]:
    if isinstance(item, dict):
        return list(item.items())
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return list(zip(item._fields, item, strict=True))
    if isinstance(item, (list, tuple)):
        return list(enumerate(item))
    # Sizes are asked nothing.
    if isinstance(item, (int, float, str, type)) or callable(item) or not hasattr(item, "__dict__"):
        return []
    return list(vars(item).items())
