"""How a torch function is declared: once, with every name that it can be called by.

    @declare("torch.roll", "Tensor.roll")
    def roll(input, shifts, dims=None): ...

Each name becomes a recorded call (calls.api) with that label. ``Tensor.…`` is also set on the tensor class; where the
name ends in ``_``, the tensor gets the result written into it, broadcast and cast. The modules of the tracing
torch take their contents from ``functions_of("torch")``, ``functions_of("nn.functional")`` and so on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from papertrace.calls import api
from papertrace.tensor import Tensor

_FUNCTIONS: dict[str, dict[str, Callable]] = {}

#: Functions in place that torch itself has too, not tensors alone.
_FUNCTIONS_IN_PLACE = frozenset(
    f"{name}_"
    for name in (
        *("abs", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "asin", "asinh"),
        *("atan", "atanh", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "conj_physical", "cos", "cosh"),
        *("deg2rad", "erf", "erfc", "exp", "exp2", "expm1", "floor", "fix", "frac", "i0", "ldexp", "log", "log10"),
        *("log1p", "log2", "logit", "nan_to_num", "neg", "rad2deg", "reciprocal", "round", "rsqrt", "sigmoid", "sin"),
        *("sinc", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "xlogy", "addmv", "fill", "zero", "index_put"),
    )
)

#: numpy's names of arguments, which torch takes in place of its own.
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def declare(*labels: str, writes: bool = True) -> Callable[[Callable], Callable]:
    """Declare a function under these labels (``namespace.name``); gives the plain function back.

    ``writes`` false: a name that ends in ``_`` does itself what it does to the tensor.
    """

    def declared(function: Callable) -> Callable:
        named = _by_numpy_names(function)
        for label in _with_functions(labels):
            namespace, _, name = label.rpartition(".")
            in_place = writes and name.endswith("_") and not name.endswith("__")
            plain = _in_place(named) if in_place else named
            recorded = api(label)(plain)
            recorded.__name__ = name
            _FUNCTIONS.setdefault(namespace, {})[name] = recorded
            if namespace == "Tensor":
                setattr(Tensor, name, recorded)
        return function

    return declared


def both(*names: str, in_place: bool = False) -> Callable[[Callable], Callable]:
    """Declare a function that is a torch function and a tensor method (and, with ``in_place``, ``name_`` too)."""
    labels = [f"{namespace}.{name}" for name in names for namespace in ("torch", "Tensor")]
    if in_place:
        labels += [f"Tensor.{name}_" for name in names]
    return declare(*labels)


def _with_functions(labels: tuple[str, ...]) -> list[str]:
    """The labels, and of methods in place those of torch's functions that do the same."""
    names = [label.partition(".")[2] for label in labels if label.startswith("Tensor.")]
    return [*labels, *(f"torch.{name}" for name in names if name in _FUNCTIONS_IN_PLACE)]


def _by_numpy_names(function: Callable) -> Callable:
    code = getattr(function, "__code__", None)
    own = () if code is None else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    names = {numpy: name for numpy, name in _NUMPY_NAMES.items() if name in own and numpy not in own}
    if not names:
        return function

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        for numpy in names.keys() & kwargs.keys():
            kwargs[names[numpy]] = kwargs.pop(numpy)
        return function(*args, **kwargs)

    return called


def _in_place(function: Callable) -> Callable:
    @functools.wraps(function)
    def written(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.write_result(function(self, *args, **kwargs))

    return written


def declared_labels() -> set[str]:
    """Every label that a function is declared under."""
    return {f"{namespace}.{name}" for namespace, functions in _FUNCTIONS.items() for name in functions}


def functions_of(namespace: str) -> dict[str, Callable]:
    """Every function of a namespace by its name."""
    return _FUNCTIONS.get(namespace, {})
