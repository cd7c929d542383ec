"""What a trace is at: loading source, building the model, or running its forward pass.

What has no meaning for a trace may be named and called while source loads (registrations, decorators, constants that
no model of the trace uses); the nearer it is to the numbers, the less of it is let pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Phase = Literal["import", "build", "forward"]

_phase: Phase = "import"


def phase() -> Phase:
    return _phase


@contextmanager
def during(new: Phase) -> Iterator[None]:
    """Source that loads because the model asks for it is loading all the same."""
    global _phase
    before, _phase = _phase, new
    try:
        yield
    finally:
        _phase = before
