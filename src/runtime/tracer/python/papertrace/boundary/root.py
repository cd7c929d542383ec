"""`transformers` itself and its folders: package objects whose own `__init__` never runs (it scans every model)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from papertrace.host import host
from papertrace.stubs import StandIn, placeholder

#: Where names of the top level are looked for, after the Auto classes.
_LIBRARY = ("configuration_utils", "modeling_utils", "cache_utils", "modeling_outputs", "activations", "masking_utils")


def root_module(name: str) -> StandIn:
    """`from transformers import X`: Auto classes, library classes, and model classes found by their definition."""

    def fallback(attribute: str) -> Any:
        folder = module_object.__path__[0]
        if host.is_file(f"{folder}/{attribute}.py") or host.is_directory(f"{folder}/{attribute}"):
            return importlib.import_module(f"transformers.{attribute}")
        if attribute == "PretrainedConfig":
            attribute = "PreTrainedConfig"
        if attribute.startswith("Auto"):
            return getattr(importlib.import_module("transformers.models.auto"), attribute)
        for submodule in _LIBRARY:
            module = importlib.import_module(f"transformers.{submodule}")
            if attribute in vars(module):
                return vars(module)[attribute]
        found = _find_model_class(module_object, attribute)
        return found if found is not None else placeholder(f"transformers.{attribute}")

    module_object = StandIn(name, {"__version__": "5.0.0"}, fallback)
    return module_object


def _find_model_class(module: StandIn, name: str) -> Any:
    """A class of some model's folder; folders whose name the class's begins with are looked at first."""
    if not module.__path__ or not re.fullmatch(r"[A-Z]\w+", name):
        return None
    folder = f"{module.__path__[0]}/models"
    flat = name.lower()
    for model in sorted(host.list_directory(folder), key=lambda entry: not flat.startswith(entry.replace("_", ""))):
        if not host.is_directory(f"{folder}/{model}"):
            continue
        package = importlib.import_module(f"transformers.models.{model}")
        if isinstance(package, ModelFolder) and (found := getattr(package, name, None)) is not None:
            return found
    return None


class ModelFolder(StandIn):
    """`transformers.models.x`: a name is the one that a configuration or modeling file there defines."""

    def __init__(self, name: str, folder: str, use: Callable[[str], None]) -> None:
        super().__init__(name, fallback=self._look_up)
        self.__path__ = [folder]
        #: Told which module a name was found in.
        self.__dict__["_use"] = use

    def _look_up(self, attribute: str) -> Any:
        found = self.find(attribute)
        if found is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        self.__dict__["_use"](found[0])
        return found[1]

    def find(self, attribute: str) -> tuple[str, Any] | None:
        """(module, value) of a name."""
        folder = self.__path__[0]
        kinds = r"\w+" if self.__name__.endswith(".auto") else r"(configuration|modeling)_\w+"
        for file in sorted(host.list_directory(folder)):
            if not re.fullmatch(rf"{kinds}\.py", file) or file == "__init__.py":
                continue
            text = host.read(f"{folder}/{file}") or ""
            if re.search(
                rf"^(class {re.escape(attribute)}\b|def {re.escape(attribute)}\b|{re.escape(attribute)}\s*[:=])",
                text,
                re.M,
            ):
                module = f"{self.__name__}.{file[:-3]}"
                return module, getattr(importlib.import_module(module), attribute)
        return None
