"""Decompositions of matrices and what is solved by them, written out for a size that is known. Matrices may be stacked.

What is defined only up to a sign or an order (eigenvectors, singular vectors) is left to be refused.
"""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.creation import arange, eye
from papertrace.declare import both, declare
from papertrace.elementwise import where
from papertrace.errors import Unsupported
from papertrace.join import cat
from papertrace.products import matmul, solve_triangular
from papertrace.results import Named
from papertrace.scatter import gather
from papertrace.shapes import broadcast, minimum
from papertrace.signatures import require_default
from papertrace.tensor import Tensor
from papertrace.views import expanded

#: Steps that are written out at most: a larger matrix would make a graph that nobody waits for.
_MOST_STEPS = 128


def _steps(size: Any, operation: str) -> int:
    count = symbolic.concrete(size)
    if count > _MOST_STEPS:
        raise Unsupported("{0} of a matrix larger than {1}×{1} is not supported.", operation, _MOST_STEPS)
    return count


def _square(A: Tensor, operation: str) -> int:
    if A.ndim < 2:
        raise RuntimeError(f"{operation}: The input tensor A must have at least 2 dimensions.")
    if not symbolic.same(A.shape[-1], A.shape[-2]) and symbolic.decide("ne", A.shape[-1], A.shape[-2]):
        raise RuntimeError(f"{operation}: A must be batches of square matrices")
    return _steps(A.shape[-1], operation)


def _eliminated(A: Tensor, B: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Gauss's elimination with row pivots: (the upper triangle, B after the same steps, the permutation's sign)."""
    width = A.shape[-1]
    both_ = cat([A, expanded(B, (*broadcast(A.shape[:-2], B.shape[:-2]), *B.shape[-2:]))], -1) if B.ndim else A
    rows = arange(size)
    sign = both_[..., 0, 0] * 0 + 1
    for step in range(size):
        column = both_[..., step]
        pivot = where(rows >= step, column.abs(), -1.0).argmax(-1, True)
        order = where(rows == step, pivot, where(rows == pivot, step, rows))
        both_ = gather(both_, -2, expanded(order.unsqueeze(-1), both_.shape))
        sign = where(pivot.squeeze(-1) == step, sign, -sign)
        if step + 1 < size:
            below = both_[..., step + 1 :, step : step + 1] / both_[..., step : step + 1, step : step + 1]
            below = where(below.isfinite(), below, 0.0)
            lower = both_[..., step + 1 :, :] - below * both_[..., step : step + 1, :]
            both_ = cat([both_[..., : step + 1, :], lower], -2)
    return both_[..., :width], both_[..., width:], sign


@declare("linalg.solve")
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    size = _square(A, "linalg.solve")
    if not left:
        return solve(A.mT, B.mT).mT
    # A stack of vectors is told from one of matrices by its rank alone.
    is_vector = B.ndim == 1 or A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1])
    right = B.unsqueeze(-1) if is_vector else B
    batch = broadcast(A.shape[:-2], right.shape[:-2])
    upper, changed, _ = _eliminated(expanded(A, (*batch, *A.shape[-2:])), right, size)
    found = solve_triangular(upper, changed, upper=True)
    return found.squeeze(-1) if is_vector else found


@declare("linalg.inv", "torch.inverse", "Tensor.inverse")
def inverse(A: Tensor) -> Tensor:
    size = _square(A, "linalg.inv")
    upper, changed, _ = _eliminated(A, eye(size, dtype=A.dtype), size)
    return solve_triangular(upper, changed, upper=True)


@declare("linalg.inv_ex")
def inverse_with_check(A: Tensor, *, check_errors: bool = False) -> Named:
    """What says whether it succeeded is 0: a singular matrix gives infinities here."""
    return Named(inverse=inverse(A), info=(A[..., 0, 0] * 0).int())


@declare("linalg.solve_ex")
def solve_with_check(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Named:
    return Named(result=solve(A, B, left=left), info=(A[..., 0, 0] * 0).int())


@declare("linalg.det", "torch.det", "Tensor.det")
def determinant(A: Tensor) -> Tensor:
    upper, _, sign = _eliminated(A, _nothing(A), _square(A, "linalg.det"))
    return upper.diagonal(0, -2, -1).prod(-1) * sign


@declare("linalg.slogdet", "torch.slogdet", "Tensor.slogdet")
def slogdet(A: Tensor) -> Named:
    upper, _, sign = _eliminated(A, _nothing(A), _square(A, "linalg.slogdet"))
    pivots = upper.diagonal(0, -2, -1)
    return Named(sign=pivots.sign().prod(-1) * sign, logabsdet=pivots.abs().log().sum(-1))


@both("logdet")
def logdet(A: Tensor) -> Tensor:
    sign, size = slogdet(A)
    return where(sign < 0, float("nan"), size)


def _nothing(A: Tensor) -> Tensor:
    return A[..., :0]


@declare("linalg.cholesky", "torch.cholesky", "Tensor.cholesky")
def cholesky(A: Tensor, upper: bool = False) -> Tensor:
    """Column by column (Cholesky–Banachiewicz); of A its lower triangle is read."""
    size = _square(A, "linalg.cholesky")
    columns: list[Tensor] = []
    for step in range(size):
        below = A[..., step:, step]
        if columns:
            known = cat(columns, -1)
            below = below - (known[..., step:, :] * known[..., step : step + 1, :]).sum(-1)
        column = below / below[..., :1].sqrt()
        zeros = A[..., :step, step] * 0
        columns.append(cat([zeros, column], -1).unsqueeze(-1))
    lower = cat(columns, -1)
    return lower.mT if upper else lower


@declare("linalg.cholesky_ex")
def cholesky_with_check(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Named:
    return Named(L=cholesky(A, upper=upper), info=(A[..., 0, 0] * 0).int())


@both("cholesky_solve")
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    lower = L.mT if upper else L
    half = solve_triangular(lower, B, upper=False)
    return solve_triangular(lower.mT, half, upper=True)


@both("cholesky_inverse")
def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    return cholesky_solve(eye(L.shape[-1], dtype=L.dtype), L, upper)


@both("triangular_solve")
def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Named:
    left, is_upper = (A.mT, not upper) if transpose else (A, upper)
    found = solve_triangular(left, b, upper=is_upper, unitriangular=unitriangular)
    return Named(solution=found, cloned_coefficient=A.clone())


@declare("linalg.qr")
def qr(A: Tensor, mode: str = "reduced") -> Named:
    """Householder's reflections with LAPACK's signs (geqrf): a column becomes −sign(its first entry) times its length;
    one that is zero below the diagonal stays as it is."""
    rows, columns = _steps(A.shape[-2], "linalg.qr"), _steps(A.shape[-1], "linalg.qr")
    count = min(rows, columns)
    right, left = A, expanded(eye(rows, dtype=A.dtype), (*A.shape[:-2], rows, rows))
    for step in range(min(count, rows - 1)):
        column = right[..., step:, step]
        first, rest = column[..., :1], column[..., 1:]
        below = (rest * rest).sum(-1, True)
        length = (first * first + below).sqrt()
        beta = where(first < 0, length, -length)
        still = below == 0
        gap = where(still, 1.0, first - beta)
        tau = where(still, 0.0, (beta - first) / where(still, 1.0, beta)).unsqueeze(-1)
        vector = cat([first * 0 + 1, rest / gap], -1).unsqueeze(-1)
        lower = right[..., step:, :] - tau * matmul(vector, matmul(vector.mT, right[..., step:, :]))
        right = cat([right[..., :step, :], lower], -2)
        later = left[..., step:] - tau * matmul(matmul(left[..., step:], vector), vector.mT)
        left = cat([left[..., :step], later], -1)
    right = right.triu()
    if mode == "r":
        return Named(Q=A.new_zeros(0), R=right[..., :count, :])
    return Named(Q=left, R=right) if mode == "complete" else Named(Q=left[..., :count], R=right[..., :count, :])


@both("qr")
def torch_qr(input: Tensor, some: bool = True) -> Named:
    return qr(input, "reduced" if some else "complete")


@declare("linalg.lstsq")
def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: Any = None) -> Named:
    """For matrices of full rank: Rx = Qᵀb, of a wide one the shortest solution x = Q(Rᵀ)⁻¹b with Aᵀ = QR."""
    # Other drivers give residuals and singular values too.
    require_default("driver", None if driver == "gelsy" else driver)
    require_default("rcond", rcond)
    right = B.unsqueeze(-1) if B.ndim < A.ndim else B
    if symbolic.decide("lt", A.shape[-2], A.shape[-1]):
        q, r = qr(A.mT)
        found = matmul(q, solve_triangular(r.mT, right, upper=False))
    else:
        q, r = qr(A)
        found = solve_triangular(r, matmul(q.mT, right), upper=True)
    nothing = A.new_zeros(0)
    return Named(
        solution=found.squeeze(-1) if B.ndim < A.ndim else found,
        residuals=nothing,
        rank=(A[..., 0, 0] * 0).long() + minimum(A.shape[-2], A.shape[-1]),
        singular_values=nothing,
    )


@declare("linalg.matrix_power", "torch.matrix_power", "Tensor.matrix_power")
def matrix_power(A: Tensor, n: int) -> Tensor:
    """By repeated squaring."""
    if n < 0:
        return matrix_power(inverse(A), -n)
    if n == 0:
        return expanded(eye(A.shape[-1], dtype=A.dtype), A.shape)
    result, factor = None, A
    while n:
        if n % 2:
            result = factor if result is None else matmul(result, factor)
        n //= 2
        factor = matmul(factor, factor) if n else factor
    return result  # type: ignore[return-value]


#: Halvings and terms of matrix_exp: of a matrix with a norm of up to 2⁸ the series is then exact in 32 bits.
_HALVINGS, _TERMS = 10, 8


@declare("linalg.matrix_exp", "torch.matrix_exp", "Tensor.matrix_exp")
def matrix_exp(A: Tensor) -> Tensor:
    """exp(A) = exp(A/2ˢ)^2ˢ, Taylor's series of the small matrix in 64 bits."""
    small = A.double() * 2.0**-_HALVINGS
    identity = eye(A.shape[-1], dtype=small.dtype)
    result = identity
    for term in range(_TERMS, 0, -1):
        result = identity + matmul(small, result) * (1 / term)
    for _ in range(_HALVINGS):
        result = matmul(result, result)
    return result.to(A.dtype)


@declare("linalg.lu_factor", "torch.lu", "Tensor.lu")
def lu_factor(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Named:
    """The factors in one matrix, and for every step the row, counted from 1, that it was exchanged with."""
    require_default("pivot", pivot, True)
    require_default("get_infos", get_infos, False)
    size = _square(A, "linalg.lu_factor")
    factors, pivots, _ = _factored(A, size)
    return Named(LU=factors, pivots=pivots)


def _factored(A: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """(lower and upper triangle in one, pivots from 1, the order of the rows)."""
    rows, factors, pivots = arange(size), A, []
    order_of = expanded(rows, (*A.shape[:-2], size))
    for step in range(size):
        pivot = where(rows >= step, factors[..., step].abs(), -1.0).argmax(-1, True)
        order = where(rows == step, pivot, where(rows == pivot, step, rows))
        factors = gather(factors, -2, expanded(order.unsqueeze(-1), factors.shape))
        order_of = gather(order_of, -1, order)
        pivots.append(pivot)
        if step + 1 < size:
            below = factors[..., step + 1 :, step : step + 1] / factors[..., step : step + 1, step : step + 1]
            rest = factors[..., step + 1 :, step + 1 :] - below * factors[..., step : step + 1, step + 1 :]
            lower = cat([factors[..., step + 1 :, :step], below, rest], -1)
            factors = cat([factors[..., : step + 1, :], lower], -2)
    return factors, cat(pivots, -1).int() + 1, order_of


def _triangles(factors: Tensor) -> tuple[Tensor, Tensor]:
    return factors.tril(-1) + eye(factors.shape[-1], dtype=factors.dtype), factors.triu()


@declare("linalg.lu")
def lu(A: Tensor, *, pivot: bool = True) -> Named:
    """A = PLU."""
    require_default("pivot", pivot, True)
    size = _square(A, "linalg.lu")
    factors, _, order = _factored(A, size)
    lower, upper = _triangles(factors)
    return Named(P=_permutation(order, A), L=lower, U=upper)


def _permutation(order: Tensor, A: Tensor) -> Tensor:
    """P with P[order[i], i] = 1."""
    return (order.unsqueeze(-2) == arange(A.shape[-1]).unsqueeze(-1)).to(A.dtype)


@declare("torch.lu_unpack")
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Named:
    size = _square(LU_data, "torch.lu_unpack")
    rows = arange(size)
    order = expanded(rows, (*LU_data.shape[:-2], size))
    for step in range(size):
        pivot = (LU_pivots[..., step : step + 1] - 1).long()
        order = gather(order, -1, where(rows == step, pivot, where(rows == pivot, step, rows)))
    nothing = LU_data.new_zeros(0)
    lower, upper = _triangles(LU_data) if unpack_data else (nothing, nothing)
    return Named(P=_permutation(order, LU_data) if unpack_pivots else nothing, L=lower, U=upper)


@both("lu_solve")
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    P, lower, upper = lu_unpack(LU_data, LU_pivots)
    return solve_triangular(upper, solve_triangular(lower, matmul(P.mT, b), upper=False), upper=True)
