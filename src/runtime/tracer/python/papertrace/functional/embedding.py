"""Embeddings and one-hot vectors."""

from __future__ import annotations

import math
from typing import Any

from papertrace.creation import arange
from papertrace.declare import declare
from papertrace.dtypes import int64
from papertrace.elementwise import where
from papertrace.errors import Unsupported
from papertrace.indexing import none_from_end
from papertrace.misfits import misplaced
from papertrace.signs import is_argument
from papertrace.tensor import Tensor, emit


@declare("nn.functional.embedding")
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: Any = None,
    max_norm: Any = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of ``weight``. Indices below zero are an error in torch: those that are arguments of forward are looked at
    before a run (live/from-end.ts)."""
    if max_norm is not None:
        raise Unsupported("An embedding with max_norm is not supported.")
    if input.dtype.category != 1:
        message = f"Expected indices of an embedding to be integers; but got {input.dtype}"
        raise misplaced(message, input, dtype="int64")
    shape = (*input.shape, *weight.shape[1:])
    index = input.to(int64)
    index = index if is_argument(index) else none_from_end(index)
    return emit("gather", [weight, index], {"dim": 0}, shape, weight.dtype)


@declare("torch.embedding")
def torch_embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    return embedding(indices, weight)


@declare("nn.functional.one_hot")
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    classes = int(tensor.max().item()) + 1 if num_classes == -1 else num_classes
    return tensor.unsqueeze(-1).eq(arange(classes)).to(int64)


@declare("nn.functional.embedding_bag")
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Any = None,
    max_norm: Any = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: Any = None,
) -> Tensor:
    """Sum, mean or maximum of bags of rows: a row of a matrix of indices each, or a vector's part from offset to offset."""
    rows = embedding(input, weight, max_norm=max_norm)
    if padding_idx is not None and padding_idx < 0:
        padding_idx = padding_idx + weight.shape[0]
    counted = input >= 0 if padding_idx is None else input != padding_idx
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    if offsets is None:
        inside = counted
    else:
        if include_last_offset:
            offsets = offsets[:-1]
        bag = (offsets.unsqueeze(0) <= arange(input.shape[0]).unsqueeze(-1)).sum(-1) - 1
        inside = (arange(offsets.shape[0]).unsqueeze(-1) == bag) & counted
        rows = rows.unsqueeze(0)
    inside = inside.unsqueeze(-1)
    count = inside.sum(1)
    if mode == "max":
        return where(count == 0, 0.0, where(inside, rows, -math.inf).amax(1))
    total = where(inside, rows, 0.0).sum(1)
    return total / count.clamp(min=1) if mode == "mean" else total
