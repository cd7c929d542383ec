"""Indexing: slices, integers, None, …, masks and index tensors, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papertrace import symbolic
from papertrace.creation import as_tensor
from papertrace.declare import both, declare
from papertrace.dtypes import bool_, int64, uint8
from papertrace.errors import Unsupported
from papertrace.reads import size_of
from papertrace.shapes import broadcast, normalise_dim, same_shape
from papertrace.signs import is_never_negative
from papertrace.slices import selected, sliced
from papertrace.tensor import Tensor, emit, wrap
from papertrace.views import permuted, reshape, unsqueeze
from papertrace.written_rows import placed

#: (dimension of the tensor that is indexed, index tensor); a mask covers as many dimensions as it has.
Advanced = list[tuple[int, Tensor]]


def parse(tensor: Tensor, index: Any) -> tuple[Tensor, Advanced]:
    """Apply the basic part of an index; what remains are index tensors and masks."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [as_tensor(list(item)) if isinstance(item, (list, tuple, range)) else item for item in items]
    items = [
        as_tensor(item) if type(item).__module__ == "numpy" and hasattr(item, "tolist") else item for item in items
    ]
    consumed = sum(map(consumes, items))
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    advanced: Advanced = []
    result, dim = tensor, 0
    for item in items:
        if item is None:
            result = unsqueeze(result, dim)
            dim += 1
        elif item is Ellipsis:
            dim += tensor.ndim - consumed
        elif isinstance(item, bool):
            result = unsqueeze(result, dim)
            advanced.append((dim, as_tensor([item])))
            dim += 1
        elif isinstance(item, slice):
            step = 1 if item.step is None else item.step
            if symbolic.hint(step) < 1:
                raise ValueError("step must be greater than zero")
            result = sliced(result, dim, item.start, item.stop, symbolic.concrete(step))
            dim += 1
        elif isinstance(item, Tensor) and not (item.ndim == 0 and size_of(item.value) is not None):
            if item.dtype.category > 1:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            mask = item.dtype is bool_ or item.dtype is uint8
            item = item.to(bool_) if mask else item
            advanced.append((dim, item))
            dim += item.ndim if mask else 1
        else:
            result = selected(result, dim, item)
    return result, advanced


def consumes(item: Any) -> int:
    """Dimensions that an index stands for."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return item.ndim if isinstance(item, Tensor) and item.dtype in (bool_, uint8) else 1


@declare("Tensor.__getitem__")
def getitem(self: Tensor, index: Any) -> Tensor:
    result, advanced = parse(self, index)
    if advanced:
        return taken(result, advanced)
    if result is self:
        return wrap(self.value).view_of(self, lambda base: base, lambda base, new: new)
    return result


def _without_masks(advanced: Advanced) -> Advanced:
    """Every mask as the index tensors of its true elements."""
    result: Advanced = []
    for dim, index in advanced:
        if index.dtype is bool_:
            places = nonzero(index)
            result += [(dim + axis, selected(places, 1, axis)) for axis in range(index.ndim)]
        else:
            result.append((dim, index.to(int64)))
    return result


def not_negative(index: Tensor, size: int) -> Tensor:
    """Index with ``size`` added where it is below zero; the index itself where that cannot be."""
    if is_never_negative(index):
        return index
    from papertrace.elementwise import where

    return where(index < 0, index + size, index)


#: What numbers below zero become with it, lies beyond any axis: 2⁵³ more than they were.
_BEYOND = 2**53 - 1


def none_from_end(index: Tensor) -> Tensor:
    """Index of a function that counts none from the end: a run with one below zero, which onnxruntime would count so,
    is refused. The index itself where that cannot be."""
    from papertrace.elementwise import binary

    return index if is_never_negative(index) else binary("and", index, _BEYOND)


def taken(tensor: Tensor, advanced: Advanced) -> Tensor:
    """tensor[index tensors]: the gathered elements, a copy."""
    advanced = _without_masks(advanced)
    if len(advanced) == 1:
        dim, index = advanced[0]
        return gathered(tensor, dim, index)
    dims = [dim for dim, _ in advanced]
    shape = broadcast(*(index.shape for _, index in advanced))
    indices = stacked(tensor, advanced, shape)
    rest = [axis for axis in range(tensor.ndim) if axis not in dims]
    front = permuted(tensor, [*dims, *rest])
    storage = (*shape, *(tensor.value.shape[axis] for axis in rest), *((2,) if tensor._value.complex else ()))
    result = emit("gather_nd", [front, indices], {}, storage, tensor.value.dtype, complex=tensor._value.complex)
    lead = _lead(dims)
    if lead:
        count = len(shape)
        order = [*range(count, count + lead), *range(count), *range(count + lead, count + len(rest))]
        result = permuted(result, order)
    return result


def gathered(tensor: Tensor, dim: int, index: Tensor) -> Tensor:
    """Rows of ``tensor`` along ``dim``, indices below zero from the end; the index may have any rank."""
    index = not_negative(index.to(int64), tensor.shape[dim])
    storage = (*tensor.value.shape[:dim], *index.shape, *tensor.value.shape[dim + 1 :])
    return emit("gather", [tensor, index], {"dim": dim}, storage, tensor.value.dtype, complex=tensor._value.complex)


def _lead(dims: Sequence[int]) -> int:
    """How many untouched dimensions stay in front: only where the indexed ones lie side by side."""
    return dims[0] if list(dims) == list(range(dims[0], dims[0] + len(dims))) else 0


def stacked(tensor: Tensor, advanced: Advanced, shape: Sequence[int]) -> Tensor:
    """Index tensors side by side in a new last dimension."""
    from papertrace.join import cat

    columns = []
    for dim, index in advanced:
        index = not_negative(index, tensor.shape[dim])
        index = index if same_shape(index.shape, shape) else index.expand(*shape)
        columns.append(unsqueeze(index, -1))
    return columns[0] if len(columns) == 1 else cat(columns, -1)


@declare("Tensor.__setitem__")
def setitem(self: Tensor, index: Any, value: Any) -> None:
    target, advanced = parse(self, index)
    new = as_tensor(value, None if isinstance(value, Tensor) else self.dtype)
    if advanced:
        target.write(put(target, advanced, new))
        return
    while new.ndim > target.ndim and symbolic.is_one(new.shape[0]):
        new = reshape(new, new.shape[1:])
    target.write(new)


def put(tensor: Tensor, advanced: Advanced, new: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with the elements at the index tensors replaced (or added to)."""
    new = new.to(tensor.dtype)
    if len(advanced) == 1 and advanced[0][1].dtype is bool_ and not accumulate:
        simple = _put_mask(tensor, *advanced[0], new)
        if simple is not None:
            return simple
    advanced = _without_masks(advanced)
    dims = [dim for dim, _ in advanced]
    shape = broadcast(*(index.shape for _, index in advanced))
    indices = stacked(tensor, advanced, shape)
    rest = [axis for axis in range(tensor.ndim) if axis not in dims]
    order = [*dims, *rest]
    front = permuted(tensor, order)
    lead = _lead(dims)
    if lead:
        count, sizes = len(shape), [tensor.shape[axis] for axis in rest]
        natural = [*sizes[:lead], *shape, *sizes[lead:]]
        back = [*range(lead, lead + count), *range(lead), *range(lead + count, len(natural))]
        updates = permuted(new.expand(*natural), back)
    else:
        updates = new.expand(*shape, *(tensor.shape[axis] for axis in rest))
    if tensor._value.complex:
        raise Unsupported("Writing into a complex tensor through an index tensor is not supported.")
    result = emit(
        "scatter_nd",
        [front, indices, updates],
        {"reduction": "add" if accumulate else "none"},
        front.shape,
        tensor.dtype,
    )
    if len(advanced) == 1 and advanced[0][1].value.ordering == 0 and not accumulate:
        index = advanced[0][1]
        if index.ndim == 1 and symbolic.same(index.shape[0], tensor.shape[dims[0]]):
            result._value.uninitialised = new.value.uninitialised or index.value.uninitialised
    result = permuted(result, [order.index(axis) for axis in range(len(order))])
    placed(result, tensor, advanced, new)
    return result


def _put_mask(tensor: Tensor, dim: int, mask: Tensor, new: Tensor) -> Tensor | None:
    """tensor[mask] = new without the positions of the mask, where that is possible."""
    from papertrace.elementwise import where

    tail = tensor.ndim - dim - mask.ndim
    wide = reshape(mask, (*mask.shape, *([1] * tail)))
    if new.ndim == 0 or all(symbolic.is_one(size) for size in new.shape):
        return where(wide, reshape(new, ()), tensor)
    if new.ndim == tail and (new.ndim == 0 or not symbolic.depends_on_data(new.shape[0])):
        return where(wide, new, tensor)
    if dim == 0:
        from papertrace.scatter import masked_scatter

        return masked_scatter(tensor, wide, new)
    return None


@both("nonzero", "argwhere")
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    from papertrace.reads import count_of

    if not input.ndim:
        input = reshape(input, (1,))
    mask = input if input.dtype is bool_ else input.ne(0)
    count, attach = count_of(mask)
    result = emit("nonzero", [mask], {}, (count, input.ndim), int64)
    if attach is not None:
        result._value.shape = (attach(result.value), input.ndim)
    return tuple(selected(result, 1, axis) for axis in range(input.ndim)) if as_tuple else result


@both("index_select")
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    index = none_from_end(index.to(int64))
    if not input.ndim:
        return reshape(input, (1,))[index][0]
    return gathered(input, normalise_dim(input.ndim, dim), index if index.ndim else reshape(index, (1,)))


@both("masked_select")
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    shape = broadcast(input.shape, mask.shape)
    return taken(input.expand(*shape), [(0, mask.expand(*shape))])


@both("take")
def take(input: Tensor, index: Tensor) -> Tensor:
    return gathered(reshape(input, (-1,)), 0, index)


@declare("Tensor.index_put", "Tensor.index_put_", "torch.index_put")
def index_put(input: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    target, advanced = parse(input, tuple(slice(None) if item is None else item for item in indices))
    return put(target, advanced, as_tensor(values, input.dtype), accumulate)


@both("index_add", in_place=True)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    source = source if alpha == 1 else source * alpha
    return put(input, [(normalise_dim(input.ndim, dim), none_from_end(index.to(int64)))], source, accumulate=True)


@both("index_fill", in_place=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    return put(input, [(normalise_dim(input.ndim, dim), index)], as_tensor(value, input.dtype))


@both("index_copy", in_place=True)
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    return put(input, [(normalise_dim(input.ndim, dim), none_from_end(index.to(int64)))], source)


@declare("torch.unravel_index")
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Row-major coordinates of flat indices."""
    coordinates: list[Tensor] = []
    rest = indices
    for size in reversed(tuple(shape)):
        coordinates.append(rest % size)
        rest = rest // size
    return tuple(reversed(coordinates))
