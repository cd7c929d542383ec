"""Attention functions of torch.nn.functional, opened into the steps that a reader wants to see."""

from __future__ import annotations

import math
from typing import Any

from papertrace import symbolic
from papertrace.chance import require_eval
from papertrace.creation import filled
from papertrace.declare import declare
from papertrace.dtypes import bool_
from papertrace.elementwise import where
from papertrace.join import cat
from papertrace.products import linear, matmul
from papertrace.reductions import softmax
from papertrace.selections import repeat_interleave, tril
from papertrace.tensor import Tensor
from papertrace.views import permuted, reshape, transpose


def masked(scores: Tensor, mask: Any) -> Tensor:
    """Scores with a mask: booleans say what may be attended to, numbers are added."""
    if mask is None:
        return scores
    return scores.masked_fill(~mask, -math.inf) if mask.dtype is bool_ else scores + mask


def scored(query: Tensor, key: Tensor, value: Tensor, scale: Any, enable_gqa: bool) -> tuple[Tensor, Tensor]:
    """query · keyᵀ · scale, and the values; with ``enable_gqa`` keys and values serve several heads of queries each."""
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = repeat_interleave(key, groups, -3), repeat_interleave(value, groups, -3)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    return matmul(query, transpose(key, -2, -1)) * factor, value


@declare("nn.functional.scaled_dot_product_attention")
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Any = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query · keyᵀ · scale + mask) · value (Vaswani et al., 2017)."""
    require_eval(
        "nn.functional.scaled_dot_product_attention", dropout_p, "dropout_p=dropout if self.training else 0.0"
    )
    scores, value = scored(query, key, value, scale, enable_gqa)
    if is_causal:
        scores = masked(scores, tril(filled(scores.shape[-2:], True, bool_)))
    weights = softmax(masked(scores, attn_mask), -1)
    mixed = matmul(weights, value)
    if attn_mask is None or attn_mask.dtype is not bool_:
        return mixed
    # A query that may attend to nothing gets zeros.
    return where(attn_mask.any(-1, True), mixed, 0.0)


def _blocked(scores: Tensor, mask: Any) -> Tensor:
    """Masks of multi-head attention say with True what must *not* be attended to."""
    if mask is None:
        return scores
    return scores.masked_fill(mask, -math.inf) if mask.dtype is bool_ else scores + mask


@declare("nn.functional.multi_head_attention_forward")
def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Any]:
    """Query [target, batch, embed], key and value [source, batch, embed]."""
    require_eval("nn.functional.multi_head_attention_forward", training and dropout_p != 0)
    if query.ndim == 2:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        unbatched = True
    else:
        unbatched = False
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if query.shape[-1] != embed_dim_to_check:
        size = symbolic.shown(query.shape[-1])
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    else:
        weights = in_proj_weight.chunk(3)
    biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
    q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))
    target, batch, embed = q.shape
    if bias_k is not None:
        if static_k is not None or static_v is not None:
            raise AssertionError("bias cannot be added to static key or value.")
        k = cat([k, bias_k.expand(1, batch, embed)], 0)
        v = cat([v, bias_v.expand(1, batch, embed)], 0)
        attn_mask, key_padding_mask = _wider(attn_mask), _wider(key_padding_mask)
    width = embed // num_heads

    def heads(x: Tensor) -> Tensor:
        return permuted(reshape(x, (x.shape[0], batch, num_heads, width)), (1, 2, 0, 3))

    def given(x: Tensor) -> Tensor:  # [batch · heads, source, width]
        return reshape(x, (batch, num_heads, *x.shape[1:]))

    q = heads(q)
    k = heads(k) if static_k is None else given(static_k)
    v = heads(v) if static_v is None else given(static_v)
    if add_zero_attn:
        k, v = (cat([x, filled((batch, num_heads, 1, width), 0, x.dtype)], 2) for x in (k, v))
        attn_mask, key_padding_mask = _wider(attn_mask), _wider(key_padding_mask)
    if is_causal and key_padding_mask is None and not need_weights and (bias_k is not None or add_zero_attn):
        # torch goes by the hint then: the keys that were added come after all positions. Of others the mask says it.
        attn_mask = ~tril(filled((target, k.shape[2]), True, bool_))
    scores = matmul(q * (1 / math.sqrt(width)), transpose(k, -2, -1))
    if attn_mask is not None and attn_mask.ndim == 3:
        attn_mask = reshape(attn_mask, (batch, num_heads, *attn_mask.shape[1:]))
    scores = _blocked(scores, attn_mask)
    if key_padding_mask is not None:
        scores = _blocked(scores, key_padding_mask[:, None, None, :])
    attention = softmax(scores, -1)
    mixed = reshape(permuted(matmul(attention, v), (2, 0, 1, 3)), (target, batch, embed))
    output = linear(mixed, out_proj_weight, out_proj_bias)
    shown = (attention.mean(1) if average_attn_weights else attention) if need_weights else None
    if unbatched:
        output = output.squeeze(1)
        shown = None if shown is None else shown.squeeze(0)
    return output, shown


def _wider(mask: Any) -> Any:
    """A mask for one more key, which may be attended to."""
    if mask is None:
        return None
    return cat([mask, filled((*mask.shape[:-1], 1), 0, mask.dtype)], -1)
