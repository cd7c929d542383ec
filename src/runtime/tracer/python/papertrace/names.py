"""Names that the source gives to values: variables, the paths of modules that return them, parameters of functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from papertrace.values import NamedValue, Value

#: (parameter, or None for what it returns; values; path of the running module; place) of a function of traced source.
Passed = tuple[str | None, list[Value], str, int | None]


class Names:
    """The names of one trace, in the order in which they were given."""

    def __init__(self) -> None:
        self.named: list[NamedValue] = []
        self.passed: list[Passed] = []
        self._assignments: dict[tuple[str, str], int] = {}
        self._runs: dict[str, int] = {}

    def returned(self, path: str, values: Sequence[Value], places: Sequence[int]) -> None:
        """A module has given these values; ``places`` of the call, innermost first."""
        run = self._runs.get(path, 0)
        self._runs[path] = run + 1
        base = f"{path}#{run}" if run else path
        place = places[0] if places else None
        stack = list(places[:0:-1])
        for index, value in enumerate(values):
            identifier = base if len(values) == 1 else f"{base}[{index}]"
            self.named.append(NamedValue(identifier, value, path, None, place, stack))

    def assigned(self, path: str, variable: str, value: Value, place: int | None, places: Sequence[int]) -> None:
        """A module has assigned a value to a variable at ``place``; ``places`` of its frames, innermost first."""
        count = self._assignments.get((path, variable), 0)
        self._assignments[(path, variable)] = count + 1
        identifier = f"{path}:{variable}#{count}"
        self.named.append(NamedValue(identifier, value, path, variable, place, list(places[:0:-1])))

    def has_run(self, path: str) -> bool:
        """Whether the module at a path has returned something."""
        return path in self._runs

    def extent(self) -> tuple[int, int]:
        """How much is counted, for `since`."""
        return len(self._assignments), len(self._runs)

    def since(self, extent: tuple[int, int]) -> tuple[dict, dict]:
        """How often what has been counted for the first time since was counted."""
        assignments, runs = (
            dict(itertools.islice(table.items(), start, None))
            for table, start in zip((self._assignments, self._runs), extent)
        )
        return assignments, runs

    def count_again(self, counters: tuple[dict, dict], renamed: Callable[[str], str]) -> None:
        """Count what another module has done as done by the module at the renamed path."""
        assignments, runs = counters
        for (path, variable), count in assignments.items():
            self._assignments[(renamed(path), variable)] = count
        for path, count in runs.items():
            self._runs[renamed(path)] = count

    def counters(self) -> tuple[dict, dict]:
        """How often variables were assigned and modules called so far."""
        return dict(self._assignments), dict(self._runs)

    def restore_counters(self, counters: tuple[dict, dict]) -> None:
        self._assignments, self._runs = map(dict, counters)

    def mark(self) -> tuple[int, int, tuple[dict, dict]]:
        """How far they go, for `rewind`."""
        return len(self.named), len(self.passed), self.counters()

    def rewind(self, mark: tuple[int, int, tuple[dict, dict]]) -> None:
        """Forget what has come since."""
        named, passed, counters = mark
        del self.named[named:], self.passed[passed:]
        self.restore_counters(counters)
