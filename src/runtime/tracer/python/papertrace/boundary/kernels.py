"""`transformers.integrations`: accelerators and compiled kernels, all absent; the source's own lines run instead."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from papertrace.boundary.utilities import answer
from papertrace.stubs import NullContext, StandIn, decorator_factory, nothing


_KERNEL_NAMES: dict[str, Any] = {
    "use_kernel_forward_from_hub": decorator_factory,
    "use_kernelized_func": decorator_factory,
    "use_kernel_func_from_hub": decorator_factory,
    "use_kernel_func_from_hub_with_fallback": decorator_factory,
    "lazy_load_kernel": nothing,
    "get_kernel": nothing,
    "allow_all_hub_kernels": NullContext,
    "ALLOW_ALL_KERNELS": False,
}


def _integrations(name: str) -> StandIn:
    def fallback(attribute: str) -> Any:
        if attribute == "use_experts_implementation":
            return importlib.import_module(f"{name}.moe").use_experts_implementation
        if attribute == "hub_kernels":
            return importlib.import_module(f"{name}.hub_kernels")
        return answer(name, attribute)

    return StandIn(name, dict(_KERNEL_NAMES), fallback)


def _integration(name: str) -> StandIn:
    return StandIn(name, dict(_KERNEL_NAMES), lambda attribute: answer(name, attribute))


def _accelerate(name: str) -> StandIn:
    return StandIn(name, {"force_accelerate_hooks": decorator_factory}, lambda attribute: answer(name, attribute))


MODULES: dict[str, Callable[[str], StandIn]] = {
    "transformers.integrations": _integrations,
    "transformers.integrations.hub_kernels": _integration,
    "transformers.integrations.accelerate": _accelerate,
    "transformers.integrations.deepspeed": _integration,
    "transformers.integrations.fsdp": _integration,
}
