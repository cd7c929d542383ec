"""torch.nn.attention.flex_attention: scores and masks that the source writes as functions of positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papertrace.creation import arange, as_tensor
from papertrace.declare import declare
from papertrace.dtypes import bool_
from papertrace.functional.attention import masked, scored
from papertrace.products import matmul
from papertrace.reductions import softmax
from papertrace.signatures import require_default
from papertrace.tensor import Tensor
from papertrace.views import expanded, reshape

#: Queries and keys of a block where source does not say.
_BLOCK_SIZE = 128


class BlockMask:
    """What may be attended to, written out: [batch, heads, queries, keys], batch and heads of 1 for all."""

    def __init__(self, mask: Tensor, mask_mod: Callable, block_size: int | tuple[int, int] = _BLOCK_SIZE) -> None:
        self.mask = mask
        self.mask_mod = mask_mod
        #: How many queries and keys a kernel takes at once; asked for, though none is used here.
        self.BLOCK_SIZE = (block_size, block_size) if isinstance(block_size, int) else tuple(block_size)

    @property
    def shape(self) -> Any:
        return self.mask.shape

    @property
    def seq_lengths(self) -> tuple[int, int]:
        return self.mask.shape[-2], self.mask.shape[-1]

    def to(self, *arguments: Any) -> BlockMask:
        return self


def _positions(batch: int, heads: int, queries: int, keys: int) -> tuple[Tensor, ...]:
    """Indices of every score, each along its own dimension."""
    sizes = (batch, heads, queries, keys)
    return tuple(
        reshape(arange(size), tuple(size if axis == own else 1 for axis in range(4))) for own, size in enumerate(sizes)
    )


def create_mask(
    mod_fn: Callable, B: Any, H: Any, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:
    sizes = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    return expanded(as_tensor(mod_fn(*_positions(*sizes))), sizes)


def create_block_mask(
    mask_mod: Callable,
    B: Any,
    H: Any,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = _BLOCK_SIZE,
    _compile: bool = False,
) -> BlockMask:
    return BlockMask(create_mask(mask_mod, B, H, Q_LEN, KV_LEN), mask_mod, BLOCK_SIZE)


def and_masks(*mask_mods: Callable) -> Callable:
    return lambda *positions: _all([mod(*positions) for mod in mask_mods])


def or_masks(*mask_mods: Callable) -> Callable:
    return lambda *positions: ~_all([~mod(*positions) for mod in mask_mods])


def noop_mask(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
    return (batch + head + query + key) >= 0


def _all(masks: list[Tensor]) -> Tensor:
    result = masks[0]
    for mask in masks[1:]:
        result = result & mask
    return result


@declare("nn.attention.flex_attention.flex_attention")
def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Callable | None = None,
    block_mask: Any = None,
    scale: Any = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
    *,
    return_aux: Any = None,
) -> Any:
    """softmax(score_mod(query · keyᵀ · scale) where block_mask) · value; a row without a key that it may see gives 0."""
    require_default("return_aux", return_aux)
    scores, value = scored(query, key, value, scale, enable_gqa)
    if score_mod is not None:
        scores = as_tensor(score_mod(scores, *_positions(*scores.shape)))
    if block_mask is None:
        weights = softmax(scores, -1)
    else:
        mask = block_mask.mask if isinstance(block_mask, BlockMask) else block_mask
        mask = mask[..., : scores.shape[-2], : scores.shape[-1]].to(bool_)
        scores = masked(scores, mask)
        weights = softmax(scores, -1).masked_fill(~mask.any(-1, keepdim=True), 0.0)
    output = matmul(weights, value)
    return (output, scores.logsumexp(-1)) if return_lse else output


NAMES: dict[str, Any] = {
    "BlockMask": BlockMask,
    "and_masks": and_masks,
    "create_block_mask": create_block_mask,
    "create_mask": create_mask,
    "flex_attention": flex_attention,
    "noop_mask": noop_mask,
    "or_masks": or_masks,
    "_DEFAULT_SPARSE_BLOCK_SIZE": _BLOCK_SIZE,
}
