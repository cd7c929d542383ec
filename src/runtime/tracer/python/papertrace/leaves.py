"""Parameters and buffers of a model that is built: leaves of the trace, where a checkpoint gives them."""

from __future__ import annotations

from typing import Any

from papertrace import record


def bind_parameters(model: Any, checkpoint: list[str] | None) -> None:
    """Make leaves of what the checkpoint holds; tied names share one leaf, called by a name that the checkpoint has.

    Buffers that it lacks, and parameters that the source computes (sinusoids), keep the operations that make them.
    """
    held = None if checkpoint is None else set(checkpoint)
    names: dict[int, list[str]] = {}
    tensors: dict[int, Any] = {}
    parameters: set[int] = set()
    for name, tensor in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
        tensors[id(tensor)] = tensor
        parameters.add(id(tensor))
    for name, tensor in model.named_buffers(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
        tensors[id(tensor)] = tensor
    for key, tensor in tensors.items():
        known = names[key] if held is None else [name for name in names[key] if name in held]
        is_leaf = key in parameters and (held is None or tensor.value.uninitialised) or held is not None and known
        if is_leaf:
            leaf = (known or names[key])[0]
            storage = tensor.value
            held_as = record.trace.parameter(leaf, storage.dtype, storage.shape)
            held_as.complex = storage.complex
            tensor.adopt_value(held_as)
