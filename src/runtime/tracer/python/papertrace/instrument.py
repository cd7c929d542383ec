"""Source that tells the recorder which value each variable gets.

After every assignment inside a function a call of `BIND` is added to the syntax tree, a call of `PASS` at its beginning
for every parameter, and one around what it returns; nodes of the source keep their positions, so that a running frame's
span is exactly what the reader wrote. The file itself is never changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from papertrace.conversions import CONVERSIONS, CONVERT
from papertrace.expectations import expecting, holding
from papertrace.loop_syntax import Function, is_uniform, is_uniform_list

#: Global of every instrumented module: (variable, value, site) → value; see record.Recorder.bind.
BIND = "__papertrace_bind__"

#: Global of every instrumented module: (parameter or None, value, site) → value; see record.Recorder.passed.
PASS = "__papertrace_pass__"

#: Global of every instrumented module: (iterable, site) → iterable; see loops.py.
LOOP = "__papertrace_loop__"

#: How every added name is used.
_LOAD = ast.Load()

#: Kinds of what stands in a syntax tree and holds no expression.
_LEAVES = frozenset(
    (str, int, float, complex, bool, bytes, type(None), type(...), ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del)
    + (ast.alias, ast.Import, ast.ImportFrom, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)
    + tuple(kind for group in (ast.operator, ast.unaryop, ast.boolop, ast.cmpop) for kind in group.__subclasses__())
)


def instrument(tree: ast.Module, filename: str) -> ast.Module:
    """Add the calls, in place. An added statement has the span of the statement that it follows."""
    _Instrument(filename).visit(tree)
    return tree


class _Instrument:
    def __init__(self, filename: str) -> None:
        self.filename = filename
        #: Parts of the qualified name of what is being visited.
        self.scope: list[str] = []
        self.in_function = False
        #: The innermost function that is being visited.
        self.function: Function | None = None
        #: Parts of list comprehensions that are written out for the sizes at hand.
        self.unrolled: list[ast.comprehension] = []
        self._visitors: dict[type, Callable[[Any], Any]] = {}

    def visit(self, node: ast.AST) -> Any:
        kind = type(node)
        visitor = self._visitors.get(kind)
        if visitor is None:
            visitor = self._visitors[kind] = getattr(self, f"visit_{kind.__name__}", self.generic_visit)
        return visitor(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """As ast.NodeTransformer's for visitors that always give something, without a call for every leaf."""
        for field, old in vars(node).copy().items():
            if type(old) is list:
                new: list[Any] = []
                for item in old:
                    if type(item) in _LEAVES:
                        new.append(item)
                        continue
                    made = self.visit(item)
                    if type(made) is list:
                        new += made
                    else:
                        new.append(made)
                old[:] = new
            elif type(old) not in _LEAVES:
                setattr(node, field, self.visit(old))
        return node

    # — scopes

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self._visit_scope(node, [node.name], False)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._visit_scope(node, [node.name, "<locals>"], True)
        scope, self.scope = self.scope, [*self.scope, node.name]
        # A docstring stays the first statement.
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body[first:first] = self._parameters(node)
        self.scope = scope
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_scope(self, node: ast.AST, names: list[str], in_function: bool) -> None:
        before = self.scope, self.in_function, self.function
        self.scope, self.in_function = [*self.scope, *names], in_function
        self.function = Function(node) if in_function else None
        self.generic_visit(node)
        self.scope, self.in_function, self.function = before

    # — what goes in and comes out

    def _parameters(self, node: ast.FunctionDef) -> list[ast.Expr]:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        anchor = node.body[0]
        return [self._pass(argument, anchor) for argument in arguments if argument.arg not in ("self", "cls")]

    def _pass(self, argument: ast.arg, anchor: ast.stmt) -> ast.Expr:
        where = _position(anchor)
        value = ast.Name(argument.arg, _LOAD, **where)
        return ast.Expr(self._call(argument.arg, value, anchor, argument, PASS), **where)

    def visit_Return(self, node: ast.Return) -> ast.Return:
        self.generic_visit(node)
        if self.in_function and node.value is not None:
            node.value = self._call(None, node.value, node.value, node, PASS)
        return node

    # — assignments

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.AST]:
        target = node.targets[0]
        if isinstance(node.value, ast.ListComp) and isinstance(target, ast.Name):
            if not is_uniform_list(target.id, self.function):
                self.unrolled += node.value.generators
        return self._followed(node, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.AST]:
        return self._followed(node, [node.target])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.AST]:
        return self._followed(node, [node.target] if node.value is not None else [])

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.AST]:
        """`x.add_(y)`: the value of x is a new one. What is only said to people is left out."""
        call = node.value
        if self.in_function and isinstance(call, ast.Call) and _speaks(call.func):
            return ast.copy_location(ast.Pass(), node)
        if self.in_function and isinstance(call, ast.Call) and _checks(call.func):
            call.args[1:2] = [_later(text) for text in call.args[1:2]]
            call.args[:1] = [expecting(test, True) for test in call.args[:1]]
        in_place = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr.endswith("_")
            and not call.func.attr.endswith("__")
        )
        return self._followed(node, [call.func] if in_place else [])

    def visit_For(self, node: ast.For) -> ast.For:
        goes_on = is_uniform(node, self.function)
        self.generic_visit(node)
        if self.in_function and goes_on:
            node.iter = self._loop(node.iter)
        if self.in_function:
            node.body[:0] = [self._bind(name, node, node.target) for name in _names(node.target)]
        return node

    def _loop(self, iterable: ast.expr) -> ast.Call:
        call = self._call(None, iterable, iterable, iterable, LOOP)
        del call.args[0]
        return call

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self.generic_visit(node)
        if self.in_function and not node.is_async and node not in self.unrolled:
            node.iter = self._loop(node.iter)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        self.generic_visit(node)
        if self.in_function:
            node.value = self._call(node.target.id, node.value, node.value, node)
        return node

    # — checks

    def visit_If(self, node: ast.If) -> ast.If:
        """`if sizes differ: raise …` is taken not to raise."""
        raises = isinstance(node.body[-1], ast.Raise)
        self.generic_visit(node)
        if self.in_function and raises:
            node.test = expecting(node.test, False)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        self.generic_visit(node)
        if self.in_function:
            node.test = holding(node.test)
        return node

    # — conversions

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """`int(x)` becomes `CONVERT(int, x)`."""
        self.generic_visit(node)
        plain = len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
        if plain and isinstance(node.func, ast.Name) and node.func.id in CONVERSIONS:
            node.args.insert(0, node.func)
            node.func = ast.copy_location(ast.Name(CONVERT, ast.Load()), node.func)
        return node

    # — what is added

    def _followed(self, node: ast.stmt, targets: list[ast.expr]) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if not self.in_function:
            return node
        names = dict.fromkeys(name for target in targets for name in _names(target))
        return [node, *(self._bind(name, node, node) for name in names)] if names else node

    def _bind(self, name: str, statement: ast.stmt, span: ast.expr | ast.stmt) -> ast.Expr:
        base, _, attribute = name.partition(".")
        where = _position(statement)
        value: ast.expr = ast.Name(base, _LOAD, **where)
        if attribute:
            value = ast.Attribute(value, attribute, _LOAD, **where)
        return ast.Expr(self._call(name, value, statement, span), **where)

    def _call(
        self,
        name: str | None,
        value: ast.expr,
        position: ast.expr | ast.stmt,
        span: ast.expr | ast.stmt | ast.arg,
        callee: str = BIND,
    ) -> ast.Call:
        function = ".".join(self.scope).removesuffix(".<locals>")
        site = (
            self.filename,
            span.lineno,
            span.end_lineno or span.lineno,
            span.col_offset,
            span.end_col_offset or 0,
            function,
        )
        where = _position(position)
        parts = [ast.Constant(name, **where), value, ast.Constant(site, **where)]
        return ast.Call(ast.Name(callee, _LOAD, **where), parts, [], **where)


def _position(node: ast.expr | ast.stmt) -> dict[str, int | None]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


def _speaks(function: ast.expr) -> bool:
    """Whether a call only tells people something: a size in its text must not become one that the trace rests on."""
    if isinstance(function, ast.Name):
        return function.id == "print"
    method = function.attr if isinstance(function, ast.Attribute) else None
    while isinstance(function, ast.Attribute):
        function = function.value
    if not isinstance(function, ast.Name):
        return False
    # A tracker may also be a part of a model: of such names, only what can be nothing but a note.
    noted = function.id in ("tracker", "wandb", "mlflow", "writer") and method in _NOTES
    return noted or function.id in ("logger", "logging", "warnings")


#: Methods of what keeps notes of a run.
_NOTES = ("debug", "info", "warning", "error", "log", "add_scalar", "add_histogram", "log_metric")


def _checks(function: ast.expr) -> bool:
    """Whether a call checks its first argument; the second is what it would say."""
    if isinstance(function, ast.Attribute):
        module = function.value
        return isinstance(module, ast.Name) and module.id == "torch" and function.attr in ("_assert", "_check")
    return isinstance(function, ast.Name) and function.id in ("torch_compilable_check", "_assert")


def _later(text: ast.expr) -> ast.expr:
    """A text that is made only when it is asked for: sizes in it are then none that the trace rests on."""
    if not isinstance(text, ast.JoinedStr):
        return text
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.copy_location(ast.Lambda(nothing, text), text)


def _names(target: ast.expr) -> Iterator[str]:
    """Names whose value an assignment to `target` makes new: of `x[i]` and `x.data` it is x, of `self.x` itself."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        yield f"self.{target.attr}"
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _names(element)
    elif isinstance(target, (ast.Starred, ast.Subscript, ast.Attribute)):
        yield from _names(target.value)
