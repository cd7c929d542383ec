"""Parameters and buffers: tensors that a module registers when they are assigned."""

from __future__ import annotations

import sys
from typing import Any

from papertrace import places
from papertrace.creation import filled
from papertrace.dtypes import default_dtype
from papertrace.tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that the checkpoint holds."""

    #: (file, line, function) of the statement that makes it.
    born: tuple[str, int, str] | None = None

    def __new__(cls, data: Any = None, requires_grad: bool = True, **options: Any) -> Parameter:
        if data is None:
            data = filled((0,), 0, default_dtype())
        self = wrap(data.value, cls)
        self.requires_grad = requires_grad
        self.born = born(sys._getframe(1))
        return self  # type: ignore[return-value]


class Buffer(Tensor):
    """A tensor that is part of a module's state; ``persistent``: the checkpoint holds it."""

    born: tuple[str, int, str] | None = None
    persistent = True

    def __new__(cls, data: Any = None, *, persistent: bool = True, **options: Any) -> Buffer:
        if data is None:
            data = filled((0,), 0, default_dtype())
        self = wrap(data.value, cls)
        self.persistent = persistent
        self.born = born(sys._getframe(1))
        return self  # type: ignore[return-value]


UninitializedParameter = Parameter


def born(frame: Any, created: object = None) -> tuple[str, int, str] | None:
    """Where model code makes something: file, line and function, or None."""
    found = places.creation_frame(frame, created)
    if found is None:
        return None
    return found.f_code.co_filename, found.f_lineno, found.f_code.co_qualname
