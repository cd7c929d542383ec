"""What torch refuses of a call's arguments although a shape could be given: a check for each function, by label.

A check has the function's own parameters, or is given them by name (`bound`), and raises what torch raises; it
records nothing. It runs before the function, and only for calls that the source itself makes: what functions of this
package call for one another has been checked. Shapes that a function cannot do without (the inner sizes of a product,
the axes of a permutation) it checks by itself.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from papertrace import symbolic
from papertrace.calls import checks
from papertrace.declare import functions_of
from papertrace.loop_steps import loops_of
from papertrace.symbolic import depends_on_data
from papertrace.tensor import Tensor

Check = Callable[..., None]


def check(*labels: str) -> Callable[[Check], Check]:
    """Check the arguments of calls under these labels."""

    def declared(function: Check) -> Check:
        for label in labels:
            known = checks.get(label)
            checks[label] = function if known is None else _all(known, function)
        return function

    return declared


def bound(*labels: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Check calls under these labels by all that the function takes, under its own names, with its own defaults."""

    def declared(function: Callable[[Any], None]) -> Callable[[Any], None]:
        for label in labels:
            check(label)(_bound(label, function))
        return function

    return declared


def both(*names: str) -> Callable[[Check], Check]:
    """Check torch functions that are tensor methods too, in place as well."""
    labels = [label for name in names for label in (f"torch.{name}", f"Tensor.{name}", f"Tensor.{name}_")]
    return check(*labels)


def functional(*names: str) -> Callable[[Check], Check]:
    """Check functions of torch.nn.functional."""
    return check(*(f"nn.functional.{name}" for name in names))


def _bound(label: str, function: Callable[[Any], None]) -> Check:
    def checked(*args: Any, **kwargs: Any) -> None:
        try:
            call = _signature(label).bind(*args, **kwargs)
        except TypeError:
            return  # The function itself says what does not fit.
        call.apply_defaults()
        function(SimpleNamespace(**call.arguments))

    return checked


@functools.cache
def _signature(label: str) -> inspect.Signature:
    namespace, _, name = label.rpartition(".")
    return inspect.signature(functions_of(namespace)[name])


def _all(first: Check, second: Check) -> Check:
    def checked(*args: Any, **kwargs: Any) -> None:
        first(*args, **kwargs)
        second(*args, **kwargs)

    return checked


def settled(comparison: str, left: Any, right: Any) -> bool:
    """``left comparison right``, guarded as any decision; taken to hold where only the run or a loop's step says so."""
    if depends_on_data(left) or depends_on_data(right) or loops_of((left, right)):
        return True
    return symbolic.decide(comparison, left, right)


def equal_sizes(left: Sequence[int], right: Sequence[int]) -> bool:
    """Whether two shapes are the same."""
    return len(left) == len(right) and all(settled("eq", a, b) for a, b in zip(left, right))


def require_tensor(candidate: Any, function: str, argument: str, position: int) -> None:
    if not isinstance(candidate, Tensor):
        kind = type(candidate).__name__
        raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {kind}")
