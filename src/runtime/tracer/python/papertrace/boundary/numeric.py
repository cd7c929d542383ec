"""numpy, as far as modeling files use it while they build: scalars and short lists."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable
from typing import Any

from papertrace.stubs import StandIn, placeholder, refused


def elementwise(function: Callable[[float], float]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        return Array(map(apply, value)) if isinstance(value, (list, tuple)) else function(value)

    return apply


class Array(list):
    """A one-dimensional array of Python numbers."""

    def tolist(self) -> list:
        return list(self)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self),)

    @property
    def size(self) -> int:
        return len(self)

    def astype(self, kind: Any) -> Array:
        return Array(kind(value) for value in self) if kind in (int, float, bool) else Array(self)

    def _with(self, other: Any, function: Callable[[Any, Any], Any]) -> Array:
        others = other if isinstance(other, (list, tuple)) else [other] * len(self)
        return Array(function(a, b) for a, b in zip(self, others, strict=True))

    def __add__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a - b)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a * b)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b - a)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a**b)


def linspace(start: float, stop: float, num: int = 50, endpoint: bool = True, **options: Any) -> Array:
    count = num - 1 if endpoint else num
    return Array(start + (stop - start) * index / count if count else start for index in range(num))


def arange(*bounds: float, **options: Any) -> Array:
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    return Array(start + index * step for index in range(max(0, math.ceil((stop - start) / step))))


def prod(values: Iterable[Any], **options: Any) -> Any:
    return math.prod(values if isinstance(values, (list, tuple)) else list(values))


def array(values: Any, *arguments: Any, **options: Any) -> Any:
    return Array(values) if isinstance(values, (list, tuple, range)) else values


def argsort(values: Iterable[Any], **options: Any) -> Array:
    items = list(values)
    return Array(sorted(range(len(items)), key=items.__getitem__))


def cumsum(values: Iterable[Any], **options: Any) -> Array:
    total, sums = 0, Array()
    for value in values:
        total += value
        sums.append(total)
    return sums


def _numpy(name: str) -> StandIn:
    scalar = {
        function: elementwise(getattr(math, function))
        for function in ("sqrt", "log", "log2", "log10", "exp", "sin", "cos", "tan", "floor", "ceil", "tanh")
    }
    return StandIn(
        name,
        scalar
        | {
            "__version__": "2.3.0",
            "pi": math.pi,
            "e": math.e,
            "inf": math.inf,
            "nan": math.nan,
            "newaxis": None,
            "abs": elementwise(builtins.abs),
            "power": lambda base, exponent: base**exponent,
            "round": lambda value, digits=0: round(value, digits),
            "max": lambda values, *arguments: max(values),
            "min": lambda values, *arguments: min(values),
            "sum": lambda values, *arguments: sum(values),
            "mean": lambda values: sum(values) / len(values),
            "array": array,
            "asarray": array,
            "arange": arange,
            "linspace": linspace,
            "prod": prod,
            "cumsum": cumsum,
            "argsort": argsort,
            "sort": lambda values, *arguments: Array(sorted(values)),
            "argmax": lambda values: list(values).index(max(values)),
            "argmin": lambda values: list(values).index(min(values)),
            "ndarray": placeholder("numpy.ndarray"),
            "generic": placeholder("numpy.generic"),
            "number": placeholder("numpy.number"),
            "floating": placeholder("numpy.floating"),
            "integer": placeholder("numpy.integer"),
            "random": placeholder("numpy.random"),
            "int32": int,
            "int64": int,
            "float32": float,
            "float64": float,
            "bool_": bool,
        },
        lambda attribute: (
            placeholder(f"numpy.{attribute}") if attribute[0].isupper() else refused(f"numpy.{attribute}")
        ),
    )


MODULES: dict[str, Callable[[str], StandIn]] = {"numpy": _numpy}
