"""Short-time Fourier transforms: frames of a signal under a window, each transformed by itself, and back."""

from __future__ import annotations

from typing import Any

from papertrace.complex_numbers import view_as_real
from papertrace.creation import eye, filled
from papertrace.declare import declare
from papertrace.errors import Unsupported
from papertrace.fourier import irfft, transform
from papertrace.functional.convolution import transposed
from papertrace.functional.padding import pad
from papertrace.signatures import require_default
from papertrace.tensor import Tensor


def _window(window: Tensor | None, win_length: int | None, n_fft: int, dtype: Any) -> Tensor:
    """[n_fft]: the window in the middle, zeros around it."""
    length = n_fft if win_length is None else win_length
    values = filled((length,), 1, dtype) if window is None else window
    before = (n_fft - length) // 2
    return values if length == n_fft else pad(values, (before, n_fft - length - before))


@declare("torch.stft", "Tensor.stft")
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """[…, time] to […, frequency, frame] (https://docs.pytorch.org/docs/stable/generated/torch.stft.html)."""
    require_default("align_to_window", align_to_window)
    real = input.dtype.category < 3
    if return_complex is None and real:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs")
    hop = n_fft // 4 if hop_length is None else hop_length
    signal = input if input.ndim == 2 else input.unsqueeze(0)
    if center:
        signal = pad(signal.unsqueeze(1), (n_fft // 2, n_fft // 2), pad_mode).squeeze(1)
    frames = signal.unfold(-1, n_fft, hop) * _window(window, win_length, n_fft, input.dtype.to_real())
    half = real if onesided is None else onesided
    spectrum = transform(frames, None, -1, "ortho" if normalized else None, half=half).transpose(1, 2)
    if input.ndim == 1:
        spectrum = spectrum.squeeze(0)
    return view_as_real(spectrum) if return_complex is False else spectrum


@declare("torch.istft", "Tensor.istft")
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """[…, frequency, frame] to […, time]: frames added where they overlap, over the sum of the squared windows there
    (https://docs.pytorch.org/docs/stable/generated/torch.istft.html)."""
    if return_complex or onesided is False:
        raise Unsupported("torch.istft to complex numbers is not supported.")
    hop = n_fft // 4 if hop_length is None else hop_length
    spectrum = input if input.ndim == 3 else input.unsqueeze(0)
    frames = irfft(spectrum, n_fft, 1, "ortho" if normalized else None)
    shape = _window(window, win_length, n_fft, frames.dtype)
    added = _overlapped(frames * shape.unsqueeze(-1), n_fft, hop)
    squares = (shape * shape).unsqueeze(-1).expand(n_fft, frames.shape[-1]).unsqueeze(0)
    first = n_fft // 2 if center else 0
    last = added.shape[-1] - first if length is None else first + length
    signal = added[:, first:last] / _overlapped(squares, n_fft, hop)[:, first:last]
    return signal if input.ndim == 3 else signal.squeeze(0)


def _overlapped(frames: Tensor, n_fft: int, hop: int) -> Tensor:
    """[batch, n_fft, frame] to [batch, time]."""
    ones = eye(n_fft).to(frames.dtype).unsqueeze(1)
    return transposed(frames, ones, None, hop, 0, 0, 1, 1, 1).squeeze(1)
