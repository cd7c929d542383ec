"""What torch computes as in training, by chance or by the batch, because a source asks for it."""

from __future__ import annotations

from typing import Any

from papertrace.errors import Unsupported
from papertrace.phases import phase


def require_eval(operation: str, training: Any, instead: str = "training=self.training") -> None:
    """Raise where a call asks for training: traces are made for inference. ``instead`` is what it should pass."""
    if training:
        raise Unsupported(
            "{0} works as in training here, though the model is in eval mode: pass {1}.",
            operation,
            instead,
            operation=operation,
        )


def require_no_training(mode: bool) -> None:
    """Raise where the model, while it runs, puts a part of itself into training mode."""
    if mode and phase() == "forward":
        message = "{0} while the model runs makes numbers depend on chance or on the batch: leave the call out."
        raise Unsupported(message, "nn.Module.train", operation="nn.Module.train")
