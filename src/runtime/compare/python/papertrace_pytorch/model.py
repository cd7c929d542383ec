"""The object to call: the class, built as the tracer builds it, with the weights of the trace."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import torch

from papertrace_pytorch import tensors
from papertrace_pytorch.ties import StableSorts


def build(module: types.ModuleType, request: dict[str, Any]) -> torch.nn.Module:
    """What `construct` gives, else the class with its configuration or arguments; to be run, not trained."""
    from papertrace.configuration import Implementations, constructor_arguments

    expression = request.get("construct")
    if expression is not None:
        model = evaluate(expression, module, {})
    else:
        cls = getattr(module, request["class"])
        implementations = Implementations("eager", request.get("experts"))
        model = cls(
            **constructor_arguments(cls, module, request.get("config"), request.get("arguments") or {}, implementations)
        )
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    return model.eval().float()


def load(model: torch.nn.Module, weights: dict[str, dict[str, Any]], on_tensor: Callable[[int], None]) -> None:
    """Write the weights over parameters and buffers; those that the trace computes stay as the source makes them."""
    own = dict(model.named_parameters(remove_duplicate=False)) | dict(model.named_buffers(remove_duplicate=False))
    with torch.no_grad():
        for count, (name, place) in enumerate(weights.items()):
            if name in own:
                own[name].copy_(tensors.stored(**place))
            on_tensor(count + 1)


def call(model: torch.nn.Module, module: types.ModuleType, request: dict[str, Any], inputs: dict[str, Any]) -> Any:
    # Fused paths would leave out values that the source names.
    torch.backends.mha.set_fastpath_enabled(False)
    expression = request.get("call")
    with torch.no_grad(), StableSorts():
        if expression is not None:
            return evaluate(expression, module, inputs | {"model": model})
        return model(**inputs, **_beside(model, inputs))


def _beside(model: torch.nn.Module, inputs: dict[str, Any]) -> dict[str, Any]:
    """What forward is given beside its tensors, as the tracer gives it: counts of what went before, what is no tensor."""
    from papertrace.step_arguments import plain_arguments, position_counts

    parameters = [item for item in inspect.signature(model.forward).parameters.values() if item.name not in inputs]
    return plain_arguments(parameters) | position_counts(parameters, inputs, 0)


def evaluate(expression: str, module: types.ModuleType, names: dict[str, Any]) -> Any:
    """What an expression of a reader's is, among the names of their source."""
    code = compile(expression.strip(), "<example>", "eval")
    return eval(code, {"torch": torch, "nn": torch.nn} | vars(module) | names)
