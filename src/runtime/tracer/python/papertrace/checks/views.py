"""Shapes that are asked for: of views, copies and pieces."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.checks import both, check, equal_sizes, settled
from papertrace.dtypes import dtype
from papertrace.misfits import misplaced
from papertrace.shapes import as_int, given_sizes, normalise_dim, show, sizes_of
from papertrace.strides import is_copied, layout_of
from papertrace.symbolic import is_plain, shown
from papertrace.tensor import Tensor
from papertrace.views import resolve


def _require_sizes(sizes: tuple[int, ...]) -> None:
    """At most one -1, and nothing else below zero."""
    if sum(1 for size in sizes if is_plain(size) and size == -1) > 1:
        raise RuntimeError(f"only one dimension can be inferred, but {show(sizes)} has several -1")
    for axis, size in enumerate(sizes):
        if is_plain(size) and size < -1:
            raise RuntimeError(f"invalid shape dimension {size} at index {axis} of shape {show(sizes)}")


@check("Tensor.view")
def contiguous_view(self: Tensor, *shape: Any, **options: Any) -> None:
    if not shape or isinstance(shape[0], dtype):
        return
    # Sizes that are wrong in themselves are told by the checks of sizes.
    if layout_of(self) is not None and is_copied(self, resolve(self.shape, sizes_of(shape))):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride "
            "(at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )


@check("Tensor.view", "Tensor.reshape")
def view(self: Tensor, *shape: Any, **options: Any) -> None:
    if shape and not isinstance(shape[0], dtype):
        _require_sizes(sizes_of(shape))


@check("torch.reshape")
def reshape(input: Tensor, shape: Any) -> None:
    _require_sizes(sizes_of((shape,)))


@both("flatten")
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> None:
    if input.ndim and normalise_dim(input.ndim, start_dim) > normalise_dim(input.ndim, end_dim):
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")


@both("t")
def t(input: Tensor) -> None:
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D: use .mT")


@check("Tensor.expand")
def expand(self: Tensor, *sizes: Any, **options: Any) -> None:
    wanted = sizes_of(sizes or (options.get("size", ()),))
    for axis in range(len(wanted) - self.ndim):
        if is_plain(wanted[axis]) and wanted[axis] == -1:
            raise RuntimeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {axis}"
            )


@check("Tensor.repeat")
def repeat(self: Tensor, *repeats: Any, **options: Any) -> None:
    counts = given_sizes(repeats, options, "repeats")
    if len(counts) < self.ndim:
        raise misplaced(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{show(counts)} for {show(self.shape)}",
            self,
            rank=len(counts),
        )


@both("chunk")
def chunk(input: Tensor, chunks: Any, dim: int = 0) -> None:
    if is_plain(chunks) and chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")


@check("Tensor.split", "Tensor.split_with_sizes", "torch.split", "torch.split_with_sizes")
def split(tensor: Tensor, split_size: Any = None, dim: int = 0, **options: Any) -> None:
    if not isinstance(split_size, (list, tuple)):
        return
    parts, size = sizes_of((split_size,)), tensor.shape[normalise_dim(tensor.ndim, dim)]
    if not settled("eq", sum(parts, 0), size):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {shown(size)} "
            f"(input tensor's size at dimension {dim}), but got split_sizes={show(parts)}"
        )


@both("narrow")
def narrow(input: Tensor, dim: int, start: Any, length: Any) -> None:
    size, first, count = input.shape[normalise_dim(input.ndim, dim)], as_int(start), as_int(length)
    first = first + size if symbolic.is_negative(first) else first
    if not settled("le", first + count, size):
        raise RuntimeError(f"start ({shown(first)}) + length ({shown(count)}) exceeds dimension size ({shown(size)}).")


@both("roll")
def roll(input: Tensor, shifts: Any, dims: Any = None) -> None:
    steps, axes = (len(item) if isinstance(item, (tuple, list)) else 1 for item in (shifts, dims))
    if dims is not None and dims != () and dims != [] and steps != axes:
        raise RuntimeError(f"shifts and dimensions must align. shifts: {steps}, dims:{axes}")


@both("repeat_interleave")
def repeat_interleave(input: Tensor, repeats: Any = None, dim: Any = None, **options: Any) -> None:
    if not isinstance(repeats, Tensor) or repeats.ndim != 1 or is_plain(repeats.shape[0]) and repeats.shape[0] == 1:
        return
    size = symbolic.product(input.shape) if dim is None else input.shape[normalise_dim(input.ndim, dim)]
    if not settled("eq", repeats.shape[0], size):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got "
            f"repeats.size(0) = {shown(repeats.shape[0])} and input.size = {shown(size)}"
        )


@both("diag")
def diag(input: Tensor, diagonal: int = 0) -> None:
    if input.ndim > 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")


@both("tril", "triu")
def triangle(input: Tensor, diagonal: Any = 0) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"tril, triu: input tensor must have at least 2 dimensions, but is {input.ndim}D")


@check("Tensor.unfold")
def unfold(self: Tensor, dimension: int, size: int, step: int) -> None:
    length = self.shape[normalise_dim(self.ndim, dimension)]
    if not settled("le", size, length):
        raise RuntimeError(
            f"maximum size for tensor at dimension {dimension} is {shown(length)} but size is {shown(size)}"
        )


@check("torch.view_as_complex")
def view_as_complex(input: Tensor) -> None:
    if not input.ndim or not settled("eq", input.shape[-1], 2):
        raise RuntimeError(f"Tensor must have a last dimension of size 2, but is {show(input.shape)}")


# — pieces put together


def _require_list(function: str, tensors: Any) -> None:
    if isinstance(tensors, Tensor):
        raise TypeError(f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    if not isinstance(tensors, (tuple, list)):
        return
    if not tensors:
        error = ValueError if function == "cat" else RuntimeError
        raise error(f"torch.{function}(): expected a non-empty list of Tensors")
    for index, item in enumerate(tensors):
        if not isinstance(item, Tensor):
            raise TypeError(f"expected Tensor as element {index} in argument 0, but got {type(item).__name__}")


@check("torch.cat", "torch.concat", "torch.concatenate")
def cat(tensors: Any, *rest: Any, **options: Any) -> None:
    _require_list("cat", tensors)


@check("torch.stack")
def stack(tensors: Any, *rest: Any, **options: Any) -> None:
    _require_list("stack", tensors)
    for index, item in enumerate(tensors):
        if not equal_sizes(tensors[0].shape, item.shape):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {show(tensors[0].shape)} at entry 0 "
                f"and {show(item.shape)} at entry {index}"
            )


@check("torch.meshgrid", "functional.meshgrid")
def meshgrid(*tensors: Any, **options: Any) -> None:
    for item in tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors:
        if isinstance(item, Tensor) and item.ndim > 1:
            shape = show(item.shape)
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {shape}")
