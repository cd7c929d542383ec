"""Activation functions of torch.nn.functional."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papertrace.chance import require_eval
from papertrace.declare import declare
from papertrace.elementwise import unary, where
from papertrace.shapes import normalise_dim
from papertrace.tensor import Tensor, emit
from papertrace.views import reshape


def _simple(primitive: str, input: Tensor, **attributes: Any) -> Tensor:
    return emit(primitive, [input], attributes, input.shape, input.dtype)


#: Activations that torch has under its own name as well, and those that have a function in place.
_OF_TORCH = ("celu", "selu", "rrelu", "threshold")
_IN_PLACE = (*_OF_TORCH, "relu", "elu", "hardtanh", "leaky_relu")


def _activation(name: str) -> Callable[[Callable], Callable]:
    """Declare a function of one tensor; with ``inplace`` it writes back."""
    labels = [f"nn.functional.{name}", *([f"torch.{name}"] if name in _OF_TORCH else [])]
    in_place = [f"nn.functional.{name}_"] if name in _IN_PLACE else []
    in_place += [f"torch.{name}_"] if name in _OF_TORCH or name == "relu" else []

    def declared(function: Callable) -> Callable:
        def activation(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
            result = function(input, *args, **kwargs)
            return input.write(result) if inplace else result

        declare(*labels)(activation)
        declare(*in_place)(function)
        return function

    return declared


@_activation("silu")
def silu(input: Tensor) -> Tensor:
    return _simple("silu", input)


@_activation("relu")
def relu(input: Tensor) -> Tensor:
    return _simple("relu", input)


@declare("nn.functional.gelu")
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    return _simple("gelu", input, approximate=approximate)


@declare("nn.functional.tanh")
def tanh(input: Tensor) -> Tensor:
    return unary("tanh", input, floating=True)


@declare("nn.functional.sigmoid")
def sigmoid(input: Tensor) -> Tensor:
    return unary("sigmoid", input, floating=True)


def softplus_of(input: Tensor) -> Tensor:
    return _simple("softplus", input)


@declare("nn.functional.softplus")
def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(βx)) / β, and x where βx is above the threshold; beyond 20 the two differ by less than 3e-9."""
    smooth = softplus_of(input) if beta == 1 else softplus_of(input * beta) * (1 / beta)
    return smooth if threshold >= 20 else where(input * beta > threshold, input, smooth)


@_activation("relu6")
def relu6(input: Tensor) -> Tensor:
    return input.clamp(0, 6)


@_activation("leaky_relu")
def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    return where(input > 0, input, input * negative_slope)


@_activation("rrelu")
def rrelu(input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Tensor:
    require_eval("nn.functional.rrelu", training)
    return where(input > 0, input, input * ((lower + upper) / 2))


@_activation("elu")
def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    return where(input > 0, input, (input.clamp(max=0).exp() - 1) * alpha)


@_activation("celu")
def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    return where(input > 0, input, ((input.clamp(max=0) / alpha).exp() - 1) * alpha)


@_activation("selu")
def selu(input: Tensor) -> Tensor:
    return elu(input, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946


@_activation("hardtanh")
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    return input.clamp(min_val, max_val)


@_activation("hardsigmoid")
def hardsigmoid(input: Tensor) -> Tensor:
    return (input + 3).clamp(0, 6) / 6


@_activation("hardswish")
def hardswish(input: Tensor) -> Tensor:
    return input * hardsigmoid(input)


@_activation("mish")
def mish(input: Tensor) -> Tensor:
    return input * softplus_of(input).tanh()


@_activation("threshold")
def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    return where(input <= threshold, value, input)  # NaN stays


@declare("nn.functional.logsigmoid")
def logsigmoid(input: Tensor) -> Tensor:
    return -softplus_of(-input)


@declare("nn.functional.softsign")
def softsign(input: Tensor) -> Tensor:
    return input / (input.abs() + 1)


@declare("nn.functional.tanhshrink")
def tanhshrink(input: Tensor) -> Tensor:
    return input - input.tanh()


@declare("nn.functional.hardshrink", "torch.hardshrink", "Tensor.hardshrink")
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    return where(input.abs() <= lambd, 0.0, input)  # NaN stays


@declare("nn.functional.softshrink")
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    return input.sign() * (input.abs() - lambd).clamp(min=0)


@declare("nn.functional.glu")
def glu(input: Tensor, dim: int = -1) -> Tensor:
    value, gate = input.chunk(2, dim)
    return value * gate.sigmoid()


@declare("nn.functional.prelu", "torch.prelu", "Tensor.prelu")
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    if weight.ndim and weight.numel() != 1:
        weight = reshape(weight, (1, -1, *([1] * (input.ndim - 2))))
    return where(input > 0, input, input * weight)


def _dropout(name: str, by_default: bool) -> Callable:
    """Outside of training, and where nothing is dropped, dropout gives its input back."""

    def dropout(input: Tensor, p: float = 0.5, training: bool = by_default, inplace: bool = False) -> Tensor:
        require_eval(f"nn.functional.{name}", training and p != 0)
        return input

    return dropout


for _name in ("dropout", "dropout1d", "dropout2d", "dropout3d"):
    declare(f"nn.functional.{_name}")(_dropout(_name, by_default=True))
for _name in ("alpha_dropout", "feature_alpha_dropout"):
    declare(f"nn.functional.{_name}")(_dropout(_name, by_default=False))


@declare("torch.dropout", "torch.feature_dropout")
def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    require_eval("torch.dropout", train and p != 0, "train=self.training")
    return input


@declare("nn.functional.gumbel_softmax")
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    from papertrace.creation import filled
    from papertrace.reductions import softmax
    from papertrace.scatter import scattered

    dim = normalise_dim(logits.ndim, dim)
    noise = filled(logits.shape, 0, logits.dtype, uninitialised=True)
    soft = softmax((logits + noise) / tau, dim)
    return scattered(soft * 0, dim, soft.argmax(dim, True), filled((), 1, soft.dtype), None) if hard else soft
