"""Matrix products: ranks and kinds of numbers."""

from __future__ import annotations

from typing import Any

from papertrace.checks import both, check, functional, require_tensor, settled
from papertrace.products import equation_of
from papertrace.shapes import show
from papertrace.symbolic import shown
from papertrace.tensor import Tensor


def _require_rank(tensor: Tensor, rank: int, name: str) -> None:
    if tensor.ndim != rank:
        what = {1: "a vector", 2: "a matrix"}.get(rank, f"a {rank}D tensor")
        raise RuntimeError(f"{name} must be {what}, but is {tensor.ndim}D: {show(tensor.shape)}")


def require_kind(function: str, first: Tensor, second: Any) -> None:
    """Integers do not meet floating point in a product; which floating point it is, ``module.to(…)`` has a say in."""
    if isinstance(second, Tensor) and first.dtype.category != second.dtype.category:
        types = f"{first.dtype.name} and {second.dtype.name}"
        raise RuntimeError(f"{function}: both factors must have the same dtype, but got {types}")


@check("torch.matmul", "Tensor.matmul", "Tensor.__matmul__", "linalg.matmul")
def matmul(input: Tensor, other: Any, **options: Any) -> None:
    if not isinstance(other, Tensor):
        return
    if not input.ndim or not other.ndim:
        ranks = f"{input.ndim}D and {other.ndim}D"
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {ranks}")
    require_kind("matmul", input, other)


@check("torch.matmul", "Tensor.matmul", "linalg.matmul")
def matmul_of_tensor(input: Tensor, other: Any, **options: Any) -> None:
    require_tensor(other, "matmul", "other", 2)


@both("bmm")
def bmm(input: Tensor, mat2: Tensor, **options: Any) -> None:
    _batched("bmm", input, mat2)


@both("baddbmm")
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, **options: Any) -> None:
    _batched("baddbmm", batch1, batch2)


def _batched(function: str, first: Tensor, second: Tensor) -> None:
    _require_rank(first, 3, "batch1")
    _require_rank(second, 3, "batch2")
    require_kind(function, first, second)
    if not settled("eq", first.shape[0], second.shape[0]):
        shapes = f"{show(first.shape)} and {show(second.shape)}"
        raise RuntimeError(f"{function}: batch1 and batch2 must hold as many matrices, but are {shapes}")


@both("mm")
def mm(input: Tensor, mat2: Tensor, **options: Any) -> None:
    _require_rank(input, 2, "self")
    _require_rank(mat2, 2, "mat2")
    require_kind("mm", input, mat2)


@both("addmm")
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, **options: Any) -> None:
    _require_rank(mat1, 2, "mat1")
    _require_rank(mat2, 2, "mat2")
    require_kind("addmm", mat1, mat2)


@both("mv")
def mv(input: Tensor, vec: Tensor) -> None:
    _require_rank(input, 2, "self")
    _require_rank(vec, 1, "vec")
    require_kind("mv", input, vec)


@both("dot", "vdot")
def dot(input: Tensor, other: Tensor, **options: Any) -> None:
    if input.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {other.ndim}D tensors")
    require_kind("dot", input, other)


@both("outer", "ger")
def outer(input: Tensor, vec2: Tensor, **options: Any) -> None:
    for name, tensor in (("self", input), ("vec2", vec2)):
        if tensor.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {tensor.ndim}-D")


@functional("linear")
def linear(input: Tensor, weight: Tensor, bias: Any = None) -> None:
    require_tensor(input, "linear", "input", 1)
    require_kind("linear", input, weight)
    if bias is not None and bias.ndim and weight.ndim == 2:
        size = bias.shape[-1]
        if not settled("eq", size, weight.shape[0]) and not settled("eq", size, 1):
            shapes = f"{show(bias.shape)} does not fit a weight of shape {show(weight.shape)}"
            raise RuntimeError(f"a bias of shape {shapes}")


@check("torch.einsum", "functional.einsum")
def einsum(equation: Any, *operands: Any) -> None:
    equation, tensors = equation_of(equation, operands)
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        more = "fewer" if len(tensors) < len(terms) else "more"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation {equation!r}")
    for letter in output.replace(".", ""):
        if letter not in left:
            raise RuntimeError(f"einsum(): output subscript {letter} does not appear in any operand of {equation!r}")
        if output.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {letter} appears more than once in {equation!r}")


@check("linalg.cross")
def cross(input: Tensor, other: Tensor, *, dim: int = -1, **options: Any) -> None:
    sizes = [tensor.shape[dim] for tensor in (input, other)]
    if not all(settled("eq", size, 3) for size in sizes):
        found = " and ".join(map(shown, sizes))
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {found}")
