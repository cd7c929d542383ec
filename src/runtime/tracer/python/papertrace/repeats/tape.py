"""What one layer did: its part of a recorder, to be compared with another's and written again for one that repeats it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from papertrace.places import calling, calls_to
from papertrace.reads import GUESSES
from papertrace.repeats.listening import Listener
from papertrace.repeats.module_state import Comparison, Unlike
from papertrace.repeats.outside_calls import OutsideCall
from papertrace.repeats.segments import Extent, Segment
from papertrace.repeats.watch import watch
from papertrace.structure import tensors_of
from papertrace.symbolic import depends_on_data
from papertrace.tensor import Tensor, wrap
from papertrace.values import Call, Operation, Value

if TYPE_CHECKING:
    from papertrace.record import Recorder


class Tape:
    """A layer that runs or ran, and all that it rested on."""

    def __init__(
        self, recorder: Recorder, module: Any, differing: set[tuple[str, str]], args: tuple, kwargs: dict[str, Any]
    ) -> None:
        self.recorder = recorder
        self.module = module
        self.path: str = module.__dict__["_path"]
        self.args, self.kwargs = args, kwargs
        self.called = _call_site(sys._getframe(1))
        self._tensors = list(tensors_of((args, kwargs)))
        self._given = [tensor.value for tensor in self._tensors]
        self._changes = watch.changes
        self._unseen = recorder.unseen()
        self._start = Extent(recorder)
        self.listener = Listener(
            recorder, lambda: Extent(recorder, self._start), module, differing, (args, kwargs)
        )
        #: (path of the part, attribute) of what tells the layer from the next one.
        self._differing = differing
        #: Those of them that it did without, or only passed on to outside calls.
        self.unasked: set[tuple[str, str]] = set()
        self.segments: list[Segment] = []
        self.result: Any = None

    @property
    def is_current(self) -> bool:
        """Whether nothing has been changed since the layer began."""
        return watch.changes == self._changes and self.recorder.unseen() == self._unseen

    @property
    def outside_calls(self) -> list[OutsideCall]:
        return self.listener.calls

    def close(self, result: Any) -> bool:
        """The layer has returned ``result``. Whether another may repeat it."""
        recorder = self.recorder
        end = Extent(recorder, self._start)
        recorded = recorder.operations[self._start.operations : end.operations]
        self.unasked = self._differing - {(asked.path, asked.name) for asked in self.listener.asked if not asked.is_passed}
        starts = [self._start, *(call.end for call in self.outside_calls)]
        ends = [*(call.start for call in self.outside_calls), end]
        self.segments = [Segment(recorder, *span) for span in zip(starts, ends)]
        made = {id(value) for segment in self.segments for item in segment.operations for value in item.outputs}
        if not (
            self.is_current
            and self.listener.is_sound
            and sum(len(operation.outputs) for operation in recorded) == end.values - self._start.values
            and all(_is_plain(operation) for segment in self.segments for operation in segment.operations)
            # What a run has answered may be another thing for each layer.
            and not (self.reads and recorder.guards.answers)
            and self._is_of_parts()
        ):
            return False
        try:
            self.result = self._kept(result, made)
        except Unlike:
            return False
        return True

    def _kept(self, result: Any, made: set[int]) -> Any:
        """What the layer returned, with values in place of tensors that it made, and places in place of those that it was
        given. Raise Unlike for anything else, and for views: they could be written through."""
        if type(result) is tuple:
            return tuple(self._kept(item, made) for item in result)
        if result is None:
            return None
        place = next((place for place, tensor in enumerate(self._tensors) if tensor is result), None)
        if place is not None:
            return place
        if type(result) is Tensor and result._base is None and id(result.value) in made:
            return result.value
        raise Unlike

    @property
    def reads(self) -> int:
        """How many guards on data it left."""
        return sum(len(segment.reads) for segment in self.segments)

    def _is_of_parts(self) -> bool:
        """Whether nothing was recorded for modules beside the layer's own."""
        parts = {part.__dict__.get("_path") for part in self.module.modules()}
        for segment in self.segments:
            own = [*(call.module for call in segment.calls), *(item.module for item in segment.named)]
            own += [path for _, _, path, _ in segment.passed]
            own += [key if isinstance(key, str) else key[0] for table in segment.counters for key in table]
            if not parts.issuperset(own):
                return False
        return True

    # — the same

    def comparison(self, module: Any, args: tuple, kwargs: dict[str, Any]) -> Comparison:
        """With a module that is called on these arguments; raises Unlike where it cannot do what this layer did."""
        if type(module) is not type(self.module) or _call_site(sys._getframe(1)) != self.called:
            raise Unlike
        comparison = Comparison(self.module, module)
        if not comparison.differing.issubset(self.unasked):
            raise Unlike
        # Past a number of guesses the run is asked first.
        if self.reads and len(self.recorder.guards.data) + self.reads > GUESSES:
            raise Unlike
        comparison.pair_given((self.args, self.kwargs), (args, kwargs), iter(self._given))
        return comparison

    def does_the_same(self, other: Tape, values: dict[int, Value]) -> bool:
        """Whether ``other`` recorded the same, with ``values`` where this one has others; adds what either made."""
        calls = {id(None): -1} | {id(call): number for number, call in enumerate(self._calls())}
        others = {id(None): -1} | {id(call): number for number, call in enumerate(other._calls())}
        if self.called != other.called or len(self.segments) != len(other.segments):
            return False
        for index, (mine, yours) in enumerate(zip(self.segments, other.segments)):
            if index and not self.outside_calls[index - 1].does_the_same(other.outside_calls[index - 1], values):
                return False
            if not mine.does_the_same(yours, values):
                return False
            if mine.table(values, self.path, other.path) != yours.table({}, other.path, other.path):
                return False
            if [calls[id(item.call)] for item in mine.operations] != [others[id(item.call)] for item in yours.operations]:
                return False
        return _indices(self.result, values) == _indices(other.result, {})

    def _calls(self) -> Iterator[Call]:
        return (call for segment in self.segments for call in segment.calls)

    # — again

    def again(self, module: Any, comparison: Comparison, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Record all of it once more for another module that is called on these; gives what that returns."""
        recorder, values = self.recorder, comparison.values
        path, outer = module.__dict__["_path"], recorder.modules
        cut = len(self.path)

        def attribute(part: str, name: str) -> Any:
            return getattr(comparison.parts[part], name)

        for index, segment in enumerate(self.segments):
            if index:
                call = self.outside_calls[index - 1]
                running = [*outer, *(path + inner[cut:] for inner in call.modules)]
                call.again(recorder, values, running, attribute)
            segment.write(recorder, values, self.path, path)

        given = list(tensors_of((args, kwargs)))

        def made(result: Any) -> Any:
            if type(result) is tuple:
                return tuple(map(made, result))
            if type(result) is int:
                return given[result]
            return None if result is None else wrap(values[id(result)])

        return made(self.result)


def _call_site(frame: FrameType) -> list[tuple[int, int]]:
    """Where the running module is called; by identity, for code objects are compared whole."""
    return [(id(code), offset) for code, offset in calls_to(calling(frame))]


def _indices(result: Any, values: dict[int, Value]) -> Any:
    """A result, with the numbers of values in their place; those of tensors that were given are negative."""
    if type(result) is tuple:
        return tuple(_indices(item, values) for item in result)
    if type(result) is int:
        return -1 - result
    return None if result is None else values.get(id(result), result).index


def _is_plain(operation: Operation) -> bool:
    """Whether an operation holds no loop, and no size that only the run has."""
    if operation.primitive == "scan" or operation.owner is not None:
        return False
    return not any(_depends(item) for item in (*operation.attributes.values(), *(o.shape for o in operation.outputs)))


def _depends(item: Any) -> bool:
    if isinstance(item, (tuple, list)):
        return any(map(_depends, item))
    return not isinstance(item, (str, bool, float)) and isinstance(item, int) and depends_on_data(item)
