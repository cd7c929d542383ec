"""torch.nn.utils.parametrizations: weight_norm."""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace.creation import filled
from papertrace.functional.normalisation import weight_norm as _weight_norm
from torch.nn.modules.module import Module
from torch.nn.utils.parametrize import register_parametrization


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> Any:
        return scale_of(weight, self.dim), weight


def scale_of(weight: Any, dim: int) -> Any:
    """A placeholder for the norms of a weight over every dimension but ``dim``."""
    shape = [1] * weight.ndim
    if dim != -1:
        shape[dim % weight.ndim] = weight.shape[dim]
    return filled(shape, 0, weight.dtype, uninitialised=True)


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """Parameters ``parametrizations.weight.original0`` (g) and ``original1`` (v)."""
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


__getattr__ = _inert.unknown_in("torch.nn.utils.parametrizations")
