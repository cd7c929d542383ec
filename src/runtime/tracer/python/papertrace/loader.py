"""Imports of traced source for one trace: what has changed is forgotten, the source's module is loaded."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Sequence
from dataclasses import replace

from papertrace import loaded
from papertrace.boundary import has_stand_in, third_party
from papertrace.boundary.split import CORE
from papertrace.finders import PlaceholderFinder, SourceFinder
from papertrace.host import host
from papertrace.layout import Layout, arrange, is_library, is_site
from papertrace.loaded import files, use
from papertrace.places import sources, trees
from papertrace.source_modules import Folder, Surrounding
from papertrace.stubs import StandIn

__all__ = ["files", "has_library", "install", "is_library_class", "load", "prepare", "release", "renew", "use"]


def install() -> None:
    """Put the finders into `sys.meta_path`: ours first, placeholders after Python's own have found nothing."""
    sys.meta_path.insert(0, SourceFinder())
    sys.meta_path.append(PlaceholderFinder())


def prepare(source: str, transformers: str | None, packages: Sequence[str] = ()) -> str:
    """Make ready for one trace: forget what has changed, and say which module `source` is."""
    layout, name = arrange(source, transformers, packages)
    loaded.source = source
    if layout != loaded.layout:
        _forget_places(layout, name)
        is_site.cache_clear()
        third_party.forget()
        loaded.layout = layout
    loaded.drop({module for module, entry in loaded.modules.items() if host.sha256(entry.path) != entry.sha256})
    loaded.kept = set(loaded.modules)
    _forget_placeholders()
    sources.clear()
    trees.clear()
    return name


def _forget_placeholders() -> None:
    """Whether an import fails or gives a placeholder is each source's own: what another was given is no answer to it."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, StandIn) and not has_stand_in(name) and not is_library(name):
            del sys.modules[name]


def renew() -> bool:
    """Unload what was loaded before this trace, but for the library's core; whether there was anything."""
    concerned = loaded.kept.intersection(loaded.modules).difference(CORE)
    loaded.drop(concerned)
    return bool(concerned)


def _forget_places(layout: Layout, name: str) -> None:
    """Unload the modules that another layout may find elsewhere, or treat in another way."""
    if layout.transformers != loaded.layout.transformers:
        concerned = {*loaded.modules, *sys.modules}
    elif replace(layout, around=()) != replace(loaded.layout, around=()):
        concerned = {module for module in {*loaded.modules, *sys.modules} if not is_library(module)}
    elif layout.around[:1] != loaded.layout.around[:1]:
        # Of a package it matters whether the source lies in it.
        concerned = {
            module for module in {*loaded.modules, *sys.modules} if layout.holds(module) or loaded.layout.holds(module)
        }
    else:
        concerned = {name} if isinstance(sys.modules.get(name), Surrounding) else set()
    loaded.drop(concerned & loaded.modules.keys())
    for module in concerned:
        if isinstance(sys.modules.get(module), (StandIn, Folder, Surrounding)):
            del sys.modules[module]


def load(name: str) -> types.ModuleType:
    """The module of a source. A package whose parts import each other in a circle is entered by its `__init__`, the way
    in that its authors know: the outermost around the source first, then the others too."""
    untried = [package for package in loaded.layout.around if package not in loaded.entered_by_init]
    while True:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            if isinstance(error, ModuleNotFoundError) or not untried:
                raise
        loaded.entered_by_init.add(untried.pop(0))
        loaded.drop({module for module in loaded.modules if loaded.layout.holds(module)})
        for module in list(sys.modules):
            if loaded.layout.holds(module):
                del sys.modules[module]


def release() -> None:
    """A trace is over: what only it needed goes."""
    trees.clear()


def has_library() -> bool:
    """Whether transformers is at hand."""
    return loaded.layout.transformers is not None


def is_library_class(cls: type) -> bool:
    """Whether a class is transformers' own or derives from one of its."""
    return any(is_library(base.__module__) for base in cls.__mro__)
