"""Whether two modules, or what they are called on, are the same but for the numbers in their tensors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from papertrace.dtypes import dtype
from papertrace.repeats.iterators import holds_iterator, is_iterator
from papertrace.strides import strides_of
from papertrace.structure import is_tensor
from papertrace.symbolic import SymInt
from papertrace.values import Value

#: What is compared by itself, or says nothing of what a module computes.
_ASIDE = frozenset(
    ("_path", "_places", "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", "_forward_hooks")
    + ("_forward_pre_hooks",)
)

_PLAIN = (int, float, str, bool, type(None), complex, bytes, dtype)


class Unlike(Exception):
    """Two things differ in more than numbers."""


class Comparison:
    """Two modules of one make: which values of the second stand where the first has others, and what differs besides."""

    def __init__(self, left: Any, right: Any) -> None:
        """Raise Unlike where their parts are not the same."""
        #: By identity of the value of the first.
        self.values: dict[int, Value] = {}
        #: (path within the module, attribute)
        self.differing: set[tuple[str, str]] = set()
        #: Parts of the second, by path within it and by identity of those of the first.
        self.parts: dict[str, Any] = {}
        self._counterparts: dict[int, Any] = {}
        rows = list(_parts(left, right))
        for path, one, other in rows:
            self.parts[path] = other
            self._counterparts[id(one)] = other
        for path, one, other in rows:
            self._compare(path, one, other)

    def _compare(self, path: str, one: Any, other: Any) -> None:
        mine, yours = one.__dict__, other.__dict__
        if mine.keys() != yours.keys() or mine["_modules"].keys() != yours["_modules"].keys():
            raise Unlike
        if any(item[table] for item in (mine, yours) for table in ("_forward_hooks", "_forward_pre_hooks")):
            raise Unlike
        for table in ("_parameters", "_buffers"):
            if mine[table].keys() != yours[table].keys():
                raise Unlike
            for name, tensor in mine[table].items():
                self._pair_tensors(tensor, yours[table][name])
        if any(map(holds_iterator, type(one).__mro__)):
            raise Unlike
        for name, value in mine.items():
            if name not in _ASIDE and not self._alike(value, yours[name]):
                self.differing.add((path, name))

    def _pair_tensors(self, one: Any, other: Any) -> None:
        if one is None or other is None:
            if one is not other:
                raise Unlike
            return
        if type(one) is not type(other) or vars(one).keys() != vars(other).keys():
            raise Unlike
        self.pair(one.value, other.value)

    def pair(self, one: Value, other: Value) -> None:
        """``other`` stands where ``one`` stood. Raise Unlike where it cannot."""
        if self.values.setdefault(id(one), other) is not other or not same_kind(one, other):
            raise Unlike

    def pair_given(self, one: Any, other: Any, values: Iterator[Value]) -> None:
        """Pair what the modules are called on; ``values`` are those that the tensors of ``one`` had then, in order."""
        if is_tensor(one):
            if type(one) is not type(other) or vars(one).keys() != vars(other).keys():
                raise Unlike
            self.pair(next(values), other.value)
        elif type(one) in (tuple, list, dict):
            if type(other) is not type(one) or len(one) != len(other):
                raise Unlike
            if type(one) is dict and list(one) != list(other):
                raise Unlike
            for mine, yours in zip(*(item.values() if type(item) is dict else item for item in (one, other))):
                self.pair_given(mine, yours, values)
        elif is_iterator(one) or one is not other and not same_sizes(one, other):
            raise Unlike

    def _alike(self, one: Any, other: Any) -> bool:
        if one is other:
            return not is_tensor(one) and not is_iterator(one)
        if type(one) is not type(other):
            return False
        if type(one) is SymInt or type(one) in _PLAIN:
            return same_sizes(one, other)
        if type(one) in (tuple, list):
            return len(one) == len(other) and all(map(self._alike, one, other))
        if type(one) is dict:
            return list(one) == list(other) and all(self._alike(item, other[key]) for key, item in one.items())
        if type(one) is partial:
            return self._alike((one.func, one.args, one.keywords), (other.func, other.args, other.keywords))
        if type(one) is MethodType:
            return one.__func__ is other.__func__ and self._counterparts.get(id(one.__self__)) is other.__self__
        return False


def _parts(left: Any, right: Any) -> Iterator[tuple[str, Any, Any]]:
    ones, others = list(left.named_modules()), list(right.named_modules())
    if len(ones) != len(others):
        raise Unlike
    for (path, one), (name, other) in zip(ones, others):
        if path != name or type(one) is not type(other):
            raise Unlike
        yield path, one, other


def same_kind(one: Value, other: Value) -> bool:
    """Whether nothing that a source can ask of two values tells them apart."""
    return one is other or (
        one.dtype is other.dtype
        and same_sizes(one.shape, other.shape)
        and (one.complex, one.uninitialised, one.ordering) == (other.complex, other.uninitialised, other.ordering)
        and not (one.uninitialised and (one.written or other.written or one.rows or other.rows))
        and one.rolled is None
        and other.rolled is None
        and strides_of(one) == strides_of(other)
    )


def same_sizes(one: Any, other: Any) -> bool:
    """Whether plain values are the same, sizes by their polynomials: no guard comes to rest on it."""
    if isinstance(one, (tuple, list)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same_sizes, one, other))
    if type(one) is not type(other):
        return False
    if type(one) is SymInt:
        return one.polynomial == other.polynomial
    if type(one) is FunctionType:
        return one is other
    return type(one) in _PLAIN and bool(one == other or one != one and other != other)
