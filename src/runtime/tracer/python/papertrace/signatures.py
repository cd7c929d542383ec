"""What functions take: signatures with annotations that are values, and arguments that Python itself would refuse."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Under any Python from 3.10 on. An annotation that names what is not there yet stays a forward reference, before
    3.14 a string."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
    try:
        return inspect.signature(function, eval_str=True)
    except Exception:
        return inspect.signature(function)


def require_taken(
    function: str, parameters: Collection[str], arguments: Sequence[Any], options: Iterable[str]
) -> None:
    """Refuse what a function with these parameters after its first does not take."""
    if len(arguments) > len(parameters):
        given, taken = len(arguments) + 1, len(parameters) + 1
        raise TypeError(f"{function}() takes at most {taken} arguments but {given} were given")
    unknown = next((name for name in options if name not in parameters), None)
    if unknown is not None:
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown!r}")
