"""Imports of the traced files: the text that was traced, instrumented, under the names that Python itself gives them."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import operator
import os
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: Package that a single file is put into where Python could not import it by its own name.
READER = "_papertrace_reader"


class Sources(importlib.abc.MetaPathFinder):
    """Finds modules as Python does, and instruments those whose files are traced."""

    def __init__(self, files: Sequence[str], overlay: Mapping[str, str], bind: Callable[..., Any]) -> None:
        self.files = {os.path.realpath(file): file for file in files}
        self.overlay = overlay
        self.bind = bind

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None:
            return None
        file = self.files.get(os.path.realpath(spec.origin))
        if file is None:
            return None
        return importlib.util.spec_from_file_location(
            name,
            spec.origin,
            loader=_Loader(name, spec.origin, self, file),
            submodule_search_locations=spec.submodule_search_locations,
        )

    def load(self, source: str) -> types.ModuleType:
        """The module of a file: by its name in the package that it lies in, else by its own."""
        folder, file = os.path.split(source)
        parts = [file.removesuffix(".py")] if file != "__init__.py" else []
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            folder, name = os.path.split(folder)
            parts.insert(0, name)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = ".".join(parts)
        taken = parts[0] in sys.modules or parts[0] in sys.stdlib_module_names
        if len(parts) > 1 or (not taken and name.isidentifier()):
            return importlib.import_module(name)
        package = types.ModuleType(READER)
        package.__path__ = [folder]
        sys.modules[READER] = package
        name = f"{READER}.{name}"
        loader = _Loader(name, source, self, source)
        module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, source, loader=loader))
        sys.modules[name] = module
        loader.exec_module(module)
        return module


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, sources: Sources, file: str) -> None:
        super().__init__(name, path)
        self.sources = sources
        self.file = file

    def get_code(self, fullname: str) -> types.CodeType:
        from papertrace import places
        from papertrace.instrument import instrument

        text = self.sources.overlay.get(self.file)
        if text is None:
            text = self.get_source(fullname) or ""
        places.sources[self.path] = text
        return compile(instrument(ast.parse(text, self.path), self.file), self.path, "exec", dont_inherit=True)

    def exec_module(self, module: types.ModuleType) -> None:
        from papertrace.expectations import EXPECT, HOLDS
        from papertrace.instrument import BIND, LOOP, PASS
        from papertrace.unordered import in_one_order

        vars(module).update(
            {
                BIND: self.sources.bind,
                PASS: lambda name, value, site: value,
                LOOP: lambda iterable, site: in_one_order(iterable),
                EXPECT: lambda expected, comparison, left, right: getattr(operator, comparison)(left, right),
                HOLDS: lambda condition: condition,
            }
        )
        super().exec_module(module)
