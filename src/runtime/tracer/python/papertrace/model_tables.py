"""The modules and parameters of a model as rows of a ``Trace`` (src/shared/trace.ts), with where each is written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from papertrace.places import Places, class_site, statement_site

if TYPE_CHECKING:
    from torch.nn import Module

Row = dict[str, Any]


def model_tables(root: Module | None, places: Places) -> tuple[list[Row], list[Row]]:
    """Its modules, the root first, and its parameters and persistent buffers; without a model, one nameless module."""
    if root is None:
        return [{"path": "", "class": "", "classPlace": None, "place": None}], []
    tables = _ModelTables(root, places)
    return tables.modules(), tables.parameters()


class _ModelTables:
    def __init__(self, root: Module, places: Places) -> None:
        self._root = root
        self._places = places
        self._modules: dict[str, Module] = dict(root.named_modules())

    def modules(self) -> list[Row]:
        return [
            {
                "path": path,
                "class": type(module).__name__,
                "classPlace": self._class_place(type(module)),
                "place": self._registration(path) if path else None,
            }
            for path, module in self._modules.items()
        ]

    def parameters(self) -> list[Row]:
        """Tied ones are one row, with the other names as aliases."""
        rows: dict[int, Row] = {}
        entries = [("parameter", entry) for entry in self._root.named_parameters(remove_duplicate=False)]
        entries += [("buffer", entry) for entry in self._root.named_persistent_buffers()]
        for kind, (name, tensor) in entries:
            row = rows.get(id(tensor))
            if row is not None:
                row["aliases"].append(name)
                continue
            rows[id(tensor)] = {
                "name": name,
                "shape": [int(size) for size in tensor.shape],
                "dtype": tensor.value.dtype.name,
                "place": self._registration(name),
                "aliases": [],
                "kind": kind,
            }
        return list(rows.values())

    def _registration(self, name: str) -> int | None:
        """Place of the statement that registers a module or parameter in its parent."""
        path, _, own = name.rpartition(".")
        born = self._modules[path]._places.get(own)
        return None if born is None else self._places.of(statement_site(*born))

    def _class_place(self, cls: type) -> int | None:
        module = sys.modules.get(cls.__module__)
        return self._places.of(class_site(getattr(module, "__file__", None) or "", cls.__qualname__))
