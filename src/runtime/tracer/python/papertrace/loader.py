"""Imports of traced source: which module a name is, its text from the host, compiled with exact positions.

Modules stay loaded between traces; before each, those whose text has changed are dropped together with every module
that imports them, so that an edit costs only what rests on it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import linecache
import sys
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from papertrace import record
from papertrace.boundary import has_stand_in, patches, split, stand_in, third_party
from papertrace.boundary.root import ModelFolder
from papertrace.conversions import CONVERT, convert, symbolic_len
from papertrace.host import host
from papertrace.imports import handled_imports, imported_names, independent_binding, top_level_names
from papertrace.instrument import BIND, LOOP, PASS, instrument
from papertrace.layout import READER, Layout, arrange, is_library, is_reserved
from papertrace.places import library, sources, trees
from papertrace.loop_sources import symbolic_enumerate, symbolic_reversed, symbolic_zip
from papertrace.loops import loop
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


_layout = Layout(None, "", None, (), ())
_loaded: dict[str, Loaded] = {}
#: Packages that have to be entered by their `__init__`; see `load`.
_entered_by_init: set[str] = set()
#: Spans of `try: import …` whose failure the source handles itself, by file name.
_optional: dict[str, list[tuple[int, int]]] = {}


def install() -> None:
    """Put the finders into `sys.meta_path`: ours first, placeholders after Python's own have found nothing."""
    sys.meta_path.insert(0, _SourceFinder())
    sys.meta_path.append(_PlaceholderFinder())


def prepare(source: str, transformers: str | None, packages: Sequence[str] = ()) -> str:
    """Make ready for one trace: forget what has changed, and say which module `source` is."""
    global _layout
    layout, name = arrange(source, transformers, packages)
    if layout != _layout:
        _forget_places(layout, name)
        third_party.forget()
        _layout = layout
    _drop({module for module, loaded in _loaded.items() if host.sha256(loaded.path) != loaded.sha256})
    sources.clear()
    trees.clear()
    return name


def _forget_places(layout: Layout, name: str) -> None:
    """Unload the modules that another layout may find elsewhere, or treat in another way."""
    if layout.transformers != _layout.transformers:
        concerned = {*_loaded, *sys.modules}
    elif replace(layout, around=()) != replace(_layout, around=()):
        concerned = {module for module in {*_loaded, *sys.modules} if not is_library(module)}
    elif layout.around[:1] != _layout.around[:1]:
        # Of a package it matters whether the source lies in it.
        concerned = {module for module in {*_loaded, *sys.modules} if layout.holds(module) or _layout.holds(module)}
    else:
        concerned = {name} if isinstance(sys.modules.get(name), _Surrounding) else set()
    _drop(concerned & _loaded.keys())
    for module in concerned:
        if isinstance(sys.modules.get(module), (StandIn, _Folder, _Surrounding)):
            del sys.modules[module]


def load(name: str) -> types.ModuleType:
    """The module of a source. A package whose parts import each other in a circle is entered by its `__init__`, the way
    in that its authors know: the outermost around the source first, then the others too."""
    untried = [package for package in _layout.around if package not in _entered_by_init]
    while True:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            if isinstance(error, ModuleNotFoundError) or not untried:
                raise
        _entered_by_init.add(untried.pop(0))
        _drop({module for module in _loaded if _layout.holds(module)})
        for module in list(sys.modules):
            if _layout.holds(module):
                del sys.modules[module]


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
    hashes = {path: host.sha256(path) for path in sources}
    hashes |= {loaded.path: loaded.sha256 for loaded in _loaded.values()}
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


def passed(parameter: str | None, value: Any, site: record.Site) -> Any:
    return record.trace.passed(parameter, value, site)


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
        if is_reserved(top):
            return None
        location = name.replace(".", "/")
        if name in _layout.around and name not in _entered_by_init:
            return _surrounding_spec(name, f"{_layout.root}/{location}")
        if _layout.root and (_layout.holds(name) or third_party.may_run(top, _layout.root)):
            found = _file_spec(name, f"{_layout.root}/{location}")
            if found is not None:
                return found
        folder = third_party.folder_of(top, _layout.packages)
        return _file_spec(name, f"{folder}/{location}") if folder is not None else None

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """Releases that source may ask for by `importlib.metadata`."""
        name, root = context.name if context is not None else None, _layout.transformers
        library = None if root is None else _release(f"{root}/transformers")
        return third_party.releases(name, _layout.packages, library)

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


def _surrounding_spec(name: str, location: str) -> importlib.machinery.ModuleSpec:
    """A package around the source, whose `__init__` runs only when it is asked for a name of its own."""
    spec = importlib.machinery.ModuleSpec(name, _SurroundingLoader(location), is_package=True)
    spec.submodule_search_locations = [location]
    return spec


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


class _Surrounding(types.ModuleType):
    """A package around the source. Its `__init__` would import every other part of it; it runs when it is needed."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") and attribute not in ("__all__", "__version__"):
            raise AttributeError(attribute)
        name, loader = self.__name__, self.__dict__.get("_init")
        missing = AttributeError(f"module {name!r} has no attribute {attribute!r}")
        if loader is None:
            raise missing
        binding = loader.binding(attribute)
        if binding is None:
            try:
                return importlib.import_module(f"{name}.{attribute}")
            except ModuleNotFoundError as error:
                if error.name != f"{name}.{attribute}":
                    raise
        elif not isinstance(binding, str):
            exec(compile(binding, loader.path, "exec", dont_inherit=True), self.__dict__)
            return self.__dict__[attribute]
        del self.__dict__["_init"]
        loader.exec_module(self)
        module = sys.modules.get(name, self)
        if module is self and attribute not in self.__dict__:
            raise missing
        return getattr(module, attribute)


class _SurroundingLoader(importlib.abc.Loader):
    def __init__(self, location: str) -> None:
        self.location = location

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Surrounding(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        path = f"{self.location}/__init__.py"
        module.__path__ = [self.location]
        module.__file__ = path
        module.__dict__["_init"] = _SourceLoader(path)


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
        if any(path.startswith(f"{folder}/") for folder in _layout.packages) and not _layout.holds(name):
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
        module.__dict__["zip"] = symbolic_zip
        module.__dict__["enumerate"] = symbolic_enumerate
        module.__dict__["reversed"] = symbolic_reversed
        module.__dict__[LOOP] = loop
        module.__dict__["len"] = symbolic_len
        module.__dict__[CONVERT] = convert
        module.__dict__[BIND] = bind
        module.__dict__[PASS] = passed
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
