"""What forward returned, flattened in order: names of fields, of keys, or positions."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator
from typing import Any

from papertrace.structure import is_tensor, tensors_in


def flatten_outputs(result: Any, left_out: Container[int] = ()) -> list[tuple[str, Any]]:
    """(name, tensor): `logits`, `last_hidden_state`, `0`, `hidden_states.3`, `past_key_values.layers.0.keys`.

    `left_out`: identities of objects that are not looked into.
    """
    return list(_flatten(result, "", left_out) if not is_tensor(result) else [("0", result)])


def _flatten(result: Any, name: str, left_out: Container[int]) -> Iterator[tuple[str, Any]]:
    if id(result) in left_out:
        return
    if is_tensor(result):
        yield name, result
        return
    parts = entries(result)
    for key, item in parts:
        yield from _flatten(item, f"{name}.{key}" if name else str(key), left_out)
    if not parts:
        yield from tensors_in(result, name)


def entries(result: Any) -> list[tuple[Any, Any]]:
    """What an object that forward returned is made of, by field, key or position; nothing for other objects."""
    if isinstance(result, dict):
        return list(result.items())
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return [(field.name, getattr(result, field.name)) for field in dataclasses.fields(result)]
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return list(zip(result._fields, result, strict=True))
    if isinstance(result, (list, tuple)):
        return list(enumerate(result))
    return []
