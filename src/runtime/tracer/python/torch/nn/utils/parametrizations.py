"""torch.nn.utils.parametrizations: weight_norm."""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace.creation import filled
from papertrace.functional.normalisation import weight_norm as _weight_norm
from torch.nn.modules.container import ModuleDict
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class ParametrizationList(Module):
    """The parts that a parametrised tensor is made of."""


def scale_of(weight: Any, dim: int) -> Any:
    """A placeholder for the norms of a weight over every dimension but ``dim``."""
    shape = [1] * weight.ndim
    if dim != -1:
        shape[dim % weight.ndim] = weight.shape[dim]
    return filled(shape, 0, weight.dtype, uninitialised=True)


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """Parameters ``parametrizations.weight.original0`` (g) and ``original1`` (v)."""
    weight = module._parameters.pop(name)
    parts = ParametrizationList()
    parts.original0 = Parameter(scale_of(weight, dim))
    parts.original1 = weight
    if "parametrizations" not in module._modules:
        module.add_module("parametrizations", ModuleDict())
    module.parametrizations[name] = parts
    base = type(module)

    def composed(self: Any) -> Any:
        own = self._modules["parametrizations"]._modules[name]._parameters
        return _weight_norm(own["original1"], own["original0"], dim)

    changed = type(f"Parametrized{base.__name__}", (base,), {name: property(composed), "__module__": base.__module__})
    module.__class__ = changed
    return module


__getattr__ = _inert.unknown_in("torch.nn.utils.parametrizations")
