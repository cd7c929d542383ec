"""Statements of a module that a trace cannot carry out: what they would have defined is refused where it is used.

A model's file imports others for one function, and these also make example tables or read what nobody trained asks for.
Such a statement must not keep the file from loading, and nothing may rest on what it would have given.

The file that a reader opened may be a script too: it reads its data, asks for a GPU and trains where it runs by itself.
There, any statement of its own that fails waits, and is noted.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from papertrace import loaded
from papertrace.errors import COMPUTING, Unsupported
from papertrace.failures import describe
from papertrace.places import Places, Span
from papertrace.stubs import Placeholder

#: Globals of every module: the errors that are waited for, and what takes a name's place: (failure) → value.
UNSUPPORTED = "__papertrace_unsupported__"
FAILED = "__papertrace_failed__"
DEFER = "__papertrace_defer__"
DEFER_CHANGED = "__papertrace_defer_changed__"
NOTE = "__papertrace_note_failed__"

#: What the error is called while it is handled.
FAILURE = "__papertrace_failure__"

#: Asked of an object by Python itself, where the object has to answer or refuse.
_ASKED = ("bool", "len", "iter", "getitem", "setitem", "delitem", "contains", "call", "enter", "exit", "eq", "ne")
_ASKED += ("and", "or", "xor", "rand", "ror", "rxor", "invert", "pos", "abs", "round", "hash", "complex", "format")


class Deferred:
    """In place of a value that a trace does not have: whatever is asked of it raises why."""

    def __init__(self, failure: BaseException) -> None:
        self.__dict__["_papertrace_failure"] = failure

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(self)

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(self)


def _refuse(self: Any, *arguments: Any, **options: Any) -> NoReturn:
    failure = self.__dict__["_papertrace_failure"]
    # Ours knows its place; of Python's own, the traceback says it.
    raise failure.with_traceback(None) if isinstance(failure, Unsupported) else failure


for _name in (*COMPUTING, *(f"__{name}__" for name in _ASKED)):
    setattr(Deferred, _name, _refuse)


def defer(tree: ast.Module, script: bool = False) -> None:
    """Let the module's own assignments wait, in place; those inside `try` say themselves what to do instead.

    :param script: whether everything waits that defines nothing.
    """
    tree.body = list(_deferring(tree.body, script))


def _deferring(statements: list[ast.stmt], script: bool) -> Iterator[ast.stmt]:
    for statement in statements:
        waiting = _waiting_script(statement) if script else _waiting(statement)
        if isinstance(statement, ast.If):
            statement.body = list(_deferring(statement.body, script))
            statement.orelse = list(_deferring(statement.orelse, script))
        yield waiting


#: What gives a source its classes; their failure is the file's own.
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _waiting_script(statement: ast.stmt) -> ast.stmt:
    """`try: statement` where names that it sets, or whose object it changes, refuse what is asked of them after it failed."""
    if isinstance(statement, (ast.Try, ast.Import, ast.ImportFrom)):
        return statement
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return statement
    if any(isinstance(node, _DEFINITIONS) for node in ast.walk(statement)):
        return statement
    stored = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    changed = {root for root in map(_root, _places(statement)) if root is not None} - stored
    last, end = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    span = statement.lineno, last, statement.col_offset, end
    instead: list[ast.stmt] = [
        ast.Expr(_call(NOTE, ast.Name(FAILURE, ast.Load()), *map(ast.Constant, span))),
        *(_named(name, _call(DEFER, ast.Name(FAILURE, ast.Load()))) for name in sorted(stored)),
        *(
            _named(name, _call(DEFER_CHANGED, ast.Name(FAILURE, ast.Load()), _later(ast.Name(name, ast.Load()))))
            for name in sorted(changed)
        ),
    ]
    return _caught(statement, FAILED, instead)


def _places(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement may change: `X.width = …`, `X["key"] = …`, and X of `X.sort()`."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            yield node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def _later(value: ast.expr) -> ast.expr:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, value)


def _named(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _waiting(statement: ast.stmt) -> ast.stmt:
    """`try: X = …` with `except Unsupported as failure: X = DEFER(failure)`. What changes an object that was deferred
    itself, `X["column"] = …` or `X.sort()`, has nothing left to do: `DEFER(failure, X)`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Constant, ast.Name)):
        return statement
    if targets and len(names) == len(targets):
        made: ast.expr = _call(DEFER, ast.Name(FAILURE, ast.Load()))
        instead: ast.stmt = ast.Assign([ast.Name(name, ast.Store()) for name in names], made)
    else:
        changed = targets[0] if len(targets) == 1 else statement.value if isinstance(statement, ast.Expr) else None
        root = _root(changed)
        if root is None:
            return statement
        instead = ast.Expr(_call(DEFER, ast.Name(FAILURE, ast.Load()), ast.Name(root, ast.Load())))
    return _caught(statement, UNSUPPORTED, [instead])


def _caught(statement: ast.stmt, errors: str, instead: list[ast.stmt]) -> ast.stmt:
    caught = ast.ExceptHandler(ast.Name(errors, ast.Load()), FAILURE, instead)
    made_of = ast.Try([statement], [caught], [], [])
    for node in (made_of, *ast.walk(caught)):
        ast.copy_location(node, statement)
    return made_of


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


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


def deferred_changed(failure: BaseException, changed: Callable[[], Any]) -> Any:
    """What an object is after a statement of a script that would have changed it; a module, a class or a function stays."""
    try:
        now = changed()
    except NameError:
        return Deferred(failure)
    return now if isinstance(now, (types.ModuleType, type, types.FunctionType)) else Deferred(failure)


def note_failed(failure: BaseException, *span: *Span) -> None:
    """A statement of the opened file was left out; one that met what another left behind raises that one's failure."""
    path = sys._getframe(1).f_code.co_filename
    noted = loaded.failed.setdefault(path, {})
    if id(failure) not in noted:
        noted[id(failure)] = loaded.Failed(failure, describe(failure, path, ""), [])
    noted[id(failure)].spans.append(span)


def failed_statements(path: str, places: Places) -> list[dict[str, Any]]:
    """Those of a file, as the `FailedStatement` of src/shared/trace.ts."""
    rows = []
    for failed in loaded.failed.get(path, {}).values():
        place, *resting = [places.of_site((path, *span, "")) for span in failed.spans]
        told = failed.told
        rows.append({"place": place, "resting": resting, "message": told["message"], "arguments": told["arguments"]})
    return rows


GLOBALS = {
    UNSUPPORTED: Unsupported,
    FAILED: (Exception, SystemExit),
    DEFER: deferred,
    DEFER_CHANGED: deferred_changed,
    NOTE: note_failed,
}
