"""From a request to a trace: the class is imported, built and called, and what it did is written down."""

from __future__ import annotations

import annotationlib
import inspect
import types
from typing import Any

from papertrace import loader, record
from papertrace.absent import absent_package
from papertrace.boundary.patches import choices
from papertrace.cache import Decoding
from papertrace.checkpoint import fit
from papertrace.configuration import Implementations, constructor_arguments
from papertrace.deferred import failed_statements
from papertrace.dimensions import dimensions_of
from papertrace.dtypes import dtype_named
from papertrace.errors import Stale, Unanswered, WindowRead
from papertrace.failures import Missing
from papertrace.leaves import bind_parameters
from papertrace.loop_steps import NotRollable
from papertrace.made_caches import has_begun_state
from papertrace.outputs import flatten_outputs
from papertrace.phases import during
from papertrace.repeats.outside_calls import NotRepeated
from papertrace.repeats.watch import watching
from papertrace.serialise import serialise
from papertrace.step_arguments import plain_arguments, position_counts
from papertrace.structure import is_tensor
from papertrace.stubs import absent_base
from papertrace.tensor import wrap

#: Before the name of an argument: what it was for everything that went before.
_EARLIER = "past."

#: Experts whose lines show what all of them do.
FEW_EXPERTS = 4


def trace_request(request: dict[str, Any]) -> dict[str, Any]:
    """The `Trace` of a `TraceRequest` (src/shared/trace.ts). Raises whatever the source raises.

    What an attempt finds out serves the next. Loops over a free size that are not the same in every iteration are unrolled;
    those over places that hold true, where not every place will do, ask the run for its own; caches that the source looks
    into forget what lies before their window; modules that have kept a tensor of an earlier trace (a cache at the top of a
    file) are run anew for another; layers that were taken to be the same and are not are traced one by one.
    """
    unrolled: frozenset[Any] = frozenset()
    asks_places = forgets = False
    repeats = request.get("repeats", True)
    while True:
        recorder = record.reset()
        recorder.loops.unrolled = unrolled
        recorder.asks_places = asks_places
        recorder.most_places = FEW_EXPERTS if request.get("experts") == "few" else None
        recorder.forgets = forgets
        recorder.repeats.allowed = repeats
        try:
            trace = _trace(request)
            if recorder.loops.open:
                raise NotRollable(recorder.loops.open)
            return trace
        except NotRollable as failure:
            unrolled |= {recorder.loops.sites[number] for number in failure.loops}
        except WindowRead:
            forgets = True
        except NotRepeated:
            repeats = False
        except Stale:
            if not loader.renew():
                raise
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            if recorder.wrote_out_places and isinstance(error, LookupError):
                asks_places = True
                continue
            # A list that a loop filled is shorter here than source may take for granted.
            if unrolled.issuperset(recorder.loops.sites):
                raise
            unrolled |= set(recorder.loops.sites)


def _trace(request: dict[str, Any]) -> dict[str, Any]:
    record.trace.guards.answers = [_scalar(answer) for answer in request.get("answers") or []]
    name = loader.prepare(request["source"], request.get("transformers"), request.get("packages") or [])
    module = loader.load(name)
    loader.use(name)
    # The bare module tree is the one that the library builds; what is run has attention written out.
    choices.attention = "eager" if request["inputs"] else "sdpa"
    implementations = Implementations("eager" if request["inputs"] else None, request.get("experts"))
    model = _build(module, request, implementations)
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    model.eval()
    record.trace.adopt(model)
    for defining in dict.fromkeys(type(part).__module__ for part in model.modules()):
        loader.use(defining)
    shapes = request.get("checkpointShapes")
    fitted = fit(model, shapes, request.get("fitted")) if shapes is not None else None
    bind_parameters(model, request.get("checkpointNames") if fitted is None else list(fitted["tensors"]))
    outputs: list[tuple[str, Any]] = []
    incomplete = False
    if request["inputs"]:
        try:
            outputs = _call(model, module, request)
        except Unanswered as question:
            outputs, incomplete = [("answer", wrap(question.value))], True
    sample = request.get("sample")
    given = {} if sample is None else _sample(model, module, sample)
    failed = failed_statements(request["source"], record.trace.places)
    files = loader.files()
    trace = serialise(record.trace, outputs, type(model).__name__)
    trace |= {"files": files, "forward": _arguments(model, given)}
    if fitted is not None:
        trace["checkpoint"] = fitted
    if incomplete:
        trace["incomplete"] = True
    if record.trace.repeats.done:
        trace["repeated"] = record.trace.repeats.done
    if failed:
        trace["failed"] = failed
    return trace


def _build(module: types.ModuleType, request: dict[str, Any], implementations: Implementations) -> Any:
    """The object to call: what `construct` gives, else the class with its configuration or arguments."""
    from torch import nn

    expression = request.get("construct")
    if expression is not None:
        with during("build"):
            model = _evaluate(expression, module, {})
        if not isinstance(model, nn.Module):
            _refuse_absent_base(type(model))
            raise Missing("{0} gives no module of torch.nn, but {1}.", expression, type(model).__name__)
        return model
    cls = _find_class(module, request["class"])
    arguments = constructor_arguments(
        cls, module, request.get("config"), request.get("arguments") or {}, implementations
    )
    with during("build"):
        return cls(**arguments)


def _evaluate(expression: str, module: types.ModuleType, names: dict[str, Any]) -> Any:
    """What an expression of a reader's is, among the names of their source."""
    import torch

    try:
        code = compile(expression.strip(), "<example>", "eval")
    except SyntaxError as error:
        raise Missing("{0} is not a Python expression: {1}.", expression, error.msg) from error
    return eval(code, {"torch": torch, "nn": torch.nn} | vars(module) | names)


def _find_class(module: types.ModuleType, name: str) -> type:
    from torch import nn

    found = getattr(module, name, None)
    if isinstance(found, type):
        if issubclass(found, nn.Module):
            return found
        _refuse_absent_base(found)
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


def _refuse_absent_base(cls: type) -> None:
    base = absent_base(cls)
    if base is None:
        return
    package = absent_package(base)
    if package is not None:
        raise Missing("{0} derives from {1}, which is not there while tracing.", cls.__name__, base, package=package)
    raise Missing(
        "{0} derives from {1}, which is not there while tracing: choose an environment that holds it.",
        cls.__name__,
        base,
    )


def _call(model: Any, module: types.ModuleType, request: dict[str, Any]) -> list[tuple[str, Any]]:
    import torch

    inputs, cached = request["inputs"], bool(request.get("cache"))
    arguments = {
        spec["name"]: wrap(record.trace.input(spec["name"], dtype_named(spec["dtype"]), _shape(spec["shape"])))
        for spec in inputs
    }
    expression = request.get("call")
    if expression is not None:
        with torch.no_grad(), during("forward"), watching(record.trace.repeats.allowed):
            return _named_outputs(_evaluate(expression, module, arguments | {"model": model}), model)
    earlier = {name[len(_EARLIER) :]: arguments.pop(name) for name in list(arguments) if name.startswith(_EARLIER)}
    accepted = _accepted(model)
    unknown = [name for name in arguments if accepted is not None and name not in accepted]
    if unknown:
        raise Missing(
            "forward of {0} takes no argument {1}. It takes: {2}.",
            type(model).__name__,
            unknown[0],
            ", ".join(accepted or []),
        )
    plain = plain_arguments(parameter for parameter in _parameters(model) if parameter.name not in arguments)
    with torch.no_grad(), during("forward"), watching(record.trace.repeats.allowed):
        decoding = Decoding(model, _parameters(model), loader.is_library_class(type(model)))
        if not cached:
            for name, value in plain.items():
                if value is not None:
                    record.trace.problem(f"forward takes {name}, of which nothing is known: it is given {value}")
            return _named_outputs(decoding.whole(arguments | plain), model)
        return decoding.later(arguments, earlier) if earlier else decoding.first(arguments)


def _named_outputs(result: Any, model: Any) -> list[tuple[str, Any]]:
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
    parameters = _parameters(model)
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters if parameter.kind is not inspect.Parameter.VAR_POSITIONAL]


def _sample(model: Any, module: types.ModuleType, text: str) -> dict[str, Any]:
    """The tensors that a call with these arguments would give forward, by argument."""
    take = {"__papertrace_take__": lambda *positional, **named: (positional, named)}
    positional, named = _evaluate(f"__papertrace_take__({text})", module, take)
    try:
        bound = inspect.signature(type(model).forward).bind(model, *positional, **named)
    except TypeError as error:
        raise Missing("The call with {0} does not fit forward: {1}.", text, error) from error
    return {name: value.value for name, value in list(bound.arguments.items())[1:] if is_tensor(value)}


def _arguments(model: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The `ForwardArgument`s (src/shared/trace.ts)."""
    many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    rows = []
    parameters = _parameters(model, annotationlib.Format.STRING)
    counts = position_counts(parameters, {}, 0) | plain_arguments(parameters)
    said = dimensions_of(type(model).forward, [parameter.name for parameter in parameters])
    for parameter in parameters:
        if parameter.kind in many:
            continue
        given_anyway = parameter.name in counts or has_begun_state(model, parameter)
        row = {"name": parameter.name, "required": parameter.default is inspect.Parameter.empty and not given_anyway}
        if parameter.annotation is not inspect.Parameter.empty:
            row["annotation"] = str(parameter.annotation)
        if parameter.name in said:
            row["dimensions"] = said[parameter.name]
        value = given.get(parameter.name)
        if value is not None:
            row["example"] = {"dtype": value.dtype.name, "shape": [int(size) for size in value.shape]}
        rows.append(row)
    return rows


def _parameters(
    model: Any, annotations: annotationlib.Format = annotationlib.Format.FORWARDREF
) -> list[inspect.Parameter]:
    """Of forward, without self."""
    signature = inspect.signature(type(model).forward, annotation_format=annotations)
    return list(signature.parameters.values())[1:]
