"""Modules of the tracer that mean the same here: how source is instrumented, and how a configuration becomes an object.

The tracer's folder also holds a stand-in called `torch`; it never enters `sys.path`. What the tracer answers by its own
imports is answered here by Python's.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from typing import Any


def install(folder: str) -> None:
    """Make the package `papertrace` of a folder importable."""
    package = types.ModuleType("papertrace")
    package.__path__ = [f"{folder}/papertrace"]
    package.__spec__ = importlib.machinery.ModuleSpec("papertrace", None, is_package=True)
    sys.modules["papertrace"] = package
    sys.modules["papertrace.conversions"] = _module("papertrace.conversions", CONVERSIONS=frozenset(), CONVERT="")
    sys.modules["papertrace.loader"] = _module(
        "papertrace.loader", use=lambda name: None, has_library=_has_library, is_library_class=_is_library_class
    )


def _module(name: str, **values: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(values)
    return module


def _has_library() -> bool:
    return importlib.util.find_spec("transformers") is not None


def _is_library_class(cls: type) -> bool:
    return any(base.__module__.partition(".")[0] == "transformers" for base in cls.__mro__)
