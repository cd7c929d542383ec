"""Functions of torch.nn.functional: ranks, channels, windows and options."""

from __future__ import annotations

from typing import Any

from papertrace.checks import bound, check, equal_sizes, functional, settled
from papertrace.dtypes import bool_
from papertrace.misfits import misplaced
from papertrace.shapes import as_int, pair, show
from papertrace.symbolic import is_plain, shown
from papertrace.tensor import Tensor


def require_probability(p: Any) -> None:
    if isinstance(p, (int, float)) and not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


@functional("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
@check("torch.dropout", "torch.feature_dropout")
def dropout(input: Any, p: Any = 0.5, *rest: Any, **options: Any) -> None:
    require_probability(p)


# — normalisation


@functional("layer_norm", "rms_norm")
@check("torch.layer_norm", "torch.rms_norm")
def layer_norm(input: Tensor, normalized_shape: Any, *rest: Any, **options: Any) -> None:
    wanted = tuple(normalized_shape)
    found = input.shape[input.ndim - len(wanted) :] if len(wanted) <= input.ndim else ()
    if not equal_sizes(found, wanted):
        sizes = ", ".join(map(shown, wanted))
        raise RuntimeError(
            f"Given normalized_shape=[{sizes}], expected input with shape [*, {sizes}], "
            f"but got input of size {show(input.shape)}"
        )


@functional("group_norm")
@check("torch.group_norm")
def group_norm(input: Tensor, num_groups: int, *rest: Any, **options: Any) -> None:
    if input.ndim < 2 or not settled("eq", input.shape[1] % num_groups, 0):
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, "
            f"but got input of shape {show(input.shape)} and num_groups={num_groups}"
        )


@functional("batch_norm")
def batch_norm(input: Tensor, running_mean: Any = None, *rest: Any, **options: Any) -> None:
    if running_mean is None or input.ndim < 2:
        return
    if not settled("eq", running_mean.shape[0], input.shape[1]):
        raise RuntimeError(
            f"running_mean should contain {shown(input.shape[1])} elements not {shown(running_mean.shape[0])}"
        )


# — windows


def _convolution(rank: int, name: str) -> Any:
    def checked(call: Any) -> None:
        input, weight, padding = call.input, call.weight, call.padding
        _require_spatial(input, rank, name)
        if input.dtype.category != weight.dtype.category:
            types = f"{input.dtype.name} and {weight.dtype.name}"
            raise RuntimeError(f"{name}: input and weight should have the same type, but are {types}")
        if isinstance(padding, str):
            if padding not in ("valid", "same"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
            edges: tuple[int, ...] = (0,) * rank
        else:
            edges = pair(padding, rank)
        if padding == "same":
            return
        _require_room(input, weight.shape[2:], edges, pair(call.dilation, rank))

    return checked


def _require_spatial(input: Tensor, rank: int, name: str) -> None:
    if input.ndim not in (rank + 1, rank + 2):
        ranks = f"{rank + 1}D (unbatched) or {rank + 2}D (batched)"
        message = f"Expected {ranks} input to {name}, but got input of size: {show(input.shape)}"
        raise misplaced(message, input, rank=rank + 2)


def _require_room(input: Tensor, kernel: Any, edges: Any, dilations: Any) -> None:
    """The window is no larger than what it moves over."""
    sizes = input.shape[input.ndim - len(kernel) :]
    padded = [size + 2 * edge for size, edge in zip(sizes, edges)]
    wide = [step * (width - 1) + 1 for width, step in zip(kernel, dilations)]
    if not all(settled("ge", size, width) for size, width in zip(padded, wide)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {show(padded)}. Kernel size: {show(wide)}. "
            "Kernel size can't be greater than actual input size"
        )


def _pool(rank: int, name: str) -> Any:
    def checked(call: Any) -> None:
        _require_spatial(call.input, rank, name)
        kernel, edges = pair(call.kernel_size, rank), pair(call.padding, rank)
        for width, edge in zip(kernel, edges):
            if edge * 2 > width:
                raise RuntimeError(
                    f"pad should be at most half of effective kernel size, but got pad={edge}, kernel_size={width}"
                )
        if not call.ceil_mode:
            # Only the largest are taken from windows with gaps.
            _require_room(call.input, kernel, edges, pair(getattr(call, "dilation", 1), rank))

    return checked


for _rank in (1, 2, 3):
    for _kind, _windows in (("conv", _convolution), ("max_pool", _pool), ("avg_pool", _pool)):
        _name = f"{_kind}{_rank}d"
        bound(f"nn.functional.{_name}", f"torch.{_name}")(_windows(_rank, _name))


@functional("unfold")
def unfold(input: Tensor, *rest: Any, **options: Any) -> None:
    if input.ndim not in (3, 4):
        raise RuntimeError(f"Expected 3D or 4D (batch mode) tensor for input, but got: {show(input.shape)}")


# — resampling and padding

_DIMENSIONS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}


@functional("interpolate", "upsample")
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", *rest: Any, **options: Any
) -> None:
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    needed = _DIMENSIONS.get(mode)
    if needed is not None and input.ndim != needed:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {needed}D input")


@functional("pad")
@check("functional.pad")
def pad(input: Tensor, pad: Any, mode: str = "constant", value: Any = None) -> None:
    sizes = [as_int(size) for size in pad]
    if len(sizes) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, but is {len(sizes)}")
    if len(sizes) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension "
            f"but got padding length {len(sizes)} and input of dimension {input.ndim}"
        )
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    for index, amount in enumerate(sizes):
        size = input.shape[input.ndim - 1 - index // 2]
        if mode == "reflect" and not settled("lt", amount, size):
            raise RuntimeError(
                "Padding size should be less than the corresponding input dimension, "
                f"but got: padding {shown(amount)} at dimension {input.ndim - 1 - index // 2} of {show(input.shape)}"
            )
        other = sizes[index ^ 1]
        if not settled("ge", size + amount + (other if is_plain(other) and other < 0 else 0), 0):
            raise RuntimeError(f"a padding of {shown(amount)} takes more than there is of {show(input.shape)}")


@functional("glu")
def glu(input: Tensor, dim: int = -1) -> None:
    if not settled("eq", input.shape[dim] % 2, 0):
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {shown(input.shape[dim])}")


@functional("pixel_shuffle")
@check("torch.pixel_shuffle")
def pixel_shuffle(input: Tensor, upscale_factor: int) -> None:
    if input.ndim < 3 or not settled("eq", input.shape[-3] % upscale_factor**2, 0):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but the input is {show(input.shape)} and upscale_factor={upscale_factor}"
        )


# — attention


@bound("nn.functional.scaled_dot_product_attention")
def scaled_dot_product_attention(call: Any) -> None:
    query, attn_mask = call.query, call.attn_mask
    kinds = {item.dtype.category for item in (query, call.key, call.value)}
    if len(kinds) > 1:
        types = ", ".join(item.dtype.name for item in (query, call.key, call.value))
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got {types}")
    if call.dropout_p > 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {call.dropout_p}")
    if attn_mask is None:
        return
    if call.is_causal:
        raise RuntimeError("Explicit attn_mask should not be set when is_causal=True")
    if attn_mask.dtype is not bool_ and attn_mask.dtype.category < 2:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, "
            f"but got attn_mask.dtype: {attn_mask.dtype.name} and query.dtype: {query.dtype.name}"
        )


@functional("multi_head_attention_forward")
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, *rest: Any, **options: Any
) -> None:
    if not settled("eq", query.shape[-1], embed_dim_to_check):
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim_to_check}, but got {shown(query.shape[-1])}"
        )
