"""What changes on real classes of transformers: choices that the trace makes, and work that only loading needs."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from papertrace import record
from papertrace.errors import Unsupported, WindowRead
from papertrace.places import is_model_code
from papertrace.stubs import nothing


@dataclass
class Choices:
    """What a request decides for every model that is built."""

    #: Attention of models that can choose and whose configuration leaves it open.
    attention: str = "eager"


choices = Choices()


def apply(module: types.ModuleType) -> None:
    """Patch a module that was just imported; what this release of transformers lacks is left out."""
    for name, function in FUNCTIONS.get(module.__name__, {}).items():
        if name in vars(module):
            setattr(module, name, function)
    for class_name, replacements in PATCHES.get(module.__name__, {}).items():
        patched = vars(module).get(class_name)
        for name, replacement in replacements.items() if isinstance(patched, type) else ():
            if isinstance(replacement, Forgetting):
                replacement = replacement.beside(vars(patched)[name])
            setattr(patched, name, replacement)


@dataclass
class Forgetting:
    """What stands in the place of a layer's own method unless layers with a window are to forget."""

    keeping: Callable[..., Any]

    def beside(self, own: Callable[..., Any]) -> Callable[..., Any]:
        def method(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            return (own if record.trace.forgets else self.keeping)(layer, *arguments, **keywords)

        return method


def _held(name: str) -> property:
    """What a layer with a window holds. The model's own code sees only what PyTorch's layer would hold."""

    def read(layer: Any) -> Any:
        if not record.trace.forgets and is_model_code(sys._getframe(1).f_code.co_filename):
            raise WindowRead
        return layer.__dict__[name]

    return property(read, lambda layer, tensor: layer.__dict__.__setitem__(name, tensor))


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


def _joined(self: Any, keys: Any, values: Any, *arguments: Any, **keywords: Any) -> tuple[Any, Any]:
    """A layer with a window keeps all of its past: the mask hides what lies outside, and one graph serves every length."""
    import torch

    if not self.is_initialized:
        self.lazy_initialization(keys, values)
    self.keys = torch.cat([self.keys, keys], dim=-2)
    self.values = torch.cat([self.values, values], dim=-2)
    return self.keys, self.values


def _mask_sizes(self: Any, query_length: int) -> tuple[int, int]:
    """How many keys there are, and the position of the first."""
    return _length(self) + query_length, 0


def _broadcast(mask_function: Callable[..., Any]) -> Callable[..., Any]:
    """Of a function of single indices of a mask, one of all of them: in place of mapping it over every axis in turn. A
    mask function compares its indices and looks up by them, which broadcasts."""

    def expanded(*indices: Any) -> Any:
        axes = range(len(indices))
        placed = [index.reshape([-1 if axis == other else 1 for other in axes]) for axis, index in enumerate(indices)]
        return mask_function(*placed).expand(*(index.shape[0] for index in indices))

    return expanded


#: Module → function → what stands in its place.
FUNCTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "transformers.masking_utils": {"_vmap_expansion_sdpa": _broadcast},
}

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
            "initialize_weights": nothing,
            "_init_weights": nothing,
            "init_parallel_plans": nothing,
            "_backward_compatibility_gradient_checkpointing": nothing,
            # A look at the data for the sake of a warning.
            "warn_if_padding_and_no_attention_mask": nothing,
            "can_generate": classmethod(lambda cls: False),
            # A reader's own copy of a model's file loads the checkpoints that the model's file loads.
            "is_custom_code": classmethod(lambda cls: False),
            "device": property(_device),
            "dtype": property(_dtype),
            "loss_function": property(_no_loss),
        },
    },
    "transformers.cache_utils": {
        "DynamicLayer": {"get_seq_length": _length},
        "DynamicSlidingWindowLayer": {
            "update": Forgetting(_joined),
            "get_mask_sizes": Forgetting(_mask_sizes),
            "get_seq_length": Forgetting(_length),
            "keys": _held("keys"),
            "values": _held("values"),
        },
    },
}
