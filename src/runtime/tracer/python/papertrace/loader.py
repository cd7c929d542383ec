"""Imports of traced source: which module a name is, its text from the host, compiled with exact positions.

Modules stay loaded between traces; before each, those whose text has changed are dropped together with every module
that imports them, so that an edit costs only what rests on it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from papertrace import record
from papertrace.boundary import has_stand_in, patches, split, stand_in
from papertrace.boundary.root import ModelFolder
from papertrace.host import host
from papertrace.imports import handled_imports, imported_names
from papertrace.instrument import BIND, instrument
from papertrace.layout import READER, Layout, arrange, is_library, is_reserved
from papertrace.places import library, sources, trees
from papertrace.ranges import symbolic_range
from papertrace.stubs import StandIn


@dataclass(frozen=True)
class Loaded:
    """A module of traced source that has been run."""

    path: str
    sha256: str
    text: str
    #: Every module name that its text mentions in an import, and those it came upon by looking a name up.
    imports: set[str]


_layout = Layout(None, "", None)
_loaded: dict[str, Loaded] = {}
#: Spans of `try: import …` whose failure the source handles itself, by file name.
_optional: dict[str, list[tuple[int, int]]] = {}


def install() -> None:
    """Put the finders into `sys.meta_path`: ours first, placeholders after Python's own have found nothing."""
    sys.meta_path.insert(0, _SourceFinder())
    sys.meta_path.append(_PlaceholderFinder())


def prepare(source: str, transformers: str | None) -> str:
    """Make ready for one trace: forget what has changed, and say which module `source` is."""
    global _layout
    layout, name = arrange(source, transformers)
    if layout != _layout:
        all_of_it = layout.transformers != _layout.transformers
        _drop({module for module in _loaded if all_of_it or not is_library(module)})
        for module in list(sys.modules):
            if isinstance(sys.modules[module], (StandIn, _Folder)) and (all_of_it or not is_library(module)):
                del sys.modules[module]
        _layout = layout
    _drop({module for module, loaded in _loaded.items() if host.sha256(loaded.path) != loaded.sha256})
    sources.clear()
    trees.clear()
    return name


def use(name: str) -> None:
    """The current trace rests on a module that may have been loaded before: its files become visible."""
    pending = [name]
    seen: set[str] = set()
    while pending:
        module = pending.pop()
        if module in seen or module not in _loaded:
            continue
        seen.add(module)
        loaded = _loaded[module]
        sources[loaded.path] = loaded.text
        pending += loaded.imports


def _looked_up(name: str) -> None:
    """A name was found in a module without an import of it: whoever asked rests on that module."""
    frame = record.innermost(sys._getframe(1))
    asking = frame.f_globals.get("__name__") if frame is not None else None
    if asking in _loaded:
        _loaded[asking].imports.add(name)
    use(name)


def files() -> list[dict[str, str]]:
    """The files of the current trace with the hash of the text that ran, in a fixed order."""
    hashes = {loaded.path: loaded.sha256 for loaded in _loaded.values()}
    ordered = sorted(sources.items())
    sources.clear()
    sources.update(ordered)
    return [{"path": path, "sha256": hashes[path]} for path in sources]


def release() -> None:
    """A trace is over: what only it needed goes."""
    trees.clear()


def has_library() -> bool:
    """Whether transformers is at hand."""
    return _layout.transformers is not None


def is_library_class(cls: type) -> bool:
    """Whether a class is transformers' own or derives from one of its."""
    return any(is_library(base.__module__) for base in cls.__mro__)


def bind(variable: str, value: Any, site: record.Site) -> Any:
    return record.trace.bind(variable, value, site)


def _drop(names: Iterable[str]) -> None:
    """Unload modules and all that import them."""
    gone = set(names)
    grown = bool(gone)
    while grown:
        more = {name for name, loaded in _loaded.items() if name not in gone and loaded.imports & gone}
        gone |= more
        grown = bool(more)
    for name in gone:
        loaded = _loaded.pop(name)
        library.discard(loaded.path)
        linecache.cache.pop(loaded.path, None)
        _optional.pop(loaded.path, None)
        module = sys.modules.pop(name, None)
        parent, _, child = name.rpartition(".")
        holder = sys.modules.get(parent)
        if holder is not None and vars(holder).get(child) is module:
            delattr(holder, child)


# — finders


class _SourceFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if is_library(name):
            return self._transformers(name)
        if has_stand_in(name):
            return _stand_in_spec(name)
        if top == READER and _layout.reader is not None:
            if name == READER:
                return _package_spec(name, _layout.reader)
            return _file_spec(name, f"{_layout.reader}/{'/'.join(name.split('.')[1:])}")
        if is_reserved(top) or not _layout.root:
            return None
        return _file_spec(name, f"{_layout.root}/{name.replace('.', '/')}")

    def _transformers(self, name: str) -> importlib.machinery.ModuleSpec | None:
        root = _layout.transformers
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


class _PlaceholderFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in ("js", "pyodide_js", "papertrace", "torch", READER):
            return None
        if _failure_is_handled():
            return None
        if top == "transformers" and _layout.transformers is None:
            return None
        return _stand_in_spec(name)


def _failure_is_handled() -> bool:
    """Whether the import that runs stands in a `try` of traced source that expects it to fail."""
    frame = record.innermost(sys._getframe(1))
    if frame is None:
        return False
    return any(first <= frame.f_lineno <= last for first, last in _optional.get(frame.f_code.co_filename, ()))


def _file_spec(name: str, location: str) -> importlib.machinery.ModuleSpec | None:
    for path, is_package in ((f"{location}/__init__.py", True), (f"{location}.py", False)):
        if host.is_file(path):
            spec = importlib.machinery.ModuleSpec(name, _SourceLoader(path), origin=path, is_package=is_package)
            spec.has_location = True
            if is_package:
                spec.submodule_search_locations = [location]
            return spec
    return _package_spec(name, location) if host.is_directory(location) else None


def _package_spec(name: str, location: str) -> importlib.machinery.ModuleSpec:
    spec = importlib.machinery.ModuleSpec(name, _StandInLoader(location), is_package=True)
    spec.submodule_search_locations = [location]
    return spec


def _stand_in_spec(name: str) -> importlib.machinery.ModuleSpec:
    return importlib.machinery.ModuleSpec(name, _StandInLoader(None), is_package=True)


# — loaders


class _StandInLoader(importlib.abc.Loader):
    """Modules without a text of their own."""

    def __init__(self, location: str | None) -> None:
        self.location = location

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        name = spec.name
        if self.location is None:
            return stand_in(name)
        if name.count(".") == 2 and name.startswith("transformers.models."):
            return ModelFolder(name, self.location, _looked_up)
        module = stand_in(name) if name == "transformers" else _Folder(name)
        if name == "transformers":
            module.__dict__["__version__"] = _release(self.location)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        if self.location is not None:
            module.__path__ = [self.location]


class _Folder(types.ModuleType):
    """A folder without `__init__`: attributes are its submodules."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        try:
            return importlib.import_module(f"{self.__name__}.{attribute}")
        except ModuleNotFoundError as error:
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}") from error


def _release(location: str) -> str:
    """`__version__` of the reader's transformers, from its text."""
    for line in (host.read(f"{location}/__init__.py") or "").splitlines():
        if line.startswith("__version__"):
            return line.partition("=")[2].strip().strip("\"'")
    return "0"


class _SourceLoader(importlib.abc.InspectLoader):
    """A module whose text the host gives."""

    def __init__(self, path: str) -> None:
        self.path = path

    def get_source(self, fullname: str) -> str:
        return _read(self.path)

    def exec_module(self, module: types.ModuleType) -> None:
        name, path = module.__name__, self.path
        sha256 = host.sha256(path) or ""
        text = _read(path)
        sources[path] = text
        if is_library(name) and (
            not name.startswith("transformers.models.") or name.startswith("transformers.models.auto.")
        ):
            library.add(path)
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        tree = ast.parse(text, path)
        package = (
            name
            if module.__spec__ is not None and module.__spec__.submodule_search_locations is not None
            else name.rpartition(".")[0]
        )
        _loaded[name] = Loaded(path, sha256, text, set(imported_names(tree, package)))
        _optional[path] = list(handled_imports(tree))
        instrument(tree, path)
        if record.is_model_code(path):
            trees[path] = tree
        module.__dict__["range"] = symbolic_range
        module.__dict__[BIND] = bind
        try:
            exec(compile(tree, path, "exec", dont_inherit=True), module.__dict__)
            use(name)
            patches.apply(module)
        except BaseException:
            _loaded.pop(name, None)
            raise


def _read(path: str) -> str:
    text = host.read(path)
    if text is None:
        raise FileNotFoundError(path)
    return text.removeprefix("\ufeff")
