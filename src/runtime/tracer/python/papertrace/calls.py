"""Calls of torch functions: recorded, with their arguments checked, and their errors explained."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from papertrace import record, symbolic
from papertrace.call_errors import explain
from papertrace.layout_rules import is_copy
from papertrace.strides import settle
from papertrace.structure import is_tensor, tensors_of

#: What torch refuses although a result could be given, by label; filled by papertrace.checks.
checks: dict[str, Callable[..., None]] = {}


def _apart(result: Any, alias: bool, given: Any) -> Any:
    """What torch copies is no view, and not the tensor that it was made of; what was written in place is that itself."""
    if not is_tensor(result) or not alias and result._base is None:
        return result
    written = not alias and any(result is tensor for tensor in tensors_of(given))
    return result if written else result.copied()


def _written_into(out: Any, result: Any) -> Any:
    """`out=`: the tensor, or the tuple of them, that the result is written into; one of another shape gets this one."""
    pairs = zip(out, result) if isinstance(out, (tuple, list)) else [(out, result)]
    for target, tensor in pairs:
        if len(target.shape) == len(tensor.shape) and all(map(symbolic.same, target.shape, tensor.shape)):
            target.write_result(tensor)
        else:
            target.adopt_value(tensor.to(target.dtype).value)
    return out


def api(label: str) -> Callable[[Callable], Callable]:
    """Declare a torch function: the outermost call of one is a Call, with the reader's places."""

    def declare(function: Callable) -> Callable:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            recorder = record.trace
            out = kwargs.pop("out", None)
            if recorder.call is not None:
                result = function(*args, **kwargs)
                return result if out is None else _written_into(out, result)
            call = recorder.open(label)
            try:
                check = checks.get(label)
                if check is not None:
                    check(*args, **kwargs)
                result = function(*args, **kwargs)
                if out is not None:
                    result = _written_into(out, result)
            except BaseException as error:
                recorder.call = None
                for tensor in tensors_of((args, kwargs)):
                    recorder.require_own(tensor.value)
                explain(error, label, args, kwargs)
                raise
            if result is NotImplemented:
                recorder.call = None
            else:
                recorder.close(call, result, sys._getframe(1))
                if call.results and is_copy(label, call.alias):
                    result = _apart(result, call.alias, (args, kwargs, out))
                    if call.alias:
                        settle(label, tensors_of(result))
            return result

        return recorded

    return declare
