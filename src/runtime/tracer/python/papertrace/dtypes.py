"""Element types, devices and tensor sizes, by PyTorch's names and behaviour."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.errors import Unsupported


class dtype:  # noqa: N801 - torch's own name
    """An element type. ``category`` orders promotion: 0 bool, 1 integer, 2 floating point, 3 complex."""

    _all: dict[str, dtype] = {}

    def __init__(self, name: str, category: int, itemsize: int) -> None:
        self.name = name
        self.category = category
        self.itemsize = itemsize
        self.is_floating_point = category == 2
        self.is_complex = category == 3
        self.is_signed = not name.startswith("u") and name != "bool"
        dtype._all[name] = self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple:
        return (dtype_named, (self.name,))

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: dict) -> dtype:
        return self

    def to_real(self) -> dtype:
        """The element type of the real and imaginary parts."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    def to_complex(self) -> dtype:
        return complex128 if self is float64 else complex64


bool_ = dtype("bool", 0, 1)
uint8 = dtype("uint8", 1, 1)
int8 = dtype("int8", 1, 1)
int16 = dtype("int16", 1, 2)
int32 = dtype("int32", 1, 4)
int64 = dtype("int64", 1, 8)
uint16 = dtype("uint16", 1, 2)
uint32 = dtype("uint32", 1, 4)
uint64 = dtype("uint64", 1, 8)
float8_e4m3fn = dtype("float8_e4m3fn", 2, 1)
float8_e5m2 = dtype("float8_e5m2", 2, 1)
float8_e8m0fnu = dtype("float8_e8m0fnu", 2, 1)
float16 = dtype("float16", 2, 2)
bfloat16 = dtype("bfloat16", 2, 2)
float32 = dtype("float32", 2, 4)
float64 = dtype("float64", 2, 8)
complex64 = dtype("complex64", 3, 8)
complex128 = dtype("complex128", 3, 16)

ALL = dtype._all

#: Other names that torch exports.
ALIASES = {
    "float": float32,
    "double": float64,
    "half": float16,
    "long": int64,
    "int": int32,
    "short": int16,
    "cfloat": complex64,
    "cdouble": complex128,
}


def dtype_named(name: str) -> dtype:
    name = name.removeprefix("torch.")
    found = ALL.get(name) or ALIASES.get(name)
    if found is None:
        raise Unsupported("The element type {0} is not known.", name)
    return found


def default_dtype() -> dtype:
    from papertrace import record

    return record.trace.default_dtype or float32


def as_dtype(candidate: Any) -> dtype | None:
    """A dtype from a dtype, its name, or Python's bool, int, float; None stays None."""
    if candidate is None or isinstance(candidate, dtype):
        return candidate
    if isinstance(candidate, str):
        return dtype_named(candidate)
    if candidate is float:
        return default_dtype()
    if candidate is int:
        return int64
    if candidate is bool:
        return bool_
    if candidate is complex:
        return complex64
    legacy = getattr(candidate, "legacy_dtype", None)
    if isinstance(legacy, dtype):
        return legacy
    raise Unsupported("{0} is not an element type.", repr(candidate))


class device:  # noqa: N801 - torch's own name
    """Where a tensor would be; every tensor of a trace is on "cpu"."""

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        self.type = str(getattr(type, "type", type)).split(":")[0]
        self.index = index

    def __eq__(self, other: object) -> bool:
        return self.type == (other.type if isinstance(other, device) else str(other))

    def __hash__(self) -> int:
        return hash(self.type)

    def __repr__(self) -> str:
        return f"device(type='{self.type}')"

    def __str__(self) -> str:
        return self.type

    def __enter__(self) -> device:
        return self

    def __exit__(self, *exception: object) -> bool:
        return False


CPU = device("cpu")


class Size(tuple):
    """The shape of a tensor."""

    def numel(self) -> int:
        return symbolic.product(self)

    def __getitem__(self, index: Any) -> Any:
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other: Any) -> Size:
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple(other) + tuple(self))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


class finfo:  # noqa: N801 - torch's own name
    """Limits of a floating point type."""

    _LIMITS = {
        # name: bits, max, eps, tiny, resolution
        "float16": (16, 65504.0, 2.0**-10, 2.0**-14, 1e-3),
        "bfloat16": (16, 3.3895313892515355e38, 2.0**-7, 2.0**-126, 1e-2),
        "float32": (32, 3.4028234663852886e38, 2.0**-23, 2.0**-126, 1e-6),
        "float64": (64, 1.7976931348623157e308, 2.0**-52, 2.0**-1022, 1e-15),
        "float8_e4m3fn": (8, 448.0, 0.125, 2.0**-6, 1.0),
        "float8_e5m2": (8, 57344.0, 0.25, 2.0**-14, 1.0),
    }

    def __init__(self, type: Any = None) -> None:
        element = as_dtype(type) or default_dtype()
        limits = self._LIMITS.get(element.to_real().name)
        if limits is None:
            raise TypeError(f"torch.finfo() requires a floating point type, not {element!r}")
        self.dtype = element.name
        self.bits, self.max, self.eps, self.tiny, self.resolution = limits
        self.min = -self.max
        self.smallest_normal = self.tiny


class iinfo:  # noqa: N801 - torch's own name
    """Limits of an integer type."""

    def __init__(self, type: Any) -> None:
        element = as_dtype(type)
        if element is None or element.category != 1:
            raise TypeError(f"torch.iinfo() requires an integer type, not {element!r}")
        self.dtype = element.name
        self.bits = 8 * element.itemsize
        self.min = -(2 ** (self.bits - 1)) if element.is_signed else 0
        self.max = 2 ** (self.bits - (1 if element.is_signed else 0)) - 1
