"""Embeddings and one-hot vectors."""

from __future__ import annotations

from typing import Any

from papertrace.creation import arange
from papertrace.declare import declare
from papertrace.dtypes import int64
from papertrace.errors import Unsupported
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
    """Rows of ``weight``. Indices below zero are an error in torch, so that none are expected here."""
    if max_norm is not None:
        raise Unsupported("An embedding with max_norm is not supported.")
    if input.dtype.category != 1:
        raise RuntimeError(f"Expected indices of an embedding to be integers; but got {input.dtype}")
    shape = (*input.shape, *weight.shape[1:])
    return emit("gather", [weight, input.to(int64)], {"dim": 0}, shape, weight.dtype)


@declare("torch.embedding")
def torch_embedding(weight: Tensor, indices: Tensor, padding_idx: int = -1, *options: Any, **named: Any) -> Tensor:
    return embedding(indices, weight)


@declare("nn.functional.one_hot")
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    classes = int(tensor.max().item()) + 1 if num_classes == -1 else num_classes
    return tensor.unsqueeze(-1).eq(arange(classes)).to(int64)


@declare("nn.functional.embedding_bag")
def embedding_bag(input: Tensor, weight: Tensor, offsets: Any = None, *, mode: str = "mean", **options: Any) -> Tensor:
    if offsets is not None or input.ndim != 2:
        raise Unsupported("embedding_bag is supported for bags of one length.")
    rows = embedding(input, weight)
    return {"sum": rows.sum, "mean": rows.mean, "max": rows.amax}[mode](1)
