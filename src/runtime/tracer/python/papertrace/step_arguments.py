"""What a step of decoding is called with beside its tokens, by the names that sources give it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from papertrace.structure import is_tensor

#: Names of arguments and of results that carry something on: a cache, a state, hidden vectors of a recurrent network.
_CARRYING = re.compile(
    r"past|cache|^states?$|_states?$|mems|memory|(^|_)kvs?(_|$)|^inference_params$"
    r"|^((prev|init|initial|last|rnn|lstm|gru)_)?(hiddens?|cells?|[hc]x|[hc]_?0?|carry)$"
)
#: Of these, what a layer gives to the next one or an encoder to its decoder.
_NOT_CARRYING = re.compile(r"hidden_states|encoder|use_|return_|position")

#: Names of results by which a source hands on what another argument takes.
_HANDING_ON = re.compile(r"present|^(next|new|updated)_")

#: Names of counts of what went before, where a source says that the argument is a whole number …
_COUNTING = re.compile(r"start|pos|past|offset")
#: … and where it does not, or need not be given one.
_SURELY_COUNTING = re.compile(
    r"(start|begin|cur|current|past|prev|previous|cache|kv)_(pos|position|len|length|seqlen|seq_len|index|idx|tokens)"
    r"|((start|past|cache|kv|seqlen|pos|position|rope|rotary)_)?offset|pos|position"
    r"|past_key_values_length|past_seen_tokens"
)
#: Names of the positions of the tokens, one row for all texts.
_POSITIONS = re.compile(r"input_pos|cache_position|positions?|pos")

#: Names of wishes to be given what the next step takes.
_KEEPING = re.compile(
    r"^(use|return|output|store|keep|with)_\w*(cache|kvs?(_|$)|past|present|prev|states?$|hiddens?$|intermediates)"
)
_NOT_KEEPING = re.compile(r"hidden_states|attention|mems")


def carries(name: str) -> bool:
    """Whether an argument or a result of this name is carried from step to step."""
    return _CARRYING.search(name) is not None and _NOT_CARRYING.search(name) is None


def hands_on(name: str) -> bool:
    """Whether a result of this name, or of none, may be what an argument of another name takes."""
    return name.isdigit() or _HANDING_ON.search(name) is not None or carries(name)


def advance(item: Any, count: int) -> None:
    """Let objects that are carried on know how many positions went before, where they leave that to the caller."""
    if isinstance(item, (list, tuple)):
        for part in item:
            advance(part, count)
        return
    for name, number in list(getattr(item, "__dict__", {}).items()):
        if type(number) is int and number == 0 and _SURELY_COUNTING.fullmatch(name):
            setattr(item, name, count)


def position_counts(
    parameters: Iterable[inspect.Parameter], given: dict[str, Any], count: int, stepping: bool = False
) -> dict[str, int]:
    """`count` for a whole number that says how many positions went before and that forward requires.

    `stepping`: also for one that it need not be given, where only a step says it.
    """
    return {
        parameter.name: count
        for parameter in parameters
        if parameter.name not in given and (_is_required_count(parameter) or stepping and _is_optional_count(parameter))
    }


def _is_required_count(parameter: inspect.Parameter) -> bool:
    if parameter.default is not inspect.Parameter.empty:
        return False
    if parameter.annotation in (int, "int"):
        return _COUNTING.search(parameter.name) is not None
    # A bare position may as well be a tensor.
    unsaid = parameter.annotation is inspect.Parameter.empty and parameter.name not in ("pos", "position")
    return unsaid and _SURELY_COUNTING.fullmatch(parameter.name) is not None


def _is_optional_count(parameter: inspect.Parameter) -> bool:
    default = parameter.default
    whole = type(default) is int or default is None and re.search(r"\bint\b", str(parameter.annotation)) is not None
    return whole and _SURELY_COUNTING.fullmatch(parameter.name) is not None


#: Names of the sides of a grid whose places are the positions of a sequence.
_SIDE = re.compile(r"[HW]|[hw]|height|width")

#: Annotations of what may be left out.
_NOTHING = re.compile(r"Optional\[|Union\[.*NoneType|.*\| *None$|None *\|")

#: A side where nothing says how many places it has.
_PLACES = 8


def plain_arguments(parameters: Iterable[inspect.Parameter]) -> dict[str, Any]:
    """What is no tensor and has no default: nothing for what may be nothing, a grid that is small, what is not asked for."""
    return {parameter.name: value[0] for parameter in parameters if (value := _plain(parameter)) is not None}


def _plain(parameter: inspect.Parameter) -> tuple[Any] | None:
    many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if parameter.default is not inspect.Parameter.empty or parameter.kind in many:
        return None
    unsaid = parameter.annotation is inspect.Parameter.empty
    kind = "" if unsaid else getattr(parameter.annotation, "__name__", "") or str(parameter.annotation)
    written = str(parameter.annotation).replace("typing.", "")
    # What a mask hides is worth showing.
    if not unsaid and "mask" not in parameter.name and _NOTHING.match(written):
        return (None,)
    if kind == "bool":
        return (False,)
    if (unsaid or kind == "int") and _SIDE.fullmatch(parameter.name):
        return (_PLACES,)
    return ((_PLACES, _PLACES),) if re.fullmatch(r"[Tt]uple\[int, int\]", written) else None


def step_positions(parameters: Iterable[inspect.Parameter], given: dict[str, Any], count: int) -> dict[str, Any]:
    """Positions of the tokens of a step, for an argument that tells it so."""
    names = [
        parameter.name
        for parameter in parameters
        if parameter.name not in given and parameter.default is None and _POSITIONS.fullmatch(parameter.name)
    ]
    positions = positions_of(given, count) if names else None
    return {} if positions is None else {name: positions[0] for name in names}


def positions_of(given: dict[str, Any], count: int) -> Any:
    """(1, tokens): positions of the tokens of a step that `count` others went before; None where there are none."""
    import torch

    length = next((tensor.shape[1] for tensor in given.values() if is_tensor(tensor) and tensor.ndim == 2), None)
    return None if length is None else torch.arange(count, count + length)[None]


def wishes(parameters: Iterable[inspect.Parameter], given: dict[str, Any]) -> dict[str, bool]:
    """True for what asks a source to keep what the next step takes."""
    return {
        parameter.name: True
        for parameter in parameters
        if parameter.name not in given
        and (parameter.default is False or parameter.default is None)
        and (parameter.name == "use_cache" or parameter.default is False and _keeps(parameter.name))
    }


def _keeps(name: str) -> bool:
    return _KEEPING.search(name) is not None and _NOT_KEEPING.search(name) is None
