"""What Python may not do, said with file and line; the process itself is refused the same by its host.

An audit hook cannot be removed again. It refuses writing, processes, sockets and foreign functions; the way to
JavaScript is taken out of the module table.
"""

from __future__ import annotations

import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

#: Audit events (https://docs.python.org/3/library/audit_events.html) that are refused, by prefix.
_REFUSED = (
    "ctypes.",
    "os.",
    "shutil.",
    "socket.",
    "ssl.",
    "subprocess.",
    "ftplib.",
    "http.client.",
    "urllib.Request",
    "webbrowser.",
    "pty.spawn",
)

#: Events under these prefixes that change nothing outside of the interpreter.
_HARMLESS = frozenset({"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.putenv", "os.unsetenv"})


def close() -> None:
    """From here on nothing leaves the interpreter."""
    for name in ("js", "pyodide_js"):
        sys.modules[name] = None  # type: ignore[assignment]
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple) -> None:
    if event == "open":
        _, mode, flags = (*arguments, None, None, None)[:3]
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
        if writes:
            raise PermissionError(f"a trace may not write files: {arguments[0]!r}")
    elif event.startswith(_REFUSED) and event not in _HARMLESS:
        raise PermissionError(f"a trace may not do this: {event}")
