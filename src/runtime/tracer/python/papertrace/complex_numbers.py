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
    if primitive == "pow":
        return power(left, right, real)
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
    if primitive == "log":
        return compose((real * real + imaginary * imaginary).log() * 0.5, imaginary.atan2(real))
    if primitive == "reciprocal":
        square = real * real + imaginary * imaginary
        return compose(real / square, -imaginary / square)
    if primitive in ("sqrt", "rsqrt"):
        root = _root(real, imaginary)
        return root if primitive == "sqrt" else root.reciprocal()
    if primitive in ("sin", "cos", "sinh", "cosh"):
        return _trigonometric(primitive, real, imaginary)
    if primitive == "tanh":
        return unary("sinh", input) / unary("cosh", input)
    if primitive == "tan":
        return unary("sin", input) / unary("cos", input)
    if primitive == "sigmoid":
        return (unary("exp", -input) + 1).reciprocal()
    if primitive in ("isnan", "isinf"):
        return getattr(real, primitive)() | getattr(imaginary, primitive)()
    raise Unsupported("The operation {0} is not supported on complex numbers.", primitive)


def _root(real: Tensor, imaginary: Tensor) -> Tensor:
    """The square root whose real part is not negative; the half with less cancellation gives the other."""
    from papertrace.elementwise import where as choose

    size = (real * real + imaginary * imaginary).sqrt()
    larger = ((size + real.abs()) * 0.5).sqrt()
    other = choose(larger == 0, 0.0, imaginary.abs() / choose(larger == 0, 1.0, larger * 2))
    right = real >= 0
    sign = choose(imaginary < 0, -1.0, 1.0)
    return compose(choose(right, larger, other), choose(right, other, larger) * sign)


def _trigonometric(primitive: str, real: Tensor, imaginary: Tensor) -> Tensor:
    if primitive == "sin":
        return compose(real.sin() * imaginary.cosh(), real.cos() * imaginary.sinh())
    if primitive == "cos":
        return compose(real.cos() * imaginary.cosh(), -(real.sin() * imaginary.sinh()))
    if primitive == "sinh":
        return compose(real.sinh() * imaginary.cos(), real.cosh() * imaginary.sin())
    return compose(real.cosh() * imaginary.cos(), real.sinh() * imaginary.sin())


def power(base: Any, exponent: Any, real: dtype) -> Tensor:
    """exp(exponent · log base); by whole numbers that are small, products."""
    if isinstance(exponent, int) and 0 < exponent <= 8:
        result = base
        for _ in range(exponent - 1):
            result = result * base
        return result
    (a, b), (c, d) = parts(base, real), parts(exponent, real)
    from papertrace.elementwise import where as choose

    zero = (a == 0) & (b == 0)
    size, turn = choose(zero, 1.0, a * a + b * b).log() * 0.5, b.atan2(a)
    factor, angle = (c * size - d * turn).exp(), d * size + c * turn
    factor = choose(zero, choose((c == 0) & (d == 0), 1.0, 0.0), factor)
    return compose(factor * angle.cos(), factor * angle.sin())


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
