"""torch.nn.utils.parametrize: tensors of a module that are computed from others."""

from __future__ import annotations

from typing import Any

from papertrace import inert as _inert
from papertrace.inert_names import Context as cached  # noqa: F401
from torch.nn.modules.container import ModuleDict, ModuleList
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class ParametrizationList(ModuleList):
    """The steps that make a parametrised tensor of its parts: `original`, or `original0`, `original1`, …"""

    def __init__(self, modules: Any, original: Any, unsafe: bool = False) -> None:
        super().__init__(modules)
        parts = original
        for module in reversed(self._list()):
            if hasattr(module, "right_inverse"):
                parts = module.right_inverse(parts)
        self.is_tensor = not isinstance(parts, (tuple, list))
        self.ntensors = 1 if self.is_tensor else len(parts)
        for index, part in enumerate([parts] if self.is_tensor else parts):
            name = "original" if self.is_tensor else f"original{index}"
            self.register_parameter(name, part if isinstance(part, Parameter) else Parameter(part))

    def forward(self) -> Any:
        first, *rest = self._list()
        parts = [self._parameters[name] for name in self._parameters if name.startswith("original")]
        tensor = first(*parts)
        for module in rest:
            tensor = module(tensor)
        return tensor


def register_parametrization(module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Any:
    """Have `module.tensor_name` computed by `parametrization` from what the checkpoint holds instead."""
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    original = module._parameters.pop(tensor_name)
    if not is_parametrized(module):
        base = type(module)
        module.__class__ = type(f"Parametrized{base.__name__}", (base,), {"__module__": base.__module__})
        module.add_module("parametrizations", ModuleDict())
    module.parametrizations[tensor_name] = ParametrizationList([parametrization], original, unsafe)
    setattr(type(module), tensor_name, property(lambda self: self.parametrizations[tensor_name]()))
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    parts = module._modules.get("parametrizations")
    return parts is not None and (tensor_name is None or tensor_name in parts)


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    return module


__getattr__ = _inert.unknown_in("torch.nn.utils.parametrize")
