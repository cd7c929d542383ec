"""`transformers.utils` and the rules that answer for any name of transformers that is not real."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import re
import types
from collections.abc import Callable
from typing import Any

from papertrace.evaluation.uniform import is_uniform
from papertrace.expectations import holds
from papertrace.stubs import NullContext, StandIn, decorator, decorator_factory, nothing, placeholder
from papertrace.tensor import Tensor


def answer(module: str, name: str) -> Any:
    """What `module.name` is: the first rule of ANSWERS that fits."""
    for pattern, make in ANSWERS:
        if pattern.fullmatch(name):
            return make(f"{module}.{name}")
    return placeholder(f"{module}.{name}")


def _always(value: Any) -> Callable[[str], Callable[..., Any]]:
    return lambda name: lambda *arguments, **keywords: value


def _is_tracing(tensor: Any = None) -> bool:
    """The library may look at a mask that the source itself has filled with one number: that rests on no input."""
    return not (isinstance(tensor, Tensor) and is_uniform(tensor.value))


def _check(cond: Any, msg: Any = "", error_type: type[Exception] = ValueError) -> None:
    """The library's check of a condition, which may be a tensor, or give one."""
    found = cond() if callable(cond) and not isinstance(cond, Tensor) else cond
    if not holds(found):
        raise error_type(msg() if callable(msg) else msg)


#: By name, first match wins. torch is there and of a new release, flex attention too (without it `BlockMask`, used in
#: annotations, would be undefined), and the trace is what the library calls tracing: masks are then never skipped by
#: looking at data. Nothing else is installed.
ANSWERS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"is_torch_available|is_torch_flex_attn_available", _always(True)),
        (r"is_tracing", lambda name: _is_tracing),
        (r"is_torch_greater_or_equal.*", _always(True)),
        (r"(is|has)_[a-z0-9_]+", _always(False)),
        (r"torch_compilable_check", lambda name: _check),
        (r"requires_backends|check_torch_load_is_safe", _always(None)),
        (r"use_kernel.*", lambda name: decorator_factory),
        (
            r"requires|strict|deprecate_func|[a-z_]*docstrings?|add_start_docstrings.*|replace_return_docstrings",
            lambda name: decorator,
        ),
        (r"[A-Z][A-Z0-9_]*", lambda name: placeholder(name)()),
    )
)


class _Logger:
    """Silent; every method takes anything."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return nothing


logger = _Logger()


def _logging(name: str) -> StandIn:
    return StandIn(name, {"get_logger": lambda *arguments: logger, "tqdm": lambda items=(), **keywords: items})


def _import_utils(name: str) -> StandIn:
    return StandIn(
        name,
        {
            "resolve_internal_import": lambda module, chained_path=None: None,
            "get_torch_version": lambda: "2.11.0",
        },
        lambda attribute: answer(name, attribute),
    )


def _utils(name: str) -> StandIn:
    """`transformers.utils`: re-exports of its real submodules first, then the rules."""

    def fallback(attribute: str) -> Any:
        if attribute == "logging":
            return importlib.import_module(f"{name}.logging")
        for submodule in ("generic", "constants"):
            module = importlib.import_module(f"{name}.{submodule}")
            if attribute in vars(module):
                return vars(module)[attribute]
        return answer(name, attribute)

    return StandIn(
        name,
        {
            "copy_func": copy_function,
            "CONFIG_NAME": "config.json",
            "WEIGHTS_NAME": "pytorch_model.bin",
            "SAFE_WEIGHTS_NAME": "model.safetensors",
            "DUMMY_INPUTS": [[7, 6, 0, 0, 1], [1, 2, 3, 0, 0], [0, 0, 0, 4, 5]],
            "DUMMY_MASK": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
            "is_env_variable_true": lambda *arguments: False,
            "get_device_type": lambda *arguments: "cpu",
        },
        fallback,
    )


def copy_function(function: Any) -> Any:
    """A real copy (of a bound class method too): Auto classes are made of them."""
    if not hasattr(function, "__code__"):
        return function
    copied = types.FunctionType(
        function.__code__,
        function.__globals__,
        name=function.__name__,
        argdefs=function.__defaults__,
        closure=function.__closure__,
    )
    copied = functools.update_wrapper(copied, function)
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied


def _deprecation(name: str) -> StandIn:
    return StandIn(name, {"deprecate_kwarg": renamed_keyword}, lambda attribute: answer(name, attribute))


def renamed_keyword(old_name: str, version: str | None = None, new_name: str | None = None, **options: Any) -> Any:
    """`deprecate_kwarg` without its warning: the old keyword is passed on under the new name."""

    def wrap(function: Any) -> Any:
        @functools.wraps(function)
        def renaming(*arguments: Any, **keywords: Any) -> Any:
            if old_name in keywords and new_name is not None:
                keywords.setdefault(new_name, keywords.pop(old_name))
            return function(*arguments, **keywords)

        return renaming

    return wrap


def validated_field(validator: Any = None, **options: Any) -> Any:
    """A dataclass field whose validator is not run: the configuration comes from a checkpoint that has passed it."""
    known = {
        key: value for key, value in options.items() if key in ("default", "default_factory", "init", "repr", "kw_only")
    }
    return dataclasses.field(**known)


def _type_validators(name: str) -> StandIn:
    """Validators of configuration fields: `interval(min=0)(default=8)` and `positive_int_field(default=8)`."""

    def parameterised(*arguments: Any, **keywords: Any) -> Callable[..., Any]:
        return lambda **options: validated_field(**options)

    return StandIn(
        name,
        {
            "interval": parameterised,
            "is_divisible_by": parameterised,
            "positive_int_field": lambda **options: validated_field(**options),
            "activation_fn_key": lambda **options: validated_field(**options),
        },
        lambda attribute: parameterised,
    )


def _initialization(name: str) -> StandIn:
    """Initial values never matter: weights come from the checkpoint."""
    return StandIn(
        name,
        {"guard_torch_init_functions": NullContext, "no_init_weights": NullContext, "no_tie_weights": NullContext},
        lambda attribute: nothing,
    )


def _file_utils(name: str) -> StandIn:
    return StandIn(name, fallback=lambda attribute: getattr(importlib.import_module("transformers.utils"), attribute))


class Unpack:
    """`Unpack[TransformersKwargs]` in a signature is its argument."""

    def __class_getitem__(cls, item: Any) -> Any:
        return item


def _processing_utils(name: str) -> StandIn:
    return StandIn(name, {"Unpack": Unpack})


MODULES: dict[str, Callable[[str], StandIn]] = {
    "transformers.utils": _utils,
    "transformers.utils.logging": _logging,
    "transformers.utils.import_utils": _import_utils,
    "transformers.utils.deprecation": _deprecation,
    "transformers.utils.type_validators": _type_validators,
    "transformers.initialization": _initialization,
    "transformers.file_utils": _file_utils,
    "transformers.processing_utils": _processing_utils,
}
