"""What a file imports, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement of a file, in no particular order; expressions, which are most of a tree, are not entered."""
    pending: list[ast.AST] = [*tree.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            pending += getattr(node, inner, ())


def imported_names(tree: ast.Module, package: str) -> Iterable[str]:
    """Absolute names that may be modules, of every import anywhere in a file."""
    for node in statements(tree):
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
    for node in statements(tree):
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


def top_level_names(tree: ast.Module) -> set[str]:
    """Names that a module's own statements bind, also inside `if`, `try` and `with`; not those of `import *`."""
    names: set[str] = set()
    pending: list[ast.AST] = [*tree.body]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        else:
            pending += ast.iter_child_nodes(node)
    return names


def independent_binding(tree: ast.Module, name: str) -> ast.stmt | None:
    """The only statement that binds a name, cut down to that name, if it asks nothing of the statements before it."""
    found: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            names = [alias for alias in statement.names if (alias.asname or alias.name) == name]
            if names:
                cut = ast.ImportFrom(module=statement.module, names=names, level=statement.level)
                found.append(ast.copy_location(cut, statement))
        elif name in top_level_names(ast.Module([statement], [])):
            is_literal = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
            if not is_literal:
                return None
            found.append(statement)
    return found[0] if len(found) == 1 else None
