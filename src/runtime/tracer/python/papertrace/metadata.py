"""What a tensor says about itself, and calls that give it back unchanged."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.declare import both, declare
from papertrace.errors import Unsupported
from papertrace.repeats.watch import watch
from papertrace.strides import begins_elsewhere, copied, is_copied, row_major, row_major_of, strides_of_free
from papertrace.tensor import Tensor, wrap


#: torch.preserve_format and torch.contiguous_format.
_KEPT, _ROW_MAJOR = "torch.preserve_format", "torch.contiguous_format"


@both("clone")
def clone(input: Tensor, **options: Any) -> Tensor:
    copy = input.copied()
    form = options.get("memory_format", _KEPT)
    copy._strides = {_KEPT: copied, _ROW_MAJOR: row_major_of}.get(form, lambda tensor: None)(input)
    return copy


def _same(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    return self


@declare("Tensor.contiguous", writes=False)
def contiguous(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    if arguments or options or not is_copied(self):
        return self
    return self.copied().copy_of(self, row_major_of(self))


for _name in ("cpu", "cuda", "pin_memory", "coalesce", "requires_grad_", "detach_", "share_memory_"):
    declare(f"Tensor.{_name}", writes=False)(_same)
#: What is zero need not be stored: the numbers stay the same.
for _name in ("to_sparse", "to_sparse_coo", "to_dense"):
    declare(f"Tensor.{_name}")(_same)
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
def is_contiguous(self: Tensor, *arguments: Any, **options: Any) -> bool:
    """True where nothing else is known: a copy in another layout has the same numbers."""
    watch.change()
    return not is_copied(self)


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
