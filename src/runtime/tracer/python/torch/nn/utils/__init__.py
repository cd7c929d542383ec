"""torch.nn.utils"""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace.functional.normalisation import weight_norm as _weight_norm
from torch.nn.parameter import Parameter
from torch.nn.utils import parametrizations, parametrize, rnn  # noqa: F401
from torch.nn.utils.parametrizations import scale_of


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """The older form: parameters ``weight_g`` and ``weight_v``."""
    weight = module._parameters.pop(name)
    module.register_parameter(f"{name}_g", Parameter(scale_of(weight, dim)))
    module.register_parameter(f"{name}_v", weight)
    base = type(module)

    def composed(self: Any) -> Any:
        return _weight_norm(self._parameters[f"{name}_v"], self._parameters[f"{name}_g"], dim)

    module.__class__ = type(base.__name__, (base,), {name: property(composed), "__module__": base.__module__})
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    return module


def spectral_norm(module: Any, name: str = "weight", **options: Any) -> Any:
    from papertrace.errors import Unsupported

    raise Unsupported("torch.nn.utils.spectral_norm is not supported by the tracer.")


def clip_grad_norm_(parameters: Any, max_norm: float, *args: Any, **kwargs: Any) -> None:
    """Gradients are not part of a trace."""


def parameters_to_vector(parameters: Any) -> Any:
    from papertrace.join import cat

    return cat([parameter.reshape(-1) for parameter in parameters], 0)


__getattr__ = _inert.unknown_in("torch.nn.utils")
