"""Entry of the tracer: text in, text out, nothing kept that could spoil the next trace."""

from __future__ import annotations

import gc
import importlib
import json
import traceback
from collections.abc import Callable

from papertrace import caches, loader, record, sandbox, untouched
from papertrace.boundary.split import CORE
from papertrace.build import trace_request
from papertrace.failures import describe
from papertrace.fitting import fit_of
from papertrace.host import host

#: Let go when a source fails, so that there is memory to say why.
_RESERVE_BYTES = 8 * 2**20
_reserve = [bytearray(_RESERVE_BYTES)]

loader.install()
caches.install()


def connect(
    read: Callable[[str], str | None],
    sha256: Callable[[str], str | None],
    is_directory: Callable[[str], bool],
    list_directory: Callable[[str], str],
) -> None:
    """Say where sources come from; see host.Host."""
    host.connect(read, sha256, is_directory, list_directory)


def warm(transformers: str) -> None:
    """Import what nearly every model needs ("": no transformers), and let go of the host: memory is saved next."""
    importlib.import_module("torch")
    if transformers:
        loader.prepare(f"{transformers}/transformers/modeling_utils.py", transformers)
        for name in CORE:
            importlib.import_module(name)
    record.reset()
    host.disconnect()
    gc.collect()


def close() -> None:
    """Shut the interpreter in; before the first source of a reader runs."""
    importlib.import_module("torch")
    untouched.remember_all()
    sandbox.close()


def is_spoiled() -> bool:
    """Whether the last source has changed what others rest on: no other may be traced here."""
    return untouched.is_changed()


def trace(request: str) -> str:
    """A `TraceResult` (src/shared/trace.ts) for a `TraceRequest`, both as JSON."""
    asked = json.loads(request)
    try:
        result = {"ok": True, "trace": trace_request(asked)}
        return json.dumps(result, separators=(",", ":"), allow_nan=False)
    except BaseException as error:  # noqa: BLE001 - whatever the source raises is the answer
        _reserve.clear()
        failure = describe(error, asked["source"], asked["class"])
        fit = fit_of(error) if isinstance(error, Exception) else None
        if fit is not None:
            failure["fit"] = fit
        traceback.clear_frames(error.__traceback__)
        return json.dumps({"ok": False, "failure": failure})
    finally:
        record.reset()
        caches.clear()
        loader.release()
        _refill()


def _refill() -> None:
    """Set memory aside again for the next failure; what a trace leaves in cycles may have to go first."""
    if _reserve:
        return
    try:
        _reserve.append(bytearray(_RESERVE_BYTES))
    except MemoryError:
        gc.collect()
