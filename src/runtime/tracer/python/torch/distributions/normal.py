"""torch.distributions.Normal: what is computed from its mean and deviation. Sampling is no part of a trace."""

from __future__ import annotations

import math
from typing import Any

import torch
from papertrace.calls import api
from papertrace.errors import Unsupported
from papertrace.structure import is_tensor


def _tensors(*numbers: Any) -> list[Any]:
    """Numbers as tensors of one shape, as torch's broadcast_all makes them."""
    like = next((number for number in numbers if is_tensor(number)), None)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    tensors = [number if is_tensor(number) else torch.tensor(number, dtype=dtype) for number in numbers]
    return list(torch.broadcast_tensors(*tensors))


class Normal:
    """A distribution of independent numbers, each with its mean ``loc`` and its deviation ``scale``."""

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = _tensors(loc, scale)

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale.pow(2)

    @api("distributions.Normal.log_prob")
    def log_prob(self, value: Any) -> Any:
        return -((value - self.loc) ** 2) / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    @api("distributions.Normal.cdf")
    def cdf(self, value: Any) -> Any:
        return 0.5 * (1 + torch.erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    @api("distributions.Normal.icdf")
    def icdf(self, value: Any) -> Any:
        """Where the cumulative distribution is ``value``."""
        return self.loc + self.scale * torch.erfinv(2 * value - 1) * math.sqrt(2)

    @api("distributions.Normal.entropy")
    def entropy(self) -> Any:
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)

    def sample(self, sample_shape: Any = ()) -> Any:
        raise Unsupported("{0} is not supported by the tracer.", "torch.distributions.Normal.sample")

    def rsample(self, sample_shape: Any = ()) -> Any:
        raise Unsupported("{0} is not supported by the tracer.", "torch.distributions.Normal.rsample")
