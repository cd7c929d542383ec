"""What a source says of the dimensions of forward's arguments: in `b, n, d = x.shape`, in patterns, in words.

Only names and their number are read, never sizes that a call would have: those are found by tracing (fitting.py).
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from papertrace.places import sources, tree_of

#: Functions that are given a tensor and a pattern of its dimensions.
_PATTERNS = {"rearrange", "reduce", "repeat", "einsum", "parse_shape"}

#: A list of sizes in words: `(B, C, H, W)`, `[batch_size, seq_len, d_model]`, `B x C x H x W`.
_LISTED = re.compile(r"[(\[{]\s*([\w*/ .]+(?:\s*,\s*[\w*/ .]+)+),?\s*[)\]}]|\b(\w+(?: ?[x×] ?\w+)+)\b")

#: Words in such lists that are none.
_NO_SIZE = re.compile(
    r"^(optional|tensors?|torch\.\w+|int|float|bool|str|none|list|tuple|default.*|x|e\.g|i\.e|or|and)$", re.IGNORECASE
)


def dimensions_of(forward: Callable[..., Any], names: list[str]) -> dict[str, list[str]]:
    """Names of the dimensions of these arguments, of those that the source speaks of."""
    function = inspect.unwrap(forward)
    code = getattr(function, "__code__", None)
    if code is None or code.co_filename not in sources:
        return {}
    definition = _definition(tree_of(code.co_filename), code.co_firstlineno)
    if definition is None:
        return {}
    found = _in_words(ast.get_docstring(definition) or "", names)
    return found | _in_code(definition, names)


def _definition(tree: ast.Module, line: int) -> ast.FunctionDef | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and line in (node.lineno, *(each.lineno for each in node.decorator_list)):
            return node
    return None


def _in_code(definition: ast.FunctionDef, names: list[str]) -> dict[str, list[str]]:
    """What the first statement that says it says of an argument, until it is assigned another value."""
    found: dict[str, list[str]] = {}
    open_names = set(names)
    for statement in _in_order(definition.body):
        for node in ast.walk(statement) if not hasattr(statement, "body") else ():
            for name, dimensions in _said(node):
                if name in open_names and name not in found and dimensions:
                    found[name] = dimensions
        for node in ast.walk(statement) if not hasattr(statement, "body") else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                open_names.discard(node.id)
    return found


def _in_order(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for inner in ("body", "orelse", "finalbody"):
            yield from _in_order(getattr(statement, inner, []))


def _said(node: ast.AST) -> Iterator[tuple[str, list[str]]]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        pairs = [(node.targets[0], node.value)]
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(node.targets[0].elts):
            # `(b, n, d), h = x.shape, self.heads`
            pairs = list(zip(node.targets[0].elts, node.value.elts))
        for target, value in pairs:
            name = _sized(value)
            if name is not None and isinstance(target, (ast.Tuple, ast.List)):
                yield name, _targets(target)
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in _PATTERNS:
            yield from _patterned(node.args)
        elif called == "permute" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            given = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], ast.Tuple) else node.args
            yield node.func.value.id, [f"size_{axis}" for axis in range(len(given))] if len(given) > 1 else []


def _sized(node: ast.expr) -> str | None:
    """`x` of `x.shape` and `x.size()`."""
    asked = node.func if isinstance(node, ast.Call) and not node.args else node
    is_shape = isinstance(asked, ast.Attribute) and asked.attr in ("shape", "size")
    return asked.value.id if is_shape and isinstance(asked.value, ast.Name) else None  # type: ignore[attr-defined]


def _targets(target: ast.Tuple | ast.List) -> list[str]:
    names = [each.id if isinstance(each, ast.Name) else "" for each in target.elts]
    if "" in names:
        return []
    # `_` names nothing, and may do so twice.
    return [f"size_{axis}" if re.fullmatch(r"_+", name) else name for axis, name in enumerate(names)]


def _patterned(arguments: list[ast.expr]) -> Iterator[tuple[str, list[str]]]:
    """Tensors beside the pattern, before it (einops) or after it (torch.einsum)."""
    texts = [(at, each.value) for at, each in enumerate(arguments) if isinstance(each, ast.Constant)]
    at, pattern = next(((at, text) for at, text in texts if isinstance(text, str)), (None, ""))
    if at is None or len(arguments) < 2:
        return
    terms = pattern.partition("->")[0].split(",")
    tensors = [each for index, each in enumerate(arguments) if index != at]
    for term, tensor in zip(terms, tensors):
        if isinstance(tensor, ast.Name) and "..." not in term:
            yield tensor.id, _dimensions(term)


def _dimensions(term: str) -> list[str]:
    """`b (h p1) d` has three; `bhqd`, as torch writes it, four."""
    term = term.strip()
    if re.fullmatch(r"[A-Za-z]+", term):
        return list(term)
    parts = re.findall(r"\([^()]*\)|[\w*]+", term)
    return [] if any("*" in part for part in parts) else [re.sub(r"\W+", "_", part).strip("_") or "1" for part in parts]


def _in_words(text: str, names: list[str]) -> dict[str, list[str]]:
    """The first list of sizes behind an argument's name, in its sentence or in the one that follows."""
    found: dict[str, list[str]] = {}
    for name in names:
        for mention in re.finditer(rf"(?<![\w.]){re.escape(name)}(?!\w)", text):
            listed = _list_in(_after(text, mention.end(), names))
            if listed is not None:
                found[name] = listed
                break
    return found


def _after(text: str, start: int, names: list[str]) -> str:
    """What is said of a name: up to the paragraph's end, and to the next line that speaks of another."""
    said = re.split(r"\n\s*\n", text[start : start + 400], maxsplit=1)[0]
    others = "|".join(map(re.escape, names))
    return re.split(rf"\n\s*[*-]?\s*`?(?:{others}|[Rr]eturns?|[Oo]utputs?)`?\b", said, maxsplit=1)[0]


def _list_in(text: str) -> list[str] | None:
    for listed, crossed in _LISTED.findall(text):
        parts = [part.strip() for part in (listed.split(",") if listed else re.split(r" ?[x×] ?", crossed))]
        parts = [part for part in parts if part]
        if len(parts) < 2 or any(_NO_SIZE.fullmatch(part) or "..." in part or len(part) > 24 for part in parts):
            continue
        if all(re.fullmatch(r"[\w]+([ *]?[*/.]? ?[\w]+)*", part) for part in parts):
            return [re.sub(r"\W+", "_", part) for part in parts]
    return None
