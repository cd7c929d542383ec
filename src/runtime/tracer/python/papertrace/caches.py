"""`functools.lru_cache` and `cache` for traced source: nothing that one trace computed may reach the next.

A result that rests on a free size or on a tensor is never kept: equal sizes of two traces are not the same size.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable
from typing import Any

from papertrace.instrument import BIND
from papertrace.structure import is_tensor
from papertrace.symbolic import SymInt

_lru_cache = functools.lru_cache
_kept: weakref.WeakSet[Any] = weakref.WeakSet()


def install() -> None:
    """Put these in the place of functools' own; code that is not traced keeps the original behaviour."""
    functools.lru_cache = lru_cache  # type: ignore[assignment]
    functools.cache = cache  # type: ignore[assignment]


def clear() -> None:
    """A trace is over."""
    for kept in _kept:
        kept.cache_clear()


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    """functools.lru_cache, bare or called."""
    if not _is_traced(sys._getframe(1)):
        return _lru_cache(maxsize, typed)
    if callable(maxsize):
        return _remembering(maxsize, 128, typed)
    return lambda function: _remembering(function, maxsize, typed)


def cache(function: Callable[..., Any]) -> Any:
    """functools.cache."""
    return _remembering(function, None, False) if _is_traced(sys._getframe(1)) else _lru_cache(None)(function)


def _remembering(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Callable[..., Any]:
    kept = _lru_cache(maxsize, typed)(function)
    _kept.add(kept)

    @functools.wraps(function)
    def remembered(*arguments: Any, **keywords: Any) -> Any:
        if _rests_on_trace(arguments) or _rests_on_trace(keywords):
            return function(*arguments, **keywords)
        return kept(*arguments, **keywords)

    for name in ("cache_info", "cache_clear", "cache_parameters"):
        setattr(remembered, name, getattr(kept, name))
    return remembered


def _is_traced(frame: Any) -> bool:
    """Whether the code that asks is instrumented, in this trace or an earlier one that loaded it."""
    return BIND in frame.f_globals


def _rests_on_trace(value: Any) -> bool:
    if isinstance(value, SymInt) or is_tensor(value):
        return True
    if isinstance(value, dict):
        return any(map(_rests_on_trace, value.values()))
    return isinstance(value, (tuple, list)) and any(map(_rests_on_trace, value))
