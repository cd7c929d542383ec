"""What changes on real classes of transformers: choices that the trace makes, and work that only loading needs."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

from papertrace.errors import Unsupported


@dataclass
class Choices:
    """What a request decides for every model that is built."""

    #: Attention of models that can choose and whose configuration leaves it open.
    attention: str = "eager"


choices = Choices()


def apply(module: types.ModuleType) -> None:
    """Patch a module that was just imported; classes that this release of transformers lacks are left out."""
    for class_name, replacements in PATCHES.get(module.__name__, {}).items():
        patched = vars(module).get(class_name)
        for name, replacement in replacements.items() if isinstance(patched, type) else ():
            setattr(patched, name, replacement)


def _nothing(self: Any, *arguments: Any, **keywords: Any) -> None:
    return None


def _experts(self: Any, implementation: str | None = None, *arguments: Any, **keywords: Any) -> str:
    return implementation or "grouped_mm"


def _attention(self: Any, implementation: str | None = None, *arguments: Any, **keywords: Any) -> str:
    return implementation or (choices.attention if getattr(self, "_supports_sdpa", False) else "eager")


def _tie(self: Any) -> None:
    """Initial values never matter; ties do."""
    self.tie_weights()


def _device(self: Any) -> Any:
    import torch

    return torch.device("cpu")


def _dtype(self: Any) -> Any:
    import torch

    return torch.get_default_dtype()


def _no_loss(self: Any) -> Any:
    raise Unsupported("The loss is not part of a trace: call forward without labels.", operation="loss_function")


def _length(self: Any) -> int:
    """Length of a cached layer, without asking whether it is empty: joined with nothing it is the same graph."""
    return self.keys.shape[-2] if self.is_initialized and self.keys.ndim > 1 else 0


#: Module → class → attribute → what stands in its place.
PATCHES: dict[str, dict[str, dict[str, Any]]] = {
    "transformers.modeling_utils": {
        "PreTrainedModel": {
            # Attention and experts run as the model's own file writes them, unless a request asks otherwise.
            "_check_and_adjust_attn_implementation": _attention,
            "_check_and_adjust_experts_implementation": _experts,
            "get_correct_attn_implementation": _attention,
            # Weights come from the checkpoint.
            "init_weights": _tie,
            "initialize_weights": _nothing,
            "_init_weights": _nothing,
            "init_parallel_plans": _nothing,
            "_backward_compatibility_gradient_checkpointing": _nothing,
            # A look at the data for the sake of a warning.
            "warn_if_padding_and_no_attention_mask": _nothing,
            "can_generate": classmethod(lambda cls: False),
            "device": property(_device),
            "dtype": property(_dtype),
            "loss_function": property(_no_loss),
        },
    },
    "transformers.cache_utils": {"DynamicLayer": {"get_seq_length": _length}},
}
