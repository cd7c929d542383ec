"""What went wrong, as `TraceFailure` of src/shared/trace.ts: in words, with file and line of the reader's code."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from papertrace.errors import Unsupported
from papertrace.places import is_model_code, sources


class Missing(Exception):
    """Something that the request names is not there. `message` is a template for `arguments`."""

    def __init__(self, message: str, *arguments: object) -> None:
        self.message = message
        self.arguments = [str(argument) for argument in arguments]
        super().__init__(message.format(*self.arguments))


def describe(error: BaseException, source: str) -> dict[str, Any]:
    """The failure that stands for an exception; `source` is named where no frame of the reader's code is known."""
    file, line = innermost_place(error.__traceback__)
    file = file or source
    if isinstance(error, Unsupported):
        return _failure(
            "unsupported",
            error.message,
            error.arguments,
            error.file or file,
            error.line or line,
            error,
            error.operation,
        )
    if isinstance(error, Missing):
        return _failure("missing", error.message, error.arguments, file, line, error)
    if isinstance(error, SyntaxError):
        reason = error.msg or type(error).__name__
        at = error.filename or source
        place = _where(at, error.lineno)
        return _failure("syntax", "{0} is not valid Python: {1}.", [place, reason], at, error.lineno, error)
    where = _where(file, line)
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        if error.name.partition(".")[0] == "transformers":
            message = "{0} imports {1}, which no folder was given for: choose the folder that holds transformers."
        else:
            message = "{0} imports {1}, which is neither beside the source nor something a trace knows."
        return _failure("missing", message, [where, error.name], file, line, error)
    if isinstance(error, KeyboardInterrupt):
        message = "The source had not come to its end when the time was up, at {0}: is there a loop without an end?"
        return _failure("limit", message, [where], file, line, error)
    if isinstance(error, MemoryError):
        return _failure(
            "limit", "The source asks for more memory than a trace may have, at {0}.", [where], file, line, error
        )
    if isinstance(error, RecursionError):
        return _failure("limit", "The source calls itself without an end, at {0}.", [where], file, line, error)
    text = _text(error).strip().split("\n")[0]
    return _failure(
        "python",
        "{0} at {1}: {2}",
        [type(error).__name__, where, text],
        file,
        line,
        error,
        getattr(error, "operation", None),
    )


def _text(error: BaseException) -> str:
    """What an exception says; its class is the reader's own, perhaps, and may fail in that."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return ""


def innermost_place(trace: TracebackType | None) -> tuple[str | None, int | None]:
    """File and line of the innermost frame of the reader's code; of the library around it where there is none."""
    library: tuple[str | None, int | None] = (None, None)
    model: tuple[str | None, int | None] = (None, None)
    for frame, line in traceback.walk_tb(trace):
        file = frame.f_code.co_filename
        if is_model_code(file):
            model = (file, line)
        elif file in sources:
            library = (file, line)
    return model if model[0] is not None else library


def _detail(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error, limit=-40))
    except Exception:  # noqa: BLE001 - see _text
        return "".join(traceback.format_tb(error.__traceback__, limit=-40))


def _where(file: str | None, line: int | None) -> str:
    name = (file or "").rpartition("/")[2]
    return f"{name}:{line}" if line is not None else name


def _failure(
    kind: str,
    message: str,
    arguments: list[str],
    file: str | None,
    line: int | None,
    error: BaseException,
    operation: str | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "message": message,
        "arguments": arguments,
        "file": file,
        "line": line,
        "operation": operation,
        "detail": _detail(error),
    }
