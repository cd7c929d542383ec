"""What forward returned, flattened in order: names of fields, of keys, or positions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from papertrace.cache import cache_outputs, is_cache
from papertrace.record import is_tensor


def flatten_outputs(result: Any) -> list[tuple[str, Any]]:
    """(name, tensor): `logits`, `last_hidden_state`, `0`, `hidden_states.3`, `present.0.key`."""
    return list(_flatten(result, "") if not is_tensor(result) else [("0", result)])


def _flatten(result: Any, name: str) -> Iterator[tuple[str, Any]]:
    if is_tensor(result):
        yield name, result
    elif is_cache(result):
        yield from cache_outputs(result)
    else:
        for key, item in _entries(result):
            yield from _flatten(item, f"{name}.{key}" if name else str(key))


def _entries(result: Any) -> list[tuple[Any, Any]]:
    if isinstance(result, dict):
        return list(result.items())
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return [(field.name, getattr(result, field.name)) for field in dataclasses.fields(result)]
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return list(zip(result._fields, result, strict=True))
    if isinstance(result, (list, tuple)):
        return list(enumerate(result))
    return []
