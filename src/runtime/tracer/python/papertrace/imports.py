"""What a file imports, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def imported_names(tree: ast.Module, package: str) -> Iterable[str]:
    """Absolute names that may be modules, of every import anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                yield from (".".join(parts[: count + 1]) for count in range(len(parts)))
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".") if node.level else []
            base = base[: len(base) - node.level + 1] if node.level else base
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def handled_imports(tree: ast.Module) -> Iterable[tuple[int, int]]:
    """Line spans of the bodies of `try` statements that import something and expect that to fail."""
    expected = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        caught = {
            name.id
            for handler in node.handlers
            for name in ([] if handler.type is None else ast.walk(handler.type))
            if isinstance(name, ast.Name)
        }
        if caught & expected or any(handler.type is None for handler in node.handlers):
            last = node.body[-1]
            yield node.body[0].lineno, last.end_lineno or last.lineno
