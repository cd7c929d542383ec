"""Arrays of numpy as nested lists of Python numbers: what sources compute tables of positions and masks with."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

KINDS = {"int": int, "int32": int, "int64": int, "float": float, "float32": float, "float64": float, "bool": bool}


def kind_of(element: Any) -> type | None:
    """The Python type that an element type stands for; None for others."""
    kind = KINDS.get(element, element) if isinstance(element, (str, type)) else None
    return kind if kind in (int, float, bool) else None


class Array(list):
    """An array: rows are arrays, so that indexing by one number gives a view, as numpy's does."""

    _kind: type | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *(self[0].shape if self and isinstance(self[0], Array) else ()))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> type:
        """bool, int or float: what it was cast to, else the narrowest that holds every entry (of none: float)."""
        entries = list(self.entries())
        if self._kind is not None or not entries:
            return self._kind or float
        if all(isinstance(value, bool) for value in entries):
            return bool
        return int if all(isinstance(value, int) for value in entries) else float

    @property
    def T(self) -> Array:
        return self.transpose()

    def entries(self) -> Iterator[Any]:
        """Every number, row by row."""
        for item in self:
            if isinstance(item, Array):
                yield from item.entries()
            else:
                yield item

    def tolist(self) -> Any:
        return [item.tolist() if isinstance(item, Array) else item for item in self]

    def item(self) -> Any:
        (number,) = self.entries()
        return number

    def copy(self) -> Array:
        return self.map(lambda value: value)

    def map(self, function: Callable[[Any], Any]) -> Array:
        return type(self)(item.map(function) if isinstance(item, Array) else function(item) for item in self)

    def astype(self, kind: Any, **options: Any) -> Array:
        target = kind_of(kind)
        if target is None:
            return self.copy()
        cast = self.map(lambda value: value if isinstance(value, target) else target(value))
        cast._kind = target
        return cast

    # — order of the entries

    def flatten(self) -> Array:
        return Array(self.entries())

    ravel = flatten

    def reshape(self, *shape: Any, **options: Any) -> Array:
        sizes = list(shape[0]) if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else list(shape)
        if -1 in sizes:
            sizes[sizes.index(-1)] = self.size // builtins.max(1, -math.prod(sizes))
        if math.prod(sizes) != self.size:
            raise ValueError(f"cannot reshape array of size {self.size} into shape {tuple(sizes)}")
        return _shaped(list(self.entries()), sizes)

    def transpose(self, *axes: Any) -> Array:
        order = list(axes[0]) if len(axes) == 1 and isinstance(axes[0], (list, tuple)) else list(axes)
        shape, entries = self.shape, list(self.entries())
        order = [axis % len(shape) for axis in order] or list(range(len(shape)))[::-1]
        strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
        offsets = [0]
        for axis in order:
            offsets = [offset + index * strides[axis] for offset in offsets for index in range(shape[axis])]
        return _shaped([entries[offset] for offset in offsets], [shape[axis] for axis in order])

    # — indexing

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int):
            return list.__getitem__(self, key)
        return _pick(self, _keys(key, self.ndim))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, (list, tuple)) and not isinstance(value, Array):
            value = array(value)
        _put(self, _keys(key, self.ndim), value)

    # — reductions

    def _reduced(self, function: Callable[[list[Any]], Any], axis: int | None, keepdims: bool) -> Any:
        if axis is None:
            return function(list(self.entries()))
        axis %= self.ndim
        if axis:
            return Array(row._reduced(function, axis - 1, keepdims) for row in self)
        if self.ndim == 1:
            reduced = function(list(self))
            return Array([reduced]) if keepdims else reduced
        columns = Array(Array(rows)._reduced(function, 0, False) for rows in zip(*self, strict=True))
        return Array([columns]) if keepdims else columns

    def sum(self, axis: int | None = None, keepdims: bool = False, **options: Any) -> Any:
        return self._reduced(builtins.sum, axis, keepdims)

    def max(self, axis: int | None = None, keepdims: bool = False) -> Any:
        return self._reduced(builtins.max, axis, keepdims)

    def min(self, axis: int | None = None, keepdims: bool = False) -> Any:
        return self._reduced(builtins.min, axis, keepdims)

    def mean(self, axis: int | None = None, keepdims: bool = False, **options: Any) -> Any:
        return self._reduced(lambda values: builtins.sum(values) / len(values), axis, keepdims)

    def any(self, axis: int | None = None, keepdims: bool = False) -> Any:
        return self._reduced(builtins.any, axis, keepdims)

    def all(self, axis: int | None = None, keepdims: bool = False) -> Any:
        return self._reduced(builtins.all, axis, keepdims)

    # — arithmetic

    def __neg__(self) -> Array:
        return self.map(operator.neg)

    def __invert__(self) -> Array:
        return self.map(operator.not_)

    __hash__ = None  # type: ignore[assignment]


def _operator(function: Callable[[Any, Any], Any], reflected: bool) -> Callable[[Array, Any], Any]:
    def apply(self: Array, other: Any) -> Any:
        return pairwise(function, other, self) if reflected else pairwise(function, self, other)

    return apply


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"):
    _function = getattr(operator, f"__{_name}__")
    setattr(Array, f"__{_name}__", _operator(_function, False))
    setattr(Array, f"__r{_name}__", _operator(_function, True))
    setattr(Array, f"__i{_name}__", _operator(_function, False))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Array, f"__{_name}__", _operator(getattr(operator, _name), False))


def pairwise(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """`function` of the entries of both, broadcast against each other; of two numbers, a number."""
    left, right = (
        array(side) if isinstance(side, (list, tuple, range)) and not isinstance(side, Array) else side
        for side in (left, right)
    )
    depths = [side.ndim if isinstance(side, Array) else 0 for side in (left, right)]
    if depths == [0, 0]:
        return function(*(side.item() if isinstance(side, Array) else side for side in (left, right)))
    if depths[0] != depths[1]:
        longer = left if depths[0] > depths[1] else right
        rows = [(row, right) if longer is left else (left, row) for row in longer]
    else:
        count = len(left) if len(right) == 1 else len(right)
        if len(left) not in (1, count):
            raise ValueError(f"operands could not be broadcast together with shapes {left.shape} {right.shape}")
        rows = [(left[index % len(left)], right[index % len(right)]) for index in range(count)]
    return Array(pairwise(function, a, b) for a, b in rows)


def array(values: Any, dtype: Any = None, **options: Any) -> Any:
    """Nested sequences as an array; a whole number as an array without dimensions."""
    kind = kind_of(dtype)
    if isinstance(values, (list, tuple, range)):
        made = Array(array(value) if isinstance(value, (list, tuple, range)) else value for value in values)
        return made.astype(kind) if kind is not None else made
    number = kind(values) if kind is not None else values
    return Point([number]) if isinstance(number, int) else number


class Point(Array):
    """An array without dimensions: one number."""

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    def item(self) -> Any:
        return list.__getitem__(self, 0)

    tolist = __index__ = item

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())


def _shaped(entries: list[Any], shape: Sequence[int]) -> Array:
    """Entries, row by row, as an array of `shape`."""
    if len(shape) <= 1:
        return Array(entries)
    step = math.prod(shape[1:])
    return Array(_shaped(entries[row * step : (row + 1) * step], shape[1:]) for row in range(shape[0]))


def _keys(key: Any, ndim: int) -> list[Any]:
    """An index as one entry for each dimension, with `None` for new ones."""
    keys = list(key) if isinstance(key, tuple) else [key]
    missing = ndim - builtins.sum(item is not None and item is not Ellipsis for item in keys)
    if any(item is Ellipsis for item in keys):
        at = next(index for index, item in enumerate(keys) if item is Ellipsis)
        keys[at : at + 1] = [slice(None)] * missing
    return keys


def _chosen(key: Any, size: int) -> list[int]:
    """Which rows an index of one dimension chooses: a slice, a list of indices, or a mask."""
    if isinstance(key, slice):
        return list(range(*key.indices(size)))
    if len(key) == size and all(isinstance(item, bool) for item in key):
        return [index for index, item in enumerate(key) if item]
    return list(key)


def _pick(source: Any, keys: list[Any]) -> Any:
    if not keys:
        return source
    key, rest = keys[0], keys[1:]
    if key is None:
        return Array([_pick(source, rest)])
    if isinstance(key, (int, Point)):
        return _pick(list.__getitem__(source, int(key)), rest)
    return Array(_pick(list.__getitem__(source, index), rest) for index in _chosen(key, len(source)))


def _put(target: Array, keys: list[Any], value: Any) -> None:
    key, rest = (keys[0], keys[1:]) if keys else (slice(None), [])
    rows: Iterable[int] = [int(key)] if isinstance(key, (int, Point)) else _chosen(key, len(target))
    single = isinstance(key, (int, Point))
    for position, index in enumerate(rows):
        row = list.__getitem__(target, index)
        # A value with fewer dimensions than are chosen is the same for every row.
        whole = single or not isinstance(value, Array) or value.ndim < _dimensions(row, rest) + 1
        part = value if whole else list.__getitem__(value, position % len(value))
        if isinstance(row, Array):
            _put(row, rest, part)
        else:
            list.__setitem__(target, index, part.item() if isinstance(part, Array) else part)


def _dimensions(row: Any, keys: list[Any]) -> int:
    """Of what `keys` choose in a row."""
    chosen = builtins.sum(isinstance(key, (int, Point)) for key in keys)
    return (row.ndim if isinstance(row, Array) else 0) - chosen
