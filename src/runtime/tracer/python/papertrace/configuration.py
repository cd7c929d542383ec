"""From config.json to the object that a class is built with."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import types
from collections.abc import Iterator
from typing import Any

from papertrace import loader
from papertrace.failures import Missing
from papertrace.signatures import signature_of

#: Keys of config.json that speak of files and releases, not of the model; weights are always traced as float32.
_NOT_MODEL = (
    "model_type",
    "architectures",
    "auto_map",
    "transformers_version",
    "dtype",
    "torch_dtype",
    "quantization_config",
)

#: Usual names of a constructor's one configuration argument.
_CONFIGURATION_NAMES = ("config", "cfg", "configuration", "args", "params", "hparams", "opt")


@dataclasses.dataclass(frozen=True)
class Implementations:
    """Which of a library's ways to compute the same are asked for; None leaves the choice to the library."""

    attention: str | None
    experts: str | None


def constructor_arguments(
    cls: type,
    module: types.ModuleType,
    config: dict[str, Any] | None,
    arguments: dict[str, Any],
    implementations: Implementations,
) -> dict[str, Any]:
    """Keyword arguments to build `cls` with: `arguments`, and what of the configuration it takes."""
    if config is None:
        return _defaults(cls, module, arguments) | arguments
    config = _with_floats(config)
    parameters = _parameters(cls)
    target = _configuration_parameter(parameters, config, arguments)
    if target is None:
        return {name: config[name] for name in parameters if name in config} | arguments
    return {target.name: configuration_object(cls, target, module, config, implementations)} | arguments


def configuration_object(
    cls: type,
    parameter: inspect.Parameter,
    module: types.ModuleType,
    config: dict[str, Any],
    implementations: Implementations,
) -> Any:
    """What stands for config.json as `parameter` of `cls`."""
    named = getattr(cls, "config_class", None) or parameter.annotation
    named = named if isinstance(named, type) and named not in (dict, inspect.Parameter.empty) else None
    is_library = _is_pretrained(named) if named is not None else loader.is_library_class(cls)
    library = _registered(config.get("model_type")) if is_library else None
    if library is not None:
        if named is None or issubclass(library, named):
            return _pretrained(library, config, implementations)
        for key, part in getattr(library, "sub_configs", {}).items():
            if part is named:
                return getattr(_pretrained(library, config, implementations), key)
    if named is not None and is_library:
        return _pretrained(named, config, implementations)
    made = named or _fitting_dataclass(module, config)
    if made is not None and dataclasses.is_dataclass(made):
        fields = {field.name for field in dataclasses.fields(made) if field.init}
        return made(**{key: value for key, value in config.items() if key in fields})
    return made(**_model_keys(config)) if made is not None else Configuration(config)


def _defaults(cls: type, module: types.ModuleType, arguments: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a class that needs one and was given none: a dataclass that every field of has a default."""
    parameters = _parameters(cls)
    target = _configuration_parameter(parameters, {}, arguments)
    if target is None or target.default is not inspect.Parameter.empty:
        return {}
    if isinstance(target.annotation, type) and target.annotation is not inspect.Parameter.empty:
        candidates = [target.annotation]
    else:
        candidates = [item for item in vars(module).values() if getattr(item, "__module__", None) == module.__name__]
    usable = [
        item
        for item in candidates
        if isinstance(item, type) and dataclasses.is_dataclass(item) and not list(_fields_without_default(item))
    ]
    # Where a file has several, the model's own is the one that says most.
    chosen = max(usable, key=lambda item: len(dataclasses.fields(item)), default=None)
    return {} if chosen is None else {target.name: chosen()}


def _fields_without_default(cls: Any) -> Iterator[str]:
    for field in dataclasses.fields(cls):
        if field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            yield field.name


class Configuration(dict):
    """A configuration without a class of its own: keys are attributes too, nested objects likewise."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(
            (key, Configuration(value) if isinstance(value, dict) else value) for key, value in config.items()
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the configuration has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


def _parameters(cls: type) -> dict[str, inspect.Parameter]:
    return dict(list(signature_of(cls.__init__).parameters.items())[1:])


def _configuration_parameter(
    parameters: dict[str, inspect.Parameter], config: dict[str, Any], arguments: dict[str, Any]
) -> inspect.Parameter | None:
    simple = (int, float, bool, str, bytes, list, tuple)
    for name, parameter in parameters.items():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD) or name in arguments:
            continue
        if name in _CONFIGURATION_NAMES:
            return parameter
        if isinstance(parameter.annotation, type) and parameter.annotation not in (*simple, inspect.Parameter.empty):
            return parameter if name not in config else None
    required = [
        parameter
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        and name not in arguments
    ]
    return required[0] if len(required) == 1 and required[0].name not in config else None


def _fitting_dataclass(module: types.ModuleType, config: dict[str, Any]) -> type | None:
    """The dataclass of the file that has the most of the configuration's keys."""
    fits = [
        (len({field.name for field in dataclasses.fields(item)} & set(config)), item)
        for item in vars(module).values()
        if isinstance(item, type) and dataclasses.is_dataclass(item) and item.__module__ == module.__name__
    ]
    best = max(fits, key=lambda fit: fit[0], default=(0, None))
    return best[1] if best[0] else None


def _is_pretrained(cls: type) -> bool:
    return any(base.__name__ in ("PreTrainedConfig", "PretrainedConfig") for base in cls.__mro__)


def _registered(model_type: str | None) -> type | None:
    """The configuration class that transformers knows a model type by."""
    if model_type is None or not loader.has_library():
        return None
    auto = importlib.import_module("transformers.models.auto.configuration_auto")
    try:
        return auto.CONFIG_MAPPING[model_type]
    except (KeyError, AttributeError):
        return None


def _pretrained(cls: type, config: dict[str, Any], implementations: Implementations) -> Any:
    loader.use(cls.__module__)
    made = cls(**_model_keys(config))
    if isinstance(made, type) or not hasattr(made, "to_dict"):
        raise Missing("{0} is not a configuration class.", cls.__name__)
    if implementations.attention is not None:
        made._attn_implementation = implementations.attention
    if implementations.experts is not None and hasattr(cls, "_experts_implementation"):
        made._experts_implementation = "grouped_mm" if implementations.experts == "grouped" else "eager"
    return made


def _model_keys(config: dict[str, Any]) -> dict[str, Any]:
    return {key: _without_dtype(value) for key, value in config.items() if key not in _NOT_MODEL}


def _with_floats(value: Any) -> Any:
    """The floats that JSON lacks, which transformers writes as `{"__float__": "Infinity"}`."""
    if isinstance(value, list):
        return [_with_floats(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"__float__"}:
        return float(value["__float__"])
    return {key: _with_floats(item) for key, item in value.items()}


def _without_dtype(value: Any) -> Any:
    """A nested configuration without its element type; its model type stays, for classes that choose by it."""
    if not isinstance(value, dict):
        return value
    return {key: _without_dtype(part) for key, part in value.items() if key not in ("dtype", "torch_dtype")}
