"""Loss functions of torch.nn.functional."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from papertrace.declare import declare
from papertrace.elementwise import where
from papertrace.functional.activations import softplus_of
from papertrace.reductions import log_softmax, mean
from papertrace.reductions import sum as total
from papertrace.shapes import check_equal
from papertrace.tensor import Tensor
from papertrace.views import movedim


def loss(*labels: str) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Declare a loss. `size_average` and `reduce`, which said what `reduction` says now, decide where they are given."""

    def declared(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def called(*arguments: Any, **options: Any) -> Tensor:
            given = signature.bind(*arguments, **options).arguments
            average, reduces = given.pop("size_average", None), given.pop("reduce", None)
            if average is not None or reduces is not None:
                averages = "sum" if average is False else "mean"
                given["reduction"] = "none" if reduces is False else averages
            return function(**given)

        declare(*labels)(called)
        return function

    return declared


def over(losses: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else total(losses)


@loss("nn.functional.nll_loss")
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
    return over(losses, reduction)


@loss("nn.functional.cross_entropy")
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
        return over(-total(weighted * target, axis), reduction)
    if not label_smoothing:
        return nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    hits = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction="none")
    uniform = where(target.ne(ignore_index), -total(weighted, axis) / classes, 0.0)
    losses = hits * (1 - label_smoothing) + uniform * label_smoothing
    if reduction != "mean":
        return over(losses, reduction)
    # Of every element its class's weight, 0 where it is ignored: what torch divides by.
    shares = -nll_loss(scores * 0 + 1, target, weight, ignore_index=ignore_index, reduction="none")
    return total(losses) / total(shares)


def _weighted(losses: Tensor, input: Tensor, weight: Any, reduction: str) -> Tensor:
    """The mean of weighted losses is taken over the weights."""
    if weight is None:
        return over(losses, reduction)
    _require_weights(input, weight)
    losses = losses * weight
    return total(losses) / total(weight) if reduction == "mean" else over(losses, reduction)


def _require_weights(input: Tensor, weight: Tensor) -> None:
    if len(weight.shape) != len(input.shape):
        raise ValueError("Weights and input must have the same size.")
    for size, expected in zip(weight.shape, input.shape):
        check_equal(size, expected, "Weights and input must have the same size")


@loss("nn.functional.mse_loss")
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    return _weighted((input - target).square(), input, weight, reduction)


@loss("nn.functional.l1_loss")
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    return _weighted((input - target).abs(), input, weight, reduction)


@loss("nn.functional.smooth_l1_loss")
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
        return over(distance, reduction)
    return over(where(distance < beta, distance.square() * (0.5 / beta), distance - 0.5 * beta), reduction)


@loss("nn.functional.huber_loss")
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Tensor:
    """½d² up to δ, beyond it δ(d − ½δ) (Huber, 1964)."""
    distance = (input - target).abs()
    losses = where(distance < delta, distance.square() * 0.5, (distance - 0.5 * delta) * delta)
    if weight is not None:
        _require_weights(input, weight)
    return over(losses if weight is None else losses * weight, reduction)


@loss("nn.functional.binary_cross_entropy_with_logits")
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
    return over(losses if weight is None else losses * weight, reduction)


@loss("nn.functional.binary_cross_entropy")
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    losses = -(target * input.log().clamp(min=-100) + (1 - target) * (1 - input).log().clamp(min=-100))
    return over(losses if weight is None else losses * weight, reduction)


@loss("nn.functional.kl_div")
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    losses = target.exp() * (target - input) if log_target else where(target > 0, target * (target.log() - input), 0.0)
    return total(losses) / input.shape[0] if reduction == "batchmean" else over(losses, reduction)
