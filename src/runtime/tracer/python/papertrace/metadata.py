"""What a tensor says about itself, and calls that give it back unchanged."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.declare import both, declare
from papertrace.errors import Unsupported
from papertrace.repeats.watch import watch
from papertrace.signatures import require_default
from papertrace.strides import begins_elsewhere, copied, is_copied, row_major, row_major_of, strides_of_free
from papertrace.tensor import Tensor


#: torch.preserve_format and torch.contiguous_format.
_KEPT, _ROW_MAJOR = "torch.preserve_format", "torch.contiguous_format"


@both("clone")
def clone(input: Tensor, *, memory_format: Any = _KEPT) -> Tensor:
    copy = input.copied()
    copy._strides = {_KEPT: copied, _ROW_MAJOR: row_major_of}.get(memory_format, lambda tensor: False)(input)
    return copy


def _moved(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    return self


@declare("Tensor.contiguous", writes=False)
def contiguous(self: Tensor, memory_format: Any = _ROW_MAJOR) -> Tensor:
    if memory_format != _ROW_MAJOR or not is_copied(self):
        return self
    return self.copied().copy_of(self, row_major_of(self))


for _name in ("cpu", "cuda", "pin_memory"):
    declare(f"Tensor.{_name}")(_moved)
for _name in ("coalesce", "detach_", "share_memory_"):
    declare(f"Tensor.{_name}", writes=False)(lambda self: self)
declare("Tensor.requires_grad_", writes=False)(lambda self, requires_grad=True: self)


def _stored(
    self: Tensor, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None, dense_dim: Any = None
) -> Tensor:
    """What is zero need not be stored: the numbers stay the same."""
    return self


declare("Tensor.to_sparse", "Tensor.to_sparse_coo")(_stored)


@declare("Tensor.to_dense")
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    require_default("dtype", dtype)
    return self


declare("Tensor.detach", "torch.detach")(lambda input: input)


def _reshaping(name: str) -> None:
    def in_place(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
        self.adopt_value(getattr(self, name)(*arguments, **options).value)
        return self

    declare(f"Tensor.{name}_", writes=False)(in_place)


for _name in ("unsqueeze", "squeeze", "transpose", "t"):
    _reshaping(_name)


@declare("Tensor.size")
def size(self: Tensor, dim: Any = None) -> Any:
    return self.shape if dim is None else self.shape[dim]


@both("numel")
def numel(input: Tensor) -> int:
    return symbolic.product(input.shape)


Tensor.nelement = Tensor.numel  # type: ignore[attr-defined]


@declare("Tensor.dim", "Tensor.ndimension")
def dim(self: Tensor) -> int:
    return self.ndim


@declare("Tensor.data_ptr")
def data_ptr(self: Tensor) -> int:
    watch.change()
    return id(self.value)


@declare("Tensor.stride")
def stride(self: Tensor, dim: Any = None) -> Any:
    """Row-major where nothing else is known, as `as_strided` reads it."""
    strides = row_major(self.shape)
    if is_copied(self):
        watch.change()
        strides = strides_of_free(self)
    return strides if dim is None else strides[dim]


@declare("Tensor.is_contiguous")
def is_contiguous(self: Tensor, memory_format: Any = _ROW_MAJOR) -> bool:
    """True where nothing else is known: a copy in another layout has the same numbers."""
    watch.change()
    return memory_format == _ROW_MAJOR and not is_copied(self)


@declare("Tensor.storage_offset")
def storage_offset(self: Tensor) -> int:
    if begins_elsewhere(self):
        raise Unsupported("Where in the memory of another tensor a slice begins is not followed.")
    return 0


declare("Tensor.element_size")(lambda self: self.dtype.itemsize)
declare("Tensor.get_device")(lambda self: -1)
declare("Tensor.is_floating_point", "torch.is_floating_point")(lambda input: input.dtype.category == 2)
declare("Tensor.is_complex", "torch.is_complex")(lambda input: input.dtype.category == 3)
declare("Tensor.register_hook")(lambda self, hook: None)
declare("Tensor.is_inference")(lambda self: False)
