"""Tensors from numbers, sizes and ranges."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.checks import check
from papertrace.dtypes import dtype as dtype_
from papertrace.shapes import show, sizes_of
from papertrace.symbolic import is_plain


def _created(name: str) -> Any:
    def checked(*size: Any, dtype: Any = None, **options: Any) -> None:
        if isinstance(dtype, str):
            raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not str")
        sizes = sizes_of(size) if size else ()
        if any(is_plain(item) and item < 0 for item in sizes):
            raise RuntimeError(f"{name}: Dimension size must be non-negative, but is {show(sizes)}")

    return checked


for _name in ("zeros", "ones", "empty", "rand", "randn"):
    check(f"torch.{_name}")(_created(_name))
    check(f"Tensor.new_{_name}")(lambda self, *size, _checked=_created(_name), **options: _checked(*size, **options))


@check("torch.arange")
def arange(*given: Any, dtype: Any = None, **named: Any) -> None:
    numbers = dict(zip(("end",) if len(given) == 1 else ("start", "end", "step"), given)) | named
    start, end, step = (numbers.get(key, otherwise) for key, otherwise in (("start", 0), ("end", None), ("step", 1)))
    for name, number in (("start", start), ("end", end), ("step", step)):
        if number is None or isinstance(number, (str, list, tuple)):
            raise TypeError(f"arange(): argument '{name}' must be Number, not {type(number).__name__}")
    if not all(isinstance(number, float) or type(number) is int for number in (start, end, step)):
        return
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}")


@check("torch.linspace", "torch.logspace")
def linspace(start: Any, end: Any, steps: Any = None, *rest: Any, **options: Any) -> None:
    if steps is None:
        raise TypeError("linspace() missing 1 required positional argument: 'steps'")


@check("torch.eye")
def eye(n: Any, m: Any = None, **options: Any) -> None:
    for size in (n, m):
        if size is not None and symbolic.is_negative(size):
            raise RuntimeError(f"n must be greater or equal to 0, got {size}")


@check("torch.tensor")
def tensor(data: Any, *, dtype: Any = None, **options: Any) -> None:
    if dtype is not None and not isinstance(dtype, (dtype_, type)):
        raise TypeError(f"tensor(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    if isinstance(data, str):
        raise TypeError("tensor(): invalid data type 'str'")
    _require_regular(data, 0)


def _require_regular(items: Any, depth: int) -> None:
    """Lists within a list are all of one length."""
    if items is None:
        raise RuntimeError("Could not infer dtype of NoneType")
    if not isinstance(items, (list, tuple)) or not items:
        return
    length = len(items[0]) if isinstance(items[0], (list, tuple)) else None
    for item in items:
        found = len(item) if isinstance(item, (list, tuple)) else None
        if found != length:
            raise ValueError(f"expected sequence of length {length} at dim {depth + 1} (got {found})")
        _require_regular(item, depth + 1)
