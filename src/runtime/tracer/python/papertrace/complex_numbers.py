"""Complex numbers: kept as real tensors whose last dimension holds the real and the imaginary part."""

from __future__ import annotations

from typing import Any

from papertrace.creation import as_tensor, filled
from papertrace.declare import both, declare
from papertrace.dtypes import bool_, dtype
from papertrace.errors import Unsupported
from papertrace.shapes import broadcast
from papertrace.tensor import Tensor, emit


def from_storage(storage: Tensor) -> Tensor:
    """The complex tensor whose parts lie in the last dimension of ``storage``."""
    shape = storage.shape
    return emit("reshape", [storage], {"shape": tuple(shape)}, shape, storage.dtype, complex=True)


def storage_of(tensor: Tensor) -> Tensor:
    """The parts of a complex tensor as a real one with a last dimension of 2."""
    value = tensor.value
    return emit("reshape", [tensor], {"shape": value.shape}, value.shape, value.dtype)


def parts(operand: Any, real: dtype) -> tuple[Tensor, Tensor]:
    """Real and imaginary part of a complex or real operand."""
    if isinstance(operand, Tensor) and operand.dtype.category == 3:
        storage = storage_of(operand)
        return storage[..., 0], storage[..., 1]
    if isinstance(operand, complex):
        return as_tensor(operand.real, real), as_tensor(operand.imag, real)
    tensor = as_tensor(operand, real).to(real)
    return tensor, filled((), 0, real)


def compose(real: Tensor, imaginary: Tensor) -> Tensor:
    """real + i·imaginary."""
    shape = broadcast(real.shape, imaginary.shape)
    from papertrace.join import stack

    return from_storage(stack([real.expand(shape), imaginary.expand(shape)], -1))


def binary(primitive: str, left: Any, right: Any, common: dtype) -> Tensor:
    real = common.to_real()
    (a, b), (c, d) = parts(left, real), parts(right, real)
    if primitive in ("add", "sub"):
        return compose(a + c, b + d) if primitive == "add" else compose(a - c, b - d)
    if primitive == "mul":
        return compose(a * c - b * d, a * d + b * c)
    if primitive == "div":
        square = c * c + d * d
        return compose((a * c + b * d) / square, (b * c - a * d) / square)
    if primitive in ("eq", "ne"):
        equal = a.eq(c) & b.eq(d)
        return equal if primitive == "eq" else ~equal
    if primitive == "pow" and right == 2:
        return compose(a * a - b * b, a * b * 2)
    raise Unsupported("The operation {0} is not supported on complex numbers.", primitive)


def unary(primitive: str, input: Tensor) -> Tensor:
    real, imaginary = parts(input, input.dtype.to_real())
    if primitive == "abs":
        return (real * real + imaginary * imaginary).sqrt()
    if primitive == "neg":
        return compose(-real, -imaginary)
    if primitive == "exp":
        size = real.exp()
        return compose(size * imaginary.cos(), size * imaginary.sin())
    raise Unsupported("The operation {0} is not supported on complex numbers.", primitive)


def where(condition: Tensor, input: Any, other: Any, common: dtype) -> Tensor:
    from papertrace.elementwise import where as real_where

    (a, b), (c, d) = parts(input, common.to_real()), parts(other, common.to_real())
    mask = condition.to(bool_)
    return compose(real_where(mask, a, c), real_where(mask, b, d))


def cast(input: Tensor, element: dtype) -> Tensor:
    if input.dtype.category == 3 and element.category == 3:
        return from_storage(storage_of(input).to(element.to_real()))
    if element.category == 3:
        return compose(input.to(element.to_real()), filled((), 0, element.to_real()))
    return storage_of(input)[..., 0].to(element)


@declare("torch.view_as_complex")
def view_as_complex(input: Tensor) -> Tensor:
    return from_storage(input).view_of(input, from_storage, lambda base, new: storage_of(new))


@declare("torch.view_as_real")
def view_as_real(input: Tensor) -> Tensor:
    return storage_of(input).view_of(input, storage_of, lambda base, new: from_storage(new))


@declare("torch.complex")
def complex_(real: Tensor, imag: Tensor) -> Tensor:
    return compose(real, imag)


@declare("torch.polar")
def polar(abs: Tensor, angle: Tensor) -> Tensor:
    return compose(abs * angle.cos(), abs * angle.sin())


@both("resolve_conj")
def resolve_conj(input: Tensor) -> Tensor:
    return input


@both("conj", "conj_physical")
def conj(input: Tensor) -> Tensor:
    if input.dtype.category < 3:
        return input
    real, imaginary = parts(input, input.dtype.to_real())
    return compose(real, -imaginary)


@both("angle")
def angle(input: Tensor) -> Tensor:
    real, imaginary = parts(input, input.dtype.to_real())
    return imaginary.atan2(real)


@declare("torch.real")
def real(input: Tensor) -> Tensor:
    return parts(input, input.dtype.to_real())[0]


@declare("torch.imag")
def imag(input: Tensor) -> Tensor:
    return parts(input, input.dtype.to_real())[1]


Tensor.real = property(real)  # type: ignore[attr-defined]
Tensor.imag = property(imag)  # type: ignore[attr-defined]
