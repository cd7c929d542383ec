"""The tracer's Python on the path, and small helpers for its tests."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "src" / "runtime" / "tracer" / "python"))

import torch  # noqa: E402
from papertrace import loaded, loader, record  # noqa: E402
from papertrace.boundary import third_party  # noqa: E402
from papertrace.dtypes import float32  # noqa: E402
from papertrace.host import host  # noqa: E402
from papertrace.layout import is_site  # noqa: E402
from papertrace.tensor import wrap  # noqa: E402


def free(name: str, hint: int) -> int:
    """A symbolic size of the current trace."""
    return record.trace.symbol(name, hint)


def argument(name: str, *shape: int, dtype: torch.dtype = float32) -> torch.Tensor:
    """An argument of forward."""
    return wrap(record.trace.input(name, dtype, shape))


def guards() -> list[tuple[str, bool]]:
    """(comparison, result) of the size guards so far."""
    return [(guard[0], guard[3]) for guard in record.trace.guards.sizes.values()]


def primitives() -> list[str]:
    return [operation.primitive for operation in record.trace.operations]


class Sources(unittest.TestCase):
    """Tests of what loads: ``files`` are all that there are, by path."""

    files: dict[str, str] = {}
    vendor = "/w/vendor"

    def setUp(self):
        record.reset()
        python = {path: text for path, text in self.files.items() if path.endswith(".py")}
        host.connect(python.get, python.get, self._is_directory, self._names)
        self.kept = set(sys.modules)
        loader.install()

    def tearDown(self):
        del sys.meta_path[0], sys.meta_path[-1]
        loaded.drop(set(loaded.modules))
        for name in set(sys.modules) - self.kept:
            del sys.modules[name]
        host.disconnect()
        is_site.cache_clear()
        third_party.forget()

    def load(self, path):
        return loader.load(loader.prepare(path, None, [self.vendor]))

    def _is_directory(self, path):
        return any(name.startswith(f"{path}/") for name in self.files)

    def _names(self, folder):
        prefix = f"{folder}/"
        return "\n".join({path[len(prefix) :].partition("/")[0] for path in self.files if path.startswith(prefix)})
