"""What went wrong, as `TraceFailure` of src/shared/trace.ts: in words, with file and line of the reader's code."""

from __future__ import annotations

import traceback
from dataclasses import asdict
from types import TracebackType
from typing import Any

from papertrace.absent import Absent, absent_behind, absent_package
from papertrace.errors import Unsupported
from papertrace.places import definition_line, is_model_code, sources


class Missing(Exception):
    """Something that the request names is not there. `message` is a template for `arguments`; `package` would have it."""

    def __init__(self, message: str, *arguments: object, package: Absent | None = None) -> None:
        self.message = message
        self.package = package
        self.arguments = [str(argument) for argument in arguments]
        super().__init__(message.format(*self.arguments))


def describe(error: BaseException, source: str, class_name: str) -> dict[str, Any]:
    """The failure that stands for an exception; where no frame of the reader's code is known, it is at the class of
    `source` that is traced, or at the method whose call does not fit."""
    file, line = innermost_place(error.__traceback__)
    if file is None:
        told = _text(error)
        method = next((name for name in ("forward", "__init__") if name in told), None)
        file, line = source, definition_line(source, class_name, method)
    if isinstance(error, Unsupported):
        return _failure(
            "unsupported",
            error.message,
            error.arguments,
            error.file or file,
            error.line or line,
            error,
            error.operation,
            error.package,
        )
    if isinstance(error, Missing):
        return _failure("missing", error.message, error.arguments, file, line, error, package=error.package)
    if isinstance(error, SyntaxError):
        reason = error.msg or type(error).__name__
        at = error.filename or source
        line = error.lineno or _line_of_null(at)
        return _failure("syntax", "{0} is not valid Python: {1}.", [_where(at, line), reason], at, line, error)
    where = _where(file, line)
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        if error.name.partition(".")[0] == "transformers":
            message = "{0} imports {1}, which no folder was given for: choose the folder that holds transformers."
        else:
            message = "{0} imports {1}, which is neither beside the source nor something a trace knows."
        package = absent_package(error.name, file)
        return _failure("missing", message, [where, error.name], file, line, error, package=package)
    if isinstance(error, KeyboardInterrupt):
        message = "The source had not come to its end when the time was up, at {0}: is there a loop without an end?"
        return _failure("limit", message, [where], file, line, error)
    if isinstance(error, MemoryError):
        return _failure(
            "limit", "The source asks for more memory than a trace may have, at {0}.", [where], file, line, error
        )
    if isinstance(error, RecursionError):
        return _failure("limit", "The source calls itself without an end, at {0}.", [where], file, line, error)
    if isinstance(error, OSError) and isinstance(error.filename, str):
        message = "{0} at {1}: tracing opens no files of data, such as “{2}”."
        return _failure("python", message, [type(error).__name__, where, error.filename], file, line, error)
    values = [type(error).__name__, where, _text(error)]
    message = "{0} at {1}: {2}"
    call = getattr(error, "torch_call", None)
    if call is not None:
        message = "{0} at {1}: {2} (in {3})"
        values.append(call)
    operation = getattr(error, "operation", None)
    return _failure("python", message, values, file, line, error, operation, _lacking(error, file, line))


def _lacking(error: BaseException, file: str | None, line: int | None) -> Absent | None:
    """The package for lack of which an error came up, where the source had an answer to its import failing."""
    cause = error.__cause__ or error.__context__
    if isinstance(error, ImportError) and isinstance(cause, ModuleNotFoundError) and cause.name is not None:
        return absent_package(cause.name, file)
    return absent_behind(file, line) if isinstance(error, (AttributeError, NameError, TypeError)) else None


def _text(error: BaseException) -> str:
    """What an exception says, with the name that may be meant; its class is the reader's own, perhaps, and may fail."""
    try:
        told = str(error).strip().partition("\n")[0]
        if isinstance(error, (AttributeError, NameError)):
            _, meant, name = traceback.format_exception_only(error)[-1].rstrip().rpartition(". Did you mean: ")
            return f"{told}{meant}{name}" if meant and meant not in told else told
        return told
    except Exception:  # noqa: BLE001
        return ""


def _line_of_null(file: str) -> int | None:
    """The line of the null byte for which Python, without a line, refuses a text."""
    before, null, _ = sources.get(file, "").partition("\0")
    return before.count("\n") + 1 if null else None


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
    package: Absent | None = None,
) -> dict[str, Any]:
    lacked = {} if package is None else {"package": asdict(package)}
    return lacked | {
        "kind": kind,
        "message": message,
        "arguments": arguments,
        "file": file,
        "line": line,
        "operation": operation,
        "detail": _detail(error),
    }
