"""Interpolation, pixel shuffle, grid sampling."""

from __future__ import annotations

import math
from typing import Any

from papertrace import record
from papertrace.declare import declare
from papertrace.elementwise import where
from papertrace.errors import Unsupported
from papertrace.shapes import as_int
from papertrace.symbolic import SymInt
from papertrace.tensor import Tensor, emit
from papertrace.views import permuted, reshape

_MODES = {
    "nearest": "nearest",
    "nearest-exact": "nearest-exact",
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "bicubic": "cubic",
}


def _scaled(size: int, factor: float) -> int:
    if float(factor).is_integer():
        return size * int(factor)
    inverse = 1 / factor
    if float(inverse).is_integer():
        return size // int(inverse)
    return math.floor(float(size) * factor)


def _fix(sizes: list[int]) -> None:
    """No graph smooths images of any size: a guard that never holds has these traced again as they are in a run."""
    for size in sizes:
        if isinstance(size, SymInt):
            record.trace.guards.size("eq", size, size, False)


@declare("nn.functional.interpolate", "nn.functional.upsample")
def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Tensor:
    rank = input.ndim - 2
    scales: list[float] | None = None
    if size is not None:
        if isinstance(size, Tensor):
            size = size.tolist()
        spatial = [as_int(item) for item in (size if isinstance(size, (list, tuple)) else [size] * rank)]
    else:
        factors = scale_factor if isinstance(scale_factor, (list, tuple)) else [scale_factor] * rank
        factors = [float(item) for item in factors]
        spatial = [_scaled(item, factor) for item, factor in zip(input.shape[2:], factors)]
        scales = None if recompute_scale_factor else factors
    if mode == "area":
        from papertrace.functional.pooling import adaptive

        return adaptive("mean", rank, input, spatial)
    if mode not in _MODES:
        raise Unsupported("Interpolation in the mode {0} is not supported.", mode)
    shape = (*input.shape[:2], *spatial)
    if antialias and _MODES[mode] in ("linear", "cubic"):
        _fix([*input.shape[2:], *spatial])
    attributes = {
        "mode": _MODES[mode],
        "sizes": spatial,
        "scales": scales,
        "alignCorners": bool(align_corners),
        "antialias": bool(antialias),
    }
    return emit("resize", [input], attributes, shape, input.dtype)


@declare("nn.functional.pixel_shuffle", "torch.pixel_shuffle")
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    *lead, channels, height, width = input.shape
    r, n = upscale_factor, len(input.shape) - 3
    x = reshape(input, (*lead, channels // (r * r), r, r, height, width))
    x = permuted(x, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(x, (*lead, channels // (r * r), height * r, width * r))


@declare("nn.functional.pixel_unshuffle", "torch.pixel_unshuffle")
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    *lead, channels, height, width = input.shape
    r, n = downscale_factor, len(input.shape) - 3
    x = reshape(input, (*lead, channels, height // r, r, width // r, r))
    x = permuted(x, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(x, (*lead, channels * r * r, height // r, width // r))


@declare("nn.functional.channel_shuffle", "torch.channel_shuffle")
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    batch, channels, *rest = input.shape
    x = reshape(input, (batch, groups, channels // groups, *rest)).transpose(1, 2)
    return reshape(x, input.shape)


@declare("nn.functional.affine_grid")
def affine_grid(theta: Tensor, size: Any, align_corners: Any = None) -> Tensor:
    from papertrace.creation import arange, filled
    from papertrace.join import stack

    batch, _, height, width = size

    def axis(count: int) -> Tensor:
        index = arange(count).to(theta.dtype)
        if align_corners:
            return index * 2 / max(count - 1, 1) - 1
        return (index * 2 + 1) / count - 1

    y, x = axis(height).unsqueeze(-1).expand(height, width), axis(width).expand(height, width)
    base = stack([x, y, filled((height, width), 1, theta.dtype)], -1).reshape(1, height * width, 3)
    return base.matmul(theta.transpose(1, 2)).reshape(batch, height, width, 2)


@declare("nn.functional.grid_sample")
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: Any = None
) -> Tensor:
    """Bicubic, bilinear or nearest sampling of [n, c, h, w] at [n, y, x, 2] places in −1…1."""
    modes, paddings = ("bicubic", "bilinear", "nearest"), ("zeros", "border")
    if input.ndim != 4 or mode not in modes or padding_mode not in paddings:
        raise Unsupported(
            "grid_sample is supported in two dimensions, bicubic, bilinear or nearest, with zeros or border."
        )
    height, width = input.shape[2:]
    border = padding_mode == "border"

    def place(axis: int, size: int) -> Tensor:
        coordinate = grid[..., axis]
        place_ = (coordinate + 1) * ((size - 1) / 2) if align_corners else ((coordinate + 1) * size - 1) / 2
        # Four pixels a side reach beyond the border from a place that is inside: there each pixel is clamped.
        return place_.clamp(0, size - 1) if border and mode != "bicubic" else place_

    x, y = place(0, width), place(1, height)
    if mode == "nearest":
        return _pick(input, x.round(), y.round())
    weights = _cubic if mode == "bicubic" else _linear
    left, top = x.floor(), y.floor()
    result = None
    for right, weight_x in weights(x - left):
        for below, weight_y in weights(y - top):
            column, row = left + right, top + below
            if border:
                column, row = column.clamp(0, width - 1), row.clamp(0, height - 1)
            part = _pick(input, column, row) * (weight_x * weight_y).unsqueeze(1)
            result = part if result is None else result + part
    assert result is not None
    return result


def _linear(beyond: Tensor) -> list[tuple[int, Tensor]]:
    """Offset and weight of each pixel around a place that lies so far beyond the pixel at offset 0."""
    return [(0, 1 - beyond), (1, beyond)]


def _cubic(beyond: Tensor) -> list[tuple[int, Tensor]]:
    """Of Keys' cubic convolution with a = −0.75, as torch has it."""
    a = -0.75

    def near(x: Tensor) -> Tensor:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [(-1, far(beyond + 1)), (0, near(beyond)), (1, near(1 - beyond)), (2, far(2 - beyond))]


def _pick(input: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Pixels at whole places, zero outside."""
    batch, channels, height, width = input.shape
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    # A place that is no number lies nowhere.
    index = where(inside, y.clamp(0, height - 1).long() * width + x.clamp(0, width - 1).long(), 0)
    flat = reshape(input, (batch, channels, height * width))
    index = index.reshape(batch, 1, -1).expand(batch, channels, -1)
    picked = reshape(flat.gather(2, index), (batch, channels, *x.shape[1:]))
    return picked * inside.unsqueeze(1).to(input.dtype)


@declare("nn.functional.upsample_bilinear")
def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


@declare("nn.functional.upsample_nearest")
def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    return interpolate(input, size, scale_factor, mode="nearest")
