"""Loops over a free size, such as ``for t in range(length)``: traced three times, then one operation (loop_roll.py).

:func:`loop` is called on what every loop of traced source goes through (instrument.py). Where that has a free number of
items, its items are taken at a *step* (loop_steps.py), a size that Python cannot turn into a number; a loop that tries
to, or that is not the same in every iteration, raises NotRollable, and the trace is made again with that loop unrolled
for the size at hand, under a guard.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

from papertrace import loop_steps, record, symbolic
from papertrace.dtypes import int64
from papertrace.loop_roll import Rolled, roll
from papertrace.loop_rows import Rows
from papertrace.loop_sources import source_of
from papertrace.loop_writes import assemble, take_writes
from papertrace.unordered import in_one_order
from papertrace.values import Operation

#: Iterations that are traced, and one more where the first is special.
TRACED = 3

_PLAIN = (int, float, bool, str, type(None))


class _Mark:
    """How far the recorder had come when an iteration began."""

    def __init__(self, recorder: record.Recorder, frame: FrameType) -> None:
        self.operations = len(recorder.operations)
        self.named = len(recorder.names.named)
        self.calls = len(recorder.calls)
        self.passed = len(recorder.names.passed)
        self.counters = recorder.names.counters()
        #: Plain numbers in the loop's variables: what they count cannot be seen in the operations. The step of a loop that
        #: is over cannot be used.
        self.plain = {
            name: value
            for name, value in frame.f_locals.items()
            if type(value) in _PLAIN
            or type(value) is symbolic.SymInt
            and loop_steps.loops_of(value).issubset(recorder.loops.open)
        }


class Loop:
    """A loop that is being traced."""

    index_dtype = int64

    def __init__(self, number: int, site: Any, count: int) -> None:
        self.number = number
        self.site = site
        self.count = count
        self.marks: list[_Mark] = []

    def step(self, iteration: int) -> symbolic.SymInt:
        return symbolic.SymInt(loop_steps.step_atom(self.number, iteration, symbolic.polynomial_of(self.count)))

    def same_numbers(self) -> bool:
        """Whether the loop's plain variables are the same after the last two iterations."""
        before, after = self.marks[-2].plain, self.marks[-1].plain
        names = {self.number: self.number}
        for name in before.keys() & after.keys():
            old, new = before[name], after[name]
            if symbolic.SymInt in (type(old), type(new)):
                if not isinstance(old, int) or not isinstance(new, int):
                    return False
                left, right = (loop_steps.common(symbolic.polynomial_of(size), names) for size in (old, new))
                if left != right:
                    return False
            elif type(old) is not type(new) or old != new and old == old:
                return False
        return True


def loop(iterable: Any, site: Any) -> Any:
    """What a loop at ``site`` of traced source goes through in place of ``iterable``."""
    iterable = in_one_order(iterable)
    source = source_of(iterable)
    recorder = record.trace
    if source is None or recorder.built is None or site in recorder.loops.unrolled:
        return iterable
    count = source.count
    if symbolic.is_plain(count) or symbolic.depends_on_data(count) or symbolic.hint(count) < 1:
        return iterable
    return _iterations(source, site)


def _iterations(source: Any, site: Any) -> Iterator[Any]:
    recorder = record.trace
    current = Loop(len(recorder.loops.sites), site, source.count)
    recorder.loops.sites.append(site)
    recorder.loops.open.append(current.number)
    rolled: Rolled | None = None
    iteration = 0
    while rolled is None:
        current.marks.append(_Mark(recorder, sys._getframe(1)))
        if iteration >= TRACED:
            rolled = _roll(recorder, current, iteration - TRACED)
            if rolled is not None:
                break
            if iteration > TRACED:
                raise loop_steps.NotRollable([current.number])
        yield source.at(current.step(iteration))
        iteration += 1
    recorder.loops.open.remove(current.number)
    _close(recorder, current, rolled)


def _roll(recorder: record.Recorder, current: Loop, first: int) -> Rolled | None:
    if not current.same_numbers():
        return None
    marks = current.marks
    segments = [
        recorder.operations[begin.operations : end.operations] for begin, end in zip(marks, marks[1:])
    ]
    return roll(recorder, current, segments, first)


def _close(recorder: record.Recorder, current: Loop, rolled: Rolled) -> None:
    """The loop is over: one operation in place of its iterations."""
    marks, first = current.marks, rolled.first
    if symbolic.hint(rolled.count) < 1:
        raise loop_steps.NotRollable([current.number])
    symbolic.decide("ge", rolled.count, 1)
    del recorder.operations[marks[first].operations :]
    if first:
        _fix_first(recorder.operations[marks[0].operations :], current.number)
    recorder.names.restore_counters(marks[first + 1].counters)
    rows = Rows(recorder, rolled, marks)
    writes = take_writes(rolled, rows.values())
    rolled.emit()
    recorder.loops.rolled.append(rolled)
    for written in writes:
        rolled.written(written.carried.next, assemble(rolled, written))
    rows.show([written.carried.next for written in writes])


def _fix_first(operations: Sequence[Operation], loop: int) -> None:
    """The first iteration stays as it is: its step is 0."""
    for operation in operations:
        operation.attributes = {
            name: loop_steps.with_step(value, loop, 0) for name, value in operation.attributes.items()
        }
        for value in operation.outputs:
            value.shape = loop_steps.with_step(value.shape, loop, 0)
