"""Sorting that leaves equal elements in their order, where PyTorch promises no order of them: as the trace does it."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_SORTS = frozenset({torch.sort, torch.argsort, torch.Tensor.sort, torch.Tensor.argsort})


class StableSorts(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        if func not in _SORTS or given.get("stable") is not None:
            return func(*args, **given)
        # The forms that take `stable` take the others by name only.
        tensor, *rest = args
        given |= dict(zip(("dim", "descending"), rest))
        return func(tensor, **given | {"stable": True})
