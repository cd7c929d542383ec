"""What functions take: signatures with annotations that are values, and arguments that Python itself would refuse."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from papertrace.errors import Unsupported


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


def require_default(parameter: str, given: Any, default: Any = None) -> None:
    """Refuse a value of an argument of a torch function that is computed as if it had its default."""
    plain = given is None or isinstance(given, (bool, int, float, str))
    if given is not default and not (plain and given == default):
        shown = repr(given) if plain else type(given).__name__
        raise Unsupported("The argument {0} is not supported as {1}: it has to be {2}.", parameter, shown, repr(default))
