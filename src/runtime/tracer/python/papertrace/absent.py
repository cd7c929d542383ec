"""Packages that traced source imports and that are not there: which, and the line that asks for them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from papertrace import loaded
from papertrace.boundary import third_party
from papertrace.errors import Unsupported
from papertrace.host import host
from papertrace.imports import statements
from papertrace.layout import READER, is_reserved
from papertrace.places import innermost, sources, statement, trees


@dataclass(frozen=True)
class Absent:
    """A top-level name that no folder of the request holds, and where it is imported; None where no line does so."""

    name: str
    file: str | None
    line: int | None


def refusal(name: str) -> Unsupported:
    """Why what a placeholder stands for cannot be computed with: `einops.rearrange`."""
    frame = innermost(sys._getframe(1))
    package = absent_package(name, frame.f_code.co_filename if frame is not None else None)
    if package is not None:
        return Unsupported("{0} is not there while tracing.", name, operation=name, package=package)
    top = name.partition(".")[0]
    if _is_others(top) and is_installed(top):
        message = "{0} belongs to {1}, which has compiled code, and a trace runs Python alone: replace the call."
        return Unsupported(message, name, top, operation=name)
    message = "{0} has no meaning for a trace, where only torch and the model's source run: replace the call."
    return Unsupported(message, name, operation=name)


def absent_package(name: str, file: str | None = None) -> Absent | None:
    """The package that a dotted name belongs to if it could be brought: None for what is installed, for what stands in for
    it, and for what has nothing to say in a forward pass.

    :param file: the file that used the name; its own import counts first.
    """
    top = name.partition(".")[0]
    if not _is_absent(top):
        return None
    for path in _files(file):
        lines = [node.lineno for node, names in _imports(path) if top in names.values()]
        if lines:
            return Absent(top, path, min(lines))
    return Absent(top, None, None)


def absent_behind(file: str | None, line: int | None) -> Absent | None:
    """The package that a statement lacks: it uses a name that an import would have bound, had it not failed inside `try`."""
    if file not in sources or line is None:
        return None
    first, last = statement(file, line)
    used = {
        node.id for node in ast.walk(_tree(file)) if isinstance(node, ast.Name) and first <= node.lineno <= last
    }
    for node, names in _imports(file):
        for bound, top in names.items():
            if bound in used and _is_absent(top):
                return Absent(top, file, node.lineno)
    return None


def is_installed(top: str) -> bool:
    """Whether a folder of the request holds a package, be it one that does not run."""
    folders = [folder for folder in (loaded.layout.root, *loaded.layout.packages) if folder]
    return any(host.is_directory(f"{folder}/{top}") or host.is_file(f"{folder}/{top}.py") for folder in folders) or (
        third_party.is_extension(top, folders)
    )


def _is_absent(top: str) -> bool:
    return _is_others(top) and not is_installed(top)


def _is_others(top: str) -> bool:
    """Whether a package is one that a forward pass may need and nothing stands in for."""
    return not (top == READER or is_reserved(top) or top in third_party.INERT)


def _files(first: str | None) -> list[str]:
    """Files of the trace, the likeliest to import what is missed before the others."""
    return list(dict.fromkeys(path for path in (first, loaded.source, *sources) if path in sources))


def _imports(path: str) -> Iterator[tuple[ast.stmt, dict[str, str]]]:
    """Every absolute import of a file, with the names that it binds and the top-level module of each."""
    for node in statements(_tree(path)):
        if isinstance(node, ast.Import):
            tops = [(alias.asname, alias.name.partition(".")[0]) for alias in node.names]
            yield node, {bound or top: top for bound, top in tops}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            top = node.module.partition(".")[0]
            yield node, {alias.asname or alias.name: top for alias in node.names}


def _tree(path: str) -> ast.Module:
    return trees.get(path) or ast.parse(sources[path])
