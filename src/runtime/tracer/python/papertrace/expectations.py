"""What a source checks: `if a != b: raise …`, `assert a == b` and the like are taken to pass; the run says if they do.

A size that only the run has, such as how many elements a mask picks, has no number to compare while tracing: a check
that failed by a guess would end the trace for no reason.
"""

from __future__ import annotations

import ast
import operator
from typing import Any

from papertrace import reads, symbolic
from papertrace.structure import is_tensor
from papertrace.symbolic import SymInt

#: Global of every instrumented module: (expected, comparison, left, right) → left comparison right.
EXPECT = "__papertrace_expect__"

#: Global of every instrumented module: condition → condition, which is taken to hold.
HOLDS = "__papertrace_holds__"

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}


def expecting(test: ast.expr, expected: bool) -> ast.expr:
    """``test`` with its comparisons asked through `expect`: the whole is ``expected`` where nothing else is known."""
    if isinstance(test, ast.BoolOp):
        test.values = [expecting(part, expected) for part in test.values]
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test.operand = expecting(test.operand, not expected)
    elif isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _COMPARISONS:
        constants = [ast.Constant(expected), ast.Constant(_COMPARISONS[type(test.ops[0])])]
        return _call(EXPECT, test, [*constants, test.left, test.comparators[0]])
    return test


def holding(test: ast.expr) -> ast.expr:
    """``test`` of a check, taken to hold; of a tensor too."""
    return _call(HOLDS, test, [expecting(test, True)])


def _call(name: str, place: ast.expr, arguments: list[ast.expr]) -> ast.Call:
    call = ast.Call(ast.Name(name, ast.Load()), arguments, [])
    return ast.fix_missing_locations(ast.copy_location(call, place))


def expect(expected: bool, comparison: str, left: Any, right: Any) -> Any:
    """``left comparison right``; of sizes that only the run has, ``expected``, which is checked after it."""
    if isinstance(left, int) and isinstance(right, int) and (isinstance(left, SymInt) or isinstance(right, SymInt)):
        return symbolic.decide(comparison, left, right, expected)
    if comparison in ("eq", "ne") and isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        same = all(expect(expected == (comparison == "eq"), "eq", a, b) for a, b in zip(left, right))
        return same == (comparison == "eq")
    return getattr(operator, comparison)(left, right)


def holds(condition: Any) -> Any:
    """A condition that a source asserts."""
    return reads.holds(condition) if is_tensor(condition) else condition
