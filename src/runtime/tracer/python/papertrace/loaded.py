"""Modules of traced source that are loaded: the text of each, and the modules on which it rests.

They stay loaded between traces; before each, those whose text has changed are dropped together with every module that
imports them, so that an edit costs only what rests on it.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from papertrace import untouched
from papertrace.host import host
from papertrace.layout import Layout
from papertrace.places import Span, innermost, library, sources


@dataclass(frozen=True)
class Loaded:
    """A module of traced source that has been run."""

    path: str
    sha256: str
    text: str
    #: Every module name that its text mentions in an import, and those it came upon by looking a name up.
    imports: set[str]


@dataclass(frozen=True)
class Failed:
    """Statements at the top of a file that could not be carried out, for one reason."""

    failure: BaseException
    #: The failure as `failures.describe` tells it.
    told: dict[str, Any]
    #: The statement that raised it, then those that met what it left behind.
    spans: list[Span]


#: Where modules lie for the current trace; the loader sets it.
layout = Layout(None, "", None, (), ())
#: Path of the file that the current trace is of.
source = ""
#: By name of the module.
modules: dict[str, Loaded] = {}
#: Names of those that were loaded before the current trace began.
kept: set[str] = set()
#: Packages that have to be entered by their `__init__`; see `loader.load`.
entered_by_init: set[str] = set()
#: What was left out of files that were opened, by file name and identity of the failure.
failed: dict[str, dict[int, Failed]] = {}
#: Spans of `try: import …` whose failure the source handles itself, by file name.
handled: dict[str, list[tuple[int, int]]] = {}


def drop(names: Iterable[str]) -> None:
    """Unload modules and all that import them."""
    gone = set(names)
    grown = bool(gone)
    while grown:
        more = {name for name, entry in modules.items() if name not in gone and entry.imports & gone}
        gone |= more
        grown = bool(more)
    for name in gone:
        entry = modules.pop(name)
        library.discard(entry.path)
        linecache.cache.pop(entry.path, None)
        handled.pop(entry.path, None)
        failed.pop(entry.path, None)
        module = sys.modules.pop(name, None)
        untouched.forget(module)
        parent, _, child = name.rpartition(".")
        holder = sys.modules.get(parent)
        if holder is not None and vars(holder).get(child) is module:
            delattr(holder, child)


def use(name: str) -> None:
    """The current trace rests on a module that may have been loaded before: its files become visible."""
    pending = [name]
    seen: set[str] = set()
    while pending:
        module = pending.pop()
        if module in seen or module not in modules:
            continue
        seen.add(module)
        entry = modules[module]
        sources[entry.path] = entry.text
        pending += entry.imports


def looked_up(name: str) -> None:
    """A name was found in a module without an import of it: whoever asked rests on that module."""
    frame = innermost(sys._getframe(1))
    asking = frame.f_globals.get("__name__") if frame is not None else None
    if asking in modules:
        modules[asking].imports.add(name)
    use(name)


def files() -> list[dict[str, str]]:
    """The files of the current trace with the hash of the text that ran, in a fixed order."""
    hashes = {path: host.sha256(path) for path in sources}
    hashes |= {entry.path: entry.sha256 for entry in modules.values()}
    ordered = sorted(sources.items())
    sources.clear()
    sources.update(ordered)
    return [{"path": path, "sha256": hashes[path]} for path in sources]
