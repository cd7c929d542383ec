"""The release of torch that source is told of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class TorchVersion(str):
    """A release that compares by its numbers, with a text or with a tuple: "2.13.0" is above "2.9"
    (https://docs.pytorch.org/docs/stable/generated/torch.torch_version.TorchVersion.html)."""

    __hash__ = str.__hash__


def _numbers(version: Any) -> tuple[int, ...]:
    parts = version if isinstance(version, (tuple, list)) else re.findall(r"\d+", str(version).partition("+")[0])
    return tuple(int(part) for part in (*parts, 0, 0, 0)[:3])


def _comparison(name: str) -> Callable[[TorchVersion, Any], bool]:
    compare = getattr(tuple, name)
    return lambda self, other: compare(_numbers(self), _numbers(other))


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(TorchVersion, _name, _comparison(_name))

VERSION = TorchVersion("2.13.0")
