"""Which loops of a source may be traced for any number of iterations, as far as their syntax tells."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

#: Methods that put an item into a list.
_FILLING = ("append", "insert", "extend")


def is_uniform(loop: ast.For, function: Function | None) -> bool:
    """Whether a loop goes on to its end, and no list that it fills is read at a place counted from its front.

    Such a list is shorter while tracing than in a run, so that a place in it would be another one.
    """
    if loop.orelse or any(map(_leaves, loop.body)):
        return False
    return function is None or not any(name in function.read_by_place for name in _filled(loop))


def is_uniform_list(name: str, function: Function | None) -> bool:
    """The same for a list comprehension that is assigned to a name."""
    return function is None or name not in function.read_by_place


class Function:
    """A function whose loops are asked for."""

    def __init__(self, node: ast.AST) -> None:
        self._node = node

    @functools.cached_property
    def read_by_place(self) -> frozenset[str]:
        """Names of which an item is read at a place counted from the front."""
        return frozenset(
            node.value.id
            for node in ast.walk(self._node)
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and not _from_the_end(node.slice)
        )


def _leaves(node: ast.AST, own_break: bool = True) -> bool:
    """Whether a statement of a loop's body may leave the loop before its end, or the function for a while."""
    if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom, ast.Await)) or isinstance(node, ast.Break) and own_break:
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return False
    inner = own_break and not isinstance(node, (ast.For, ast.While))
    return any(_leaves(child, inner) for child in ast.iter_child_nodes(node))


def _filled(loop: ast.For) -> Iterator[str]:
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILLING:
            if isinstance(node.func.value, ast.Name):
                yield node.func.value.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _from_the_end(index: ast.expr) -> bool:
    """`[-1]`, `[:]` and `[::-1]`; and what only a tensor takes."""
    if isinstance(index, ast.Slice):
        return index.lower is None and index.upper is None
    if isinstance(index, ast.Tuple):
        return True
    return isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and isinstance(index.operand, ast.Constant)
