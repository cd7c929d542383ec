"""Normalisation functions of torch.nn.functional."""

from __future__ import annotations

from typing import Any

from papertrace.chance import require_eval
from papertrace.declare import declare
from papertrace.dtypes import finfo
from papertrace.errors import Unsupported
from papertrace.reductions import mean, norm, variance
from papertrace.shapes import check_equal
from papertrace.tensor import Tensor, emit
from papertrace.views import expanded, reshape


def _affine(x: Tensor, weight: Any, bias: Any) -> Tensor:
    """Scale and shift per channel (dimension 1)."""
    spread = (1, -1, *([1] * (x.ndim - 2)))
    if weight is not None:
        x = x * reshape(weight, spread)
    return x if bias is None else x + reshape(bias, spread)


@declare("nn.functional.layer_norm", "torch.layer_norm")
def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    axes = len(normalized_shape)
    for size, expected in zip(input.shape[input.ndim - axes :], normalized_shape):
        check_equal(size, expected, "The input of layer_norm does not have its normalized_shape")
    inputs = [input, *(None if item is None else item.to(input.dtype) for item in (weight, bias))]
    return emit("layer_norm", inputs, {"axes": axes, "epsilon": float(eps)}, input.shape, input.dtype)


@declare("nn.functional.rms_norm", "torch.rms_norm")
def rms_norm(input: Tensor, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Tensor:
    """x · rsqrt(mean(x²) + ε) · weight (Zhang & Sennrich, 2019)."""
    dims = list(range(input.ndim - len(normalized_shape), input.ndim))
    epsilon = finfo(input.dtype).eps if eps is None else eps
    x = input * (mean(input.pow(2), dims, True) + epsilon).rsqrt()
    return x if weight is None else x * weight


@declare("nn.functional.group_norm", "torch.group_norm")
def group_norm(
    input: Tensor, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enabled: bool = True
) -> Tensor:
    shape = input.shape
    x = reshape(input, (shape[0], num_groups, -1))
    spread, middle = variance(x, -1, 0, True)
    x = (x - middle) * (spread + eps).rsqrt()
    return _affine(reshape(x, shape), weight, bias)


@declare("nn.functional.instance_norm")
def instance_norm(
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    return group_norm(input, input.shape[1], weight, bias, eps)


@declare("torch.instance_norm")
def torch_instance_norm(
    input: Tensor,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    return instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


@declare("nn.functional.batch_norm")
def batch_norm(
    input: Tensor,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if running_mean is not None:
        require_eval("nn.functional.batch_norm", training)
    if running_mean is None or running_var is None:
        dims = [axis for axis in range(input.ndim) if axis != 1]
        running_var, running_mean = variance(input, dims, 0, False)
    spread = (1, -1, *([1] * (input.ndim - 2)))
    x = (input - reshape(running_mean, spread)) * reshape((running_var + eps).rsqrt(), spread)
    return _affine(x, weight, bias)


@declare("nn.functional.normalize")
def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    return input / expanded(norm(input, p, dim, True).clamp(min=eps), input.shape)


@declare("nn.functional.local_response_norm")
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    from papertrace.functional.padding import padded
    from papertrace.selections import unfold

    zeros = [0] * input.ndim
    before, after = list(zeros), list(zeros)
    before[1], after[1] = size // 2, (size - 1) // 2
    windows = unfold(padded(input * input, before, after, "constant", 0), 1, size, 1)
    return input / (windows.mean(-1) * alpha + k).pow(beta)


def weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """g · v / ‖v‖, the norm over every dimension but ``dim``."""
    dims = [axis for axis in range(v.ndim) if axis != dim % v.ndim] if dim != -1 else list(range(v.ndim))
    if g.ndim > v.ndim:
        raise Unsupported("weight_norm needs a scale with at most as many dimensions as its weight.")
    return v * (g / norm(v, 2, dims, True))


declare("torch._weight_norm")(weight_norm)


@declare("nn.functional.cosine_similarity", "torch.cosine_similarity")
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    size = norm(x1, 2, dim, False).clamp(min=eps) * norm(x2, 2, dim, False).clamp(min=eps)
    return (x1 * x2).sum(dim) / size


@declare("nn.functional.pairwise_distance", "torch.pairwise_distance")
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    return norm(x1 - x2 + eps, p, -1, keepdim)
