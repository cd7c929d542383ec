"""How a checkpoint's tensors become a model's parameters: the `TracedCheckpoint` of src/shared/trace.ts.

Checkpoints are often older than the source: tensors were renamed, merged and split since. The library's own rules say
how (`transformers/conversion_mapping.py`, `core_model_loading.py`); they are run as they are, on tracing tensors that
stand for the checkpoint's, and what they do to them is written down. What other sources lack of such rules is the few
spellings that every loader allows.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from papertrace import loader, record
from papertrace.dtypes import dtype_named
from papertrace.host import host
from papertrace.tensor import Tensor, wrap
from papertrace.values import Value

#: Primitives that move elements and change none.
_LAYOUT = frozenset({"reshape", "permute", "slice", "concat"})

#: Endings that parameters had in older releases of PyTorch and of transformers.
_OLD_ENDINGS = (
    ("LayerNorm.weight", "LayerNorm.gamma"),
    ("LayerNorm.bias", "LayerNorm.beta"),
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
)

#: Buffers that older checkpoints hold and a model makes for itself, as from_pretrained ignores them.
_OLD_BUFFERS = (("rotary_emb.inv_freq", r"rotary_emb\.inv_freq"), ("position_ids", r"(^|\.)position_ids$"))


def fit(
    model: Any, shapes: Mapping[str, list[int]], earlier: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Where every parameter and buffer of `model` comes from, in a checkpoint with tensors of these shapes.

    `earlier` is what this gave before; it is given again where it rested on the same.
    """
    wanted = _state(model)
    library = _library(model)
    identity = _identity(model, wanted, shapes, library)
    if earlier is not None and earlier["identity"] == identity:
        return earlier
    sources = library.sources(wanted, shapes) if library is not None else _spelled(model, wanted, shapes)
    tensors: dict[str, Any] = {}
    mismatched: list[dict[str, Any]] = []
    for name, value in sources.found.items():
        # As a checkpoint holds it: complex numbers by their parts.
        right = [int(size) for size in wanted[name].value.shape]
        found = [int(size) for size in value.shape]
        if found != right:
            mismatched.append({"name": name, "found": found, "expected": right})
            continue
        try:
            tensors[name] = _expression(value)
        except _NotLayout as error:
            sources.failed[name] = str(error)
    expected = _expected_unused(model)
    given = {id(wanted[name]) for name in sources.found}
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    missing = [
        name
        for name, tensor in wanted.items()
        if name in parameters and id(tensor) not in given and name not in sources.failed
    ]
    return {
        "identity": identity,
        "tensors": tensors,
        "missing": missing,
        "mismatched": mismatched,
        "unused": [name for name in sources.unused if expected is None or not expected.search(name)],
        "failed": [{"name": name, "reason": reason} for name, reason in sources.failed.items()],
    }


def _state(model: Any) -> dict[str, Tensor]:
    """Everything that a checkpoint can hold, tied names included."""
    state = dict(model.named_parameters(remove_duplicate=False))
    return state | dict(model.named_persistent_buffers())


#: What a class says of the names in its checkpoints.
_SAID = (
    "base_model_prefix",
    "_checkpoint_conversion_mapping",
    "_keys_to_ignore_on_load_unexpected",
    "_tied_weights_keys",
)


def _identity(
    model: Any, wanted: Mapping[str, Tensor], shapes: Mapping[str, list[int]], library: _Library | None
) -> str:
    told = [
        type(model).__qualname__,
        [repr(getattr(model, name, None)) for name in _SAID],
        [name for name, _ in model.named_buffers()],
        [name for name, _ in model.named_parameters(remove_duplicate=False)],
        [(name, [int(size) for size in tensor.shape]) for name, tensor in wanted.items()],
        list(shapes.items()),
        None if library is None else library.identity,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class _NotLayout(Exception):
    """A rule changes numbers."""


class _Sources:
    def __init__(self) -> None:
        #: Value that a parameter or buffer takes, by its name in the model.
        self.found: dict[str, Value] = {}
        self.unused: list[str] = []
        #: Name in the model → why the rule for it could not be carried out.
        self.failed: dict[str, str] = {}


def _leaf(name: str, shape: Iterable[int]) -> Value:
    return record.trace.parameter(name, dtype_named("float32"), tuple(shape))


# — sources with rules of their own


def _library(model: Any) -> _Library | None:
    """transformers' rules, where the model is one of its and the release has them."""
    if not loader.is_library_class(type(model)) or not hasattr(model, "base_model_prefix"):
        return None
    try:
        mapping = importlib.import_module("transformers.conversion_mapping")
        loading = importlib.import_module("transformers.core_model_loading")
        files = [str(module.__file__) for module in (mapping, loading)]
        return _Library(model, mapping.get_model_conversion_mapping, loading, files)
    except (ImportError, AttributeError):
        return None


class _Library:
    """What `convert_and_load_state_dict_in_model` does to names and tensors, without loading any."""

    def __init__(
        self, model: Any, rules_of: Callable[[Any], list[Any]], loading: Any, files: list[str]
    ) -> None:
        self.model = model
        self.rename = loading.rename_source_key
        self.order = loading.dot_natural_key
        rules = rules_of(model)
        self.renamings = [rule for rule in rules if isinstance(rule, loading.WeightRenaming)]
        self.converters = [rule for rule in rules if isinstance(rule, loading.WeightConverter)]
        #: The rules by their patterns, and the text of what carries them out.
        self.identity = [
            [(type(rule).__name__, str(rule.source_patterns), str(rule.target_patterns)) for rule in rules],
            [host.sha256(file) for file in files],
        ]

    def sources(self, wanted: Mapping[str, Tensor], shapes: Mapping[str, list[int]]) -> _Sources:
        result = _Sources()
        prefix = self.model.base_model_prefix
        by_pattern = {pattern: rule for rule in self.converters for pattern in rule.source_patterns}
        plans: dict[str, Any] = {}
        for original in sorted(shapes, key=self.order):
            name, pattern = self.rename(original, self.renamings, self.converters, prefix, wanted)
            if name not in wanted and original in wanted:
                name, pattern = self.rename(original, [], [], prefix, wanted)
            if name not in wanted:
                result.unused.append(original)
            elif pattern is None:
                plans.setdefault(name, original)
            else:
                if name not in plans:
                    plans[name] = copy.deepcopy(by_pattern[pattern])
                if not isinstance(plans[name], str):
                    plans[name].add_tensor(name, original, pattern, _stand_in(original, shapes[original]))
        for name, plan in plans.items():
            if isinstance(plan, str):
                result.found[name] = _leaf(plan, shapes[plan])
            else:
                self._convert(name, plan, wanted, result)
        return result

    def _convert(self, name: str, rule: Any, wanted: Mapping[str, Tensor], result: _Sources) -> None:
        try:
            made = rule.convert(name, model=self.model, config=self.model.config)
            for target, tensor in made.items():
                tensor = tensor[0] if isinstance(tensor, list) else tensor
                if target in wanted:
                    result.found[target] = tensor.value
        except Exception as error:  # noqa: BLE001 - the rule's own, told with the parameter's name
            result.failed[name] = f"{type(error).__name__}: {error}"


def _stand_in(name: str, shape: list[int]) -> Callable[[], Tensor]:
    return lambda: wrap(_leaf(name, shape))


# — sources without


def _spelled(model: Any, wanted: Mapping[str, Tensor], shapes: Mapping[str, list[int]]) -> _Sources:
    """Old endings, and names with or without their first part: a base model's are a head model's without a prefix."""
    result = _Sources()
    # Releases of transformers before the rules had a module of their own.
    patterns = getattr(model, "_checkpoint_conversion_mapping", None) or {}
    originals = {_renamed(name, patterns): name for name in shapes}
    prefixes = list(dict.fromkeys(name.partition(".")[0] for name in originals if "." in name))
    used: set[str] = set()
    for name in wanted:
        spelling = next((candidate for candidate in _spellings(name, prefixes) if candidate in originals), None)
        if spelling is not None:
            original = originals[spelling]
            used.add(original)
            result.found[name] = _leaf(original, shapes[original])
    result.unused = [name for name in shapes if name not in used]
    return result


def _renamed(name: str, patterns: Mapping[str, str]) -> str:
    """By the first pattern that is found in the name."""
    for pattern, replacement in patterns.items():
        renamed, count = re.subn(pattern, replacement, name)
        if count:
            return renamed
    return name


def _spellings(name: str, prefixes: list[str]) -> Iterable[str]:
    """Most literal first."""
    literal = [name, *(name.removesuffix(new) + old for new, old in _OLD_ENDINGS if name.endswith(new))]
    yield from literal
    first, dot, _ = name.partition(".")
    if dot and first not in prefixes:
        yield from (spelling.removeprefix(f"{first}.") for spelling in literal)
    for prefix in prefixes:
        yield from (f"{prefix}.{spelling}" for spelling in literal)


# — plain data


def _expression(value: Value) -> Any:
    """A `TensorExpression`: the name of a checkpoint's tensor, or what is done to such."""
    if value.leaf is not None:
        return value.leaf[1]
    operation = value.operation
    if operation is None or operation.primitive not in _LAYOUT:
        what = operation.primitive if operation is not None else "?"
        raise _NotLayout(f"the rule for it computes ({what}), where only moving elements is supported")
    return {
        "primitive": operation.primitive,
        "inputs": [_expression(item) for item in operation.inputs if item is not None],
        "attributes": {name: _plain(attribute) for name, attribute in operation.attributes.items()},
    }


def _plain(attribute: Any) -> Any:
    return [int(item) for item in attribute] if isinstance(attribute, (list, tuple)) else int(attribute)


def _expected_unused(model: Any) -> re.Pattern[str] | None:
    """Tensors that the library itself expects to find no taker."""
    buffers = [buffer for buffer, _ in model.named_buffers()]
    patterns = [pattern for end, pattern in _OLD_BUFFERS if any(buffer.endswith(end) for buffer in buffers)]
    patterns += getattr(model, "_keys_to_ignore_on_load_unexpected", None) or []
    return re.compile("|".join(f"({pattern})" for pattern in sorted(patterns))) if patterns else None
