"""Tensors from numbers, sizes and ranges."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from papertrace import symbolic
from papertrace.declare import declare
from papertrace.dtypes import as_dtype, default_dtype, dtype, float32, float64, int64
from papertrace.errors import Unsupported
from papertrace.promotion import result_type
from papertrace.ratios import SymFloat
from papertrace.shapes import as_int, given_sizes, sizes_of
from papertrace.strides import lying_as
from papertrace.symbolic import SymInt
from papertrace.tensor import Tensor, emit, wrap


#: Where and how a new tensor lies: what changes no number.
_PLACEMENT = ("device", "layout", "pin_memory", "requires_grad", "memory_format", "generator")


def constant(data: Sequence[Any], shape: Sequence[int], element: dtype) -> Tensor:
    """A tensor of known numbers, row-major."""
    if element.category == 3:
        parts = [part for number in data for part in (complex(number).real, complex(number).imag)]
        return emit("const", [], {"data": parts}, (*shape, 2), element.to_real(), complex=True)
    convert = {0: bool, 1: int, 2: float}[element.category]
    numbers = [convert(number) for number in data]
    if element is int64 and numbers and not -_EXACT <= min(numbers) <= max(numbers) <= _EXACT:
        if any(int(float(number)) != number for number in numbers if number != _LAST):
            return _in_halves(numbers, shape)
    return emit("const", [], {"data": numbers}, shape, element)


#: Integers up to here are held as they are where a trace is read, where all numbers are doubles.
_EXACT = 1 << 53
#: Rounded up, it becomes the last one again.
_LAST = (1 << 63) - 1


def _in_halves(numbers: Sequence[int], shape: Sequence[int]) -> Tensor:
    """Integers that no double holds, put together of two that one does."""
    high, low = (
        emit("const", [], {"data": data}, shape, int64)
        for data in ([number >> 32 for number in numbers], [number & 0xFFFFFFFF for number in numbers])
    )
    unit = emit("const", [], {"data": [1 << 32]}, (), int64)
    return emit("add", [emit("mul", [high, unit], {}, shape, int64), low], {}, shape, int64)


def as_tensor(source: Any, element: Any = None) -> Tensor:
    """A tensor from a tensor, a number, nested sequences of both, or a numpy-like array."""
    if isinstance(source, Tensor):
        return source if element is None else source.to(as_dtype(element))
    element = as_dtype(element)
    if isinstance(source, SymInt):
        size = emit("size", [], {"value": source}, (), int64)
        return size if element is None else size.to(element)
    if isinstance(source, SymFloat):
        quotient = as_tensor(source.numerator, float64) / as_tensor(source.denominator, float64)
        return quotient.to(element or default_dtype())
    if isinstance(source, (bool, int, float, complex)):
        return constant([source], (), element or result_type(source))
    if isinstance(source, (list, tuple, range)):
        return _from_sequence(list(source), element)
    if hasattr(source, "tolist"):
        return as_tensor(source.tolist(), element)
    if hasattr(source, "__float__"):
        return as_tensor(float(source), element)
    raise Unsupported("A tensor cannot be made from {0}.", type(source).__name__)


def _from_sequence(items: list[Any], element: dtype | None) -> Tensor:
    shape: list[int] = []
    probe: Any = items
    while isinstance(probe, (list, tuple, range)):
        shape.append(len(probe))
        probe = probe[0] if len(probe) else None
    inner = tuple(probe.shape) if isinstance(probe, Tensor) else ()
    flat: list[Any] = []

    def walk(item: Any) -> None:
        if isinstance(item, (list, tuple, range)):
            for part in item:
                walk(part)
        else:
            flat.append(item.item() if type(item).__module__ == "numpy" else item)

    walk(items)
    if any(isinstance(item, (Tensor, SymInt, SymFloat)) for item in flat):
        from papertrace.join import cat

        target = element or result_type(*flat)
        return cat([as_tensor(item, target).reshape(-1) for item in flat], 0).reshape(*shape, *inner)
    if element is None:
        kinds = [result_type(item) for item in flat]
        element = max(kinds, key=lambda kind: kind.category) if kinds else default_dtype()
    return constant(flat, shape, element)


def legacy_tensor(cls: type[Tensor], arguments: Sequence[Any]) -> Tensor:
    """``torch.FloatTensor(3, 4)`` or ``torch.FloatTensor([1, 2])``."""
    element = getattr(cls, "legacy_dtype", None) or default_dtype()
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
        return as_tensor(list(arguments[0]), element)
    if len(arguments) == 1 and hasattr(arguments[0], "tolist"):
        return as_tensor(arguments[0], element)
    return filled(sizes_of(arguments) if arguments else (0,), 0, element, uninitialised=True)


def filled(shape: Sequence[int], number: Any, element: Any = None, *, uninitialised: bool = False) -> Tensor:
    """``shape`` filled with a number or a 0-d tensor."""
    shape = tuple(as_int(size) for size in shape)
    fill = as_tensor(number, element)
    if fill.ndim:
        fill = fill.reshape(())
    if fill.dtype.category == 3:
        # Both parts of the number in every place.
        result = emit("expand", [fill], {"shape": (*shape, 2)}, (*shape, 2), fill.value.dtype, complex=True)
        result._value.uninitialised = uninitialised
        return result
    result = fill if not shape and not uninitialised else emit("fill", [fill], {"shape": shape}, shape, fill.dtype)
    # What has no elements holds nothing that anybody would have to write.
    if uninitialised and not any(type(size) is int and size == 0 for size in shape):
        result._value.uninitialised = True
    return result


def placed(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Let a function that makes a tensor take what torch's take to say where it lies."""

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Tensor:
        for name in _PLACEMENT:
            options.pop(name, None)
        return function(*args, **options)

    signature = inspect.signature(function)
    parameters = [item for item in signature.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
    options = inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD)
    called.__signature__ = signature.replace(parameters=[*parameters, options])  # type: ignore[attr-defined]
    return called


def _sizes(size: Sequence[Any], options: dict[str, Any]) -> tuple[int, ...]:
    return given_sizes(size, options, "size")


def _creator(name: str, number: float, uninitialised: bool) -> None:
    @placed
    def create(*size: Any, dtype: Any = None, **options: Any) -> Tensor:
        element = as_dtype(dtype) or default_dtype()
        return filled(_sizes(size, options), number, element, uninitialised=uninitialised)

    @placed
    def create_like(input: Tensor, *, dtype: Any = None) -> Tensor:
        return lying_as(input, filled(input.shape, number, as_dtype(dtype) or input.dtype, uninitialised=uninitialised))

    @placed
    def create_new(self: Tensor, *size: Any, dtype: Any = None, **options: Any) -> Tensor:
        element = as_dtype(dtype) or self.dtype
        return filled(_sizes(size, options), number, element, uninitialised=uninitialised)

    declare(f"torch.{name}")(create)
    declare(f"torch.{name}_like")(create_like)
    declare(f"Tensor.new_{name}")(create_new)


for _name, _number, _uninitialised in (
    ("zeros", 0, False),
    ("ones", 1, False),
    ("empty", 0, True),
    ("rand", 0, True),
    ("randint", 0, True),
    ("randn", 0, True),
):
    _creator(_name, _number, _uninitialised)


@declare("torch.empty_strided")
@placed
def empty_strided(size: Any, stride: Any, *, dtype: Any = None) -> Tensor:
    return filled(size, 0, as_dtype(dtype) or default_dtype(), uninitialised=True)


@declare("torch.normal")
@placed
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, dtype: Any = None) -> Tensor:
    if size is None:
        size = (mean if isinstance(mean, Tensor) else std).shape
    return filled(size, 0, as_dtype(dtype) or default_dtype(), uninitialised=True)


@declare("torch.randint")
@placed
def randint(*arguments: Any, low: int = 0, high: Any = None, size: Any = None, dtype: Any = None) -> Tensor:
    return filled(arguments[-1] if size is None else size, 0, as_dtype(dtype) or int64, uninitialised=True)


@declare("torch.randperm")
@placed
def randperm(n: int, *, dtype: Any = None) -> Tensor:
    return filled((n,), 0, as_dtype(dtype) or int64, uninitialised=True)


@declare("torch.bernoulli")
@placed
def bernoulli(input: Tensor, p: Any = None) -> Tensor:
    return filled(input.shape, 0, input.dtype, uninitialised=True)


@declare("torch.multinomial", "Tensor.multinomial")
@placed
def multinomial(input: Tensor, num_samples: int, replacement: bool = False) -> Tensor:
    return filled((*input.shape[:-1], num_samples), 0, int64, uninitialised=True)


@declare("torch.full")
@placed
def full(size: Any, fill_value: Any, *, dtype: Any = None) -> Tensor:
    return filled(sizes_of((size,)), fill_value, as_dtype(dtype))


@declare("torch.full_like")
@placed
def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None) -> Tensor:
    return lying_as(input, filled(input.shape, fill_value, as_dtype(dtype) or input.dtype))


@declare("Tensor.new_full")
@placed
def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None) -> Tensor:
    return filled(sizes_of((size,)), fill_value, as_dtype(dtype) or self.dtype)


@declare("Tensor.new_tensor")
@placed
def new_tensor(self: Tensor, data: Any, *, dtype: Any = None) -> Tensor:
    return as_tensor(data, as_dtype(dtype) or self.dtype)


@declare("torch.scalar_tensor")
@placed
def scalar_tensor(s: Any, *, dtype: Any = None) -> Tensor:
    return as_tensor(s, as_dtype(dtype) or default_dtype())


@declare("torch.tensor")
@placed
def tensor(data: Any, *, dtype: Any = None) -> Tensor:
    made = as_tensor(data, as_dtype(dtype))
    return wrap(made.value) if made is data else made


@declare("torch.as_tensor", "torch.asarray", "torch.from_numpy")
@placed
def convert(data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    made = as_tensor(data, as_dtype(dtype))
    return wrap(made.value) if copy and made is data else made


@declare("torch.arange")
@placed
def arange(*arguments: Any, start: Any = None, end: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """arange(end), arange(start, end), arange(start, end, step); each may be given by name."""
    given = [item.item() if isinstance(item, Tensor) else item for item in arguments]
    by_name = {"start": start, "end": end, "step": step}
    named = {name: item.item() if isinstance(item, Tensor) else item for name, item in by_name.items()}
    if len(given) == 1:
        start, end, step = 0, given[0], 1
    else:
        start, end, step = [*given, None, None, None][:3]
    if named["start"] is not None:
        start, end = named["start"], (given[0] if given else end)
    end = named["end"] if named["end"] is not None else end
    if named["end"] is not None and given:
        start = given[0]
    step = named["step"] if named["step"] is not None else (1 if step is None else step)
    start = 0 if start is None else start
    floating = any(isinstance(item, float) for item in (start, end, step))
    element = as_dtype(dtype) or (default_dtype() if floating else int64)
    if floating:
        count = max(0, math.ceil((end - start) / step))
    elif step == 1:
        count = end - start
    else:
        count = (end - start + (step - (1 if step > 0 else -1))) // step
    if symbolic.is_negative(count):
        count = 0
    result = emit("range", [], {"start": start, "step": step, "count": count}, (count,), element)
    if symbolic.is_plain(start) and start == 0 and symbolic.is_plain(step) and step == 1:
        result._value.ordering = 0
    return result


@declare("torch.linspace")
@placed
def linspace(start: Any, end: Any, steps: int = 100, *, dtype: Any = None) -> Tensor:
    start = start.item() if isinstance(start, Tensor) else start
    end = end.item() if isinstance(end, Tensor) else end
    element = as_dtype(dtype) or default_dtype()
    if isinstance(steps, SymInt):
        index = arange(steps).to(element)
        step = as_tensor(end - start, element) / (as_tensor(steps, element) - 1)
        return index * step + start
    count = int(steps)
    step = (end - start) / max(count - 1, 1)
    numbers = [start + step * i if i < count / 2 else end - step * (count - 1 - i) for i in range(count)]
    return constant(numbers, (count,), element)


@declare("torch.logspace")
@placed
def logspace(
    start: Any, end: Any, steps: int = 100, base: float = 10.0, *, dtype: Any = None
) -> Tensor:
    return as_tensor(base, float32).pow(linspace(start, end, steps, dtype=dtype))


@declare("torch.eye")
@placed
def eye(n: int, m: int | None = None, *, dtype: Any = None) -> Tensor:
    rows, columns = arange(n), arange(n if m is None else m)
    return rows.unsqueeze(-1).eq(columns).to(as_dtype(dtype) or default_dtype())
