"""Layers without parameters: each calls one function of torch.nn.functional with what it was built with."""

from __future__ import annotations

from typing import Any

from papertrace.checks.layers import require_probability
from papertrace.signatures import require_taken
from torch.nn import functional as F
from torch.nn.modules.linear import filled_parameter
from torch.nn.modules.module import Module

#: class: (function, {argument of the constructor: default}); the arguments are passed on by name.
_LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "GELU": ("gelu", {"approximate": "none"}),
    "ReLU": ("relu", {"inplace": False}),
    "ReLU6": ("relu6", {"inplace": False}),
    "SiLU": ("silu", {"inplace": False}),
    "Mish": ("mish", {"inplace": False}),
    "Tanh": ("tanh", {}),
    "Sigmoid": ("sigmoid", {}),
    "LogSigmoid": ("logsigmoid", {}),
    "Softsign": ("softsign", {}),
    "Tanhshrink": ("tanhshrink", {}),
    "Hardshrink": ("hardshrink", {"lambd": 0.5}),
    "Softshrink": ("softshrink", {"lambd": 0.5}),
    "Threshold": ("threshold", {"threshold": None, "value": None, "inplace": False}),
    "Softplus": ("softplus", {"beta": 1, "threshold": 20}),
    "Hardswish": ("hardswish", {"inplace": False}),
    "Hardsigmoid": ("hardsigmoid", {"inplace": False}),
    "Hardtanh": ("hardtanh", {"min_val": -1.0, "max_val": 1.0, "inplace": False}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01, "inplace": False}),
    "RReLU": ("rrelu", {"lower": 1 / 8, "upper": 1 / 3, "inplace": False}),
    "ELU": ("elu", {"alpha": 1.0, "inplace": False}),
    "CELU": ("celu", {"alpha": 1.0, "inplace": False}),
    "SELU": ("selu", {"inplace": False}),
    "GLU": ("glu", {"dim": -1}),
    "Softmax": ("softmax", {"dim": None}),
    "Softmin": ("softmin", {"dim": None}),
    "LogSoftmax": ("log_softmax", {"dim": None}),
    "Dropout": ("dropout", {"p": 0.5, "inplace": False}),
    "Dropout1d": ("dropout1d", {"p": 0.5, "inplace": False}),
    "Dropout2d": ("dropout2d", {"p": 0.5, "inplace": False}),
    "Dropout3d": ("dropout3d", {"p": 0.5, "inplace": False}),
    "AlphaDropout": ("alpha_dropout", {"p": 0.5, "inplace": False}),
    "FeatureAlphaDropout": ("feature_alpha_dropout", {"p": 0.5, "inplace": False}),
    "Upsample": (
        "interpolate",
        {"size": None, "scale_factor": None, "mode": "nearest", "align_corners": None, "recompute_scale_factor": None},
    ),
    "UpsamplingNearest2d": ("interpolate", {"size": None, "scale_factor": None}),
    "UpsamplingBilinear2d": ("upsample_bilinear", {"size": None, "scale_factor": None}),
    "PixelShuffle": ("pixel_shuffle", {"upscale_factor": None}),
    "PixelUnshuffle": ("pixel_unshuffle", {"downscale_factor": None}),
    "ChannelShuffle": ("channel_shuffle", {"groups": None}),
    "Unfold": ("unfold", {"kernel_size": None, "dilation": 1, "padding": 0, "stride": 1}),
    "Fold": ("fold", {"output_size": None, "kernel_size": None, "dilation": 1, "padding": 0, "stride": 1}),
    "CosineSimilarity": ("cosine_similarity", {"dim": 1, "eps": 1e-8}),
    "PairwiseDistance": ("pairwise_distance", {"p": 2.0, "eps": 1e-6, "keepdim": False}),
}
#: Those up to here that are activations.
ACTIVATIONS = {
    name
    for name, (function, _) in _LAYERS.items()
    if not any(part in function for part in ("dropout", "interpolate", "sample", "shuffle", "fold", "cosine", "distance"))
} | {"PReLU", "Softmax2d"}
for _rank in (1, 2, 3):
    _LAYERS[f"MaxPool{_rank}d"] = (
        f"max_pool{_rank}d",
        {"kernel_size": None, "stride": None, "padding": 0, "dilation": 1, "return_indices": False, "ceil_mode": False},
    )
    _average: dict[str, Any] = {"kernel_size": None, "stride": None, "padding": 0, "ceil_mode": False}
    _average |= {"count_include_pad": True} | ({} if _rank == 1 else {"divisor_override": None})
    _LAYERS[f"AvgPool{_rank}d"] = (f"avg_pool{_rank}d", _average)
    _LAYERS[f"LPPool{_rank}d"] = (
        f"lp_pool{_rank}d",
        {"norm_type": None, "kernel_size": None, "stride": None, "ceil_mode": False},
    )
    _LAYERS[f"MaxUnpool{_rank}d"] = (f"max_unpool{_rank}d", {"kernel_size": None, "stride": None, "padding": 0})
    _LAYERS[f"AdaptiveAvgPool{_rank}d"] = (f"adaptive_avg_pool{_rank}d", {"output_size": None})
    _LAYERS[f"AdaptiveMaxPool{_rank}d"] = (
        f"adaptive_max_pool{_rank}d",
        {"output_size": None, "return_indices": False},
    )

_LOSS = {"size_average": None, "reduce": None, "reduction": "mean"}
_LAYERS |= {
    "MSELoss": ("mse_loss", _LOSS),
    "L1Loss": ("l1_loss", _LOSS),
    "SmoothL1Loss": ("smooth_l1_loss", {**_LOSS, "beta": 1.0}),
    "HuberLoss": ("huber_loss", {"reduction": "mean", "delta": 1.0}),
    "BCELoss": ("binary_cross_entropy", {"weight": None, **_LOSS}),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", {"weight": None, **_LOSS, "pos_weight": None}),
    "NLLLoss": (
        "nll_loss",
        {"weight": None, "size_average": None, "ignore_index": -100, "reduce": None, "reduction": "mean"},
    ),
    "CrossEntropyLoss": (
        "cross_entropy",
        {
            "weight": None,
            "size_average": None,
            "ignore_index": -100,
            "reduce": None,
            "reduction": "mean",
            "label_smoothing": 0.0,
        },
    ),
    "KLDivLoss": ("kl_div", {**_LOSS, "log_target": False}),
    "CTCLoss": ("ctc_loss", {"blank": 0, "reduction": "mean", "zero_infinity": False}),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", {"margin": 0.0, **_LOSS}),
    "MarginRankingLoss": ("margin_ranking_loss", {"margin": 0.0, **_LOSS}),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", {"margin": 1.0, **_LOSS}),
    "SoftMarginLoss": ("soft_margin_loss", _LOSS),
    "MultiMarginLoss": ("multi_margin_loss", {"p": 1, "margin": 1.0, "weight": None, **_LOSS}),
    "MultiLabelMarginLoss": ("multilabel_margin_loss", _LOSS),
    "MultiLabelSoftMarginLoss": ("multilabel_soft_margin_loss", {"weight": None, **_LOSS}),
    "PoissonNLLLoss": (
        "poisson_nll_loss",
        {"log_input": True, "full": False, "size_average": None, "eps": 1e-8, "reduce": None, "reduction": "mean"},
    ),
    "GaussianNLLLoss": ("gaussian_nll_loss", {"full": False, "eps": 1e-6, "reduction": "mean"}),
    "TripletMarginLoss": (
        "triplet_margin_loss",
        {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False, **_LOSS},
    ),
    "TripletMarginWithDistanceLoss": (
        "triplet_margin_with_distance_loss",
        {"distance_function": None, "margin": 1.0, "swap": False, "reduction": "mean"},
    ),
}


#: Arguments that torch takes and that change nothing.
_WITHOUT_EFFECT = {"device", "dtype"}

#: Their older names.
_RENAMED = {"min_value": "min_val", "max_value": "max_val"}

#: Layers that take whatever they are given.
_TAKES_ANYTHING = {"Tanh", "Sigmoid", "LogSigmoid", "Softsign", "Tanhshrink"}


def _layer(name: str, function: str, defaults: dict[str, Any]) -> type[Module]:
    def __init__(self: Module, *args: Any, **kwargs: Any) -> None:
        Module.__init__(self)
        kwargs = {_RENAMED.get(key, key): item for key, item in kwargs.items() if key not in _RENAMED or item is not None}
        if name not in _TAKES_ANYTHING:
            require_taken(f"{name}.__init__", defaults, args, [key for key in kwargs if key not in _WITHOUT_EFFECT])
        options = defaults | dict(zip(defaults, args)) | {key: item for key, item in kwargs.items() if key in defaults}
        if "dropout" in function:
            require_probability(options["p"])
        for key, item in options.items():
            object.__setattr__(self, key, item)

    passed = (*defaults, *(["training"] if "dropout" in function or function == "rrelu" else []))

    def forward(self: Module, *inputs: Any, **more: Any) -> Any:
        return getattr(F, function)(*inputs, **{key: getattr(self, key) for key in passed}, **more)

    return type(
        name, (_base(name),), {"__init__": __init__, "forward": forward, "__module__": "torch.nn", "__doc__": f"nn.{name}"}
    )


class _Loss(Module):
    """What losses of torch and of sources derive from."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        self.reduction = reduction


class _WeightedLoss(_Loss):
    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


#: Classes that source asks for with isinstance, by what the names of theirs begin with.
BASES: dict[str, type[Module]] = {
    name: type(name, (Module,), {"__module__": "torch.nn"})
    for name in ("_DropoutNd", "_MaxPoolNd", "_AvgPoolNd", "_AdaptiveAvgPoolNd", "_AdaptiveMaxPoolNd")
} | {"_Loss": _Loss, "_WeightedLoss": _WeightedLoss}


def _base(name: str) -> type[Module]:
    if name.endswith("Loss"):
        return _Loss
    stem = name.rstrip("d").rstrip("123")
    stem = "Dropout" if stem.endswith("Dropout") else stem
    return BASES.get(f"_{stem}Nd", Module)


LAYERS: dict[str, type[Module]] = {name: _layer(name, *row) for name, row in _LAYERS.items()}


class PReLU(Module):
    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = filled_parameter(init, num_parameters, dtype=dtype)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)


class Softmax2d(Module):
    def forward(self, input: Any) -> Any:
        return F.softmax(input, -3)


class _Pad(Module):
    """Padding of the last ``rank`` dimensions."""

    rank = 1
    mode = "constant"

    def __init__(self, padding: Any, value: float = 0.0) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.rank) if isinstance(padding, int) else tuple(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode, self.value if self.mode == "constant" else None)


for _prefix, _mode in (
    ("ZeroPad", "constant"),
    ("ConstantPad", "constant"),
    ("ReflectionPad", "reflect"),
    ("ReplicationPad", "replicate"),
    ("CircularPad", "circular"),
):
    for _rank in (1, 2, 3):
        _name = f"{_prefix}{_rank}d"
        LAYERS[_name] = type(_name, (_Pad,), {"rank": _rank, "mode": _mode, "__module__": "torch.nn"})
LAYERS |= {"PReLU": PReLU, "Softmax2d": Softmax2d}
