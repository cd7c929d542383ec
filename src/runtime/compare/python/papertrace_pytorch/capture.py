"""What the trace calls `module.path:variable#k`, while PyTorch runs: counted as the tracer counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

#: (file, line, endLine, column, endColumn, function), as papertrace.instrument writes it.
Site = tuple[str, int, int, int, int, str]


class Capture:
    """Copies of the wanted values, by name."""

    def __init__(self, wanted: set[str], on_value: Callable[[int], None]) -> None:
        self.wanted = wanted
        self.on_value = on_value
        #: Name → (copy, file, line); file and line are those of the assignment, or None for a module's output.
        self.values: dict[str, tuple[torch.Tensor, str | None, int | None]] = {}
        self._paths: dict[int, str] = {}
        self._running: list[str] = []
        self._assignments: dict[tuple[str, str], int] = {}
        self._runs: dict[str, int] = {}

    def adopt(self, model: torch.nn.Module) -> None:
        """Give every module its path; the first path of a shared module wins. Calls are seen from here on."""
        self._paths = {id(module): path for path, module in model.named_modules()}
        call = torch.nn.Module.__call__

        def seen(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            path = self._paths.get(id(module))
            self._running.append(path if path is not None else self._running[-1] if self._running else "")
            try:
                result = call(module, *args, **kwargs)
            finally:
                self._running.pop()
            if path is not None:
                self._leave(path, result)
            return result

        torch.nn.Module.__call__ = seen  # type: ignore[method-assign]

    def bind(self, variable: str, result: Any, site: Site) -> Any:
        """The source assigned ``result`` to ``variable``; gives it back."""
        if self._running and isinstance(result, torch.Tensor):
            path = self._running[-1]
            count = self._assignments.get((path, variable), 0)
            self._assignments[(path, variable)] = count + 1
            self._keep(f"{path}:{variable}#{count}", result, site[0], site[1])
        return result

    def _leave(self, path: str, result: Any) -> None:
        run = self._runs.get(path, 0)
        self._runs[path] = run + 1
        base = f"{path}#{run}" if run else path
        tensors = list(_tensors_of(result))
        for index, tensor in enumerate(tensors):
            self._keep(base if len(tensors) == 1 else f"{base}[{index}]", tensor, None, None)

    def _keep(self, name: str, value: torch.Tensor, file: str | None, line: int | None) -> None:
        if name not in self.wanted or name in self.values:
            return
        real = torch.view_as_real(value.resolve_conj()) if value.is_complex() else value
        self.values[name] = (real.detach().to("cpu", copy=True).contiguous(), file, line)
        self.on_value(len(self.values))


def _tensors_of(result: Any) -> Iterator[torch.Tensor]:
    if isinstance(result, torch.Tensor):
        yield result
    elif isinstance(result, dict):
        for item in result.values():
            yield from _tensors_of(item)
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from _tensors_of(item)
