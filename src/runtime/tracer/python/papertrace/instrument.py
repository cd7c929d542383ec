"""Source that tells the recorder which value each variable gets.

After every assignment inside a function a call of `BIND` is added to the syntax tree; nodes of the source keep their
positions, so that a running frame's span is exactly what the reader wrote. The file itself is never changed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

#: Global of every instrumented module: (variable, value, site) → value; see record.Recorder.bind.
BIND = "__papertrace_bind__"


def instrument(tree: ast.Module, filename: str) -> ast.Module:
    """Add the calls, in place. An added statement has the span of the statement that it follows."""
    _Instrument(filename).visit(tree)
    return tree


class _Instrument(ast.NodeTransformer):
    def __init__(self, filename: str) -> None:
        self.filename = filename
        #: Parts of the qualified name of what is being visited.
        self.scope: list[str] = []
        self.in_function = False

    # — scopes

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self._visit_scope(node, [node.name], False)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._visit_scope(node, [node.name, "<locals>"], True)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_scope(self, node: ast.AST, names: list[str], in_function: bool) -> None:
        scope, inside = self.scope, self.in_function
        self.scope, self.in_function = [*scope, *names], in_function
        self.generic_visit(node)
        self.scope, self.in_function = scope, inside

    # — assignments

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.AST]:
        return self._followed(node, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.AST]:
        return self._followed(node, [node.target])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.AST]:
        return self._followed(node, [node.target] if node.value is not None else [])

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.AST]:
        """`x.add_(y)`: the value of x is a new one."""
        call = node.value
        in_place = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr.endswith("_")
            and not call.func.attr.endswith("__")
        )
        return self._followed(node, [call.func] if in_place else [])

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        if self.in_function:
            node.body[:0] = [self._bind(name, node, node.target) for name in _names(node.target)]
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        self.generic_visit(node)
        if self.in_function:
            node.value = self._call(node.target.id, node.value, node.value, node)
        return node

    def _followed(self, node: ast.stmt, targets: list[ast.expr]) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if not self.in_function:
            return node
        names = dict.fromkeys(name for target in targets for name in _names(target))
        return [node, *(self._bind(name, node, node) for name in names)] if names else node

    def _bind(self, name: str, statement: ast.stmt, span: ast.expr | ast.stmt) -> ast.Expr:
        value = ast.copy_location(ast.Name(name, ast.Load()), statement)
        return ast.copy_location(ast.Expr(self._call(name, value, statement, span)), statement)

    def _call(self, name: str, value: ast.expr, position: ast.expr | ast.stmt, span: ast.expr | ast.stmt) -> ast.Call:
        function = ".".join(self.scope).removesuffix(".<locals>")
        site = (
            self.filename,
            span.lineno,
            span.end_lineno or span.lineno,
            span.col_offset,
            span.end_col_offset or 0,
            function,
        )
        parts = [ast.Name(BIND, ast.Load()), ast.Constant(name), ast.Constant(site)]
        for part in parts:
            ast.copy_location(part, position)
        return ast.copy_location(ast.Call(parts[0], [parts[1], value, parts[2]], []), position)


def _names(target: ast.expr) -> Iterator[str]:
    """Names whose value an assignment to `target` makes new: of `x[i]` and `x.data` it is x."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _names(element)
    elif isinstance(target, (ast.Starred, ast.Subscript, ast.Attribute)):
        yield from _names(target.value)
