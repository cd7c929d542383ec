"""torch.nn.init: initialisation leaves a parameter as it is, because the checkpoint gives its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from papertrace.signatures import require_taken
from papertrace.tensor import Tensor


def _leave(tensor: Any = None, *arguments: Any, **options: Any) -> Any:
    return tensor


#: Parameters after the tensor; torch refuses any other.
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "constant_": ("val",),
    "dirac_": ("groups",),
    "eye_": (),
    "kaiming_normal_": ("a", "mode", "nonlinearity", "generator"),
    "kaiming_uniform_": ("a", "mode", "nonlinearity", "generator"),
    "normal_": ("mean", "std", "generator"),
    "ones_": (),
    "orthogonal_": ("gain", "generator"),
    "sparse_": ("sparsity", "std", "generator"),
    "trunc_normal_": ("mean", "std", "a", "b", "generator"),
    "uniform_": ("a", "b", "generator"),
    "xavier_normal_": ("gain", "generator"),
    "xavier_uniform_": ("gain", "generator"),
    "zeros_": (),
}


def _initialiser(name: str, parameters: tuple[str, ...]) -> Callable[..., Any]:
    def initialise(tensor: Any, *arguments: Any, **options: Any) -> Any:
        require_taken(name, parameters, arguments, options)
        return tensor

    return initialise


globals().update({_name: _initialiser(_name, _known) for _name, _known in _PARAMETERS.items()})

# Their old names.
uniform = normal = constant = eye = dirac = sparse = orthogonal = _leave
xavier_uniform = xavier_normal = kaiming_uniform = kaiming_normal = _leave


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The recommended gain of an activation function."""
    if nonlinearity == "tanh":
        return 5 / 3
    if nonlinearity == "relu":
        return math.sqrt(2)
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    return 3 / 4 if nonlinearity == "selu" else 1


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    field = 1
    for size in tensor.shape[2:]:
        field *= size
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    return _calculate_fan_in_and_fan_out(tensor)[0 if mode == "fan_in" else 1]


_no_grad_uniform_ = _no_grad_normal_ = _no_grad_trunc_normal_ = _no_grad_zero_ = _no_grad_fill_ = _leave
