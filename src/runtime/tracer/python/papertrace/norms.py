"""Norms of vectors and of matrices."""

from __future__ import annotations

import math
from typing import Any

from papertrace.declare import both, declare
from papertrace.dtypes import as_dtype
from papertrace.errors import Unsupported
from papertrace.reductions import amax, amin, norm, shape_without
from papertrace.shapes import normalise_dim
from papertrace.tensor import Tensor
from papertrace.views import reshape


@both("norm")
def torch_norm(
    input: Tensor, p: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    return norm(input if dtype is None else input.to(as_dtype(dtype)), p, dim, keepdim)


@declare("linalg.vector_norm")
def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    return norm(x if dtype is None else x.to(as_dtype(dtype)), ord, dim, keepdim)


@declare("linalg.norm")
def linalg_norm(
    A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """Of vectors where one dimension is meant, of matrices where two are, and of everything where no order is given."""
    axes = [dim] if isinstance(dim, int) else dim
    if ord is not None and (A.ndim if axes is None else len(axes)) == 2:
        return matrix_norm(A, ord, (-2, -1) if axes is None else axes, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


@declare("linalg.matrix_norm")
def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    x = A if dtype is None else A.to(as_dtype(dtype))
    if ord == "fro":
        return norm(x, 2, dim, keepdim)
    if ord not in (1, -1, math.inf, -math.inf):
        raise Unsupported("The norm {0} of a matrix is not supported: it rests on its singular values.", ord)
    rows, columns = (normalise_dim(x.ndim, axis) for axis in dim)
    summed, largest_of = (rows, columns) if ord in (1, -1) else (columns, rows)
    lengths = norm(x, 1, summed, True)
    result = amax(lengths, largest_of, True) if ord > 0 else amin(lengths, largest_of, True)
    return result if keepdim else reshape(result, shape_without(x.shape, (rows, columns), False))
