"""What people see of a loop that is one operation: names, calls and arguments once, in place of once per iteration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from papertrace.loop_roll import Rolled
from papertrace.values import Value

if TYPE_CHECKING:
    from papertrace.record import Recorder


class Rows:
    """The rows that the last traced iteration added to the recorder's tables; those of the others are taken out."""

    def __init__(self, recorder: Recorder, rolled: Rolled, marks: Sequence[Any]) -> None:
        self.recorder, self.rolled = recorder, rolled
        first, last = rolled.first, rolled.last
        self._before = marks[first].operations

        def kept(rows: list[Any], starts: Sequence[int]) -> list[Any]:
            rows[starts[first] :] = rows[starts[last] : starts[last + 1]]
            return rows[starts[first] :]

        starts = [mark.named for mark in marks]
        ids = [item.id for item in recorder.names.named[starts[first] : starts[first + 1]]]
        self.named = kept(recorder.names.named, starts)
        if len(ids) == len(self.named):
            for item, identifier in zip(self.named, ids):
                item.id = identifier
        self.calls = kept(recorder.calls, [mark.calls for mark in marks])
        self._passed_at = marks[first].passed
        self.passed = kept(recorder.names.passed, [mark.passed for mark in marks])

    def values(self) -> list[Value]:
        """The values of the body among them, without what is only carried on."""
        rows = [item.value for item in self.named]
        rows += [value for call in self.calls for value in call.results]
        rows += [value for _, values, _, _ in self.passed for value in values]
        carried = {id(item.next) for item in self.rolled.body.carried}
        found = [self._inside(value) for value in rows]
        return [value for value in found if value is not None and id(value) not in carried]

    def show(self, written: Sequence[Value]) -> None:
        """Put what the loop gives in their place. Of ``written``, it is what they are after the loop."""
        done = {id(value) for value in written}

        def shown(value: Value) -> Value | None:
            found = self._inside(value)
            if found is None:
                own = value.rolled is not None and value.rolled[0] is self.rolled
                return None if own else value
            if id(found) in done:
                return self.rolled.after(found)
            return self.rolled.stacked(found) if self.rolled.can_stack(found) else None

        def all_shown(values: Sequence[Value]) -> list[Value]:
            return [found for found in map(shown, values) if found is not None]

        for item in self.named:
            found = shown(item.value)
            if found is None:
                self.recorder.names.named.remove(item)
            else:
                item.value = found
        for call in self.calls:
            call.results = all_shown(call.results)
            call.operations = min(call.operations, self._before)
        self.recorder.names.passed[self._passed_at :] = [
            (name, all_shown(values), module, place) for name, values, module, place in self.passed
        ]

    def _inside(self, value: Value) -> Value | None:
        """The value of the body that a value of the last iteration is; None for one from outside."""
        if value.rolled is None or value.rolled[0] is not self.rolled:
            return None
        _, iteration, position = value.rolled
        return self.rolled.positions[position] if iteration == self.rolled.last else self.rolled.inner.get(id(value))
