"""Operations on complex tensors, part by part: what is linear in one tensor, or in each of several."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from papertrace.complex_numbers import compose, parts
from papertrace.dtypes import dtype
from papertrace.errors import Unsupported
from papertrace.tensor import Tensor, emit

#: Linear in the inputs at these positions together: all of them are complex, or none.
_LINEAR: dict[str, tuple[int, ...]] = {
    "cumsum": (0,),
    "gather": (0,),
    "trilu": (0,),
    "gather_elements": (0,),
    "where": (1, 2),
    "scatter_nd": (0, 2),
    "scatter_elements": (0, 2),
}

#: Linear in each of the inputs; those with a bias are linear in the first two.
_MULTILINEAR = ("matmul", "einsum", "conv", "conv_transpose")


def by_parts(
    primitive: str, inputs: Sequence[Tensor | None], attributes: dict[str, Any], shape: Sequence[int], element: dtype
) -> Tensor:
    """The result of a primitive that knows nothing of complex numbers, composed of its results on real ones."""
    real = element.to_real()

    def made(operands: Sequence[Tensor | None]) -> Tensor:
        return emit(primitive, operands, attributes, shape, real)

    places = _LINEAR.get(primitive, (0,) if attributes.get("kind") in ("sum", "mean", "average") else None)
    replaces = attributes.get("reduction", "none") in ("none", "add")
    if places is not None and replaces and all(_is_complex(inputs[place]) for place in places):
        first, second = ([*inputs], [*inputs])
        for place in places:
            first[place], second[place] = parts(inputs[place], real)
        return compose(made(first), made(second))
    if primitive in _MULTILINEAR and (primitive == "einsum" or all(item is None for item in inputs[2:])):
        return _multilinear(made, [item for item in inputs if item is not None], real, len(inputs))
    raise Unsupported("The operation {0} is not supported on complex numbers.", primitive)


def _multilinear(made: Any, inputs: list[Tensor], real: dtype, count: int) -> Tensor:
    """Σ over all choices of parts; i² = −1."""
    totals: list[Tensor | None] = [None, None]
    choices = [parts(item, real) if _is_complex(item) else (item.to(real),) for item in inputs]
    for chosen in itertools.product(*(range(len(choice)) for choice in choices)):
        operands: list[Tensor | None] = [choice[index] for choice, index in zip(choices, chosen)]
        term = made([*operands, *([None] * (count - len(operands)))])
        power = sum(chosen)
        term = -term if power % 4 >= 2 else term
        known = totals[power % 2]
        totals[power % 2] = term if known is None else known + term
    first, second = totals
    assert first is not None and second is not None
    return compose(first, second)


def _is_complex(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor._value.complex
