"""What imported names become: traced source with exact positions, packages around it, folders."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
import types
from typing import Any

from papertrace import loaded, record, untouched
from papertrace.boundary import patches, stand_in
from papertrace.boundary.root import ModelFolder
from papertrace.conversions import CONVERT, convert, symbolic_len
from papertrace.deferred import GLOBALS as DEFERRING
from papertrace.deferred import defer
from papertrace.expectations import EXPECT, HOLDS, expect, holds
from papertrace.host import host
from papertrace.imports import handled_imports, imported_names, independent_binding, top_level_names
from papertrace.instrument import BIND, LOOP, PASS, instrument
from papertrace.layout import is_library
from papertrace.loop_sources import symbolic_enumerate, symbolic_reversed, symbolic_zip
from papertrace.loops import loop
from papertrace.phases import during
from papertrace.places import is_model_code, library, sources, trees
from papertrace.ranges import symbolic_range


class SourceLoader(importlib.abc.InspectLoader):
    """A module whose text the host gives."""

    def __init__(self, path: str) -> None:
        self.path = path

    def get_source(self, fullname: str) -> str:
        return _read(self.path)

    def binding(self, name: str) -> ast.Module | str | None:
        """The statement that gives a name its meaning, where it stands alone: an import, or a literal's assignment; the
        name itself where the whole text has to run for it; None where the text does not name it."""
        tree = ast.parse(_read(self.path))
        if name not in top_level_names(tree):
            return None
        alone = independent_binding(tree, name)
        return name if alone is None else ast.Module([alone], [])

    def exec_module(self, module: types.ModuleType) -> None:
        name, path = module.__name__, self.path
        sha256 = host.sha256(path) or ""
        text = _read(path)
        sources[path] = text
        if is_library(name) and (
            not name.startswith("transformers.models.") or name.startswith("transformers.models.auto.")
        ):
            library.add(path)
        if loaded.layout.is_installed(name, path):
            library.add(path)
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        tree = ast.parse(text, path)
        package = (
            name
            if module.__spec__ is not None and module.__spec__.submodule_search_locations is not None
            else name.rpartition(".")[0]
        )
        loaded.modules[name] = loaded.Loaded(path, sha256, text, set(imported_names(tree, package)))
        loaded.handled[path] = list(handled_imports(tree))
        loaded.failed.pop(path, None)
        defer(tree, script=path == loaded.source)
        instrument(tree, path)
        if is_model_code(path):
            trees[path] = tree
        module.__dict__.update(_GLOBALS)
        try:
            with during("import"):
                exec(compile(tree, path, "exec", dont_inherit=True), module.__dict__)
            loaded.use(name)
            patches.apply(module)
            if path in library or is_library(name):
                untouched.remember(module)
        except BaseException:
            loaded.modules.pop(name, None)
            raise


class StandInLoader(importlib.abc.Loader):
    """Modules without a text of their own."""

    def __init__(self, location: str | None) -> None:
        self.location = location

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        name = spec.name
        if self.location is None:
            return stand_in(name)
        if name.count(".") == 2 and name.startswith("transformers.models."):
            return ModelFolder(name, self.location, loaded.looked_up)
        module = stand_in(name) if name == "transformers" else Folder(name)
        if name == "transformers":
            module.__dict__["__version__"] = library_release(self.location)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        if self.location is not None:
            module.__path__ = [self.location]


class Folder(types.ModuleType):
    """A folder without `__init__`: attributes are its submodules."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") or not _has_submodule(self, attribute):
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        return importlib.import_module(f"{self.__name__}.{attribute}")


def _has_submodule(package: types.ModuleType, name: str) -> bool:
    """Whether there is one; an import of one that is not there gives a placeholder."""
    if name.startswith("__"):
        return False
    places = [f"{folder}/{name}" for folder in package.__path__]
    return any(host.is_file(f"{place}.py") or host.is_directory(place) for place in places)


class Surrounding(types.ModuleType):
    """A package around the source. Its `__init__` would import every other part of it; it runs when it is needed."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") and attribute not in ("__all__", "__version__"):
            raise AttributeError(attribute)
        name, loader = self.__name__, self.__dict__.get("_init")
        missing = AttributeError(f"module {name!r} has no attribute {attribute!r}")
        pending = self.__dict__.setdefault("_pending", set())
        if loader is None or attribute in pending:
            raise missing
        binding = loader.binding(attribute)
        if binding is None:
            if _has_submodule(self, attribute):
                return importlib.import_module(f"{name}.{attribute}")
        elif not isinstance(binding, str):
            # `from . import part` asks for the part once more before it imports it.
            pending.add(attribute)
            try:
                exec(compile(binding, loader.path, "exec", dont_inherit=True), self.__dict__)
            finally:
                pending.discard(attribute)
            return self.__dict__[attribute]
        del self.__dict__["_init"]
        loader.exec_module(self)
        module = sys.modules.get(name, self)
        if module is self and attribute not in self.__dict__:
            raise missing
        return getattr(module, attribute)


class SurroundingLoader(importlib.abc.Loader):
    def __init__(self, location: str) -> None:
        self.location = location

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Surrounding(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        path = f"{self.location}/__init__.py"
        module.__path__ = [self.location]
        module.__file__ = path
        module.__dict__["_init"] = SourceLoader(path)


def library_release(location: str) -> str:
    """`__version__` of the reader's transformers, from its text."""
    for line in (host.read(f"{location}/__init__.py") or "").splitlines():
        if line.startswith("__version__"):
            return line.partition("=")[2].strip().strip("\"'")
    return "0"


#: What instrumented source finds under the names that it calls: Python's own that lose sizes, and ours.
_GLOBALS = {
    **DEFERRING,
    "range": symbolic_range,
    "zip": symbolic_zip,
    "enumerate": symbolic_enumerate,
    "reversed": symbolic_reversed,
    "len": symbolic_len,
    LOOP: loop,
    CONVERT: convert,
    EXPECT: expect,
    HOLDS: holds,
    BIND: lambda variable, value, site: record.trace.bind(variable, value, site),
    PASS: lambda parameter, value, site: record.trace.passed(parameter, value, site),
}


def _read(path: str) -> str:
    text = host.read(path)
    if text is None:
        raise FileNotFoundError(path)
    return text.removeprefix("\ufeff")
