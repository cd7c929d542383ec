"""numpy, as far as modeling files use it while they build: numbers, and tables of positions and masks."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from papertrace.boundary.arrays import KINDS, Array, array, kind_of, pairwise
from papertrace.boundary.triangles import FUNCTIONS
from papertrace.errors import COMPUTING
from papertrace.stubs import StandIn, placeholder, refused


def elementwise(function: Callable[[float], float]) -> Callable[[Any], Any]:
    def apply(value: Any, *arguments: Any, **options: Any) -> Any:
        return array(value).map(function) if isinstance(value, (list, tuple)) else function(value)

    return apply


class Whole(int):
    """A whole number that numpy gave; it counts and indexes like any other."""

    dtype, shape, ndim = int, (), 0

    def astype(self, kind: Any) -> Any:
        kind = KINDS.get(kind, kind)
        return Whole(self) if kind is int or not isinstance(kind, type) else kind(self)

    def item(self) -> int:
        return int(self)

    tolist = item


#: Functions of numpy.random that give a number where no size is asked for.
_DRAWS = ("uniform", "rand", "random", "random_sample", "normal", "randn")


def drawing(name: str) -> Callable[..., Any]:
    """A draw by chance: sources that skip layers in training draw anyway, and go on without a look at the number."""
    refusal = refused(f"numpy.random.{name}")
    looks = (*COMPUTING, "__bool__", "__iter__", "__len__", "__getitem__", "__eq__")
    kind = type(name, (), dict.fromkeys(looks, refusal))
    return lambda *arguments, **options: kind()


def issubdtype(kind: Any, family: Any) -> bool:
    kind, family = KINDS.get(kind, kind), KINDS.get(family, family)
    return isinstance(kind, type) and isinstance(family, type) and issubclass(kind, family)


def linspace(start: float, stop: float, num: int = 50, endpoint: bool = True, **options: Any) -> Array:
    count = num - 1 if endpoint else num
    return Array(start + (stop - start) * index / count if count else start for index in range(num))


def arange(*bounds: Any, dtype: Any = None, **options: Any) -> Array:
    kind = kind_of(dtype) or kind_of(bounds[-1])
    bounds = tuple(bound for bound in bounds if not isinstance(bound, type))
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    values = Array(start + index * step for index in range(max(0, math.ceil((stop - start) / step))))
    return values.astype(kind) if kind is not None else values


def prod(values: Any, **options: Any) -> Any:
    values = values if isinstance(values, Iterable) else [values]
    items = array(values) if isinstance(values, (list, tuple)) else Array(values)
    product = math.prod(items.entries())
    return Whole(product) if type(product) is int else product


def filled(shape: Any, value: Any, dtype: Any = None, **options: Any) -> Any:
    sizes = list(shape) if isinstance(shape, (list, tuple)) else [shape]
    kind = kind_of(dtype)
    number = kind(value) if kind is not None else value
    made = Array([number] * math.prod(sizes)).reshape(sizes)
    made._kind = kind
    return made


def like(value: float) -> Callable[..., Array]:
    return lambda values, dtype=None, **options: filled(array(values).shape, value, dtype or array(values).dtype)


def concatenate(arrays: Iterable[Any], axis: int = 0, **options: Any) -> Array:
    parts = [array(part) for part in arrays]
    axis %= parts[0].ndim
    if axis:
        return Array(concatenate(rows, axis - 1) for rows in zip(*parts, strict=True))
    return Array(row for part in parts for row in part)


def expand_dims(values: Any, axis: int) -> Array:
    values = array(values)
    axis %= values.ndim + 1
    if not axis:
        return Array([values])
    return Array(expand_dims(row, axis - 1) if isinstance(row, Array) else Array([row]) for row in values)


def stack(arrays: Iterable[Any], axis: int = 0, **options: Any) -> Array:
    parts = [array(part) for part in arrays]
    return concatenate([expand_dims(part, axis % (parts[0].ndim + 1)) for part in parts], axis % (parts[0].ndim + 1))


def outer(left: Any, right: Any) -> Array:
    right = array(right).flatten()
    return Array(right * number for number in array(left).flatten())


def tile(values: Any, times: Any) -> Array:
    """An array repeated along its axes; axes that it lacks are put before its own."""
    values, times = array(values), [times] if isinstance(times, int) else list(times)
    times = [1] * (values.ndim - len(times)) + times
    values = values.reshape(*[1] * (len(times) - values.ndim), *values.shape)
    return _tiled(values, times)


def _tiled(values: Any, times: Sequence[int]) -> Any:
    return Array(_tiled(item, times[1:]) for _ in range(times[0]) for item in values) if times else values


def dot(left: Any, right: Any) -> Any:
    """The product of two vectors, or of two matrices."""
    left, right = array(left), array(right)
    if left.ndim == right.ndim == 1 and len(left) == len(right):
        return builtins.sum(a * b for a, b in zip(left, right))
    if left.ndim == right.ndim == 2 and left.shape[1] == right.shape[0]:
        columns = right.transpose()
        return Array(Array(dot(row, column) for column in columns) for row in left)
    return refused(f"numpy.dot of {left.shape} and {right.shape}")()


def cross(left: Any, right: Any, **options: Any) -> Array:
    """The vector that is orthogonal to two of three dimensions."""
    (a, b, c), (x, y, z) = array(left), array(right)
    return Array((b * z - c * y, c * x - a * z, a * y - b * x))


def norm(values: Any, **options: Any) -> Any:
    """The Euclidean length of all entries together."""
    if options:
        return refused("numpy.linalg.norm along an axis")()
    return math.sqrt(builtins.sum(value * value for value in array(values).flatten()))


def meshgrid(*axes: Any, indexing: str = "xy", **options: Any) -> list[Array]:
    """Coordinates of a grid: of two axes, by "xy" the first varies along the columns."""
    lines = [array(axis) for axis in axes]
    order = [1, 0, *range(2, len(lines))] if indexing == "xy" and len(lines) > 1 else list(range(len(lines)))
    shape = [len(lines[axis]) for axis in order]
    return [
        broadcast_to(line.reshape([-1 if order[position] == axis else 1 for position in range(len(lines))]), shape)
        for axis, line in enumerate(lines)
    ]


def broadcast_to(values: Any, shape: Sequence[int], **options: Any) -> Array:
    return pairwise(lambda value, _: value, array(values), filled(shape, 0))


def where(condition: Any, *branches: Any) -> Any:
    if not branches:
        flags = array(condition)
        found = [place for place, flag in zip(_places(flags.shape), flags.entries(), strict=True) if flag]
        return tuple(Array(place[axis] for place in found) for axis in range(flags.ndim))
    choosing = pairwise(lambda flag, value: lambda other: value if flag else other, condition, branches[0])
    return pairwise(lambda choose, other: choose(other), choosing, branches[1])


def _places(shape: Sequence[int]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for size in shape:
        places = [(*place, index) for place in places for index in range(size)]
    return places


def einsum(equation: str, *operands: Any) -> Array:
    """Products of vectors for every pair of entries (`m,d->md`), the one equation that tables of positions use."""
    terms, _, result = equation.replace(" ", "").partition("->")
    letters = terms.split(",")
    if [len(term) for term in letters] != [1, 1] or result != "".join(letters):
        return refused(f"numpy.einsum({equation!r})")()
    return outer(*operands)


def reduction(name: str) -> Callable[..., Any]:
    return lambda values, axis=None, **options: getattr(array(values), name)(axis, **options)


def clip(values: Any, low: Any = None, high: Any = None, **options: Any) -> Any:
    if low is not None:
        values = pairwise(max, values, low)
    return values if high is None else pairwise(min, values, high)


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
        | FUNCTIONS
        | {
            "__version__": "2.3.0",
            "lcm": math.lcm,
            "gcd": math.gcd,
            "pi": math.pi,
            "e": math.e,
            "inf": math.inf,
            "nan": math.nan,
            "newaxis": None,
            "abs": elementwise(builtins.abs),
            "power": lambda base, exponent: pairwise(pow, base, exponent),
            "round": lambda value, digits=0: elementwise(lambda number: round(number, digits))(value),
            **{name: reduction(name) for name in ("max", "min", "sum", "mean", "any", "all")},
            "amax": reduction("max"),
            "amin": reduction("min"),
            "zeros": lambda shape, dtype=float, **options: filled(shape, 0, dtype),
            "ones": lambda shape, dtype=float, **options: filled(shape, 1, dtype),
            "full": filled,
            "zeros_like": like(0),
            "ones_like": like(1),
            "eye": lambda size, **options: Array(
                Array(float(row == column) for column in range(size)) for row in range(size)
            ),
            "stack": stack,
            "concatenate": concatenate,
            "expand_dims": expand_dims,
            "outer": outer,
            "tile": tile,
            "dot": dot,
            "cross": cross,
            "linalg": StandIn("numpy.linalg", {"norm": norm}, lambda attribute: refused(f"numpy.linalg.{attribute}")),
            "einsum": einsum,
            "meshgrid": meshgrid,
            "broadcast_to": broadcast_to,
            "where": where,
            "clip": clip,
            "reshape": lambda values, *shape: array(values).reshape(*shape),
            "transpose": lambda values, axes=(): array(values).transpose(*axes),
            "ravel": lambda values: array(values).flatten(),
            "copy": lambda values: array(values).copy(),
            "maximum": lambda left, right: pairwise(max, left, right),
            "minimum": lambda left, right: pairwise(min, left, right),
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
            "issubdtype": issubdtype,
            "ndarray": Array,
            "generic": placeholder("numpy.generic"),
            "number": placeholder("numpy.number"),
            "floating": float,
            "integer": int,
            "random": StandIn("numpy.random", {name: drawing(name) for name in _DRAWS}),
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
