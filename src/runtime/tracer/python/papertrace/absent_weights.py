"""Trained weights that a source would read from a file or from the web: a trace has none, and builds the model without.

They can be handed to `load_state_dict` and looked through; nothing is in them. Whoever computes with one is refused.
"""

from __future__ import annotations

from typing import Any, NoReturn

from papertrace import record
from papertrace.errors import COMPUTING, Unsupported


class AbsentWeights(dict):
    """An empty state dict; each of its entries is absent too."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin

    def __missing__(self, key: Any) -> AbsentWeights:
        return AbsentWeights(self._origin)

    def __deepcopy__(self, memo: dict) -> AbsentWeights:
        return self

    def copy(self) -> AbsentWeights:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(self)

    def pop(self, key: Any, *default: Any) -> Any:
        return default[0] if default else AbsentWeights(self._origin)


def _refuse(self: AbsentWeights, *others: Any) -> NoReturn:
    raise Unsupported(
        "{0} would read trained weights, which a trace does not have: build the model without them.",
        self._origin,
        operation=self._origin,
    )


for _name in (*COMPUTING, "__delitem__"):
    if _name not in ("__eq__", "__ne__"):
        setattr(AbsentWeights, _name, _refuse)


def reading(function: str) -> Any:
    """A function of torch that reads weights."""

    def read(*arguments: Any, **options: Any) -> AbsentWeights:
        record.trace.problem(f"{function} reads trained weights, which are not loaded: those of the panel are used")
        return AbsentWeights(function)

    return read
