"""Modules and parameters in lists and dictionaries."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

from papertrace.tensor import Tensor
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class _Indexed(Module):
    """Sub-modules under "0", "1", …; slices are new containers of the same modules."""

    #: Whether a slice keeps the names or counts from 0 again.
    keeps_names = False

    def _list(self) -> list[Module]:
        return list(self._modules.values())

    def _replace(self, modules: Iterable[Any]) -> None:
        self._modules.clear()
        for index, module in enumerate(modules):
            self._modules[str(index)] = module

    def append(self, module: Any) -> Any:
        self.add_module(str(len(self._modules)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Any:
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Any:
        modules = self._list()
        modules.insert(index, module)
        self._replace(modules)
        return self

    def pop(self, key: int | slice = -1) -> Any:
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            part = type(self).__new__(type(self))
            Module.__init__(part)
            for name, module in list(self._modules.items())[index]:
                own = name if self.keeps_names else str(len(part._modules))
                part._modules[own] = module
                part._places[own] = self._places.get(name)
            return part
        modules, at = self._list(), operator.index(index)
        if not -len(modules) <= at < len(modules):
            raise IndexError(f"index {at} is out of range: the {type(self).__name__} holds {len(modules)} modules")
        return modules[at]

    def __setitem__(self, index: int, module: Any) -> None:
        self.add_module(list(self._modules)[operator.index(index)], module)

    def __delitem__(self, index: Any) -> None:
        modules = self._list()
        del modules[index]
        self._replace(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._list())

    def __contains__(self, module: object) -> bool:
        return any(module is other for other in self._modules.values())

    def __bool__(self) -> bool:
        return bool(self._modules)


class ModuleList(_Indexed):
    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(modules or ())

    def __add__(self, other: Iterable[Any]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, modules: Iterable[Any]) -> ModuleList:
        return self.extend(modules)


class Sequential(_Indexed):
    keeps_names = True

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            self.extend(modules)

    def forward(self, input: Any) -> Any:
        for module in self._list():
            input = module(input)
        return input


class ModuleDict(Module):
    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules: Any) -> None:
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self.add_module(name, module)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> Any:
        return self._modules.keys()

    def items(self) -> Any:
        return self._modules.items()

    def values(self) -> Any:
        return self._modules.values()

    def get(self, key: str, default: Any = None) -> Any:
        return self._modules.get(key, default)

    def pop(self, key: str) -> Any:
        return self._modules.pop(key)

    def clear(self) -> None:
        self._modules.clear()


class ParameterList(Module):
    """Parameters in order; other objects, lists of parameters among them, are kept as they are."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(values or ())

    def append(self, value: Any) -> ParameterList:
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(self[position] for position in range(*index.indices(self._size)))
        return getattr(self, str(range(self._size)[operator.index(index)]))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, str(range(self._size)[operator.index(index)]), _parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[position] for position in range(self._size))


class ParameterDict(Module):
    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        if parameters is not None:
            self.update(parameters)

    def update(self, parameters: Any) -> None:
        for name, value in parameters.items() if hasattr(parameters, "items") else parameters:
            self[name] = value

    def __getitem__(self, key: str) -> Any:
        return self._parameters[str(key)]

    def __setitem__(self, key: str, value: Any) -> None:
        self.register_parameter(str(key), _parameter(value))

    def __contains__(self, key: object) -> bool:
        return str(key) in self._parameters

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def keys(self) -> Any:
        return self._parameters.keys()

    def items(self) -> Any:
        return self._parameters.items()

    def values(self) -> Any:
        return self._parameters.values()

    def get(self, key: str, default: Any = None) -> Any:
        return self._parameters.get(key, default)


def _parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
