"""Matrix products, einsum, linear algebra."""

from __future__ import annotations

import string
from typing import Any

from papertrace import symbolic
from papertrace.declare import both, declare
from papertrace.dtypes import default_dtype
from papertrace.errors import Unsupported
from papertrace.join import cat
from papertrace.misfits import misplaced
from papertrace.promotion import result_type
from papertrace.reductions import sum as total
from papertrace.shapes import broadcast, check_equal, normalise_dim, show
from papertrace.signatures import require_default
from papertrace.tensor import Tensor, emit
from papertrace.views import permuted, reshape, transpose, unsqueeze


@declare("torch.matmul", "Tensor.matmul", "Tensor.__matmul__", "linalg.matmul")
def matmul(input: Tensor, other: Tensor) -> Tensor:
    if not isinstance(other, Tensor):
        return NotImplemented
    if input.dtype.category == 3 or other.dtype.category == 3:
        return _complex_matmul(input, other)
    if input.ndim == 1 and other.ndim == 1:
        return total(input * other)
    if input.ndim == 1:
        product = matmul(unsqueeze(input, 0), other)
        return reshape(product, (*product.shape[:-2], product.shape[-1]))
    if other.ndim == 1:
        product = matmul(input, unsqueeze(other, -1))
        return reshape(product, product.shape[:-1])
    common = result_type(input, other)
    left, right = input.shape, other.shape
    check_equal(left[-1], right[-2], f"The inner sizes of a matrix product of {show(left)} and {show(right)} differ")
    shape = (*broadcast(left[:-2], right[:-2]), left[-2], right[-1])
    return emit("matmul", [input.to(common), other.to(common)], {}, shape, common)


def _complex_matmul(input: Tensor, other: Tensor) -> Tensor:
    from papertrace.complex_numbers import compose, parts

    real = result_type(input, other).to_real()
    (a, b), (c, d) = parts(input, real), parts(other, real)
    return compose(matmul(a, c) - matmul(b, d), matmul(a, d) + matmul(b, c))


declare("Tensor.__rmatmul__")(lambda self, other: matmul(other, self))


@both("bmm")
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    return matmul(input, mat2)


@both("mm")
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    return matmul(input, mat2)


@both("mv")
def mv(input: Tensor, vec: Tensor) -> Tensor:
    return matmul(input, vec)


@both("dot", "inner", "vdot")
def dot(input: Tensor, other: Tensor) -> Tensor:
    return matmul(input, transpose(other, -1, -2) if other.ndim > 1 else other)


@declare("torch.outer", "Tensor.outer", "torch.ger", "Tensor.ger")
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    return unsqueeze(input, -1) * unsqueeze(vec2, 0)


@both("kron")
def kron(input: Tensor, other: Tensor) -> Tensor:
    rank = max(input.ndim, other.ndim)
    a = reshape(input, (*([1] * (rank - input.ndim)), *input.shape))
    b = reshape(other, (*([1] * (rank - other.ndim)), *other.shape))
    wide = reshape(a, [size for pair in zip(a.shape, [1] * rank) for size in pair])
    deep = reshape(b, [size for pair in zip([1] * rank, b.shape) for size in pair])
    return reshape(wide * deep, [x * y for x, y in zip(a.shape, b.shape)])


def _scaled(tensor: Tensor, factor: Any) -> Tensor:
    return tensor if factor == 1 else tensor * factor


def _add_product(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    product = _scaled(product, alpha)
    return product if beta == 0 else _scaled(input, beta) + product


@both("addmm", in_place=True)
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return _add_product(input, matmul(mat1, mat2), beta, alpha)


@both("baddbmm", in_place=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return _add_product(input, matmul(batch1, batch2), beta, alpha)


@both("addbmm", in_place=True)
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return _add_product(input, total(matmul(batch1, batch2), 0), beta, alpha)


@both("addmv", in_place=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return _add_product(input, matmul(mat, vec), beta, alpha)


@both("addr", in_place=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return _add_product(input, outer(vec1, vec2), beta, alpha)


@declare("torch.chain_matmul")
def chain_matmul(*matrices: Tensor) -> Tensor:
    return multi_dot(matrices)


@declare("linalg.multi_dot")
def multi_dot(tensors: Any) -> Tensor:
    product = tensors[0]
    for tensor in tensors[1:]:
        product = matmul(product, tensor)
    return product


@declare("torch.einsum", "functional.einsum")
def einsum(equation: Any, *operands: Any) -> Tensor:
    equation, tensors = equation_of(equation, operands)
    terms, output = _explicit(equation.replace(" ", ""), tensors)
    sizes: dict[str, int] = {}
    for term, tensor in zip(terms, tensors):
        if len(term) != tensor.ndim:
            message = f"einsum(): {term!r} does not fit a tensor with {tensor.ndim} dimensions"
            raise misplaced(message, tensor, rank=len(term))
        for letter, size in zip(term, tensor.shape):
            if letter not in sizes or symbolic.is_one(sizes[letter]):
                sizes[letter] = size
            elif not symbolic.is_one(size):
                check_equal(sizes[letter], size, f"einsum(): sizes of {letter!r} differ")
    if len(tensors) == 1 and sorted(terms[0]) == sorted(set(output)):
        return permuted(tensors[0], [terms[0].index(letter) for letter in output])
    common = result_type(*tensors)
    attributes = {"equation": f"{','.join(terms)}->{output}"}
    return emit("einsum", [tensor.to(common) for tensor in tensors], attributes, [sizes[c] for c in output], common)


def equation_of(equation: Any, operands: Any) -> tuple[str, list[Tensor]]:
    """Equation and tensors of a call of einsum, which may have lists of numbers in place of letters:
    ``einsum(x, [0, 1], y, [1, 2], [0, 2])``. Numbers sort as their letters do: the upper case comes first."""
    if isinstance(equation, str):
        several = len(operands) == 1 and isinstance(operands[0], (list, tuple))
        return equation, list(operands[0] if several else operands)
    items = [equation, *operands]
    count = len(items) // 2 * 2
    terms = [
        "".join("..." if number is Ellipsis else _letter(number) for number in term)
        for term in [*items[1:count:2], *items[count:]]
    ]
    output = f"->{terms.pop()}" if len(items) > count else ""
    return ",".join(terms) + output, items[:count:2]


def _letter(number: int) -> str:
    if not 0 <= number < len(string.ascii_letters):
        raise ValueError(f"einsum(): subscripts must be from 0 to 51, but got {number}")
    return (string.ascii_uppercase + string.ascii_lowercase)[number]


def _explicit(equation: str, tensors: list[Tensor]) -> tuple[list[str], str]:
    """Lower-case terms and output, with … and an implicit output written out."""
    left, arrow, output = equation.partition("->")
    terms = left.split(",")
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        output = ("..." if "..." in left else "") + "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    used = sorted({c for c in equation if c.isalpha()})
    free = [c for c in "abcdefghijklmnopqrstuvwxyz" if c not in used]
    lower = {c: c if c.islower() else free.pop() for c in used}
    count = max((t.ndim - len(term.replace("...", "")) for term, t in zip(terms, tensors) if "..." in term), default=0)
    rest = [free.pop() for _ in range(count)]

    def written(term: str, number: int) -> str:
        before, dots, after = term.partition("...")
        middle = "".join(rest[count - number :]) if dots else ""
        return "".join(lower[c] for c in before) + middle + "".join(lower[c] for c in after)

    named = [written(term, tensor.ndim - len(term.replace("...", ""))) for term, tensor in zip(terms, tensors)]
    return named, written(output, count)


@declare("torch.tensordot")
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    if isinstance(dims, int):
        left, right = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        left = [normalise_dim(a.ndim, dim) for dim in dims[0]]
        right = [normalise_dim(b.ndim, dim) for dim in dims[1]]
    first = [axis for axis in range(a.ndim) if axis not in left]
    second = [axis for axis in range(b.ndim) if axis not in right]
    inner = symbolic.product(a.shape[axis] for axis in left)
    x = reshape(a.permute(*first, *left), (-1, inner))
    y = reshape(b.permute(*right, *second), (inner, -1))
    return reshape(matmul(x, y), (*(a.shape[i] for i in first), *(b.shape[i] for i in second)))


@declare("torch.cdist")
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: Any = None) -> Tensor:
    from papertrace.reductions import norm

    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1, False)


@declare("torch._grouped_mm", "torch.grouped_mm", "nn.functional.grouped_mm")
def grouped_mm(
    mat_a: Tensor, mat_b: Tensor, *, offs: Any = None, bias: Any = None, out_dtype: Any = None
) -> Tensor:
    """Rows of ``mat_a`` up to offs[e] times the matrix of expert e."""
    require_default("bias", bias)
    require_default("out_dtype", None if out_dtype is mat_a.dtype else out_dtype)
    if offs is None or mat_a.ndim != 2 or mat_b.ndim != 3:
        raise Unsupported("grouped_mm is supported for a matrix, a stack of matrices and offsets.")
    shape = (mat_a.shape[0], mat_b.shape[-1])
    from papertrace.dtypes import int32

    return emit("grouped_mm", [mat_a, mat_b, offs.to(int32)], {}, shape, mat_a.dtype)


@declare("linalg.solve_triangular")
def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """Substitution, row by row."""
    if not left:
        solved = solve_triangular(
            transpose(A, -1, -2), transpose(B, -1, -2), upper=not upper, unitriangular=unitriangular
        )
        return transpose(solved, -1, -2)
    count = symbolic.concrete(A.shape[-1])
    rows: dict[int, Tensor] = {}
    for row in range(count - 1, -1, -1) if upper else range(count):
        right = B[..., row : row + 1, :]
        known = sorted(rows)
        if known:
            part = A[..., row : row + 1, known[0] : known[-1] + 1]
            right = right - matmul(part, cat([rows[index] for index in known], -2))
        rows[row] = right if unitriangular else right / A[..., row : row + 1, row : row + 1]
    return cat([rows[index] for index in range(count)], -2)


@both("cross")
def torch_cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Along the first dimension of size 3, where none is named."""
    if dim is None:
        dim = next((axis for axis, size in enumerate(input.shape) if size == 3), -1)
    return cross(input, other, dim)


@declare("linalg.cross")
def cross(input: Tensor, other: Tensor, dim: int = -1) -> Tensor:
    first, second = input.roll(-1, dim), other.roll(-1, dim)
    return (input * second - first * other).roll(-1, dim)


@declare("nn.functional.linear")
def linear(input: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    """input · weightᵀ + bias."""
    if input.ndim == 0:
        raise Unsupported("F.linear needs an input with at least one dimension.")
    if input.dtype.category == 3 or weight.dtype.category == 3:
        product = matmul(input, weight.mT if weight.ndim > 1 else weight)
        return product if bias is None else product + bias
    shapes = f"{show(input.shape)} and {show(weight.shape)}"
    check_equal(input.shape[-1], weight.shape[-1], f"The features of F.linear's input and weight, {shapes}, differ")
    if weight.ndim == 1:
        product = matmul(input, weight)
        return product if bias is None else product + bias
    inputs = [input, weight, bias]
    common = result_type(*(item for item in inputs if item is not None))
    if common.category < 2:
        common = default_dtype()
    inputs = [item if item is None else item.to(common) for item in inputs]
    return emit("linear", inputs, {}, (*input.shape[:-1], weight.shape[0]), common)


@declare("nn.functional.bilinear")
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    result = einsum("...i,kij,...j->...k", input1, weight, input2)
    return result if bias is None else result + bias
