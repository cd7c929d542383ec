"""Finders of imported names: which file, folder or stand-in a module is."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.metadata
import sys
import types
from collections.abc import Iterable, Sequence

from papertrace import loaded
from papertrace.boundary import MAKESHIFT, has_stand_in, split, third_party
from papertrace.host import host
from papertrace.layout import READER, is_library, is_reserved
from papertrace.places import innermost
from papertrace.source_modules import SourceLoader, StandInLoader, SurroundingLoader, library_release


class SourceFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if is_library(name):
            return self._transformers(name)
        if has_stand_in(name) and not _is_replaced(top):
            return _stand_in_spec(name)
        if top == READER and loaded.layout.reader is not None:
            if name == READER:
                return _package_spec(name, loaded.layout.reader)
            return _file_spec(name, f"{loaded.layout.reader}/{'/'.join(name.split('.')[1:])}")
        if is_reserved(top):
            return None
        location = name.replace(".", "/")
        surrounds = name in loaded.layout.around and host.is_file(f"{loaded.layout.root}/{location}/__init__.py")
        if surrounds and name not in loaded.entered_by_init:
            return _surrounding_spec(name, f"{loaded.layout.root}/{location}")
        needed = top in MAKESHIFT or top in loaded.modules or not _failure_is_handled()
        if loaded.layout.root and (loaded.layout.holds(name) or third_party.may_run(top, loaded.layout.root, needed)):
            found = _file_spec(name, f"{loaded.layout.root}/{location}")
            if found is not None:
                return found
        folder = third_party.folder_of(top, loaded.layout.packages, needed)
        return _file_spec(name, f"{folder}/{location}") if folder is not None else None

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """Releases that source may ask for by `importlib.metadata`."""
        name, root = context.name if context is not None else None, loaded.layout.transformers
        library = None if root is None else library_release(f"{root}/transformers")
        return third_party.releases(name, loaded.layout.packages, library)

    def _transformers(self, name: str) -> importlib.machinery.ModuleSpec | None:
        root = loaded.layout.transformers
        if root is None:
            return None
        location = f"{root}/{name.replace('.', '/')}"
        if (
            name in ("transformers", "transformers.models")
            or name.count(".") == 2
            and name.startswith("transformers.models.")
        ):
            return _package_spec(name, location) if host.is_directory(location) else None
        if split.is_real(name):
            spec = _file_spec(name, location)
            if spec is not None:
                return spec
        return _stand_in_spec(name)


class PlaceholderFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in ("js", "pyodide_js", "papertrace", "torch", READER):
            return None
        if _failure_is_handled():
            return None
        if third_party.is_extension(top, loaded.layout.packages) and _failure_is_handled(anywhere=True):
            return None
        if top == "transformers" and loaded.layout.transformers is None:
            return None
        return _stand_in_spec(name)


def _is_replaced(top: str) -> bool:
    """Whether a package that a stand-in makes do for is installed and runs."""
    folders = [folder for folder in (loaded.layout.root, *loaded.layout.packages) if folder]
    return top in MAKESHIFT and third_party.folder_of(top, folders, needed=True) is not None


def _failure_is_handled(anywhere: bool = False) -> bool:
    """Whether the import that runs stands in a `try` of traced source that expects it to fail; `anywhere`: or one of the
    imports that led to it."""
    frame = innermost(sys._getframe(1))
    while frame is not None:
        line, spans = frame.f_lineno, loaded.handled.get(frame.f_code.co_filename, ())
        if any(first <= line <= last for first, last in spans):
            return True
        frame = innermost(frame.f_back) if anywhere and frame.f_back is not None else None
    return False


def _file_spec(name: str, location: str) -> importlib.machinery.ModuleSpec | None:
    for path, is_package in ((f"{location}/__init__.py", True), (f"{location}.py", False)):
        if host.is_file(path):
            spec = importlib.machinery.ModuleSpec(name, SourceLoader(path), origin=path, is_package=is_package)
            spec.has_location = True
            if is_package:
                spec.submodule_search_locations = [location]
            return spec
    return _package_spec(name, location) if host.is_directory(location) else None


def _surrounding_spec(name: str, location: str) -> importlib.machinery.ModuleSpec:
    """A package around the source, whose `__init__` runs only when it is asked for a name of its own."""
    spec = importlib.machinery.ModuleSpec(name, SurroundingLoader(location), is_package=True)
    spec.submodule_search_locations = [location]
    return spec


def _package_spec(name: str, location: str) -> importlib.machinery.ModuleSpec:
    spec = importlib.machinery.ModuleSpec(name, StandInLoader(location), is_package=True)
    spec.submodule_search_locations = [location]
    return spec


def _stand_in_spec(name: str) -> importlib.machinery.ModuleSpec:
    return importlib.machinery.ModuleSpec(name, StandInLoader(None), is_package=True)
