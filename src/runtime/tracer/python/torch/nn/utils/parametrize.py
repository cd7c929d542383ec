"""torch.nn.utils.parametrize"""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace.inert_names import Context as cached  # noqa: F401


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    parts = module._modules.get("parametrizations")
    return parts is not None and (tensor_name is None or tensor_name in parts)


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    return module


__getattr__ = _inert.unknown_in("torch.nn.utils.parametrize")
