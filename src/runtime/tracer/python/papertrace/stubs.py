"""Placeholders for what never computes: third-party packages, and library names without a meaning for a trace.

A placeholder may be imported, subclassed, used in an annotation, as a decorator or as a flag (false). While a model is
built, calling one is reported as a problem. While `forward` runs, with a tensor, or where its number is asked for, it
is refused with file and line, so that no value of a trace can rest on a placeholder.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from papertrace import record
from papertrace.errors import COMPUTING, Unsupported
from papertrace.phases import phase
from papertrace.structure import is_tensor

#: Methods that a class may name as its mixin's; none is called in a forward pass.
_OF_MIXINS = ("from_pretrained", "save_pretrained", "push_to_hub")


def placeholder(name: str) -> type:
    """A class that stands for `name` (dotted). A mixin is a plain class, which brings no metaclass with it."""
    last = name.rpartition(".")[2]
    if last.endswith("Mixin"):
        return _mixin(name, last)
    return _Meta(last, (Placeholder,), {"_papertrace_name": name})


def _mixin(name: str, last: str) -> type:
    def new(cls: type, *arguments: Any, **keywords: Any) -> Any:
        """Hub mixins are made with the model's own arguments, which they keep as its configuration."""
        make = super(made, cls).__new__
        return make(cls) if make is object.__new__ else make(cls, *arguments, **keywords)

    methods = {method: _refused_method(f"{name}.{method}") for method in _OF_MIXINS}
    made = type(last, (), methods | {"__new__": new, "__init_subclass__": classmethod(_takes_options)})
    return made


def _takes_options(cls: type, **options: Any) -> None:
    """`class Model(HubMixin, license="mit")`: what only describes the class."""


def nothing(*arguments: Any, **keywords: Any) -> None:
    """Takes anything, does nothing."""


def decorator(*arguments: Any, **keywords: Any) -> Any:
    """A decorator that changes nothing, bare (`@d`) or called (`@d(...)`)."""
    if len(arguments) == 1 and not keywords and _is_definition(arguments[0]):
        return arguments[0]
    return _unchanged


def decorator_factory(*arguments: Any, **keywords: Any) -> Any:
    """A decorator that is always called first and changes nothing: `@d(fn)`."""
    return _unchanged


class NullContext:
    """A context manager that is a decorator too, bare or called, and does nothing."""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], types.FunctionType):
            return arguments[0]
        return object.__new__(cls)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        pass

    def __call__(self, function: Any) -> Any:
        return function

    def __enter__(self) -> NullContext:
        return self

    def __exit__(self, *exception: Any) -> bool:
        return False


class StandIn(types.ModuleType):
    """A module made of a table; names that it lacks are answered by `fallback`."""

    def __init__(
        self,
        name: str,
        attributes: dict[str, Any] | None = None,
        fallback: Callable[[str], Any] | None = None,
    ) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__file__ = None
        self.__dict__.update(attributes or {})
        self.__dict__["_fallback"] = fallback or (lambda attribute: placeholder(f"{name}.{attribute}"))

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "__version__":
            return "0.0.0"
        if attribute.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        return self.__dict__["_fallback"](attribute)


class _Meta(type):
    _papertrace_name: str

    def __getattr__(cls, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return placeholder(f"{cls._papertrace_name}.{attribute}")

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if "_papertrace_name" in cls.__dict__:
            _refuse(cls._papertrace_name, *arguments, *keywords.values())
            if len(arguments) == 1 and not keywords and _is_definition(arguments[0]):
                return arguments[0]
        return super().__call__(*arguments, **keywords)

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())

    def __len__(cls) -> int:
        return 0

    def __contains__(cls, item: Any) -> bool:
        return False

    def __bool__(cls) -> bool:
        return False


class Placeholder(metaclass=_Meta):
    """Base of every placeholder; an instance answers like its class."""

    _papertrace_name = "placeholder"

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        pass

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        _refuse(self._papertrace_name, *arguments, *keywords.values())
        if len(arguments) == 1 and not keywords and _is_definition(arguments[0]):
            return arguments[0]
        return placeholder(f"{self._papertrace_name}()")()

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return placeholder(f"{self._papertrace_name}.{attribute}")

    def __enter__(self) -> Placeholder:
        return self

    def __exit__(self, *exception: Any) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, item: Any) -> bool:
        return False

    def keys(self) -> list:
        return []

    def items(self) -> list:
        return []

    def get(self, key: Any, default: Any = None) -> Any:
        return default


class _Compute:
    """A method that refuses, for a class as for its instances: source may call `size.__index__()` by its name."""

    def __get__(self, instance: Any, owner: Any) -> Callable[..., Any]:
        def refuse(*others: Any) -> None:
            raise _meaningless((owner if instance is None else instance)._papertrace_name)

        return refuse


def _changed(self: Any, *arguments: Any) -> None:
    """Source that loads may write into what is not there: it cannot be read."""
    _refuse(self._papertrace_name, *arguments)


for _kind in (_Meta, Placeholder):
    for _name in ("__setitem__", "__delitem__"):
        setattr(_kind, _name, _changed)
for _name in COMPUTING:
    for _kind in (_Meta, Placeholder):
        setattr(_kind, _name, _Compute())
Placeholder.__getitem__ = _Compute()  # type: ignore[attr-defined]


def absent_base(cls: type) -> str | None:
    """The placeholder that a class of the source derives from."""
    return next((vars(base)["_papertrace_name"] for base in cls.__mro__[:-2] if "_papertrace_name" in vars(base)), None)


def refused(name: str) -> Callable[..., Any]:
    """A function whose result the source would compute with: calling it is refused whenever that is."""

    def function(*arguments: Any, **keywords: Any) -> None:
        raise Unsupported("{0} has no meaning for a trace: compute it without that package.", name, operation=name)

    return function


def _refuse(name: str, *given: Any) -> None:
    if phase() == "forward" or any(map(is_tensor, given)):
        raise _meaningless(name)
    if phase() == "build":
        record.trace.problem(f"{name} was called, but is not there while tracing")


def _meaningless(name: str) -> Unsupported:
    from papertrace.absent import refusal

    return refusal(name)


def _refused_method(name: str) -> Callable[..., None]:
    def method(*arguments: Any, **keywords: Any) -> None:
        _refuse(name, *arguments, *keywords.values())

    return method


def _is_definition(value: Any) -> bool:
    return isinstance(value, (type, types.FunctionType, staticmethod, classmethod, property))


def _unchanged(definition: Any) -> Any:
    return definition
