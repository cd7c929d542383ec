"""From a request to a trace: the class is imported, built and called, and what it did is written down."""

from __future__ import annotations

import annotationlib
import importlib
import inspect
import types
from typing import Any

from papertrace import loader, record
from papertrace.boundary.patches import choices
from papertrace.cache import take_cache
from papertrace.configuration import Implementations, constructor_arguments
from papertrace.dtypes import dtype_named
from papertrace.failures import Missing
from papertrace.outputs import flatten_outputs
from papertrace.stubs import building, running
from papertrace.tensor import wrap


def trace_request(request: dict[str, Any]) -> dict[str, Any]:
    """The `Trace` of a `TraceRequest` (src/shared/trace.ts). Raises whatever the source raises."""
    record.reset().answers = [_scalar(answer) for answer in request.get("answers") or []]
    name = loader.prepare(request["source"], request.get("transformers"))
    module = importlib.import_module(name)
    loader.use(name)
    cls = _find_class(module, request["class"])
    # The bare module tree is the one that the library builds; what is run has attention written out.
    choices.attention = "eager" if request["inputs"] else "sdpa"
    implementations = Implementations("eager" if request["inputs"] else None, request.get("experts"))
    arguments = constructor_arguments(
        cls, module, request.get("config"), request.get("arguments") or {}, implementations
    )
    with building():
        model = cls(**arguments)
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    model.eval()
    record.trace.adopt(model)
    for part in model.modules():
        loader.use(type(part).__module__)
    _bind_parameters(model, request.get("checkpointNames"))
    outputs: list[tuple[str, Any]] = []
    if request["inputs"]:
        outputs = _call(model, request["inputs"], bool(request.get("cache")))
    files = loader.files()
    return record.trace.to_dict(outputs, cls.__name__) | {"files": files, "forward": _arguments(model)}


def _find_class(module: types.ModuleType, name: str) -> type:
    from torch import nn

    found = getattr(module, name, None)
    if isinstance(found, type) and issubclass(found, nn.Module):
        return found
    classes = [
        item.__name__
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, nn.Module) and item.__module__ == module.__name__
    ]
    file = (module.__file__ or module.__name__).rpartition("/")[2]
    if not classes:
        raise Missing("{0} defines no module of torch.nn: open a file that does.", file)
    if found is not None:
        raise Missing("{0} of {1} is not a module of torch.nn. Its modules: {2}.", name, file, ", ".join(classes))
    raise Missing("{0} has no class {1}. Its modules: {2}.", file, name, ", ".join(classes))


def _bind_parameters(model: Any, checkpoint: list[str] | None) -> None:
    """Make leaves of what the checkpoint holds; tied names share one leaf, called by a name that the checkpoint has.

    Buffers that it lacks, and parameters that the source computes (sinusoids), keep the operations that make them.
    """
    held = None if checkpoint is None else set(checkpoint)
    names: dict[int, list[str]] = {}
    tensors: dict[int, Any] = {}
    parameters: set[int] = set()
    for name, tensor in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
        tensors[id(tensor)] = tensor
        parameters.add(id(tensor))
    for name, tensor in model.named_buffers(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
        tensors[id(tensor)] = tensor
    for key, tensor in tensors.items():
        known = names[key] if held is None else [name for name in names[key] if name in held]
        is_leaf = key in parameters and (held is None or tensor.value.uninitialised) or held is not None and known
        if is_leaf:
            leaf = (known or names[key])[0]
            tensor.adopt_value(record.trace.parameter(leaf, tensor.dtype, tensor.shape))


def _call(model: Any, inputs: list[dict[str, Any]], cached: bool) -> list[tuple[str, Any]]:
    import torch

    arguments = {
        spec["name"]: wrap(record.trace.input(spec["name"], dtype_named(spec["dtype"]), _shape(spec["shape"])))
        for spec in inputs
    }
    library = loader.is_library_class(type(model))
    cache = take_cache(arguments, library) if cached else None
    accepted = _accepted(model)
    if cached:
        if cache is not None:
            arguments["past_key_values"] = cache
        if library or accepted is not None and "use_cache" in accepted:
            arguments["use_cache"] = True
    unknown = [name for name in arguments if accepted is not None and name not in accepted]
    if unknown:
        raise Missing(
            "forward of {0} takes no argument {1}. It takes: {2}.",
            type(model).__name__,
            unknown[0],
            ", ".join(accepted or []),
        )
    with torch.no_grad(), running():
        result = model(**arguments)
    outputs = flatten_outputs(result)
    if not outputs:
        raise Missing("forward of {0} returned no tensor.", type(model).__name__)
    return outputs


def _scalar(answer: Any) -> Any:
    """A number, a list of them, or one of the words for floats that JSON lacks."""
    if isinstance(answer, list):
        return [_scalar(item) for item in answer]
    return float(answer) if isinstance(answer, str) else answer


def _shape(shape: list[Any]) -> list[int]:
    return [record.trace.symbol(size["symbol"], size["hint"]) if isinstance(size, dict) else size for size in shape]


def _accepted(model: Any) -> list[str] | None:
    """Names that forward takes, or None where it takes any."""
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in _parameters(model)):
        return None
    return [argument["name"] for argument in _arguments(model)]


def _arguments(model: Any) -> list[dict[str, Any]]:
    """The `ForwardArgument`s (src/shared/trace.ts)."""
    many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        {"name": parameter.name, "required": parameter.default is inspect.Parameter.empty}
        for parameter in _parameters(model)
        if parameter.kind not in many
    ]


def _parameters(model: Any) -> list[inspect.Parameter]:
    """Of forward, without self."""
    signature = inspect.signature(type(model).forward, annotation_format=annotationlib.Format.FORWARDREF)
    return list(signature.parameters.values())[1:]
