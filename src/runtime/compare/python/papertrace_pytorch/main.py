"""One comparison: a request on stdin, lines of JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

#: Values between two lines about progress.
_VALUES = 25


def main() -> int:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the source prints is no answer.
    os.dup2(2, 1)

    def tell(**answer: Any) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    request = json.load(sys.stdin)
    try:
        tell(kind="step", step="torch")
        try:
            import torch
        except ImportError as error:
            tell(kind="failed", reason="no-torch", detail=str(error), file=None, line=None)
            return 1
        torch.manual_seed(0)
        return _compare(request, tell)
    except BaseException as error:
        traceback.print_exc()
        tell(**_failure(error, request["source"]))
        return 1


def _compare(request: dict[str, Any], tell: Any) -> int:
    import torch

    from papertrace_pytorch import model as models
    from papertrace_pytorch import shared, tensors
    from papertrace_pytorch.capture import Capture
    from papertrace_pytorch.sources import Sources

    def on_value(count: int) -> None:
        if count % _VALUES == 1:
            tell(kind="step", step="run", done=count, of=len(request["values"]))

    def on_tensor(count: int) -> None:
        if count % _VALUES == 1:
            tell(kind="step", step="weights", done=count, of=len(request["weights"]))

    if request["configFile"] is not None:
        with open(request["configFile"], encoding="utf-8") as opened:
            request["config"] = json.load(opened)
    shared.install(request["tracer"])
    capture = Capture(set(request["values"]), on_value)
    sources = Sources(request["files"], request.get("overlay") or {}, capture.bind)
    sys.meta_path.insert(0, sources)
    sys.path += request.get("packages") or []
    if request.get("transformers"):
        sys.path.insert(0, request["transformers"])
    tell(kind="step", step="build")
    module = sources.load(request["source"])
    model = models.build(module, request)
    models.load(model, request["weights"], on_tensor)
    tell(kind="step", step="run", done=0, of=len(request["values"]))
    capture.adopt(model)
    models.call(model, module, request, tensors.read(request["inputs"]))
    found = list(capture.values.items())
    tensors.write(request["output"], {str(i): tensors.writable(value) for i, (_, (value, _, _)) in enumerate(found)})
    tell(
        kind="done",
        torch=torch.__version__,
        python="%d.%d.%d" % sys.version_info[:3],
        values=[{"id": name, "file": file, "line": line} for name, (_, file, line) in found],
    )
    return 0


def _failure(error: BaseException, source: str) -> dict[str, Any]:
    """Why the source could not be run, with the innermost place of traced source."""
    places = sys.modules.get("papertrace.places")
    known = vars(places)["sources"] if places is not None else {source: ""}
    file, line = None, None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in known:
            file, line = frame.f_code.co_filename, number
    failed: dict[str, Any] = {"kind": "failed", "detail": _in_one_line(error), "file": file, "line": line}
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        return failed | {"reason": "no-package", "detail": error.name}
    if isinstance(error, MemoryError):
        return failed | {"reason": "memory"}
    return failed | {"reason": "python", "detail": f"{type(error).__name__}: {_in_one_line(error)}"}


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
