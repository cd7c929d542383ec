"""The loops over a free size that a trace has met (loops.py), and what their values are once they are one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from papertrace import loop_steps
from papertrace.values import Value

if TYPE_CHECKING:
    from papertrace.loop_roll import Rolled


class LoopRecord:
    """The loops of one trace."""

    def __init__(self) -> None:
        #: Where every one stands that was begun, in order.
        self.sites: list[Any] = []
        #: Numbers of those that are being traced, outermost first.
        self.open: list[int] = []
        #: Those that have become one operation.
        self.rolled: list[Rolled] = []
        #: Where those stand that are to be unrolled for the sizes at hand.
        self.unrolled: frozenset[Any] = frozenset()

    def current(self, value: Value) -> Value:
        """What stands now for a value that was made in a loop that has become one operation."""
        while value.rolled is not None:
            rolled, iteration, position = value.rolled
            value = rolled.final(iteration, position)
        return value

    def require_open(self, sizes: Any) -> None:
        """Raise NotRollable for sizes that depend on the step of a loop that is over."""
        closed = loop_steps.loops_of(sizes).difference(self.open)
        if closed:
            raise loop_steps.NotRollable(closed)
