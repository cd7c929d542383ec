"""Why a source cannot be traced."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from papertrace.places import innermost

if TYPE_CHECKING:
    from papertrace.absent import Absent

_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")

#: Special methods by which source computes with a value or asks for its number: what has no value refuses them.
COMPUTING = tuple(
    f"__{name}__"
    for name in (
        *("lt", "le", "gt", "ge", "neg", "index", "int", "float"),
        *_ARITHMETIC,
        *(f"r{name}" for name in _ARITHMETIC),
    )
)


class Unsupported(Exception):
    """Something that the tracer has no meaning for.

    ``message`` is an English template with ``{0}``, ``{1}``… for ``arguments``; ``file`` and ``line`` are the innermost
    place in traced source, ``operation`` the torch call that was running; ``package`` is the one that would have it.
    """

    def __init__(
        self, message: str, *arguments: object, operation: str | None = None, package: Absent | None = None
    ) -> None:
        from papertrace import record

        self.message = message
        self.package = package
        self.arguments = [str(argument) for argument in arguments]
        call = record.trace.call
        self.operation = operation or (call.function if call is not None else None)
        frame = innermost(sys._getframe(1))
        self.file = frame.f_code.co_filename if frame is not None else None
        self.line = frame.f_lineno if frame is not None else None
        where = f" ({self.file}:{self.line})" if self.file else ""
        super().__init__(message.format(*self.arguments) + where)


class Stale(BaseException):
    """A module of the source has kept a tensor of an earlier trace: its text has to be run again.

    No ``Exception``, so that source which catches those does not go on in a trace that is given up.
    """


class WindowRead(BaseException):
    """The source looks into a cache for what a layer with a window holds: caches have to forget as they do in PyTorch."""


class Unanswered(Unsupported):
    """Control flow needs a number that only a run can give: the trace goes as far as the value that holds it."""

    def __init__(self, value: object, what: str, cause: str) -> None:
        message = "{0} asks for a number that depends on {1}: it is known only when the model runs."
        super().__init__(message, what, cause, operation=what)
        self.value = value
