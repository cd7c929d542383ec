"""How torch lays out what its functions give, by the function's name: as far as its documentation and kernels settle it."""

from __future__ import annotations

import enum


class Rule(enum.Enum):
    """What decides the strides of a result."""

    #: Each element by itself: dimensions in the order in which they lie in what is given (TensorIterator).
    POINTWISE = enum.auto()
    #: The same memory, or a copy where there is no view.
    VIEW = enum.auto()
    #: Row-major, whatever is given.
    ROW_MAJOR = enum.auto()
    #: Row-major where all that is given is; not followed otherwise.
    AS_GIVEN = enum.auto()


def rule_of(function: str) -> Rule | None:
    """The rule of a call by its label; None where the layout of its result is not followed."""
    return _RULES.get(_name_of(function))


def is_copy(function: str, alias: bool) -> bool:
    """Whether a call gives memory of its own. ``alias``: it has added nothing to the trace."""
    plain = function.rpartition(".")[2]
    if plain.startswith("__i") or plain.endswith("_") and not plain.endswith("__"):
        return False
    name = _name_of(function)
    rule = _RULES.get(name)
    if name in _THEMSELVES or rule is Rule.VIEW:
        return False
    return alias or rule is not None


def _named(names: str) -> list[str]:
    return names.split()


def _name_of(function: str) -> str:
    name = function.rpartition(".")[2]
    if name.startswith("__"):
        name = name.strip("_")
        return _OPERATORS.get(name, name)
    return name if name in _RULES else name.removesuffix("_")


_RULES: dict[str, Rule] = {
    **dict.fromkeys(
        _named(
            "abs absolute acos acosh add addcdiv addcmul arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh "
            "atan atan2 atanh bfloat16 bitwise_and bitwise_not bitwise_or bitwise_xor bool ceil celu clamp clamp_max "
            "clamp_min clip clone copysign cos cosh deg2rad div divide double elu eq erf erfc exp exp2 expm1 fix float "
            "float_power floor floor_divide fmax fmin fmod frac ge gelu greater greater_equal gt half hardsigmoid hardswish "
            "hardtanh hypot int isfinite isinf isnan ldexp le leaky_relu lerp less less_equal lgamma log log10 log1p log2 "
            "logaddexp logical_and logical_not logical_or logical_xor logit long lt maximum minimum mish mul "
            "multiply nan_to_num ne neg negative not_equal ones_like pow rad2deg reciprocal relu relu6 remainder round "
            "rsqrt rsub selu sgn sigmoid sign silu sin sinc sinh softplus softsign sqrt square sub subtract tan tanh "
            "tanhshrink threshold to true_divide trunc type type_as where xlogy zeros_like"
        ),
        Rule.POINTWISE,
    ),
    **dict.fromkeys(
        _named(
            "atleast_1d atleast_2d atleast_3d broadcast_tensors broadcast_to chunk detach dropout dsplit expand expand_as "
            "flatten getitem hsplit meshgrid moveaxis movedim mT narrow permute ravel reshape reshape_as select split "
            "split_with_sizes squeeze swapaxes swapdims t T tensor_split transpose unbind unflatten unsafe_chunk "
            "unsafe_split unsafe_split_with_sizes unsqueeze view view_as vsplit"
        ),
        Rule.VIEW,
    ),
    **dict.fromkeys(
        _named("bmm contiguous embedding layer_norm linear log_softmax matmul mm repeat softmax tile tril triu"),
        Rule.ROW_MAJOR,
    ),
    **dict.fromkeys(
        _named(
            "all amax amin any argmax argmin argsort cat concat concatenate conv1d conv2d conv3d cumprod cumsum flip gather glu "
            "group_norm index_select logsumexp masked_fill max mean min new_tensor normalize one_hot pad prod repeat_interleave "
            "rms_norm roll sort std stack sum topk var"
        ),
        Rule.AS_GIVEN,
    ),
}

#: Besides views, what gives a tensor back that is as it is wanted already.
_THEMSELVES = frozenset(
    _named(
        "alpha_dropout as_tensor asarray bfloat16 bool coalesce conj contiguous cpu cuda double dropout1d dropout2d dropout3d "
        "einsum feature_alpha_dropout feature_dropout float from_numpy half int long numpy pin_memory pos positive real resolve_conj "
        "resolve_neg to to_dense to_sparse to_sparse_coo type type_as"
    )
)

#: Operators by what Python calls them, where torch has another name for the function.
_OPERATORS = {
    **{f"r{name}": name for name in ("add", "sub", "mul", "pow")},
    **{f"i{name}": name for name in ("add", "sub", "mul", "pow")},
    **dict.fromkeys(("truediv", "rtruediv", "itruediv"), "div"),
    **dict.fromkeys(("floordiv", "rfloordiv"), "floor_divide"),
    **dict.fromkeys(("mod", "rmod"), "remainder"),
    **dict.fromkeys(("and", "rand"), "bitwise_and"),
    **dict.fromkeys(("or", "ror"), "bitwise_or"),
    **dict.fromkeys(("xor", "rxor"), "bitwise_xor"),
    "invert": "bitwise_not",
}
