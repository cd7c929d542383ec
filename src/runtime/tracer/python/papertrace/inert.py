"""What the tracing torch does not have: placeholders that name themselves when they are used."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from typing import Any

from papertrace.errors import COMPUTING, Unsupported
from papertrace.phases import phase


#: What makes another function of the one that it is given: that one is no stand-in for it.
_TRANSFORMS = ("torch.func.", "torch.vmap", "torch.autograd.functional.", "torch._functorch.")


class Unknown:
    """A name of torch without meaning here. Reading attributes, annotations and isinstance work, it can be a base class,
    and as a bare decorator it gives back what it decorates, unless it would have transformed that. Called while source loads it gives another one, so that what
    source registers somewhere does not keep it from loading; called later, or computed with, it raises."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name
        self.__dict__["__name__"] = name.rpartition(".")[2]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        decorates = len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType))
        if decorates and not self._name.startswith(_TRANSFORMS):
            return args[0]
        if phase() == "import":
            return Unknown(f"{self._name}()")
        raise self._refusal()

    def _refusal(self) -> Unsupported:
        return Unsupported("{0} is not supported by the tracer.", self._name, operation=self._name)

    def __getattr__(self, name: str) -> Unknown:
        if name.startswith("__"):
            raise AttributeError(name)
        return Unknown(f"{self._name}.{name}")

    def __getitem__(self, item: Any) -> Unknown:
        return self

    def __or__(self, other: Any) -> Any:
        return other

    __ror__ = __or__

    def __mro_entries__(self, bases: tuple) -> tuple:
        return (_base(self),)

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._name}, not supported by the tracer>"


def _base(unknown: Unknown) -> type:
    """What stands for it among the bases of a class: another base may make the object, else that is refused."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        after = super(base, self).__init__
        if getattr(after, "__objclass__", None) is object and phase() != "import":
            raise unknown._refusal()
        if getattr(after, "__objclass__", None) is not object:
            after(*args, **kwargs)

    base = type(unknown.__name__, (), {"__init__": init})
    return base


def _compute(self: Unknown, *others: Any) -> None:
    raise self._refusal()


for _name in (*COMPUTING, "__iter__", "__len__"):
    setattr(Unknown, _name, _compute)


def unknown_in(module: str) -> Any:
    """``__getattr__`` for a module: what it lacks becomes a placeholder."""

    def missing(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return Unknown(f"{module}.{name}")

    return missing


class InertModule(types.ModuleType):
    """A module of torch that never computes: what is declared for it, placeholders for the rest."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if self.__name__.startswith("torch.nn.modules."):
            # Which file of torch defines a layer is nothing that a layer here depends on.
            return getattr(sys.modules["torch.nn.modules"], name)
        return Unknown(f"{self.__name__}.{name}")


class _Finder:
    """Imports every ``torch.…`` that has no file as an inert module; the last finder that is asked."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith("torch."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> InertModule:
        return InertModule(spec.name)

    def exec_module(self, module: InertModule) -> None:
        from papertrace.inert_names import NAMES

        module.__dict__.update(NAMES.get(module.__name__, {}))


def install() -> None:
    """Make imports of unknown torch modules work."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())  # type: ignore[arg-type]
