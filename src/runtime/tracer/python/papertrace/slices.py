"""Slices, single elements and pieces of a tensor along a dimension: views."""

from __future__ import annotations

from typing import Any

from papertrace import record, symbolic, written
from papertrace.declare import both, declare
from papertrace.dtypes import int64
from papertrace.loop_sources import FreeSlices
from papertrace.shapes import as_int, normalise_dim
from papertrace.symbolic import depends_on_data, hint, is_plain, same
from papertrace.tensor import Tensor, emit, wrap
from papertrace.views import reshape


def bounds(size: int, start: Any, end: Any) -> tuple[int, int]:
    """Start and end of a slice within 0…size, as Python clips them; end ≥ start."""
    first = _bound(size, start, 0)
    last = _bound(size, end, size)
    return (first, last) if not _less(last, first) else (first, first)


def _less(left: int, right: int) -> bool:
    difference = symbolic.subtract(left, right)
    if depends_on_data(difference):
        return False
    if is_plain(difference):
        return difference < 0
    if symbolic.never_negative(difference):
        return False
    return symbolic.decide("lt", left, right)


def _bound(size: int, bound: Any, otherwise: int) -> int:
    if bound is None:
        return otherwise
    bound = as_int(bound)
    if _less(bound, 0):
        bound = bound + size
        if _less(bound, 0):
            return 0
    if same(bound, size) or (is_plain(bound) and bound >= 2**31):
        return size
    return size if _less(size, bound) else bound


def sliced(input: Tensor, dim: int, start: Any, end: Any, step: int = 1) -> Tensor:
    """input[start:end:step] along ``dim`` (counted from the front)."""
    size = input.shape[dim]
    first, last = bounds(size, start, end)
    count = symbolic.subtract(last, first)
    if step != 1:
        count = symbolic.floor_divide(count + (step - 1), step)
    if step == 1 and same(first, 0) and same(last, size):
        return input
    shape = list(input.value.shape)
    shape[dim] = count
    result = emit(
        "slice",
        [input],
        {"dim": dim, "start": first, "end": last, "step": step},
        shape,
        input.value.dtype,
        complex=input._value.complex,
    )
    written.took(result._value, input.value, dim, (first, last, step))

    def write_back(base: Tensor, new: Tensor) -> Tensor:
        from papertrace.scatter import replaced_slice

        return replaced_slice(base, dim, first, last, step, new)

    return result.view_of(input, lambda base: sliced(base, dim, first, last, step), write_back)


@both("narrow")
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    start = as_int(start)
    dim = normalise_dim(input.ndim, dim)
    start = start + input.shape[dim] if symbolic.is_negative(start) else start
    return sliced(input, dim, start, start + length)


@both("select")
def select(input: Tensor, dim: int, index: Any) -> Tensor:
    return selected(input, normalise_dim(input.ndim, dim), index)


def selected(input: Tensor, dim: int, index: Any) -> Tensor:
    """input[index] along ``dim``, which goes away."""
    index, size = as_int(index), input.shape[dim]
    if _less(index, 0):
        index = index + size
    known = not depends_on_data(size) and not depends_on_data(index)
    if known and (symbolic.is_negative(index) or not symbolic.decide("lt", index, size)):
        raise IndexError(f"index {hint(index)} is out of bounds for dimension {dim} with size {hint(size)}")
    part = sliced(input, dim, index, index + 1)
    shape = input.shape
    return reshape(part, (*shape[:dim], *shape[dim + 1 :]))


@both("unbind")
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    dim = normalise_dim(input.ndim, dim)
    size = input.shape[dim]
    if not is_plain(size) and not depends_on_data(size):
        return FreeSlices(input, dim, size)  # type: ignore[return-value]
    return tuple(selected(input, dim, index) for index in range(symbolic.concrete(input.shape[dim])))


def __iter__(self: Tensor) -> Any:
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(_every_place(self) or self.unbind(0))


def _every_place(places: Tensor) -> list[Tensor] | None:
    """For the places that nonzero finds in a vector of fixed length: all of that vector's (of many the first few, where
    that is all that was asked for), whatever the run has.

    So a loop over the experts that were chosen becomes one over all experts, of which those without tokens work on
    empty tensors. Source that breaks at a place that no run has is traced again with the places of the run.
    """
    operation = places.value.operation
    if record.trace.asks_places:
        return None
    if operation is None or operation.primitive != "nonzero" or not depends_on_data(places.shape[0]):
        return None
    sizes = operation.inputs[0].shape  # type: ignore[union-attr]
    if len(sizes) != 1 or not is_plain(sizes[0]):
        return None
    from papertrace.creation import constant

    record.trace.wrote_out_places = True
    most = record.trace.most_places
    if most is None or most >= sizes[0]:
        record.trace.problem("This loop over the places that hold true is written out for every place.")
        return [constant([place], (1,), int64) for place in range(sizes[0])]
    record.trace.problem("Of this loop over the places that hold true, the first few are shown.")
    return [constant([place], (1,), int64) for place in range(most)]


Tensor.__iter__ = __iter__  # type: ignore[attr-defined]


@declare("Tensor.split", "Tensor.split_with_sizes", "torch.split_with_sizes")
def split(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    dim = normalise_dim(self.ndim, dim)
    size = self.shape[dim]
    if isinstance(split_size, (list, tuple)):
        parts = [as_int(part) for part in split_size]
    else:
        part = as_int(split_size)
        quotient = symbolic.exact_quotient(size, part)
        if quotient is not None and not is_plain(quotient) and not depends_on_data(quotient):
            return FreeSlices(self, dim, quotient, part)  # type: ignore[return-value]
        count = symbolic.floor_divide(size, part)
        whole = symbolic.concrete(count)
        rest = symbolic.subtract(size, part * whole)
        parts = [part] * whole + ([] if same(rest, 0) or symbolic.decide("eq", rest, 0) else [rest])
    pieces, start = [], 0
    for part in parts:
        pieces.append(sliced(self, dim, start, start + part))
        start = start + part
    return tuple(
        wrap(piece.value).view_of(piece, lambda b: b, lambda b, n: n) if piece is self else piece for piece in pieces
    )


@declare("torch.split")
def split_function(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    return split(tensor, split_size_or_sections, dim)


@both("chunk")
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    size = input.shape[normalise_dim(input.ndim, dim)]
    exact = symbolic.exact_quotient(size, chunks)
    return split(input, symbolic.floor_divide(size + (chunks - 1), chunks) if exact is None else exact, dim)


@both("tensor_split")
def tensor_split(
    input: Tensor, indices_or_sections: Any = None, dim: int = 0, *, sections: Any = None, indices: Any = None
) -> tuple[Tensor, ...]:
    size = input.shape[normalise_dim(input.ndim, dim)]
    sections = next(given for given in (indices_or_sections, sections, indices) if given is not None)
    if isinstance(sections, int):
        quotient, rest = divmod(symbolic.concrete(size), sections)
        return split(input, [quotient + 1] * rest + [quotient] * (sections - rest), dim)
    edges = [0, *(sections.tolist() if isinstance(sections, Tensor) else sections), size]
    return split(input, [last - first for first, last in zip(edges, edges[1:])], dim)
