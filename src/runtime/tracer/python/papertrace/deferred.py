"""Statements of a module that a trace cannot carry out: what they would have defined is refused where it is used.

A model's file imports others for one function, and these also make example tables or read what nobody trained asks for.
Such a statement must not keep the file from loading, and nothing may rest on what it would have given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from papertrace.errors import COMPUTING, Unsupported
from papertrace.stubs import Placeholder

#: Globals of every module: the error that is waited for, and what takes a name's place: (failure) → value.
UNSUPPORTED = "__papertrace_unsupported__"
DEFER = "__papertrace_defer__"

#: What the error is called while it is handled.
FAILURE = "__papertrace_failure__"

#: Asked of an object by Python itself, where the object has to answer or refuse.
_ASKED = ("bool", "len", "iter", "getitem", "setitem", "delitem", "contains", "call", "enter", "exit", "eq", "ne")
_ASKED += ("and", "or", "xor", "rand", "ror", "rxor", "invert", "pos", "abs", "round", "hash", "complex", "format")


class Deferred:
    """In place of a value that a trace does not have: whatever is asked of it raises why."""

    def __init__(self, failure: Unsupported) -> None:
        self.__dict__["_papertrace_failure"] = failure

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(self)

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(self)


def _refuse(self: Any, *arguments: Any, **options: Any) -> Any:
    raise self.__dict__["_papertrace_failure"].with_traceback(None)


for _name in (*COMPUTING, *(f"__{name}__" for name in _ASKED)):
    setattr(Deferred, _name, _refuse)


def defer(tree: ast.Module) -> None:
    """Let the module's own assignments wait, in place; those inside `try` say themselves what to do instead."""
    tree.body = list(_deferring(tree.body))


def _deferring(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        if isinstance(statement, ast.If):
            statement.body = list(_deferring(statement.body))
            statement.orelse = list(_deferring(statement.orelse))
        yield _waiting(statement)


def _waiting(statement: ast.stmt) -> ast.stmt:
    """`try: X = …` with `except Unsupported as failure: X = DEFER(failure)`. What changes an object that was deferred
    itself, `X["column"] = …` or `X.sort()`, has nothing left to do: `DEFER(failure, X)`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Constant, ast.Name)):
        return statement
    if targets and len(names) == len(targets):
        made: ast.expr = _call(ast.Name(FAILURE, ast.Load()))
        instead: ast.stmt = ast.Assign([ast.Name(name, ast.Store()) for name in names], made)
    else:
        changed = targets[0] if len(targets) == 1 else statement.value if isinstance(statement, ast.Expr) else None
        root = _root(changed)
        if root is None:
            return statement
        instead = ast.Expr(_call(ast.Name(FAILURE, ast.Load()), ast.Name(root, ast.Load())))
    caught = ast.ExceptHandler(ast.Name(UNSUPPORTED, ast.Load()), FAILURE, [instead])
    made_of = ast.Try([statement], [caught], [], [])
    for node in (made_of, *ast.walk(caught)):
        ast.copy_location(node, statement)
    return made_of


def _call(*arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(DEFER, ast.Load()), list(arguments), [])


def _root(node: ast.AST | None) -> str | None:
    """`X` of `X["column"]` and of `X.loc[0].sort()`."""
    if isinstance(node, ast.Name):
        return None
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def deferred(failure: Unsupported, changed: Any = None) -> Any:
    """What a statement that failed leaves; what it would have changed must be nothing that can be read."""
    kind = changed if isinstance(changed, type) else type(changed)
    if changed is not None and not issubclass(kind, (Deferred, Placeholder)):
        raise failure
    return Deferred(failure)


GLOBALS = {UNSUPPORTED: Unsupported, DEFER: deferred}
