"""torch.distributions.Categorical: what is computed from its probabilities. Sampling is no part of a trace."""

from __future__ import annotations

from typing import Any

import torch
from papertrace.errors import Unsupported
from papertrace.calls import api


class Categorical:
    """A distribution over the last axis, given by probabilities or by their logarithms up to a constant."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
            tiny = torch.finfo(probs.dtype).eps
            self.logits = self.probs.clamp(min=tiny, max=1 - tiny).log()
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
            self.probs = torch.softmax(self.logits, dim=-1)

    @property
    def mode(self) -> Any:
        return self.probs.argmax(dim=-1)

    @api("distributions.Categorical.entropy")
    def entropy(self) -> Any:
        """-Σ p log p."""
        logits = self.logits.clamp(min=torch.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    @api("distributions.Categorical.log_prob")
    def log_prob(self, value: Any) -> Any:
        return self.logits.gather(-1, value.long().unsqueeze(-1)).squeeze(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        raise Unsupported("{0} is not supported by the tracer.", "torch.distributions.Categorical.sample")
