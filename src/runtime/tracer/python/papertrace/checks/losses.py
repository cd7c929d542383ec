"""Loss functions: classes and shapes of what is expected."""

from __future__ import annotations

from typing import Any

from papertrace.checks import equal_sizes, functional, settled
from papertrace.dtypes import int64, uint8
from papertrace.shapes import show
from papertrace.symbolic import shown
from papertrace.tensor import Tensor


@functional("nll_loss", "cross_entropy")
def classes(input: Tensor, target: Tensor, *rest: Any, **options: Any) -> None:
    if target.dtype.category == 2 and target.ndim == input.ndim and target.ndim > 0:
        # Probabilities of all classes.
        if not equal_sizes(input.shape, target.shape):
            shapes = f"{show(input.shape)}, but got {show(target.shape)}"
            raise RuntimeError(f"expected a target of the input's shape {shapes}")
        return
    if target.dtype not in (int64, uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.name}")
    if input.ndim > 1 and target.ndim and not settled("eq", input.shape[0], target.shape[0]):
        first, second = shown(input.shape[0]), shown(target.shape[0])
        raise ValueError(f"Expected input batch_size ({first}) to match target batch_size ({second}).")


@functional("binary_cross_entropy", "binary_cross_entropy_with_logits")
def binary(input: Tensor, target: Tensor, *rest: Any, **options: Any) -> None:
    if not equal_sizes(input.shape, target.shape):
        raise ValueError(f"Target size {show(target.shape)} must be the same as input size {show(input.shape)}")
