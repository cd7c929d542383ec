"""The tracing tensor: shape, dtype and a value of the trace, never data.

Views and in-place operations are functionalised: a view keeps its base, how to make it again (``replay``) and how a
write to it changes the base (``write_back``); a write replaces the value and goes up the chain, and other views of the
same base are made again when they are read next (version counters).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from papertrace import record, symbolic
from papertrace.dtypes import CPU, Size, dtype
from papertrace.errors import Unsupported
from papertrace.strides import Strides, keep_layout, lay_as_given, own_layout
from papertrace.values import Value


class TensorType(type):
    """Lets ``isinstance(x, torch.LongTensor)`` ask for the element type."""

    def __instancecheck__(cls, instance: object) -> bool:
        legacy = cls.__dict__.get("legacy_dtype")
        if legacy is not None:
            return type.__instancecheck__(Tensor, instance) and instance.dtype is legacy  # type: ignore[attr-defined]
        return type.__instancecheck__(cls, instance)


class Tensor(metaclass=TensorType):
    """A tensor of the trace. Its operations are declared in the other modules of this package."""

    is_traced_tensor = True

    #: Libraries that serve several frameworks know a tensor by the module of its class.
    __module__ = "torch"

    device = CPU
    layout = "torch.strided"
    is_cuda = is_sparse = is_nested = is_quantized = is_meta = is_mps = is_xpu = False
    is_leaf = True
    grad = grad_fn = names = None
    requires_grad = False

    #: Free sizes that decide whether this is a copy of something, or something of this.
    _laid_out: tuple[int, ...] = ()
    #: Strides of a copy, whose value is that of what it was made of, False where they are not known; None: those of the
    #: value (strides.py).
    _strides: Strides | None | Literal[False] = None

    def __new__(cls, *sizes: Any, device: Any = None) -> Tensor:
        from papertrace.creation import legacy_tensor

        return legacy_tensor(cls, sizes)

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    # — value and aliasing

    @property
    def value(self) -> Value:
        """The current value; after a loop that has become one operation, what that gives."""
        value = self.fresh()
        return value if value.rolled is None else record.trace.loops.current(value)

    def fresh(self) -> Value:
        """The current value: a view of something that has changed is made again first."""
        base = self._base
        if base is not None:
            base.fresh()
            if base._version != self._base_version:
                record.trace.touch(self._value)
                self._strides = own_layout(self)
                self._value = self._replay(base)._value
                self._base_version = base._version
                self._version += 1
        return self._value

    def view_of(
        self,
        base: Tensor,
        replay: Callable[[Tensor], Tensor],
        write_back: Callable[[Tensor, Tensor], Tensor] | None,
    ) -> Tensor:
        """Declare this tensor a view of ``base``; ``write_back(base, new)`` gives the base after a write, None where
        several elements of the view may be one of the base."""
        self._base = base
        self._base_version = base._version
        self._replay = replay
        call = record.trace.call
        self._write_back = write_back or written_nowhere(call.function if call is not None else "Tensor.expand")
        if self._value is base._value:
            self._strides = base._strides
        return self

    def copied(self) -> Tensor:
        """Another tensor of the same value, which is written by itself."""
        copy = wrap(self.value)
        copy._strides = self._strides
        return copy

    def copy_of(self, original: Tensor, strides: Strides) -> Tensor:
        """Declare this tensor a copy that torch makes of ``original`` to have it under these strides: of single rows it
        makes none."""
        sizes = tuple(size for size in original.shape if not symbolic.is_plain(size))
        tensor: Tensor | None = original
        while tensor is not None:
            tensor._laid_out = (*tensor._laid_out, *sizes)
            tensor = tensor._base
        self._laid_out = sizes
        self._strides = strides
        return self

    def write(self, new: Tensor) -> Tensor:
        """Replace the contents in place; ``new`` is cast and broadcast."""
        for size in self._laid_out:
            # What was copied is another tensor only at sizes such as these.
            bool(size == 1)
        new = new.to(self.dtype)
        shape = self.shape
        if len(new.shape) != len(shape) or not all(symbolic.same(a, b) for a, b in zip(new.shape, shape)):
            new = new.expand(*shape)
        base = self._base
        record.trace.touch(self._value)
        self.fresh()  # the version must be current before it is raised
        keep_layout(self, new.value)
        self._value = new.value
        self._version += 1
        if base is not None:
            base.write(self._write_back(base, new))
            self._base_version = base._version
        return self

    def write_result(self, result: Tensor) -> Tensor:
        """Write what an operation in place computes; it may be narrowed, but not to another kind of number."""
        if result.dtype.category > self.dtype.category:
            raise RuntimeError(f"result type {result.dtype} can't be cast to the desired output type {self.dtype}")
        return self.write(result)

    def adopt_value(self, value: Value) -> None:
        """Stand for another value from now on (a checkpoint's parameter, an assigned ``.data``)."""
        record.trace.touch(self._value)
        self._value = value
        self._base = None
        self._strides = None
        self._version += 1

    # — properties

    @property
    def dtype(self) -> dtype:
        value = self._value
        return value.dtype.to_complex() if value.complex else value.dtype

    @property
    def shape(self) -> Size:
        value = self._value
        return Size(value.shape[:-1] if value.complex else value.shape)

    @property
    def ndim(self) -> int:
        value = self._value
        return len(value.shape) - value.complex

    @property
    def data(self) -> Tensor:
        return self

    @data.setter
    def data(self, new: Tensor) -> None:
        self.adopt_value(new.value)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return symbolic.product(self.shape) * self.itemsize

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return symbolic.concrete(self.shape[0])

    def __repr__(self) -> str:
        return f"tensor(shape={[symbolic.describe(size) for size in self.shape]}, dtype={self.dtype})"

    def __deepcopy__(self, memo: dict) -> Tensor:
        copy = wrap(self.value, type(self))
        own = ("_value", "_base", "_version", "_base_version", "_replay", "_write_back")
        copy.__dict__.update({name: item for name, item in self.__dict__.items() if name not in own})
        memo[id(self)] = copy
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise Unsupported("A tensor of a trace cannot be pickled.")


def wrap(value: Value, cls: type[Tensor] = Tensor) -> Tensor:
    """A tensor that stands for ``value``."""
    tensor = object.__new__(cls)
    tensor._value = value
    tensor._base = None
    tensor._version = 0
    return tensor


def emit(
    primitive: str,
    inputs: Sequence[Tensor | None],
    attributes: dict[str, Any],
    shape: Sequence[int],
    element: dtype,
    *,
    complex: bool = False,
) -> Tensor:
    """Record a primitive with one result. ``shape`` and ``element`` are those of the storage; ``complex``: so is the
    result, and the primitive knows it of its inputs."""
    if not complex and primitive != "reshape" and any(tensor is not None and tensor._value.complex for tensor in inputs):
        from papertrace.complex_parts import by_parts

        return by_parts(primitive, inputs, attributes, shape, element)
    values = [None if tensor is None else tensor.value for tensor in inputs]
    (result,) = record.trace.primitive(primitive, values, attributes, [(shape, element)])
    result.complex = complex
    lay_as_given(result, inputs)
    return wrap(result)


def emit_pair(
    primitive: str,
    inputs: Sequence[Tensor],
    attributes: dict[str, Any],
    shape: Sequence[int],
    elements: tuple[dtype, dtype],
) -> tuple[Tensor, Tensor]:
    """Record a primitive with two results of one shape (values, indices)."""
    if any(tensor._value.complex for tensor in inputs):
        raise Unsupported("The operation {0} is not supported on complex numbers.", primitive)
    values = [tensor.value for tensor in inputs]
    first, second = record.trace.primitive(primitive, values, attributes, [(shape, element) for element in elements])
    return wrap(first), wrap(second)


def written_nowhere(function: str) -> Callable[[Tensor, Tensor], Tensor]:
    """What refuses a write through a view that ``function`` gave."""

    def refuse(base: Tensor, new: Tensor) -> Tensor:
        message = "What {0} gives cannot be written into: write into the tensor itself, or into a clone() of this."
        raise Unsupported(message, function)

    return refuse
