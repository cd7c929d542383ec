"""Layers that are the same are traced twice: what the second did stands, renamed, for all that follow.

An item of a list of modules repeats an earlier one where this is certain:

- two before it, traced one by one, did the same, each with its own parameters and what it was called on;
- it has the same parts and attributes, but for those that neither of the two asked for (a layer's number), and is called
  at the same place, on values of the same kind and otherwise on the same objects;
- no code that ran since the first of the two began changed anything but its own variables or asked which object one is
  (watch.py), and nothing was recorded that later calls could see: writes in place, numbers read of tensors, loops over
  free sizes.

The one thing that a layer may change is what it was given, and that only by calling its methods: these calls (of a cache)
are made for every layer (outside_calls.py, listening.py). What fails any of this is traced as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papertrace.repeats.module_state import Comparison, Unlike
from papertrace.repeats.watch import watch

if TYPE_CHECKING:
    from papertrace.record import Recorder
    from papertrace.repeats.tape import Tape

#: So many layers of one list are watched: it may go through several kinds in turn.
_WATCHED = 8

#: Runs a module, whose arguments follow.
Run = Callable[[Any, tuple, dict[str, Any]], Any]


class Repeats:
    """The layers of one trace that others may repeat."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        #: False where a layer that was taken to repeat another did not.
        self.allowed = True
        #: Paths of the modules that were not run.
        self.done: list[str] = []
        #: Layers of each list, by its path: those that no other has confirmed yet, and those that one has.
        self._single: dict[str, list[Tape]] = {}
        self._confirmed: dict[str, list[Tape]] = {}
        #: How many of each list were watched.
        self._watches: dict[str, int] = {}
        #: Whether a layer that runs is watched.
        self._is_open = False

    def forget(self) -> None:
        """What was recorded has been taken back."""
        self._single.clear()
        self._confirmed.clear()
        self._watches.clear()
        self.done.clear()

    def concern(self, module: Any) -> bool:
        """Whether a module is one of a list, and nothing that runs is watched yet."""
        if not watch.is_on or self._is_open or not self.allowed:
            return False
        if not module.__dict__.get("_path", "")[-1:].isdecimal() or self._recorder.call is not None:
            return False
        # A layer of torch's own alone is one call.
        return bool(module._modules) or not type(module).__module__.startswith("torch.")

    def run(self, forward: Run, module: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What ``forward`` of ``module`` gives: recorded again if it repeats another, else watched if others may repeat it."""
        path, _, number = module.__dict__["_path"].rpartition(".")
        if not number.isdecimal() or self._recorder.loops.sites:
            return forward(module, args, kwargs)
        for tape in self._confirmed.get(path, ()):
            if tape.is_current:
                try:
                    comparison = tape.comparison(module, args, kwargs)
                except Unlike:
                    continue
                self.done.append(module.__dict__["_path"])
                return tape.again(module, comparison, args, kwargs)
        return self._watched(forward, module, args, kwargs, path, int(number))

    def _watched(
        self, forward: Run, module: Any, args: tuple, kwargs: dict[str, Any], path: str, number: int
    ) -> Any:
        from papertrace.repeats.tape import Tape

        known = self._single.setdefault(path, [])
        watched = self._watches.get(path, 0)
        siblings = self._siblings(path)
        follower = siblings.get(str(number + 1))
        # Two are traced one by one: without a third there is nothing to win.
        if watched == _WATCHED or len(siblings) - number + len(known) < 3 or follower is None:
            return forward(module, args, kwargs)
        if any(self._recorder.names.has_run(part.__dict__.get("_path", "")) for part in module.modules()):
            return forward(module, args, kwargs)
        self._watches[path] = watched + 1
        try:
            differing = Comparison(module, follower).differing
        except Unlike:
            differing = set()
        tape = Tape(self._recorder, module, differing, args, kwargs)
        self._is_open = True
        self._recorder.others = len(self._recorder.values)
        try:
            with tape.listener.listening():
                result = forward(module, args, kwargs)
        finally:
            self._is_open = False
            self._recorder.others = None
        if tape.close(result):
            self._keep(tape, known, path)
        return result

    def _siblings(self, path: str) -> dict[str, Any]:
        """The modules of a list; none where the source has changed the tree."""
        module = self._recorder.root
        for name in path.split(".") if path else ():
            module = module._modules.get(name) if module is not None else None
        return {} if module is None else module._modules

    def _keep(self, tape: Tape, known: list[Tape], path: str) -> None:
        """A layer can be repeated: it is, where it did what an earlier one did."""
        for before in known:
            if not before.is_current:
                continue
            try:
                comparison = before.comparison(tape.module, tape.args, tape.kwargs)
            except Unlike:
                continue
            if comparison.differing <= tape.unasked and before.does_the_same(tape, comparison.values):
                self._confirmed.setdefault(path, []).append(tape)
                break
        known.append(tape)
