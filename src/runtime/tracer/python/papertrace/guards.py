"""What a trace rests on: decisions by sizes, checked before a run, and numbers read of tensors, checked after it."""

from __future__ import annotations

import sys
from typing import Any

from papertrace import loop_steps, symbolic
from papertrace.errors import Unsupported
from papertrace.loop_record import LoopRecord
from papertrace.places import Places
from papertrace.polynomials import freeze
from papertrace.values import Value


class Guards:
    """The guards of one trace."""

    def __init__(self, places: Places, loops: LoopRecord) -> None:
        self._places = places
        self._loops = loops
        #: (comparison, left, right, result, place) with frozen polynomials, by its first three.
        self.sizes: dict[tuple, tuple] = {}
        #: (value, what it was, place) by the index of the value.
        self.data: dict[int, tuple[Value, Any, int | None]] = {}
        #: What the guards on data, in order, found in an earlier run; see reads.py.
        self.answers: list[Any] = []
        #: Values that hold sizes which only the run has, and comparisons of them; see reads.py.
        self.asked_sizes: dict[tuple, Value] = {}

    def size(self, comparison: str, left: int, right: int, result: bool) -> None:
        """Control flow rested on ``left comparison right`` being ``result``."""
        loops = loop_steps.loops_of([left, right])
        if loops:
            raise loop_steps.NotRollable(loops)
        if symbolic.depends_on_data(left) or symbolic.depends_on_data(right):
            raise Unsupported(
                "Python decides here on a size that is known only when the model has run ({0}).",
                symbolic.describe(left if symbolic.depends_on_data(left) else right),
            )
        key = (
            comparison,
            freeze(symbolic.polynomial_of(left)),
            freeze(symbolic.polynomial_of(right)),
        )
        if key not in self.sizes:
            self.sizes[key] = (*key, result, self._places.of_source(sys._getframe(1)))

    def read(self, value: Value, result: Any) -> None:
        """Control flow read ``value`` and found ``result``: checked after the run."""
        if self._loops.open:
            raise loop_steps.NotRollable(self._loops.open)
        self.data[value.index] = (value, result, self._places.of_source(sys._getframe(1)))

    def mark(self) -> tuple[dict, dict]:
        """What there is, for `rewind`."""
        return dict(self.sizes), dict(self.data)

    def rewind(self, mark: tuple[dict, dict]) -> None:
        """Forget what has come since."""
        self.sizes, self.data = map(dict, mark)
