"""Source text, as the host gives it: Python itself never opens a file of the reader's.

The host decides what a path holds (unsaved editor text wins over the disk) and what may be read at all.
"""

from __future__ import annotations

from collections.abc import Callable


class Host:
    """The four questions that are put to the host; every path is absolute, with forward slashes."""

    def __init__(self) -> None:
        self.disconnect()

    def connect(
        self,
        read: Callable[[str], str | None],
        sha256: Callable[[str], str | None],
        is_directory: Callable[[str], bool],
        list_directory: Callable[[str], str],
    ) -> None:
        self.read = lambda path: _text(read(path))
        self.sha256 = lambda path: _text(sha256(path))
        self.is_directory = lambda path: bool(is_directory(path))
        self.list_directory = lambda path: [name for name in str(list_directory(path)).split("\n") if name]

    def disconnect(self) -> None:
        """Forget the host, so that the interpreter's memory can be saved."""
        #: Text of a file, or None where there is none.
        self.read: Callable[[str], str | None] = lambda path: None
        #: SHA-256 (hexadecimal) of the text that `read` gives, or None.
        self.sha256: Callable[[str], str | None] = lambda path: None
        self.is_directory: Callable[[str], bool] = lambda path: False
        #: Names in a folder, in no particular order.
        self.list_directory: Callable[[str], list[str]] = lambda path: []

    def is_file(self, path: str) -> bool:
        return self.sha256(path) is not None


def _text(answer: object) -> str | None:
    return answer if isinstance(answer, str) else None


host = Host()
