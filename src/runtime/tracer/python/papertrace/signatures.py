"""Signatures whose annotations are values where they can be, under any Python from 3.10 on."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """An annotation that names what is not there yet stays a forward reference, before 3.14 a string."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
    try:
        return inspect.signature(function, eval_str=True)
    except Exception:
        return inspect.signature(function)
