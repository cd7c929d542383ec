"""Calls of torch functions: recorded, with their arguments checked, and their errors explained."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from papertrace import record
from papertrace.call_errors import explain
from papertrace.strides import settle
from papertrace.structure import tensors_of

#: What torch refuses although a result could be given, by label; filled by papertrace.checks.
checks: dict[str, Callable[..., None]] = {}


def api(label: str) -> Callable[[Callable], Callable]:
    """Declare a torch function: the outermost call of one is a Call, with the reader's places."""

    def declare(function: Callable) -> Callable:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            recorder = record.trace
            if recorder.call is not None:
                return function(*args, **kwargs)
            call = recorder.open(label)
            try:
                check = checks.get(label)
                if check is not None:
                    check(*args, **kwargs)
                result = function(*args, **kwargs)
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
                if call.alias and call.results:
                    settle(label, call.results)
            return result

        return recorded

    return declare
