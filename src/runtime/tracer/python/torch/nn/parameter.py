"""Parameters and buffers: tensors that a module registers when they are assigned."""

from __future__ import annotations

from typing import Any

from papertrace import places
from papertrace.creation import filled
from papertrace.dtypes import as_dtype, default_dtype
from papertrace.tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that the checkpoint holds."""

    __module__ = "torch.nn.parameter"

    def __new__(
        cls, data: Any = None, requires_grad: bool = True, *, device: Any = None, dtype: Any = None
    ) -> Parameter:
        if data is None:
            data = filled((0,), 0, as_dtype(dtype) or default_dtype())
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter() takes a tensor, but got {type(data).__name__}")
        if requires_grad and data.dtype.category < 2:
            raise RuntimeError(
                f"Only Tensors of floating point and complex dtype can require gradients, but got {data.dtype.name}"
            )
        self = wrap(data.value, cls)
        self.requires_grad = requires_grad
        return self  # type: ignore[return-value]


class Buffer(Tensor):
    """A tensor that is part of a module's state; ``persistent``: the checkpoint holds it."""

    persistent = True

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Buffer:
        if data is None:
            data = filled((0,), 0, default_dtype())
        self = wrap(data.value, cls)
        self.persistent = persistent
        return self  # type: ignore[return-value]


UninitializedParameter = Parameter


def born(frame: Any) -> tuple[str, int, str] | None:
    """The innermost place of model code: file, line and function, or None."""
    found = places.creation_frame(frame)
    if found is None:
        return None
    return found.f_code.co_filename, found.f_lineno, found.f_code.co_qualname
