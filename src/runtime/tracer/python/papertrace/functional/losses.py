"""Loss functions of torch.nn.functional."""

from __future__ import annotations

from typing import Any

from papertrace.declare import declare
from papertrace.elementwise import where
from papertrace.functional.activations import softplus_of
from papertrace.reductions import log_softmax, mean
from papertrace.reductions import sum as total
from papertrace.tensor import Tensor
from papertrace.views import movedim


def _over(losses: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else total(losses)


@declare("nn.functional.nll_loss")
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    scores = movedim(input, 1, -1) if input.ndim > 1 else input
    counted = target != ignore_index
    place = where(counted, target, 0)
    factor = counted.to(input.dtype) if weight is None else weight[place] * counted.to(input.dtype)
    losses = -scores.gather(-1, place.unsqueeze(-1)).squeeze(-1) * factor
    if reduction == "mean":
        return total(losses) / total(factor)
    return _over(losses, reduction)


@declare("nn.functional.cross_entropy")
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """``target`` holds classes, or probabilities of all of them; smoothing mixes them with the uniform distribution."""
    axis = 1 if input.ndim > 1 else 0
    classes = input.shape[axis]
    scores = log_softmax(input, axis)
    weighted = scores
    if weight is not None:
        weighted = scores * weight.reshape([-1 if at == axis else 1 for at in range(input.ndim)])
    if target.dtype.category == 2:
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        return _over(-total(weighted * target, axis), reduction)
    if not label_smoothing:
        return nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    hits = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction="none")
    uniform = where(target.ne(ignore_index), -total(weighted, axis) / classes, 0.0)
    losses = hits * (1 - label_smoothing) + uniform * label_smoothing
    if reduction != "mean":
        return _over(losses, reduction)
    # Of every element its class's weight, 0 where it is ignored: what torch divides by.
    shares = -nll_loss(scores * 0 + 1, target, weight, ignore_index=ignore_index, reduction="none")
    return total(losses) / total(shares)


@declare("nn.functional.mse_loss")
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    return _over((input - target).square(), reduction)


@declare("nn.functional.l1_loss")
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    return _over((input - target).abs(), reduction)


@declare("nn.functional.smooth_l1_loss")
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    distance = (input - target).abs()
    if not beta:
        return _over(distance, reduction)
    return _over(where(distance < beta, distance.square() * (0.5 / beta), distance - 0.5 * beta), reduction)


@declare("nn.functional.huber_loss")
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Tensor:
    """½d² up to δ, beyond it δ(d − ½δ) (Huber, 1964)."""
    distance = (input - target).abs()
    losses = where(distance < delta, distance.square() * 0.5, (distance - 0.5 * delta) * delta)
    return _over(losses if weight is None else losses * weight, reduction)


@declare("nn.functional.binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    factor = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    losses = (1 - target) * input + softplus_of(-input) * factor
    return _over(losses if weight is None else losses * weight, reduction)


@declare("nn.functional.binary_cross_entropy")
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    losses = -(target * input.log().clamp(min=-100) + (1 - target) * (1 - input).log().clamp(min=-100))
    return _over(losses if weight is None else losses * weight, reduction)


@declare("nn.functional.kl_div")
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    losses = target.exp() * (target - input) if log_target else where(target > 0, target * (target.log() - input), 0.0)
    return total(losses) / input.shape[0] if reduction == "batchmean" else _over(losses, reduction)
