"""What torch.nn.Module holds: parameters, buffers and sub-modules, by name and path."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from papertrace.stubs import Placeholder
from papertrace.tensor import Tensor
from torch.nn.parameter import Buffer, Parameter, born

_STATE = ("_parameters", "_modules", "_buffers")


class ModuleTree:
    """A module as a part of a tree of modules; ``Module`` alone derives from it."""

    def __init__(self) -> None:
        state = self.__dict__
        state["_parameters"], state["_modules"], state["_buffers"] = {}, {}, {}
        state["_non_persistent_buffers_set"] = set()
        #: Where each parameter, buffer and sub-module was registered last, by name.
        state["_places"] = {}

    # — attributes

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        parameters = state.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name)
            parameters[name] = value
            self._note(name)
        elif isinstance(value, ModuleTree):
            if parameters is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name)
            state["_modules"][name] = value
            self._note(name)
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif parameters is not None and name in parameters:
            if value is not None:
                kind = type(value).__name__
                raise TypeError(f"cannot assign {kind!r} as parameter {name!r} (torch.nn.Parameter or None expected)")
            parameters[name] = None
        elif parameters is not None and name in state["_modules"]:
            if value is not None:
                kind = type(value).__name__
                raise TypeError(f"cannot assign {kind!r} as child module {name!r} (torch.nn.Module or None expected)")
            state["_modules"][name] = None
        elif parameters is not None and name in state["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                kind = type(value).__name__
                raise TypeError(f"cannot assign {kind!r} as buffer {name!r} (torch.Tensor or None expected)")
            state["_buffers"][name] = value
        else:
            object.__setattr__(self, name, value)

    def _note(self, name: str) -> None:
        """Remember the statement of model code that registers ``name``; kept where the library registers it again."""
        place = born(sys._getframe(2))
        if place is not None:
            self.__dict__["_places"][name] = place

    def _forget(self, name: str) -> None:
        for table in _STATE:
            self.__dict__[table].pop(name, None)
        self.__dict__.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        for table in _STATE:
            if table in state and name in state[table]:
                return state[table][name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        for table in _STATE:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *(name for table in _STATE for name in self.__dict__.get(table, ()))]

    def _require_free(self, name: str, what: str, table: str) -> None:
        """A name that nothing else of the module has, and that can be part of a path."""
        if table not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"{what} name can't contain \".\" or be empty, but is {name!r}")
        if name not in self.__dict__[table] and hasattr(self, name):
            raise KeyError(f"attribute {name!r} already exists")

    def register_parameter(self, name: str, param: Any) -> None:
        self._require_free(name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign {type(param).__name__!r} object to parameter {name!r}")
        self._forget(name)
        self._parameters[name] = param
        self._note(name)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        self._require_free(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            raise TypeError(f"cannot assign {kind!r} object to buffer {name!r} (a tensor or None required)")
        self._forget(name)
        self._buffers[name] = tensor
        self._note(name)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Any) -> None:
        # A placeholder may be a module of a package that is not there: it is refused where it would compute.
        if module is not None and not isinstance(module, (ModuleTree, Placeholder)):
            raise TypeError(f"{getattr(module, '__name__', type(module).__name__)} is not a Module subclass")
        self._require_free(name, "module", "_modules")
        self._forget(name)
        self._modules[name] = module
        self._note(name)

    register_module = add_module

    # — iteration

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, ModuleTree]]:
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[ModuleTree]:
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, ModuleTree]]:
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[ModuleTree]:
        return (module for _, module in self.named_children())

    def _named(self, table: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Tensor]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in module.__dict__[table].items():
                if tensor is None or (remove_duplicate and id(tensor) in seen):
                    continue
                seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        return self._named("_parameters", prefix, recurse, remove_duplicate)  # type: ignore[return-value]

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def named_persistent_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Buffers that a checkpoint holds, tied ones under every name."""
        for path, module in self.named_modules():
            for name, buffer in module._buffers.items():
                if buffer is not None and name not in module._non_persistent_buffers_set:
                    yield (f"{path}.{name}" if path else name), buffer

    def state_dict(self, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        state: dict[str, Tensor] = OrderedDict() if destination is None else destination
        for path, module in self.named_modules(remove_duplicate=False):
            lead = f"{prefix}{path}." if path else prefix
            for name, tensor in module._parameters.items():
                if tensor is not None:
                    state[lead + name] = tensor
            for name, tensor in module._buffers.items():
                if tensor is not None and name not in module._non_persistent_buffers_set:
                    state[lead + name] = tensor
        return state

    def get_submodule(self, target: str) -> ModuleTree:
        module = self
        for name in target.split(".") if target else ():
            module = getattr(module, name)
        return module

    def set_submodule(self, target: str, module: ModuleTree, strict: bool = False) -> None:
        path, _, name = target.rpartition(".")
        setattr(self.get_submodule(path), name, module)

    def get_parameter(self, target: str) -> Any:
        path, _, name = target.rpartition(".")
        return getattr(self.get_submodule(path), name)

    get_buffer = get_parameter

    def apply(self, fn: Callable[[ModuleTree], Any]) -> ModuleTree:
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self
