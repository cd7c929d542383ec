"""Loss functions of torch.nn.functional that compare with a margin, or with a distribution's likelihood."""

from __future__ import annotations

import math
from typing import Any

from papertrace.creation import arange
from papertrace.elementwise import where
from papertrace.functional.activations import softplus_of
from papertrace.functional.losses import loss, over
from papertrace.functional.normalisation import pairwise_distance
from papertrace.reductions import sum as total
from papertrace.tensor import Tensor


@loss("nn.functional.margin_ranking_loss")
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    return over((-target * (input1 - input2) + margin).clamp(min=0), reduction)


@loss("nn.functional.hinge_embedding_loss")
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    apart = where(target != 1, (margin - input).clamp(min=0), 0.0)
    return over(apart + where(target != -1, input, 0.0), reduction)


@loss("nn.functional.cosine_embedding_loss")
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    product = total(input1 * input2, -1)
    lengths = (total(input1 * input1, -1) + 1e-12) * (total(input2 * input2, -1) + 1e-12)
    cosine = product / lengths.sqrt()
    losses = where(target == 1, 1 - cosine, where(target == -1, (cosine - margin).clamp(min=0), 0.0))
    return over(losses, reduction)


@loss("nn.functional.soft_margin_loss")
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    return over(softplus_of(-target * input), reduction)


def _at(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """(score of the target's class, whether a class is another)."""
    place = target.unsqueeze(-1)
    return input.gather(-1, place), place != arange(input.shape[-1])


@loss("nn.functional.multi_margin_loss")
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    score, other = _at(input, target)
    losses = (margin - score + input).clamp(min=0)
    losses = losses if p == 1 else losses * losses
    losses = losses if weight is None else losses * weight[target].unsqueeze(-1)
    return over(total(where(other, losses, 0.0), -1) / input.shape[-1], reduction)


@loss("nn.functional.multilabel_margin_loss")
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The labels of a row end at the first −1."""
    listed = (target < 0).cumsum(-1) == 0
    place = where(listed, target, 0)
    is_label = ((place.unsqueeze(-1) == arange(input.shape[-1])) & listed.unsqueeze(-1)).any(-2)
    gaps = (1 - input.gather(-1, place).unsqueeze(-1) + input.unsqueeze(-2)).clamp(min=0)
    counted = listed.unsqueeze(-1) & ~is_label.unsqueeze(-2)
    return over(total(where(counted, gaps, 0.0), (-2, -1)) / input.shape[-1], reduction)


@loss("nn.functional.multilabel_soft_margin_loss")
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    losses = target * softplus_of(-input) + (1 - target) * softplus_of(input)
    losses = losses if weight is None else losses * weight
    return over(total(losses, -1) / input.shape[-1], reduction)


@loss("nn.functional.triplet_margin_loss")
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    def distance(left: Tensor, right: Tensor) -> Tensor:
        return pairwise_distance(left, right, p, eps)

    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap, reduction=reduction
    )


@loss("nn.functional.triplet_margin_with_distance_loss")
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Any = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return over((near - far + margin).clamp(min=0), reduction)


@loss("nn.functional.poisson_nll_loss")
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + (target * (2 * math.pi)).log() * 0.5
        losses = losses + where(target > 1, stirling, 0.0)
    return over(losses, reduction)


@loss("nn.functional.gaussian_nll_loss")
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """``var``: a number, one of every element, or one of every row."""
    if isinstance(var, Tensor):
        var = var.unsqueeze(-1) if var.ndim == input.ndim - 1 else var
        var = var.clamp(min=eps)
        logarithm = var.log()
    else:
        var = max(var, eps)
        logarithm = math.log(var)
    losses = (logarithm + (input - target).square() / var) * 0.5
    return over(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
