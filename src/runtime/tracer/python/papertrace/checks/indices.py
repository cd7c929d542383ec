"""Indices: their element types, ranks and bounds."""

from __future__ import annotations

from typing import Any

from papertrace.checks import both, check, functional, require_tensor, settled
from papertrace.dtypes import bool_, dtype, int32, int64, uint8
from papertrace.indexing import consumes
from papertrace.misfits import out_of_range
from papertrace.shapes import broadcast, normalise_dim, show
from papertrace.symbolic import hint, is_plain, shown
from papertrace.tensor import Tensor


def _require_indices(function: str, index: Tensor) -> None:
    if index.dtype not in (int64, int32):
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index, but got {index.dtype.name}")


def _require_within(
    index: Tensor, size: int, where: str, lowest: int, error: type[Exception] = IndexError
) -> None:
    """Indices that are written in the source lie within the size; those that the run has are its own matter."""
    operation = index.value.operation
    if operation is None or operation.primitive != "const" or not operation.attributes["data"]:
        return
    numbers = operation.attributes["data"]
    for number in (min(numbers), max(numbers)):
        if number < lowest or not settled("lt", number, size):
            raise error(f"index {number} is out of bounds for {where} with size {shown(size)}")


@check("Tensor.__getitem__", "Tensor.__setitem__")
def item(self: Tensor, index: Any, value: Any = None) -> None:
    items = index if isinstance(index, tuple) else (index,)
    consumed = sum(map(consumes, items))
    if consumed > self.ndim:
        message = f"too many indices for tensor of dimension {self.ndim}: {consumed} for {show(self.shape)}"
        raise out_of_range(message, consumed)
    dim = 0
    for each in items:
        if each is Ellipsis:
            dim += self.ndim - consumed
        elif isinstance(each, Tensor) and each.dtype.category > 1:
            raise IndexError(
                f"tensors used as indices must be long, int, byte or bool tensors, but one is {each.dtype.name}"
            )
        elif isinstance(each, Tensor) and each.ndim and dim < self.ndim:
            if each.dtype in (bool_, uint8):
                _require_mask(self, each, dim)
            else:
                size = self.shape[dim]
                _require_within(each, size, f"dimension {dim}", -hint(size))
        elif isinstance(each, (float, str, dtype)):
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                f"(got {type(each).__name__}: {each})"
            )
        dim += consumes(each)
    shapes = [each.shape for each in items if isinstance(each, Tensor) and each.dtype not in (bool_, uint8)]
    if len(shapes) > 1:
        _require_broadcast(shapes)


def _require_broadcast(shapes: list[Any]) -> None:
    try:
        broadcast(*shapes)
    except RuntimeError as error:
        together = "indexing tensors could not be broadcast together with shapes"
        raise IndexError(f"shape mismatch: {together} {', '.join(map(show, shapes))}") from error


def _require_mask(tensor: Tensor, mask: Tensor, dim: int) -> None:
    for axis, size in enumerate(mask.shape):
        if not settled("eq", size, tensor.shape[dim + axis]):
            raise IndexError(
                f"The shape of the mask {show(mask.shape)} at index {axis} does not match "
                f"the shape of the indexed tensor {show(tensor.shape)} at index {dim + axis}"
            )


@both("gather")
def gather(input: Tensor, dim: int, index: Tensor, **options: Any) -> None:
    _along("gather", input, dim, index)


@both("scatter", "scatter_add", "scatter_reduce")
def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *rest: Any, **options: Any) -> None:
    _along("scatter", input, dim, index)
    if not isinstance(src, Tensor) or not src.ndim:
        return
    if src.dtype is not input.dtype and src.dtype.category != input.dtype.category:
        types = f"{input.dtype.name} and {src.dtype.name}"
        raise RuntimeError(f"scatter(): Expected self.dtype to be equal to src.dtype, but got {types}")
    for axis, (count, size) in enumerate(zip(index.shape, src.shape)):
        if not settled("le", count, size):
            shapes = f"index {show(index.shape)} to be no larger size than src {show(src.shape)}"
            raise RuntimeError(f"Expected {shapes}: dimension {axis}")


def _along(function: str, input: Tensor, dim: int, index: Tensor) -> None:
    require_tensor(index, function, "index", 3)
    _require_indices(function, index)
    if index.ndim != input.ndim and index.ndim and input.ndim:
        raise RuntimeError(
            "Index tensor must have the same number of dimensions as input tensor: "
            f"{show(index.shape)} for {show(input.shape)}"
        )
    axis = normalise_dim(input.ndim, dim)
    for at, (count, size) in enumerate(zip(index.shape, input.shape)):
        if at != axis and not settled("le", count, size):
            raise RuntimeError(
                f"Size does not match at dimension {at} expected index {show(index.shape)} "
                f"to be no larger than self {show(input.shape)} apart from dimension {dim}"
            )
    if input.ndim:
        _require_within(index, input.shape[axis], f"dimension {dim}", 0)


@both("index_select")
def index_select(input: Tensor, dim: int, index: Tensor) -> None:
    require_tensor(index, "index_select", "index", 3)
    _require_indices("index_select", index)
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, but is {show(index.shape)}")
    if input.ndim:
        size = input.shape[normalise_dim(input.ndim, dim)]
        _require_within(index, size, f"dimension {dim}", 0)


@both("index_add", "index_copy", "index_reduce")
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *rest: Any, **options: Any) -> None:
    _require_indices("index_add", index)
    axis = normalise_dim(input.ndim, dim)
    if input.ndim:
        _require_within(index, input.shape[axis], f"dimension {dim}", 0)
    if index.ndim == 1 and source.ndim > axis and not settled("eq", index.shape[0], source.shape[axis]):
        raise RuntimeError(
            f"Number of indices ({shown(index.shape[0])}) should be equal to "
            f"source.size(dim): ({shown(source.shape[axis])}), for dim: {dim}"
        )


@both("take_along_dim")
def take_along_dim(input: Tensor, indices: Tensor, dim: Any = None) -> None:
    if dim is not None and input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )


@functional("embedding")
def embedding(input: Any, weight: Tensor, *rest: Any, **options: Any) -> None:
    require_tensor(input, "embedding", "indices", 2)
    if weight.ndim:
        _require_within(input, weight.shape[0], "the embedding", 0)


@functional("one_hot")
def one_hot(tensor: Tensor, num_classes: int = -1) -> None:
    if tensor.dtype is not int64:
        kind = tensor.dtype.name
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, but got {kind}")
    if is_plain(num_classes) and num_classes > 0:
        _require_within(tensor, num_classes, "the classes", 0, RuntimeError)


@both("topk")
def topk(input: Tensor, k: Any, dim: int = -1, *rest: Any, **options: Any) -> None:
    size = input.shape[normalise_dim(input.ndim, dim)] if input.ndim else 1
    count = k.item() if isinstance(k, Tensor) else k
    if is_plain(count) and count < 0 or not settled("le", count, size):
        raise RuntimeError(f"selected index k out of range: {shown(count)} of {shown(size)} along dimension {dim}")
