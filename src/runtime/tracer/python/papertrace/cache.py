"""The key-value cache of one decoding step: inputs `past_key_values.N.key|value`, outputs `present.N.key|value`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

from papertrace.record import is_tensor

_PAST = re.compile(r"past_key_values\.(\d+)\.(?:(decoder|encoder)\.)?(key|value)")

Pair = tuple[Any, Any]


def take_cache(arguments: dict[str, Any], library: bool) -> Any:
    """Remove the parts of the cache from forward's arguments and give the cache, or None where there is none.

    With `library` it is transformers' own DynamicCache, built without a configuration: with one, sliding layers
    branch on a running count and the graph would hold one case only. Else it is a list of (key, value).
    """
    parts: dict[str, dict[int, dict[str, Any]]] = {}
    for name in list(arguments):
        match = _PAST.fullmatch(name)
        if match is not None:
            layer, side, part = int(match[1]), match[2] or "decoder", match[3]
            parts.setdefault(side, {}).setdefault(layer, {})[part] = arguments.pop(name)
    if not parts:
        return None
    pairs = {
        side: [(layers[layer]["key"], layers[layer]["value"]) for layer in sorted(layers)]
        for side, layers in parts.items()
    }
    if not library:
        return pairs["decoder"]
    cache_utils = importlib.import_module("transformers.cache_utils")
    caches = {side: _filled(cache_utils.DynamicCache(), items) for side, items in pairs.items()}
    if "encoder" not in caches:
        return caches["decoder"]
    return cache_utils.EncoderDecoderCache(caches["decoder"], caches["encoder"])


def _filled(cache: Any, pairs: list[Pair]) -> Any:
    for layer, (key, value) in enumerate(pairs):
        cache.update(key, value, layer)
    return cache


def cache_outputs(cache: Any) -> Iterator[tuple[str, Any]]:
    """(name, tensor) of everything that a cache holds; nothing for what is not a cache."""
    if hasattr(cache, "self_attention_cache"):
        yield from _outputs(_pairs(cache.self_attention_cache), "decoder.")
        yield from _outputs(_pairs(cache.cross_attention_cache), "encoder.")
    else:
        yield from _outputs(_pairs(cache), "")


def is_cache(candidate: Any) -> bool:
    return hasattr(candidate, "self_attention_cache") or bool(_pairs(candidate))


def _outputs(pairs: list[Pair], side: str) -> Iterator[tuple[str, Any]]:
    for layer, pair in enumerate(pairs):
        for part, tensor in zip(("key", "value"), pair, strict=False):
            if is_tensor(tensor):
                yield f"present.{layer}.{side}{part}", tensor


def _pairs(cache: Any) -> list[Pair]:
    layers = getattr(cache, "layers", None)
    if isinstance(layers, list):
        return [(getattr(layer, "keys", None), getattr(layer, "values", None)) for layer in layers]
    if isinstance(cache, (list, tuple)) and cache and all(_is_pair(item) for item in cache):
        return [tuple(item) for item in cache]
    return []


def _is_pair(item: Any) -> bool:
    return isinstance(item, (list, tuple)) and len(item) == 2 and all(is_tensor(part) for part in item)
