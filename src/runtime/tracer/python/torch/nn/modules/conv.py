"""Convolution layers."""

from __future__ import annotations

from typing import Any

from papertrace.shapes import fixed, pair, show
from torch.nn import functional as F
from torch.nn.modules.linear import empty_parameter
from torch.nn.modules.module import Module


class _ConvNd(Module):
    rank = 1
    transposed = False

    def _configure(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: Any,
    ) -> None:
        rank = self.rank
        if groups < 1:
            raise ValueError("groups must be a positive integer")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} ({channels}) must be divisible by groups ({groups})")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid'")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = pair(kernel_size, rank), pair(stride, rank), pair(dilation, rank)
        self.padding = padding if isinstance(padding, str) else pair(padding, rank)
        self.output_padding, self.padding_mode = pair(output_padding, rank), padding_mode
        sizes = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = empty_parameter(*sizes, *self.kernel_size, dtype=dtype)
        self.register_parameter("bias", empty_parameter(out_channels, dtype=dtype) if bias else None)
        self._reversed_padding_repeated_twice = self._edges()

    def _edges(self) -> list[int]:
        """Padding in the order of F.pad, from the last dimension backwards."""
        if isinstance(self.padding, str):
            if self.padding == "valid":
                return [0] * (2 * self.rank)
            totals = [step * (size - 1) for step, size in zip(self.dilation, self.kernel_size)]
            return [edge for total in reversed(totals) for edge in (total // 2, total - total // 2)]
        return [edge for edge in reversed(self.padding) for _ in range(2)]


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._configure(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, dtype
        )

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        convolve = getattr(F, f"conv{self.rank}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Any) -> Any:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    pass


class Conv2d(_Conv):
    rank = 2


class Conv3d(_Conv):
    rank = 3


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._configure(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            dtype,
        )

    def forward(self, input: Any, output_size: Any = None) -> Any:
        convolve = getattr(F, f"conv_transpose{self.rank}d")
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return convolve(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _extra(self, input: Any, output_size: Any) -> tuple[int, ...]:
        """The output padding that leads to an output size, which is one of `stride` for each dimension."""
        sizes, fronts = tuple(output_size), input.ndim - self.rank
        sizes = sizes[fronts:] if len(sizes) == fronts + self.rank else sizes
        if len(sizes) != self.rank:
            raise ValueError(f"output_size must have {self.rank} or {fronts + self.rank} elements (got {len(sizes)})")
        spread = zip(input.shape[fronts:], self.stride, self.padding, self.dilation, self.kernel_size)
        least = [(size - 1) * jump - 2 * edge + step * (width - 1) + 1 for size, jump, edge, step, width in spread]
        extra = fixed([size - smallest for size, smallest in zip(sizes, least)], self.rank)
        if any(not 0 <= more < jump for more, jump in zip(extra, self.stride)):
            most = [smallest + jump - 1 for smallest, jump in zip(least, self.stride)]
            valid = f"valid sizes range from {show(least)} to {show(most)}"
            raise ValueError(f"requested an output size of {show(sizes)}, but {valid}")
        return extra


class ConvTranspose1d(_ConvTransposeNd):
    pass


class ConvTranspose2d(_ConvTransposeNd):
    rank = 2


class ConvTranspose3d(_ConvTransposeNd):
    rank = 3
