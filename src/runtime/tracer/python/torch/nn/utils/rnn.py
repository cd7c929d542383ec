"""torch.nn.utils.rnn: padding of sequences."""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace import symbolic
from papertrace.functional.padding import padded
from papertrace.join import stack


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    longest = max((item.shape[0] for item in sequences), key=symbolic.hint)
    rows = []
    for item in sequences:
        room = [longest - item.shape[0], *([0] * (item.ndim - 1))]
        none = [0] * item.ndim
        before, after = (none, room) if padding_side == "right" else (room, none)
        rows.append(padded(item, before, after, "constant", padding_value))
    return stack(rows, 0 if batch_first else 1)


__getattr__ = _inert.unknown_in("torch.nn.utils.rnn")
