"""What a tensor becomes: a number of Python's, a tensor elsewhere."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.checks import check, settled
from papertrace.shapes import show
from papertrace.tensor import Tensor

#: What a device's name begins with.
_DEVICES = {"cpu", "cuda", "mps", "xpu", "xla", "meta", "hpu", "mtia", "npu", "privateuseone", "ipu", "vulkan", "lazy"}


def _single(kind: str, error: type[Exception]) -> Any:
    def checked(self: Tensor) -> None:
        if not settled("eq", symbolic.product(self.shape), 1):
            raise error(f"only one element tensors can be converted to {kind}, but this one is {show(self.shape)}")

    return checked


check("Tensor.__float__", "Tensor.__int__")(_single("Python scalars", ValueError))
check("Tensor.__index__")(_single("an index", TypeError))


@check("Tensor.to")
def to(self: Tensor, *arguments: Any, device: Any = None, **options: Any) -> None:
    for name in (*arguments, device):
        if isinstance(name, str) and name.partition(":")[0] not in _DEVICES:
            raise RuntimeError(f"Invalid device string: {name!r}")
